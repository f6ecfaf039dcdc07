"""Operators that create tensors, and the limit of their size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from workbench.compiler.importing.onnx_operators.declaring import Step, operator, whole
from workbench.compiler.importing.operations import Unreadable

MOST_MADE = 1 << 28
"""The maximum number of elements in a tensor that a file creates without containing it: 1 GiB of them."""


def _bounded(sides: Sequence[int]) -> tuple[int, ...]:
    if any(side < 0 for side in sides) or math.prod(sides) > MOST_MADE:
        raise Unreadable(f"it asks for a tensor of {'×'.join(map(str, sides))} numbers, which no valid file does")
    return tuple(sides)


@operator
def _Constant(step: Step) -> Tensor:
    name, value = next(iter(step.attributes.items()))
    if name not in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        raise Unreadable("it computes with strings or other non-numeric values")
    dtype = torch.float32 if "float" in name else torch.int64
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=dtype)


@operator
def _ConstantOfShape(step: Step, shape: Tensor) -> Tensor:
    sides = _bounded(whole(shape) or [])
    value = step.get("value")
    return torch.zeros(sides) if value is None else value.reshape(-1)[0].expand(sides).clone()


@operator
def _Range(_: Step, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    first, last, by = start.item(), limit.item(), delta.item()
    _bounded([max(0, math.ceil((last - first) / by))])
    return torch.arange(first, last, by, dtype=start.dtype)
