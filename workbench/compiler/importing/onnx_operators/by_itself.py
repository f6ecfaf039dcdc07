"""Operators, or variants of operators, without a torch function: they remain ONNX operators."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from workbench.compiler.importing.onnx_operators.declaring import Step
from workbench.compiler.importing.operations import Unreadable
from workbench.layers.modules.onnx_operator import NotFixed, onnx_operator


def by_itself(step: Step, *inputs: Tensor | None) -> Any:
    """Return the result of onnx's reference implementation. Raises Unreadable if its shape depends
    on the input values.
    """
    held = [name for name, value in step.attributes.items() if not isinstance(value, int | float | str | list)]
    if held:
        raise Unreadable(f"its {step.operator} has an unsupported value in {held[0]}")
    several = {"outputs": step.num_outputs} if step.num_outputs > 1 else {}
    try:
        return onnx_operator(step.operator, step.opset, *inputs, **several, **step.attributes)
    except NotFixed as error:
        raise Unreadable(str(error)) from error
