"""Traces a module into operations, by running it with two and with three pictures: sizes that differ depend on the
batch.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from workbench.compiler.importing.operations import (
    INPUT,
    Constant,
    ModulePath,
    Operation,
    Size,
    Traced,
    Unreadable,
    Value,
    Weight,
    alive,
    leaves,
)
from workbench.compiler.importing.tracer import Call, Fixed, Kept, Made, run
from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.layers.base import Shape
from workbench.spec.problems import first_line

FEW, MORE = 2, 3
"""The two batch sizes."""


def _copied(model: nn.Module) -> nn.Module:
    """Return a copy. Raises Unreadable if the network holds what cannot be copied."""
    try:
        return copy.deepcopy(model)
    except Exception as error:  # untrusted code can raise anything
        if is_out_of_memory(error):
            raise
        mend = "let it hold parameters, buffers and plain values, and compute all else in forward"
        raise Unreadable(f"it cannot be copied: {first_line(error)}; {mend}") from error


def trace(
    model: nn.Module,
    shapes: tuple[Shape, ...],
    kept: Mapping[str, Tensor] | None = None,
    kinds: dict[ModulePath, str] | None = None,
) -> Traced:
    """Trace a network in eval mode on inputs of these shapes. Raises Unreadable if it has no fixed graph.

    ``kept`` are its weights if they are not torch parameters, ``kinds`` the classes of its modules if they differ from
    the modules here.
    """
    model.eval()
    # A module may cache values, which its second run does not compute: so two copies run once each.
    models = (_copied(model), model) if kept is None else (model, model)
    parameters = dict(model.named_parameters()) if kept is None else kept
    generator = torch.Generator().manual_seed(0)
    examples = [tuple(torch.randn(size, *shape, generator=generator) for shape in shapes) for size in (FEW, MORE)]
    (first, answer), (second, other_answer) = (
        run(one, inputs, _kept_by(one) if kept is None else kept) for one, inputs in zip(models, examples, strict=True)
    )
    if [call.function for call in first] != [call.function for call in second]:
        raise Unreadable("it behaves differently for another batch size")
    tensors = _kept_by(model) if kept is None else kept
    weights = {name: Weight(name, tensor.detach(), name in parameters) for name, tensor in tensors.items()}
    merger = _Merger(weights)
    for pair in zip(first, second, strict=True):
        merger.add(*pair)
    outputs = {name: merger.output(*pair) for name, pair in _outputs(answer, other_answer).items()}
    if kinds is None:
        places = model.named_modules(remove_duplicate=False)
        kinds = {tuple(name.split(".")): type(module).__name__ for name, module in places if name}
    inputs = tuple(operation for operation in merger.operations if operation.function == INPUT)
    operations = tuple(
        operation for operation in alive(merger.operations, outputs) if operation.function != INPUT
    )  # inputs are separate
    return Traced(inputs=inputs, operations=operations, outputs=outputs, weights=weights, kinds=kinds)


def _kept_by(model: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by name."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _outputs(answer: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """Return the tensors of an answer by name: a dict's keys, else output, output2, ..."""
    if isinstance(answer, dict | OrderedDict):
        found = {str(key): (answer[key], other[key]) for key in answer if isinstance(answer[key], Made | Kept | Fixed)}
    else:
        pairs = zip(leaves(answer), leaves(other), strict=True)
        tensors = [pair for pair in pairs if isinstance(pair[0], Made | Kept | Fixed)]
        found = {f"output{number if number > 1 else ''}": pair for number, pair in enumerate(tensors, 1)}
    if not found:
        raise Unreadable("it returns no tensor")
    return found


class _Merger:
    """Merges the same call in two runs into one operation."""

    def __init__(self, weights: dict[str, Weight]) -> None:
        self.weights = weights
        self.operations: list[Operation] = []
        self.by_call: list[Operation] = []

    def add(self, few: Call, more: Call) -> None:
        operation = Operation(
            function=few.function,
            args=self.tree(few.args, more.args),
            kwargs=self.tree(few.kwargs, more.kwargs),
            scope=few.scope,
            visit=few.visit,
            shapes=self.tree(few.shapes, more.shapes),
            dtypes=few.dtypes,
        )
        self.by_call.append(operation)
        self.operations.append(operation)

    def tree(self, few: Any, more: Any) -> Any:
        """Merge the arguments of both runs."""
        if isinstance(few, dict):
            return {key: self.tree(few[key], more[key]) for key in few}
        if isinstance(few, tuple | list) and isinstance(more, tuple | list) and len(few) == len(more):
            items = [self.tree(*pair) for pair in zip(few, more, strict=True)]
            return tuple(items) if isinstance(few, tuple) else items
        if isinstance(few, slice):
            return slice(*(self.tree(getattr(few, end), getattr(more, end)) for end in ("start", "stop", "step")))
        if isinstance(few, Made):
            return Value(self.by_call[few.call], few.output)
        if isinstance(few, Kept):
            return self.weights[few.name]
        if isinstance(few, Fixed):
            return self._constant(few.tensor, more.tensor)
        if type(few) is int and type(more) is int and few != more:
            scale = (more - few) // (MORE - FEW)
            return Size(scale, few - scale * FEW)
        if type(few) is not type(more) or few != more:
            raise Unreadable("it behaves differently for another batch size")
        return few

    def output(self, few: Any, more: Any) -> Value:
        """Merge the answers of both runs; an input that is returned unchanged becomes an identity operation."""
        value = self.tree(few, more)
        if not isinstance(value, Value):
            raise Unreadable("one of its outputs does not depend on the input")
        if value.operation.function != INPUT:
            return value
        handed_on = Operation("identity", (value,), shapes=(value.shape,))
        self.operations.append(handed_on)
        return handed_on.result

    def _constant(self, few: Tensor, more: Tensor) -> Constant | Value:
        """Merge a constant of both runs; one that grows with the batch has equal rows, and is repeated."""
        if few.shape == more.shape:
            if not torch.equal(few, more) and not torch.isnan(few).any():
                raise Unreadable("it draws random numbers in evaluation mode")
            return Constant(few)
        row = few
        for dim, (side, other) in enumerate(zip(few.shape, more.shape, strict=True)):
            row = row.narrow(dim, 0, 1) if side != other else row
        if not (torch.equal(row.expand_as(few), few) and torch.equal(row.expand_as(more), more)):
            raise Unreadable("it creates a tensor that depends on the batch size")
        shape = self.tree(tuple(few.shape), tuple(more.shape))
        # Not expand: the initial state of recurrent layers must be contiguous.
        times = tuple(side if isinstance(side, Size) else 1 for side in shape)
        stretched = Operation("repeat", (Constant(row), times), shapes=(shape,))
        self.operations.append(stretched)
        return stretched.result
