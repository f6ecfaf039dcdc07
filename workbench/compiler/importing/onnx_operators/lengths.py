"""Operators whose output size depends on the values of some inputs: those must be constants."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.compiler.importing.onnx_operators.declaring import Step
from workbench.compiler.importing.operations import Unreadable

DECIDING = {"Compress": (1,), "NonMaxSuppression": (0, 1), "NonZero": (0,), "Unique": (0,)}
"""By operator, the inputs that determine the output size."""

OF_SHAPES = frozenset(("Shape", "Size"))
"""Operators that ignore the values of their inputs."""


def check_lengths(steps: Iterable[tuple[Step, list[str], list[str]]], come_in: Iterable[str]) -> None:
    """Check steps, with the names of their inputs and outputs, in order, without computing anything.

    Raises Unreadable at the first step whose output size depends on the values of the network's inputs.
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
