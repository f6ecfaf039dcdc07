"""How operators are declared, and the arguments of their functions."""

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
"""torch dtypes by ONNX's data type number."""


class NotInTorch(Unreadable):
    """Raised when no torch function computes a step: it is then computed by ONNX's reference implementation."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A node of an ONNX graph: its operator, its attributes, and the opset that defines them."""

    operator: str
    attributes: dict[str, Any]
    num_outputs: int
    opset: int

    def get(self, name: str, default: Any = None) -> Any:
        return self.attributes.get(name, default)


Operator = Callable[..., Any]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    """Declare an operator; its function takes the step and then the inputs, None for omitted ones."""
    OPERATORS[function.__name__.removeprefix("_")] = function
    return function


def whole(tensor: Tensor | None) -> list[int] | None:
    """Return a tensor of known integers, such as a shape or axes, as a list."""
    return None if tensor is None else [int(number) for number in tensor.reshape(-1).tolist()]


def axes_of(step: Step, given: Tensor | None, name: str = "axes") -> list[int] | None:
    """Return the axes, formerly an attribute and now an input."""
    found: list[int] | None = step.get(name) if given is None else whole(given)
    return found
