"""Takes queries, keys and values out of their common projection, before its dimensions are reordered.

Most attention projects to all three at once, splits them and the heads apart, and puts the three first:
``qkv(x).reshape(N, T, 3, heads, d).permute(2, 0, 3, 1, 4)[0]``. No node can output what has no batch first; here each
is a range of the projection's width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workbench.compiler.importing.operations import Operation, Traced, Value, alive


def pick_first(traced: Traced) -> Traced:
    """Return the same network in which no entry is taken of a reordered tensor whose first dimension was not first."""
    operations: list[Operation] = []
    now: dict[Value, Value] = {}
    for operation in traced.operations:
        made = operation.computed_from(now)
        indices = _indices(made)
        if not indices:
            operations.append(made)
        for output in range(len(operation.shapes)):
            steps = list(_picked(made, indices[output], output)) if indices else []
            operations += steps
            now[Value(operation, output)] = steps[-1].result if steps else Value(made, output)
    outputs = {name: now[value] for name, value in traced.outputs.items()}
    return replace(traced, operations=alive(operations, outputs), outputs=outputs)


def _indices(operation: Operation) -> list[int]:
    """Return which entries of a reordered tensor's first dimension these outputs are; none if they are not."""
    x = operation.args[0] if operation.args else None
    if not isinstance(x, Value) or x.operation.function != "permute" or order_of(x.operation)[0] == 0:
        return []
    if operation.function == "unbind" and [*operation.args[1:], *operation.kwargs.values()] in ([], [0]):
        return list(range(len(operation.shapes)))
    index = operation.args[1] if operation.function == "getitem" else None
    size = x.shape[0]
    return [index % size] if type(index) is int and isinstance(size, int) else []


def order_of(permute: Operation) -> list[int]:
    """Return the new order of dimensions, each counted from 0."""
    dims = permute.args[1:] or tuple(permute.kwargs.values())
    order = dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims
    return [dim % len(permute.shapes[0]) for dim in order]


def _picked(operation: Operation, index: int, output: int) -> Iterator[Operation]:
    """Yield the operations of one entry: a range or an entry of what was reordered, and the order of the other
    dimensions.
    """

    def made(function: str, args: tuple[Any, ...], shape: tuple[Any, ...]) -> Operation:
        return replace(operation, function=function, args=args, kwargs={}, shapes=(shape,), dtypes=())

    permute = operation.args[0].operation
    source: Value = permute.args[0]
    place, *rest = order_of(permute)
    shape = source.shape
    whole = source.operation.args[0] if source.operation.function == "reshape" else None
    width = math.prod(side for side in shape[place + 1 :] if isinstance(side, int))
    joined = (*shape[:place], width * operation.args[0].shape[0])
    splits = isinstance(whole, Value) and whole.shape[-1] == joined[-1]
    before = (slice(None),) * place
    kept = (*shape[:place], *shape[place + 1 :])
    if splits:
        part = (*before, slice(index * width, (index + 1) * width))
        yield (together := made("reshape", (whole, joined), joined))
        yield (taken := made("getitem", (together.result, part), (*shape[:place], width)))
        yield (entry := made("reshape", (taken.result, kept), kept))
    else:
        yield (entry := made("getitem", (source, (*before, index)), kept))
    yield made("permute", (entry.result, [dim - (dim > place) for dim in rest]), operation.shapes[output])
