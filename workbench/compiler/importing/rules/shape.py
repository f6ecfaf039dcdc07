"""Layers that only move elements."""

from __future__ import annotations

from typing import Any

from workbench.compiler.importing.operations import BATCH, Size, Value
from workbench.compiler.importing.rules.declaring import Found, plain, rule, short
from workbench.compiler.importing.rules.recurrent import found_last


@rule
def _flatten(input: Value, start_dim: int = 0, end_dim: int = -1) -> Found | None:
    return plain("Flatten", input, start_dim=start_dim, end_dim=end_dim) if start_dim != 0 else None


@rule
def _reshape(input: Value, *shape: Any) -> Found | None:
    sides = shape[0] if len(shape) == 1 and isinstance(shape[0], list | tuple) else shape
    if sides[0] not in (BATCH, -1) or any(isinstance(side, Size) for side in sides[1:]):
        return None
    return plain("Reshape", input, shape=list(sides[1:]))


@rule
def _unsqueeze(input: Value, dim: int) -> Found | None:
    place = dim if dim >= 0 else len(input.shape) + 1 + dim
    return plain("Reshape", input, shape=[*input.sides[: place - 1], 1, *input.sides[place - 1 :]]) if place else None


@rule
def _permute(input: Value, *dims: Any) -> Found | None:
    order = dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims
    return plain("Permute", input, dims=[dim % len(input.shape) for dim in order])


@rule
def _transpose(input: Value, dim0: int, dim1: int) -> Found | None:
    order = list(range(len(input.shape)))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return plain("Permute", input, dims=order)


@rule
def _mT(input: Value) -> Found | None:  # noqa: N802  # the name in torch
    return _transpose(input, -2, -1)


@rule
def _channel_shuffle(input: Value, groups: int) -> Found | None:
    return plain("ChannelShuffle", input, groups=groups)


@rule
def _pixel_shuffle(input: Value, upscale_factor: int) -> Found | None:
    return plain("PixelShuffle", input, upscale_factor=upscale_factor) if len(input.shape) == 4 else None


@rule
def _pixel_unshuffle(input: Value, downscale_factor: int) -> Found | None:
    return plain("PixelUnshuffle", input, downscale_factor=downscale_factor) if len(input.shape) == 4 else None


@rule
def _getitem(input: Value, index: Any) -> Found | None:
    if not isinstance(index, tuple):
        return found_last([(input, index)])
    if Ellipsis in index:
        place = index.index(Ellipsis)
        left_out = len(input.shape) - len(index) + 1
        index = (*index[:place], *[slice(None)] * left_out, *index[place + 1 :])
    if index[0] != slice(None):
        return None
    chosen = [(dim, item) for dim, item in enumerate(index) if item != slice(None)]
    if len(chosen) != 1:
        return None
    dim, item = chosen[0]
    if type(item) is int and dim == 1 and len(input.shape) == 3:
        return plain("SelectToken", input, index=item)
    if isinstance(item, slice) and item.step in (None, 1) and isinstance(input.shape[dim], int):
        start, stop, _ = item.indices(input.sides[dim - 1])
        return plain("Slice", input, start=start, stop=None if stop == input.sides[dim - 1] else stop, dim=dim)
    return None


@rule
def _squeeze(input: Value, dim: Any = None) -> Found | None:
    """Of the single channel of a picture, whose rows then are tokens."""
    single = len(input.shape) == 4 and input.shape[1] == 1 and dim in (1, -3)
    return plain("Flatten", input, start_dim=1, end_dim=2) if single else None


PADS = {"constant": "ConstantPad2d", "reflect": "ReflectionPad2d", "replicate": "ReplicationPad2d"}


@rule
def _pad(input: Value, pad: Any, mode: str = "constant", value: float | None = None) -> Found | None:
    if mode not in PADS or len(pad) > 4 or min(pad) < 0 or len(input.shape) != 4:
        return None
    filled = {"value": float(value or 0)} if mode == "constant" else {}
    return plain(PADS[mode], input, padding=[*pad, *[0] * (4 - len(pad))], **filled)


@rule
def _interpolate(
    input: Value,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,  # noqa: ARG001  # changes nothing where the factor is whole
    antialias: bool = False,
) -> Found | None:
    if len(input.shape) != 4 or antialias or mode not in ("nearest", "bilinear", "bicubic"):
        return None
    if scale_factor is None:
        sides = size if isinstance(size, list | tuple) else (size, size)
        scale_factor = [side / of for side, of in zip(sides, input.sides[1:], strict=True)]
    scales = scale_factor if isinstance(scale_factor, list | tuple) else (scale_factor, scale_factor)
    if any(scale != int(scale) for scale in scales):
        return None
    factor = short([int(scale) for scale in scales])
    return plain("Upsample", input, scale_factor=factor, mode=mode, align_corners=bool(align_corners))
