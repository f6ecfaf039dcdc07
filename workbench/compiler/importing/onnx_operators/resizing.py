"""Resizing of pictures, in the ways that torch supports."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.onnx_operators.declaring import NotInTorch, Step, operator, whole


@operator
def _Resize(
    step: Step,
    x: Tensor,
    roi: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:
    if step.opset < 11:
        roi, scales = None, roi
    return _resized(step, x, scales, whole(sizes))


@operator
def _Upsample(step: Step, x: Tensor, scales: Tensor | None = None) -> Tensor:
    return _resized(step, x, torch.tensor(step.get("scales")) if scales is None else scales, None)


def _resized(step: Step, x: Tensor, scales: Tensor | None, sizes: list[int] | None) -> Tensor:
    mode = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}.get(step.get("mode", "nearest"))
    if x.ndim != 4 or mode is None or step.get("axes"):
        raise NotInTorch("it resizes something other than pictures")
    if sizes:
        factors = [to / side for to, side in zip(sizes[2:], x.shape[2:], strict=True)]
    else:
        assert scales is not None
        factors = [float(scale) for scale in scales.tolist()[2:]]
    sides = [round(side * factor) for side, factor in zip(x.shape[2:], factors, strict=True)]
    exact = all(abs(to - side * factor) < 1e-3 for to, side, factor in zip(sides, x.shape[2:], factors, strict=True))
    way = step.get("coordinate_transformation_mode", "half_pixel" if step.opset >= 11 else "asymmetric")
    rounding = step.get("nearest_mode", "round_prefer_floor" if step.opset >= 11 else "floor")
    known = exact and not any(step.get(name, 0) for name in ("antialias", "exclude_outside"))
    if not known or not _as_torch(mode, way, rounding, factors, sides, step):
        raise NotInTorch(
            f"it resizes pictures in a way that torch does not support ({step.get('mode', 'nearest')}, {way})"
        )
    if mode == "nearest":
        return F.interpolate(x, size=tuple(sides), mode="nearest")
    return F.interpolate(x, size=tuple(sides), mode=mode, align_corners=way == "align_corners")


@operator
def _GridSample(step: Step, x: Tensor, grid: Tensor) -> Tensor:
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(step.get("mode", "bilinear"), step.get("mode", "bilinear"))
    return F.grid_sample(
        x, grid, mode, step.get("padding_mode", "zeros"), align_corners=bool(step.get("align_corners", 0))
    )


@operator
def _AffineGrid(step: Step, theta: Tensor, size: Tensor) -> Tensor:
    return F.affine_grid(theta, whole(size) or [], align_corners=bool(step.get("align_corners", 0)))


def _as_torch(mode: str, way: str, rounding: str, factors: Sequence[float], sides: Sequence[int], step: Step) -> bool:
    """Return whether torch samples at the same positions."""
    whole = all(factor >= 1 and factor == int(factor) for factor in factors)
    if mode == "nearest":
        floored = way == "asymmetric" and rounding == "floor"
        return floored or (whole and way in ("half_pixel", "pytorch_half_pixel") and rounding.startswith("round"))
    if mode == "bicubic" and not math.isclose(step.get("cubic_coeff_a", -0.75), -0.75):
        return False
    if way == "align_corners":
        return True
    return way == "half_pixel" or (way == "pytorch_half_pixel" and min(sides) > 1)
