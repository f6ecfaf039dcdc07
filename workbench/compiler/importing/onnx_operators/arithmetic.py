"""Operators with two or more tensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.onnx_operators.declaring import OPERATORS, Step, operator

_BOTH: dict[str, Callable[[Any, Any], Tensor]] = {
    "Add": lambda a, b: a + b,
    "And": torch.logical_and,
    "BitwiseAnd": torch.bitwise_and,
    "BitwiseOr": torch.bitwise_or,
    "BitwiseXor": torch.bitwise_xor,
    "Equal": torch.eq,
    "Greater": torch.gt,
    "GreaterOrEqual": torch.ge,
    "Less": torch.lt,
    "LessOrEqual": torch.le,
    "MatMul": torch.matmul,
    "Mul": lambda a, b: a * b,
    "Or": torch.logical_or,
    "Pow": torch.pow,
    "Sub": lambda a, b: a - b,
    "Xor": torch.logical_xor,
}
OPERATORS.update({name: lambda _step, a, b, function=function: function(a, b) for name, function in _BOTH.items()})


@operator
def _Div(_: Step, a: Tensor, b: Tensor) -> Tensor:
    if a.is_floating_point() or b.is_floating_point():
        return a / b
    return torch.div(a, b, rounding_mode="trunc")


@operator
def _Mod(step: Step, a: Tensor, b: Tensor) -> Tensor:
    return torch.fmod(a, b) if step.get("fmod", 0) else torch.remainder(a, b)


@operator
def _Sum(_: Step, *x: Tensor) -> Tensor:
    return sum(x[1:], start=x[0])


@operator
def _Mean(_: Step, *x: Tensor) -> Tensor:
    return sum(x[1:], start=x[0]) / len(x)


@operator
def _Max(_: Step, *x: Tensor) -> Tensor:
    return reduce(torch.maximum, x)


@operator
def _Min(_: Step, *x: Tensor) -> Tensor:
    return reduce(torch.minimum, x)


@operator
def _Where(_: Step, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.where(condition, a, b)


@operator
def _Einsum(step: Step, *x: Tensor) -> Tensor:
    return torch.einsum(step.get("equation"), *x)


@operator
def _Gemm(step: Step, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    alpha, beta = step.get("alpha", 1.0), step.get("beta", 1.0)
    a = a.transpose(0, 1) if step.get("transA", 0) else a
    plain = alpha == 1 and (c is None or beta == 1)
    if plain and (c is None or c.ndim == 1) and step.get("transB", 0):
        return F.linear(a, b, c)
    b = b.transpose(0, 1) if step.get("transB", 0) else b
    y = torch.matmul(a, b)
    y = y if alpha == 1 else y * alpha
    return y if c is None else y + (c if beta == 1 else c * beta)
