"""Sliding windows: convolution and pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.onnx_operators.declaring import NotInTorch, Step, operator

Sliding = dict[int, Callable[..., Tensor]]
_CONVOLUTIONS: Sliding = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}
_TRANSPOSED: Sliding = {3: F.conv_transpose1d, 4: F.conv_transpose2d, 5: F.conv_transpose3d}
_MAX_POOLS: Sliding = {3: F.max_pool1d, 4: F.max_pool2d, 5: F.max_pool3d}
_AVERAGE_POOLS: Sliding = {3: F.avg_pool1d, 4: F.avg_pool2d, 5: F.avg_pool3d}


def border(step: Step, sides: Sequence[int], kernel: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the padding before and after, for each dimension."""
    strides = step.get("strides") or [1] * len(kernel)
    dilations = step.get("dilations") or [1] * len(kernel)
    auto = step.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        reach = [spacing * (size - 1) + 1 for size, spacing in zip(kernel, dilations, strict=True)]
        total = [
            max(0, (math.ceil(side / stride) - 1) * stride + far - side)
            for side, stride, far in zip(sides, strides, reach, strict=True)
        ]
        less = [border // 2 for border in total]
        more = [border - half for border, half in zip(total, less, strict=True)]
        return (less, more) if auto == "SAME_UPPER" else (more, less)
    pads = [0] * 2 * len(kernel) if auto == "VALID" else step.get("pads") or [0] * 2 * len(kernel)
    return list(pads[: len(kernel)]), list(pads[len(kernel) :])


def _padded(x: Tensor, before: Sequence[int], after: Sequence[int], value: float = 0.0) -> Tensor:
    pairs = [pad for pair in zip(reversed(before), reversed(after), strict=True) for pad in pair]
    return F.pad(x, pairs, value=value)


def _sized(x: Tensor, table: Sliding, what: str) -> Callable[..., Tensor]:
    if x.ndim not in table:
        raise NotInTorch(f"it has a {what} over {x.ndim - 2} dimensions")
    return table[x.ndim]


@operator
def _Conv(step: Step, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    function = _sized(x, _CONVOLUTIONS, "convolution")
    before, after = border(step, x.shape[2:], weight.shape[2:])
    if before != after:
        x, before = _padded(x, before, after), [0] * len(before)
    rank = len(before)
    strides, dilations = step.get("strides") or [1] * rank, step.get("dilations") or [1] * rank
    return function(x, weight, bias, tuple(strides), tuple(before), tuple(dilations), step.get("group", 1))


@operator
def _ConvTranspose(step: Step, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    function = _sized(x, _TRANSPOSED, "transposed convolution")
    kernel = weight.shape[2:]
    rank = len(kernel)
    strides, dilations = step.get("strides") or [1] * rank, step.get("dilations") or [1] * rank
    extra = step.get("output_padding") or [0] * rank
    if step.get("output_shape") or step.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise NotInTorch("it has a transposed convolution with an explicit output size")
    before, after = border(step, x.shape[2:], kernel)
    extra = [more + low - high for more, low, high in zip(extra, before, after, strict=True)]
    if min(extra) < 0:
        raise NotInTorch("it has a transposed convolution with more padding at the end than at the start")
    return function(
        x, weight, bias, tuple(strides), tuple(before), tuple(extra), step.get("group", 1), tuple(dilations)
    )


@operator
def _DeformConv(
    step: Step, x: Tensor, weight: Tensor, offset: Tensor, bias: Tensor | None = None, mask: Tensor | None = None
) -> Tensor:
    """A convolution whose samples are shifted by an ``offset`` and interpolated (Dai et al. 2017)."""
    if x.ndim != 4:
        raise NotInTorch(f"it has a deformable convolution over {x.ndim - 2} dimensions")
    (num, channels, height, width), (_, _, rows, columns) = x.shape, offset.shape
    groups, parts, area = step.get("group", 1), step.get("offset_group", 1), math.prod(weight.shape[2:])
    moved = offset.reshape(num * parts, area, 2, rows, columns) + _places(step, x, weight, rows, columns)
    grid = (moved * 2 + 1) / torch.tensor([height, width]).reshape(2, 1, 1) - 1
    grid = grid.flip(2).permute(0, 1, 3, 4, 2).reshape(num * parts, area * rows, columns, 2)
    seen = F.grid_sample(
        x.reshape(num * parts, channels // parts, height, width), grid, "bilinear", "zeros", align_corners=False
    )
    if mask is not None:
        seen = seen * mask.reshape(num * parts, 1, area * rows, columns)
    seen = seen.reshape(num, groups, channels // groups * area, rows * columns)
    y = (weight.reshape(groups, weight.shape[0] // groups, -1) @ seen).reshape(num, weight.shape[0], rows, columns)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


def _places(step: Step, x: Tensor, weight: Tensor, rows: int, columns: int) -> Tensor:
    """Return the unshifted sampling positions, in pixels: [kernel's height·width, (row, column), rows, columns]."""
    before, _ = border(step, x.shape[2:], weight.shape[2:])
    strides, dilations = step.get("strides") or [1, 1], step.get("dilations") or [1, 1]
    height, width = weight.shape[2:]
    down, right = (
        torch.arange(size).reshape(-1, 1) * gap + torch.arange(count) * stride - border
        for size, gap, count, stride, border in zip(
            (height, width), dilations, (rows, columns), strides, before, strict=True
        )
    )
    whole = (height, width, rows, columns)
    y, x_ = down[:, None, :, None].expand(whole), right[None, :, None, :].expand(whole)
    return torch.stack([y, x_], 2).reshape(height * width, 2, rows, columns).float()


LOWEST = torch.finfo(torch.float32).min
"""Never the maximum of a window; JSON can express it, unlike -∞."""


@operator
def _MaxPool(step: Step, x: Tensor) -> Tensor:
    if step.num_outputs > 1:
        raise NotInTorch("it has a max pooling that returns indices")
    function = _sized(x, _MAX_POOLS, "pooling")
    kernel = step.get("kernel_shape")
    before, after = border(step, x.shape[2:], kernel)
    if before != after or any(2 * border > size for border, size in zip(before, kernel, strict=True)):
        x, before = _padded(x, before, after, LOWEST), [0] * len(before)
    strides, dilations = step.get("strides") or [1] * len(kernel), step.get("dilations") or [1] * len(kernel)
    return function(x, tuple(kernel), tuple(strides), tuple(before), tuple(dilations), bool(step.get("ceil_mode", 0)))


@operator
def _AveragePool(step: Step, x: Tensor) -> Tensor:
    function = _sized(x, _AVERAGE_POOLS, "pooling")
    kernel = step.get("kernel_shape")
    before, after = border(step, x.shape[2:], kernel)
    strides = tuple(step.get("strides") or [1] * len(kernel))
    counted, ceil = bool(step.get("count_include_pad", 0)), bool(step.get("ceil_mode", 0))
    if any(spacing != 1 for spacing in step.get("dilations") or ()):
        raise NotInTorch("it has a dilated average pooling")
    if before == after and all(2 * border <= size for border, size in zip(before, kernel, strict=True)):
        return function(x, tuple(kernel), strides, tuple(before), ceil, counted or not any(before))
    y = function(_padded(x, before, after), tuple(kernel), strides, 0, ceil)
    if counted:
        return y
    ones = torch.ones(1, 1, *x.shape[2:])
    return y / function(_padded(ones, before, after), tuple(kernel), strides, 0, ceil)


@operator
def _GlobalAveragePool(_: Step, x: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(x, 1) if x.ndim == 4 else x.mean(tuple(range(2, x.ndim)), keepdim=True)


@operator
def _GlobalMaxPool(_: Step, x: Tensor) -> Tensor:
    return x.amax(tuple(range(2, x.ndim)), keepdim=True)


@operator
def _GlobalLpPool(step: Step, x: Tensor) -> Tensor:
    power = step.get("p", 2)
    return x.abs().pow(power).sum(tuple(range(2, x.ndim)), keepdim=True).pow(1 / power)
