"""What a traced network is made of: operations on values, weights and constants, with shapes that know the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

INPUT = "input"
"""The function of an operation that gives what comes into the network."""


class Unreadable(Exception):
    """Why a network cannot be imported, in a sentence."""


class Unfit(Unreadable):
    """Why a network cannot be computed for an input of this shape, in a sentence."""


@dataclass(frozen=True)
class Size:
    """A whole number that grows with the batch: ``scale`` times the number of pictures, and ``offset``."""

    scale: int
    offset: int = 0


BATCH = Size(1)
ModulePath = tuple[str, ...]
"""Where a module stands: the names on the way to it, from the outermost."""

Shape = tuple[int | Size, ...]


@dataclass(eq=False)
class Weight:
    """A tensor that the network keeps: a parameter, or a buffer (``learned`` False)."""

    name: str
    tensor: Tensor
    learned: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape as torch has it."""
        return tuple(self.tensor.shape)


@dataclass(eq=False)
class Constant:
    """A tensor that the network made out of nothing, the same for every batch."""

    tensor: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape as torch has it."""
        return tuple(self.tensor.shape)


@dataclass(eq=False)
class Operation:
    """One call of a function of torch's: its arguments hold values, weights, constants, sizes and plain things.

    ``scope`` is the path of the module that called it, in its ``visit``-th call; ``shapes`` are those of its outputs,
    and ``dtypes`` too, where they were not float32 as a matter of course.
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
        """What it computes from, in order, each once."""
        found: dict[tuple[int, int], Value] = {}
        for leaf in leaves((self.args, self.kwargs)):
            if isinstance(leaf, Value):
                found.setdefault((id(leaf.operation), leaf.output), leaf)
        return list(found.values())

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
        """Whether it is what layers compute with; neither places nor yes and no, nor complex."""
        dtypes = self.operation.dtypes
        return not dtypes or dtypes[self.output].is_floating_point

    @property
    def of_pictures(self) -> bool:
        """Whether the first side is the batch and no other knows of it: what a node can hand on."""
        return self.shape[:1] == (BATCH,) and all(isinstance(side, int) for side in self.shape[1:])

    @property
    def sides(self) -> tuple[int, ...]:
        """Its shape without the batch, where it is ``of_pictures``."""
        return tuple(side for side in self.shape[1:] if isinstance(side, int))


def leaves(tree: Any) -> Iterator[Any]:
    """Everything in nested tuples, lists, dicts and slices that is none itself."""
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
    """The argument tree with ``change`` applied to each leaf."""
    if isinstance(tree, tuple | list):
        items = [changed(item, change) for item in tree]
        return tuple(items) if isinstance(tree, tuple) else items
    if isinstance(tree, dict):
        return {key: changed(item, change) for key, item in tree.items()}
    if isinstance(tree, slice):
        return slice(changed(tree.start, change), changed(tree.stop, change), changed(tree.step, change))
    return change(tree)


def alive(operations: Sequence[Operation], outputs: Mapping[str, Value]) -> tuple[Operation, ...]:
    """The operations that an output depends on."""
    needed = {id(value.operation) for value in outputs.values()}
    for operation in reversed(operations):
        if id(operation) in needed:
            needed |= {id(value.operation) for value in operation.values}
    return tuple(operation for operation in operations if id(operation) in needed)


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A network as operations, in the order in which they ran.

    ``kinds`` are the class names of the modules by their paths, for the names of blocks.
    """

    inputs: tuple[Operation, ...]
    operations: tuple[Operation, ...]
    outputs: dict[str, Value]
    weights: dict[str, Weight]
    kinds: dict[tuple[str, ...], str]
