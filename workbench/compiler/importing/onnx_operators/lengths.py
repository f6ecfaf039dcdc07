"""Operators that give as much as some of their numbers say: those must be known before a picture comes in."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.compiler.importing.onnx_operators.declaring import Step
from workbench.compiler.importing.operations import Unreadable

DECIDING = {"Compress": (1,), "NonMaxSuppression": (0, 1), "NonZero": (0,), "Unique": (0,)}
"""By operator, which of its inputs say how much it gives."""

OF_SHAPES = frozenset(("Shape", "Size"))
"""Operators that do not look at the numbers."""


def check_lengths(steps: Iterable[tuple[Step, list[str], list[str]]], come_in: Iterable[str]) -> None:
    """Steps with the names of their inputs and outputs, in order. Unreadable at the first whose answer's length hangs
    on the numbers of what comes in; nothing is computed.
    """
    moved = set(come_in)
    for step, inputs, outputs in steps:
        if step.operator in OF_SHAPES or moved.isdisjoint(inputs):
            continue
        if any(inputs[place] in moved for place in DECIDING.get(step.operator, ()) if place < len(inputs)):
            raise Unreadable(
                f"the output size of its {step.operator} depends on its input values, which a graph of layers cannot "
                f"represent: cut the file before it"
            )
        moved.update(outputs)
