"""Operators that only move elements."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.onnx_operators.declaring import OPERATORS, NotInTorch, Step, axes_of, operator, whole


@operator
def _Shape(step: Step, x: Tensor) -> Tensor:
    return torch.tensor(list(x.shape)[step.get("start", 0) : step.get("end")], dtype=torch.int64)


@operator
def _Size(_: Step, x: Tensor) -> Tensor:
    return torch.tensor(math.prod(x.shape), dtype=torch.int64)


@operator
def _Reshape(step: Step, x: Tensor, shape: Tensor | None = None) -> Tensor:
    sides = whole(shape) if shape is not None else list(step.get("shape"))
    assert sides is not None
    if not step.get("allowzero", 0):
        sides = [x.shape[index] if side == 0 else side for index, side in enumerate(sides)]
    known = math.prod(side for side in sides if side != -1)
    total = math.prod(x.shape)
    if -1 not in sides and known != total and known and total % known == 0:
        # A file made for single pictures has a batch of 1 written here; now there are several pictures.
        sides[0] *= total // known
    return x.reshape(sides)


@operator
def _Flatten(step: Step, x: Tensor) -> Tensor:
    axis = step.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    if axis == 1:
        return x.flatten(1)
    return x.reshape(math.prod(x.shape[:axis]), -1)


@operator
def _Transpose(step: Step, x: Tensor) -> Tensor:
    return x.permute(step.get("perm") or list(reversed(range(x.ndim))))


@operator
def _Squeeze(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = axes_of(step, axes)
    if dims is None:
        return x.squeeze()
    for dim in sorted((dim % x.ndim for dim in dims), reverse=True):
        x = x.squeeze(dim)
    return x


@operator
def _Unsqueeze(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = axes_of(step, axes) or []
    rank = x.ndim + len(dims)
    for dim in sorted(dim % rank for dim in dims):
        x = x.unsqueeze(dim)
    return x


@operator
def _Expand(_: Step, x: Tensor, shape: Tensor) -> Tensor:
    sides = whole(shape) or []
    return x.expand(torch.broadcast_shapes(tuple(x.shape), tuple(sides)))


@operator
def _Tile(_: Step, x: Tensor, repeats: Tensor) -> Tensor:
    return x.repeat(whole(repeats) or [])


@operator
def _Concat(step: Step, *x: Tensor) -> Tensor:
    axis, rank = step.get("axis"), x[0].ndim
    most = max(part.shape[0] for part in x) if rank > 1 and axis % rank != 0 else None
    # A file made for single pictures concatenates their tokens with one class token; now there are several pictures.
    parts = [part.expand(most, *part.shape[1:]) if most and part.shape[0] == 1 < most else part for part in x]
    return torch.cat(parts, axis)


@operator
def _Split(step: Step, x: Tensor, sizes: Tensor | None = None) -> Any:
    axis = step.get("axis", 0)
    given = axes_of(step, sizes, "split")
    if given is None:
        each = math.ceil(x.shape[axis] / step.num_outputs)
        given = [min(each, x.shape[axis] - each * index) for index in range(step.num_outputs)]
    return torch.split(x, given, axis)


@operator
def _Slice(
    step: Step,
    x: Tensor,
    starts: Tensor | None = None,
    ends: Tensor | None = None,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    first, last = axes_of(step, starts, "starts") or [], axes_of(step, ends, "ends") or []
    dims = axes_of(step, axes) or list(range(len(first)))
    strides = whole(steps) or [1] * len(first)
    index = [slice(None)] * x.ndim
    for dim, start, end, stride in zip(dims, first, last, strides, strict=True):
        if stride < 0:
            if (start, stride) != (-1, -1) or end > -x.shape[dim]:
                raise NotInTorch("it slices a tensor backwards")
            x = x.flip(dim)
            continue
        side = x.shape[dim]
        start, end = (max(0, min(side, place + side if place < 0 else place)) for place in (start, end))
        index[dim] = slice(start or None, None if end == side else end, None if stride == 1 else stride)
    return x[tuple(index)] if any(part != slice(None) for part in index) else x


@operator
def _Gather(step: Step, x: Tensor, indices: Tensor) -> Tensor:
    axis = step.get("axis", 0) % x.ndim
    if indices.ndim == 0:
        return x[(slice(None),) * axis + (int(indices.item()),)]
    if x.ndim == 1 and indices.numel() == x.numel() and torch.equal(indices.reshape(-1), torch.arange(x.numel())):
        return x.reshape(indices.shape)  # torch's exporter expresses a view by this
    return x[(slice(None),) * axis + (indices.long(),)]


@operator
def _GatherElements(step: Step, x: Tensor, indices: Tensor) -> Tensor:
    return torch.gather(x, step.get("axis", 0), indices.long())


@operator
def _ScatterElements(step: Step, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    if step.get("reduction", "none") != "none":
        raise NotInTorch("it scatters with a reduction")
    axis = step.get("axis", 0)
    places = torch.where(indices < 0, indices + x.shape[axis], indices).long()
    return torch.scatter(x, axis, places, updates)


OPERATORS["Scatter"] = _ScatterElements  # its name before opset 11


@operator
def _Compress(step: Step, x: Tensor, condition: Tensor) -> Tensor:
    """Select the entries; the condition is constant, since others have been rejected."""
    axis, places = step.get("axis"), condition.reshape(-1).nonzero().reshape(-1)
    return x.reshape(-1)[places] if axis is None else torch.index_select(x, axis, places)


@operator
def _NonZero(_: Step, x: Tensor) -> Tensor:
    return torch.nonzero(x).T


@operator
def _ScatterND(step: Step, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    if step.get("reduction", "none") != "none":
        raise NotInTorch("it scatters with a reduction")
    y = x.clone()
    y[tuple(indices.unbind(-1))] = updates
    return y


@operator
def _Pad(
    step: Step, x: Tensor, pads: Tensor | None = None, value: Tensor | None = None, axes: Tensor | None = None
) -> Tensor:
    given = axes_of(step, pads, "pads") or []
    dims = [dim % x.ndim for dim in whole(axes) or range(x.ndim)]
    before, after = [0] * x.ndim, [0] * x.ndim
    for dim, low, high in zip(dims, given[: len(dims)], given[len(dims) :], strict=True):
        before[dim], after[dim] = low, high
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}[
        step.get("mode", "constant")
    ]
    first = next((dim for dim in range(x.ndim) if before[dim] or after[dim]), x.ndim)
    first = max(1, min(first, x.ndim - 1)) if mode == "constant" else 2
    if any(before[:first]) or any(after[:first]):
        raise NotInTorch("it pads the batch or channel dimension")
    pairs = [pad for pair in zip(reversed(before[first:]), reversed(after[first:]), strict=True) for pad in pair]
    fill = step.get("value", 0.0) if value is None else float(value.item())
    return F.pad(x, pairs, mode, fill) if mode == "constant" else F.pad(x, pairs, mode)


@operator
def _DepthToSpace(step: Step, x: Tensor) -> Tensor:
    size = step.get("blocksize")
    if step.get("mode", "DCR") == "CRD":
        return F.pixel_shuffle(x, size)
    channels, height, width = x.shape[1:]
    split = x.reshape(x.shape[0], size, size, channels // size**2, height, width)
    return split.permute(0, 3, 4, 1, 5, 2).reshape(x.shape[0], channels // size**2, height * size, width * size)


@operator
def _SpaceToDepth(step: Step, x: Tensor) -> Tensor:
    size = step.get("blocksize")
    channels, height, width = x.shape[1:]
    split = x.reshape(x.shape[0], channels, height // size, size, width // size, size)
    order = (0, 1, 3, 5, 2, 4) if step.get("mode", "DCR") == "CRD" else (0, 3, 5, 1, 2, 4)
    return split.permute(order).reshape(x.shape[0], channels * size**2, height // size, width // size)


@operator
def _Trilu(step: Step, x: Tensor, k: Tensor | None = None) -> Tensor:
    diagonal = 0 if k is None else int(k.item())
    return torch.triu(x, diagonal) if step.get("upper", 1) else torch.tril(x, diagonal)
