"""How an operator is declared, and what its function is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from workbench.compiler.importing.operations import Unreadable

DTYPES = {
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    5: torch.int16,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
    16: torch.bfloat16,
}
"""torch's dtype by ONNX's number of it."""


class NotInTorch(Unreadable):
    """Why no function of torch's computes a step: then it is computed as ONNX says, by reference."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A node of an ONNX graph: its operator, attributes, and the opset that says what they mean."""

    operator: str
    attributes: dict[str, Any]
    num_outputs: int
    opset: int

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute, or what it is where it is not written."""
        return self.attributes.get(name, default)


Operator = Callable[..., Any]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    """Declare an operator; its function takes the step and then the inputs, None for one that is left out."""
    OPERATORS[function.__name__.removeprefix("_")] = function
    return function


def whole(tensor: Tensor | None) -> list[int] | None:
    """The numbers of a shape or of axes, which must be known."""
    return None if tensor is None else [int(number) for number in tensor.reshape(-1).tolist()]


def axes_of(step: Step, given: Tensor | None, name: str = "axes") -> list[int] | None:
    """Axes were an attribute once, and are an input now."""
    found: list[int] | None = step.get(name) if given is None else whole(given)
    return found
