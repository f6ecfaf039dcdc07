"""The elements of a traced network: operations on values, weights and constants, with shapes that know the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

INPUT = "input"
"""The function of an operation that stands for an input of the network."""


class Unreadable(Exception):
    """Why a network cannot be imported, in a sentence."""


class Unfit(Unreadable):
    """Why a network cannot be computed for an input of this shape, in a sentence."""


@dataclass(frozen=True)
class Size:
    """An integer that grows with the batch: ``scale`` times the number of pictures, plus ``offset``."""

    scale: int
    offset: int = 0


BATCH = Size(1)
ModulePath = tuple[str, ...]
"""The path of a module: names from the outermost to its own."""

Shape = tuple[int | Size, ...]


@dataclass(eq=False)
class Weight:
    """A tensor that the network stores: a parameter, or a buffer (``learned`` False)."""

    name: str
    tensor: Tensor
    learned: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape)


@dataclass(eq=False)
class Constant:
    """A tensor that the network creates itself, the same for every batch."""

    tensor: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape)


@dataclass(eq=False)
class Operation:
    """One call of a torch function: its arguments contain values, weights, constants, sizes and plain objects.

    ``scope`` is the path of the module that called it, in its ``visit``-th call; ``shapes`` and ``dtypes`` are those of
    its outputs; empty ``dtypes`` mean float32.
    """

    function: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    scope: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    visit: int = 1
    dtypes: tuple[torch.dtype, ...] = ()

    @property
    def values(self) -> list[Value]:
        """The values that it uses, in order, each once."""
        found: dict[tuple[int, int], Value] = {}
        for leaf in leaves((self.args, self.kwargs)):
            if isinstance(leaf, Value):
                found.setdefault((id(leaf.operation), leaf.output), leaf)
        return list(found.values())

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """Return an argument, whether it was given by its place or by its name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)

    def computed_from(self, now: Mapping[Value, Value]) -> Operation:
        """Return the operation with its values replaced by those that ``now`` has for them."""
        args, kwargs = (
            changed(tree, lambda leaf: now.get(leaf, leaf) if isinstance(leaf, Value) else leaf)
            for tree in (self.args, self.kwargs)
        )
        return replace(self, args=args, kwargs=kwargs)

    @property
    def result(self) -> Value:
        """Its first output."""
        return Value(self, 0)


@dataclass(frozen=True)
class Value:
    """One output of an operation."""

    operation: Operation
    output: int = 0

    @property
    def shape(self) -> Shape:
        """The shape including the batch."""
        return self.operation.shapes[self.output]

    @property
    def is_float(self) -> bool:
        """Whether it is floating-point, as layers require, rather than integer, boolean or complex."""
        dtypes = self.operation.dtypes
        return not dtypes or dtypes[self.output].is_floating_point

    @property
    def of_pictures(self) -> bool:
        """Whether only the first dimension depends on the batch and is the batch: then a node can output it."""
        return self.shape[:1] == (BATCH,) and all(isinstance(side, int) for side in self.shape[1:])

    @property
    def sides(self) -> tuple[int, ...]:
        """Its shape without the batch, if it is ``of_pictures``."""
        return tuple(side for side in self.shape[1:] if isinstance(side, int))


def made_by(thing: Any, *functions: str) -> Operation | None:
    """Return the operation that computes this if it is one of these."""
    return thing.operation if isinstance(thing, Value) and thing.operation.function in functions else None


def leaves(tree: Any) -> Iterator[Any]:
    """Yield all elements of nested tuples, lists, dicts and slices that are none of these themselves."""
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        yield from leaves(list(tree.values()))
    elif isinstance(tree, slice):
        yield from leaves((tree.start, tree.stop, tree.step))
    else:
        yield tree


def changed(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return the argument tree with ``change`` applied to each leaf."""
    if isinstance(tree, tuple | list):
        items = [changed(item, change) for item in tree]
        return tuple(items) if isinstance(tree, tuple) else items
    if isinstance(tree, dict):
        return {key: changed(item, change) for key, item in tree.items()}
    if isinstance(tree, slice):
        return slice(changed(tree.start, change), changed(tree.stop, change), changed(tree.step, change))
    return change(tree)


def alive(operations: Sequence[Operation], outputs: Mapping[str, Value]) -> tuple[Operation, ...]:
    """Return the operations that an output depends on."""
    needed = {id(value.operation) for value in outputs.values()}
    for operation in reversed(operations):
        if id(operation) in needed:
            needed |= {id(value.operation) for value in operation.values}
    return tuple(operation for operation in operations if id(operation) in needed)


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A network as operations, in order of execution.

    ``kinds`` are the class names of the modules by their paths, for the names of blocks.
    """

    inputs: tuple[Operation, ...]
    operations: tuple[Operation, ...]
    outputs: dict[str, Value]
    weights: dict[str, Weight]
    kinds: dict[tuple[str, ...], str]
