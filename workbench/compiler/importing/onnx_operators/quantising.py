"""Quantisation and its inverse."""

from __future__ import annotations

import torch
from torch import Tensor

from workbench.compiler.importing.onnx_operators.declaring import DTYPES, NotInTorch, Step, operator


@operator
def _QuantizeLinear(step: Step, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    dtype = zero.dtype if zero is not None else DTYPES.get(step.get("output_dtype", 2))
    if dtype not in (torch.uint8, torch.int8) or step.get("block_size", 0):
        raise NotInTorch("it uses a quantised number format that torch does not support")
    lowest, highest = (0, 255) if dtype == torch.uint8 else (-128, 127)
    whole = torch.round(x / _along(step, scale, x))
    whole = whole if zero is None else whole + _along(step, zero, x).float()
    return torch.clamp(whole, lowest, highest).to(dtype)


@operator
def _DequantizeLinear(step: Step, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    if step.get("block_size", 0):
        raise NotInTorch("it uses block-wise quantisation")
    whole = x.float()
    whole = whole if zero is None else whole - _along(step, zero, x).float()
    return whole * _along(step, scale, x)


def _along(step: Step, numbers: Tensor, x: Tensor) -> Tensor:
    """Return one number for all, or one for each position along the axis."""
    if numbers.numel() == 1:
        return numbers.reshape(())
    axis = step.get("axis", 1) % x.ndim
    return numbers.reshape(-1, *[1] * (x.ndim - axis - 1))
