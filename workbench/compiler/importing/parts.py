"""Keeps the parts of a picture together, for networks that put them into the batch.

Some networks put a picture's parts into the batch, and alternate between them and the picture: the pixels within each
patch, for example (Han et al., arXiv 2103.00112). No node can output a batch of N·k, and as formulas each would contain
everything before it. So a value used more than once becomes [N, k, ...], and [N·k, ...] again for its users.
"""

from collections import Counter
from dataclasses import replace
from functools import partial

from workbench.compiler.importing.operations import BATCH, Operation, Size, Traced, Value


def by_picture(traced: Traced) -> Traced:
    """Return the same network with the parts of each picture grouped wherever they are used more than once."""
    uses = Counter(value for operation in traced.operations for value in operation.values)
    now: dict[Value, Value] = {}
    operations: list[Operation] = []
    for operation in traced.operations:
        made = operation.computed_from(now)
        operations.append(made)
        for output in range(len(operation.shapes)):
            value = Value(operation, output)
            now[value] = Value(made, output)
            if uses[value] > 1 and _is_of_parts(value):
                handed_on = _handed_on(now[value])
                operations += handed_on
                now[value] = handed_on[-1].result
    outputs = {name: now[value] for name, value in traced.outputs.items()}
    return replace(traced, operations=tuple(operations), outputs=outputs)


def _is_of_parts(value: Value) -> bool:
    first, *others = value.shape or (0,)
    several = isinstance(first, Size) and first.scale > 1 and first.offset == 0
    return several and value.is_float and all(isinstance(side, int) for side in others)


def _handed_on(value: Value) -> tuple[Operation, Operation]:
    """Group the parts of each picture, and ungroup them again."""
    number, *sides = value.shape
    assert isinstance(number, Size)
    made = partial(Operation, scope=value.operation.scope, visit=value.operation.visit)
    together = made("reshape", (value, (-1, number.scale, *sides)), shapes=((BATCH, number.scale, *sides),))
    return together, made("flatten", (together.result, 0, 1), shapes=(value.shape,))
