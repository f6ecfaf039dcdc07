"""Gives the windows of a picture, which networks put into the batch, dimensions of their own.

Swin and its relatives attend within windows, and make k pictures of each for that: [N·k, T, D]. No node can output such
a batch. Here it becomes [N, rows, columns, T, D], as in ``layers.swin``, and each step within a window is a layer. What
has no counterpart with these dimensions is computed as before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench.compiler.importing.operations import (
    BATCH,
    Constant,
    Operation,
    Shape,
    Size,
    Traced,
    Value,
    Weight,
    alive,
    changed,
    leaves,
)

Grid = tuple[int, ...]
"""The numbers of windows, usually rows and columns."""

ALIKE = frozenset(("linear", "layer_norm", "rms_norm", "gelu", "relu", "silu", "dropout", "sigmoid", "tanh", "exp"))
ALIKE |= {"add", "sub", "mul", "div", "matmul", "softmax", "log_softmax", "normalize", "scaled_dot_product_attention"}
ALIKE |= {"transpose", "permute", "mT", "unsqueeze", "chunk", "split", "unbind", "getitem", "stochastic_depth"}
"""Functions that do the same within each window."""

WITH_DIM = {"softmax": 1, "log_softmax": 1, "normalize": 2, "unsqueeze": 1, "chunk": 2, "split": 2, "unbind": 1}
"""Those with one dimension, and its position among the arguments."""


def with_grids(traced: Traced) -> Traced:
    """Return the same network with [N, rows, columns, ...] instead of [N·k, ...] wherever that is possible."""
    return _Windows(traced).run()


class _Windows:
    """Goes through the operations once, and computes values of windows in their grid."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.operations: list[Operation] = []
        self.now: dict[Value, Value] = {}
        self.in_grid: dict[Value, tuple[Value, Grid]] = {}
        """The counterpart of a value of windows, by the value in the network as it was."""
        self.grids: dict[int, Grid] = {}
        """The last grid of this many windows."""

    def run(self) -> Traced:
        for operation in self.traced.operations:
            found = self._found(operation)
            if found is None:
                made = operation.computed_from(self.now)
                self.operations.append(made)
                self.now.update({Value(operation, n): Value(made, n) for n in range(len(operation.shapes))})
        outputs = {name: self.now.get(value, value) for name, value in self.traced.outputs.items()}
        return replace(self.traced, operations=alive(self.operations, outputs), outputs=outputs)

    def _found(self, operation: Operation) -> list[Value] | None:
        """Return the operation's outputs if it was computed in a grid, or from one."""
        windows = [value for value in operation.values if value in self.in_grid]
        if operation.function in ("reshape", "flatten"):
            return self._reshaped(operation)
        grids = {self.in_grid[value][1] for value in windows}
        if len(grids) != 1 or operation.function not in ALIKE or not self._lines_up(operation):
            return None
        (grid,) = grids
        arguments = _shifted(operation, len(grid))
        if arguments is None:
            return None
        args, kwargs = (changed(tree, self._counterpart) for tree in arguments)
        shapes = tuple((BATCH, *grid, *shape[1:]) for shape in operation.shapes)
        made = replace(operation, args=args, kwargs=kwargs, shapes=shapes)
        self.operations.append(made)
        return [self._keep(Value(operation, n), Value(made, n), grid) for n in range(len(shapes))]

    def _lines_up(self, operation: Operation) -> bool:
        """Return whether all outputs are of windows, and what else they are computed with is broadcast as before."""
        ranks = {len(value.shape) for value in operation.values if value in self.in_grid}
        given = leaves((operation.args, operation.kwargs))
        others = [each for each in given if isinstance(each, Value | Weight | Constant) and each not in self.in_grid]
        same = len(ranks) == 1 and all(_num_windows(shape) for shape in operation.shapes)
        kept = operation.function in ("linear", "layer_norm", "rms_norm")
        rank = min(ranks, default=0)
        return same and (kept or all(len(each.shape) < rank or each.shape[:1] == (1,) for each in others))

    def _counterpart(self, leaf: Any) -> Any:
        if not isinstance(leaf, Value):
            return leaf
        return self.in_grid[leaf][0] if leaf in self.in_grid else self.now.get(leaf, leaf)

    def _reshaped(self, operation: Operation) -> list[Value] | None:
        x, shape = operation.args[0], operation.shapes[0]
        number = _num_windows(shape)
        if not isinstance(x, Value) or (x not in self.in_grid and not (number and x.of_pictures)):
            return None
        source = self._counterpart(x)
        if not number:
            if shape[:1] != (BATCH,):
                return None
            made = self._new(operation, source, shape)
            self.now[operation.result] = made
            return [made]
        grid = self.in_grid[x][1] if x in self.in_grid else self._grid(number, x.sides, shape[1:])
        if grid is None or math.prod(grid) != number:
            return None
        made = self._new(operation, source, (BATCH, *grid, *shape[1:]))
        return [self._keep(operation.result, made, grid)]

    def _grid(self, number: int, sides: Sequence[int], within: Shape) -> Grid | None:
        """Return the first sides of pictures if these are the numbers of their windows."""
        for length in range(1, len(sides)):
            if math.prod(sides[:length]) == number:
                grid = tuple(sides[:length])
                known = self.grids.get(number, grid)
                return known if length == 1 else grid
        return None

    def _new(self, operation: Operation, x: Value, shape: Shape) -> Value:
        made = replace(operation, function="reshape", args=(x, shape), kwargs={}, shapes=(shape,))
        self.operations.append(made)
        return made.result

    def _keep(self, value: Value, counterpart: Value, grid: Grid) -> Value:
        """Note the counterpart; whoever needs the value as it was gets it flattened."""
        self.in_grid[value] = (counterpart, grid)
        self.grids[math.prod(grid)] = grid
        self.now[value] = self._new(value.operation, counterpart, value.shape)
        return counterpart


def _num_windows(shape: Shape) -> int:
    """Return k for [N·k, ...], 0 for any other shape."""
    first, *others = shape or (0,)
    several = isinstance(first, Size) and first.scale > 1 and first.offset == 0
    return first.scale if isinstance(first, Size) and several and all(isinstance(each, int) for each in others) else 0


def _shifted(operation: Operation, more: int) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the arguments with dimensions counted after ``more`` new ones behind the batch; None if one is that."""
    args, kwargs = list(operation.args), dict(operation.kwargs)

    def shifted(dim: Any) -> Any:
        return dim if dim < 0 else dim + more

    match operation.function:
        case "transpose":
            if 0 in args[1:]:
                return None
            args[1:] = map(shifted, args[1:])
        case "permute":
            order = list(args[1] if isinstance(args[1], list | tuple) else args[1:])
            if order[0] != 0 or min(order) < 0:
                return None
            args[1:] = [(*range(more + 1), *map(shifted, order[1:]))]
        case "getitem":
            index = args[1]
            if not isinstance(index, tuple) or (index[0] != slice(None) and index[0] is not Ellipsis):
                return None
            args[1] = index if index[0] is Ellipsis else ((slice(None),) * more + index)
        case function if function in WITH_DIM:
            place = WITH_DIM[function]
            given = args[place] if len(args) > place else kwargs.get("dim", 0)
            if not isinstance(given, int) or given == 0:
                return None
            if len(args) > place:
                args[place] = shifted(given)
            else:
                kwargs["dim"] = shifted(given)
    return tuple(args), kwargs
