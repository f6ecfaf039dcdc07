"""Sums, extremes and cumulative sums over dimensions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from workbench.compiler.importing.onnx_operators.declaring import OPERATORS, NotInTorch, Step, axes_of, operator

_REDUCTIONS: dict[str, Callable[..., Tensor]] = {
    "ReduceL1": lambda x, dim, keepdim: x.abs().sum(dim, keepdim=keepdim),
    "ReduceL2": lambda x, dim, keepdim: x.square().sum(dim, keepdim=keepdim).sqrt(),
    "ReduceLogSum": lambda x, dim, keepdim: x.sum(dim, keepdim=keepdim).log(),
    "ReduceLogSumExp": lambda x, dim, keepdim: torch.logsumexp(x, dim, keepdim=keepdim),
    "ReduceMax": lambda x, dim, keepdim: x.amax(dim, keepdim=keepdim),
    "ReduceMean": lambda x, dim, keepdim: x.mean(dim, keepdim=keepdim),
    "ReduceMin": lambda x, dim, keepdim: x.amin(dim, keepdim=keepdim),
    "ReduceSum": lambda x, dim, keepdim: x.sum(dim, keepdim=keepdim),
    "ReduceSumSquare": lambda x, dim, keepdim: x.square().sum(dim, keepdim=keepdim),
}


def _reduce(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = axes_of(step, axes)
    if not dims:
        if step.get("noop_with_empty_axes", 0):
            return x
        dims = list(range(x.ndim))
    return _REDUCTIONS[step.operator](x, tuple(dim % x.ndim for dim in dims), keepdim=bool(step.get("keepdims", 1)))


OPERATORS.update(dict.fromkeys(_REDUCTIONS, _reduce))


@operator
def _ReduceProd(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = axes_of(step, axes) or list(range(x.ndim))
    for dim in sorted((dim % x.ndim for dim in dims), reverse=True):
        x = x.prod(dim, keepdim=bool(step.get("keepdims", 1)))
    return x


def _check_ties(step: Step) -> None:
    if step.get("select_last_index", 0):
        raise NotInTorch("it uses arg-max with select_last_index")


@operator
def _ArgMax(step: Step, x: Tensor) -> Tensor:
    _check_ties(step)
    return x.argmax(step.get("axis", 0), keepdim=bool(step.get("keepdims", 1)))


@operator
def _ArgMin(step: Step, x: Tensor) -> Tensor:
    _check_ties(step)
    return x.argmin(step.get("axis", 0), keepdim=bool(step.get("keepdims", 1)))


@operator
def _CumSum(step: Step, x: Tensor, axis: Tensor) -> Tensor:
    if step.get("exclusive", 0) or step.get("reverse", 0):
        raise NotInTorch("it uses a reversed cumulative sum")
    return x.cumsum(int(axis.item()))


@operator
def _CumProd(step: Step, x: Tensor, axis: Tensor) -> Tensor:
    if step.get("exclusive", 0) or step.get("reverse", 0):
        raise NotInTorch("it uses a reversed cumulative product")
    return x.cumprod(int(axis.item()))
