"""Elementwise operators, and softmax."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.onnx_operators.declaring import DTYPES, OPERATORS, Step, operator
from workbench.compiler.importing.operations import Unreadable

SELU = (1.6732632423543772, 1.0507009873554805)
"""The constants that preserve mean and variance; a file may have others."""

_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    "Abs": torch.abs,
    "Acos": torch.acos,
    "Acosh": torch.acosh,
    "Asin": torch.asin,
    "Asinh": torch.asinh,
    "Atan": torch.atan,
    "Atanh": torch.atanh,
    "BitwiseNot": torch.bitwise_not,
    "Ceil": torch.ceil,
    "Cos": torch.cos,
    "Cosh": torch.cosh,
    "Det": torch.linalg.det,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Floor": torch.floor,
    "HardSwish": F.hardswish,
    "Identity": lambda x: x,
    "IsNaN": torch.isnan,
    "Log": torch.log,
    "Mish": F.mish,
    "Neg": torch.neg,
    "Not": torch.logical_not,
    "Reciprocal": torch.reciprocal,
    "Relu": F.relu,
    "Round": torch.round,
    "Sigmoid": torch.sigmoid,
    "Sign": torch.sign,
    "Sin": torch.sin,
    "Sinh": torch.sinh,
    "Softplus": F.softplus,
    "Softsign": F.softsign,
    "Sqrt": torch.sqrt,
    "Tan": torch.tan,
    "Tanh": torch.tanh,
}
OPERATORS.update({name: lambda _step, x, function=function: function(x) for name, function in _PLAIN.items()})


@operator
def _Cast(step: Step, x: Tensor) -> Tensor:
    dtype = DTYPES.get(step.get("to"))
    if dtype is None:
        raise Unreadable("it computes with strings or other non-numeric values")
    return x.to(dtype)


@operator
def _CastLike(_: Step, x: Tensor, like: Tensor) -> Tensor:
    return x.to(like.dtype)


@operator
def _Clip(step: Step, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    bounds = [step.get(name) if bound is None else bound.item() for name, bound in (("min", low), ("max", high))]
    bounds = [None if bound is not None and abs(bound) > 3e38 else bound for bound in bounds]
    return x if bounds == [None, None] else torch.clamp(x, *bounds)


@operator
def _Dropout(step: Step, x: Tensor, ratio: Tensor | None = None, training: Tensor | None = None) -> Any:
    if training is not None and bool(training.item()):
        raise Unreadable("it was exported in training mode: its dropout is active")
    y = F.dropout(x, step.get("ratio", 0.5) if ratio is None else float(ratio.item()), False)
    return (y, torch.ones_like(x, dtype=torch.bool)) if step.num_outputs > 1 else y


@operator
def _Celu(step: Step, x: Tensor) -> Tensor:
    return F.celu(x, step.get("alpha", 1.0))


@operator
def _Elu(step: Step, x: Tensor) -> Tensor:
    return F.elu(x, step.get("alpha", 1.0))


@operator
def _Selu(step: Step, x: Tensor) -> Tensor:
    alpha, gamma = step.get("alpha", SELU[0]), step.get("gamma", SELU[1])
    usual = math.isclose(alpha, SELU[0], rel_tol=1e-6) and math.isclose(gamma, SELU[1], rel_tol=1e-6)
    return F.selu(x) if usual else gamma * F.elu(x, alpha)


@operator
def _Gelu(step: Step, x: Tensor) -> Tensor:
    return F.gelu(x, approximate=step.get("approximate", "none"))


@operator
def _LeakyRelu(step: Step, x: Tensor) -> Tensor:
    return F.leaky_relu(x, step.get("alpha", 0.01))


@operator
def _Swish(step: Step, x: Tensor) -> Tensor:
    alpha = step.get("alpha", 1.0)
    return F.silu(x) if alpha == 1 else x * torch.sigmoid(alpha * x)


@operator
def _Shrink(step: Step, x: Tensor) -> Tensor:
    threshold, bias = step.get("lambd", 0.5), step.get("bias", 0.0)
    return torch.where(x > threshold, x - bias, torch.where(x < -threshold, x + bias, torch.zeros_like(x)))


@operator
def _IsInf(step: Step, x: Tensor) -> Tensor:
    above, below = step.get("detect_positive", 1), step.get("detect_negative", 1)
    if not (above and below):
        return torch.isposinf(x) if above else torch.isneginf(x)
    return torch.isinf(x)


@operator
def _ThresholdedRelu(step: Step, x: Tensor) -> Tensor:
    return F.threshold(x, step.get("alpha", 1.0), 0.0)


@operator
def _PRelu(_: Step, x: Tensor, slope: Tensor) -> Tensor:
    return torch.where(x < 0, x * slope, x)


@operator
def _HardSigmoid(step: Step, x: Tensor) -> Tensor:
    alpha, beta = step.get("alpha", 0.2), step.get("beta", 0.5)
    if math.isclose(alpha, 1 / 6, rel_tol=1e-5) and beta == 0.5:
        return F.hardsigmoid(x)
    return torch.clamp(x * alpha + beta, 0, 1)


@operator
def _Softmax(step: Step, x: Tensor) -> Tensor:
    return _along(step, x, F.softmax)


@operator
def _LogSoftmax(step: Step, x: Tensor) -> Tensor:
    return _along(step, x, F.log_softmax)


def _along(step: Step, x: Tensor, function: Callable[..., Tensor]) -> Tensor:
    """Apply a function along the axis; until opset 12, all dimensions from the axis on count as one."""
    axis = step.get("axis", -1 if step.opset >= 13 else 1) % x.ndim
    if step.opset >= 13 or axis == x.ndim - 1 or all(side == 1 for side in x.shape[axis + 1 :]):
        return function(x, dim=axis)
    return function(x.flatten(axis), dim=axis).reshape(x.shape)
