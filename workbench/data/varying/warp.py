"""Affine transformations of pictures: rotation, shear, translation, zoom and mirror image, each with its own map.

A map is float32 [2, 3] and takes a place (x, y, 1) in the answer to one in the picture. Places are counted in pixels
from the upper left corner: the middle of the first pixel is at 0.5.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def warp(pictures: Tensor, maps: Tensor, nearest: bool = False) -> Tensor:
    """Sample each pixel of the result from its picture, by bilinear interpolation; outside it is black.

    With ``nearest``, the nearest pixel's value is used. ``pictures``: uint8 [B, C, H, W]. ``maps``: float32 [B, 2, 3].
    Returns uint8 [B, C, H, W].
    """
    height, width = pictures.shape[-2:]
    x = torch.arange(width, device=pictures.device) + 0.5
    y = (torch.arange(height, device=pictures.device) + 0.5)[:, None]
    # Term by term rather than as a matrix product, whose last bit depends on the size of the batch.
    places = maps[:, :, None, None, 0] * x + (maps[:, :, None, None, 1] * y + maps[:, :, None, None, 2])
    grid = torch.stack((places[:, 0] * (2 / width), places[:, 1] * (2 / height)), dim=-1) - 1
    mode = "nearest" if nearest else "bilinear"
    looked_up = F.grid_sample(pictures.float().contiguous(), grid, mode, padding_mode="zeros", align_corners=False)
    return looked_up.round_().clamp_(0, 255).to(torch.uint8)


def carried(points: Tensor, maps: Tensor, size: Sequence[int]) -> Tensor:
    """Return where key points of pictures of ``size`` (H, W) are after ``warp``: float32 [B, 2K], x and y of each as
    fractions of the width and height.

    A point that leaves the picture keeps its place outside, below 0 or above 1.
    """
    height, width = size
    a, b, right, c, d, down = maps.flatten(1).split(1, dim=1)
    x, y = points[:, 0::2] * width - right, points[:, 1::2] * height - down
    area = a * d - b * c
    return torch.stack(((d * x - b * y) / (area * width), (a * y - c * x) / (area * height)), dim=-1).flatten(1)


def joined(first: Tensor, second: Tensor) -> Tensor:
    """Return the maps of the ``first`` warp followed by the ``second``."""
    rows = first[:, :, :1] * second[:, :1] + first[:, :, 1:2] * second[:, 1:]  # term by term, as in ``warp``
    return torch.cat((rows[:, :, :2], rows[:, :, 2:] + first[:, :, 2:]), dim=2)


def windows(left: Tensor, top: Tensor, width: Tensor, height: Tensor, size: Sequence[int]) -> Tensor:
    """Return maps that enlarge a window of each picture to the whole: float32 [B] each, as shares
    of the sides (H, W).
    """
    nothing = torch.zeros_like(left)
    return _maps((width, nothing, left * size[1]), (nothing, height, top * size[0]))


def turns(degrees: Tensor, size: Sequence[int]) -> Tensor:
    """Return maps that rotate pictures of (H, W) counter-clockwise about their centre by float32 [B] degrees."""
    cosine, sine = torch.cos(torch.deg2rad(degrees)), torch.sin(torch.deg2rad(degrees))
    x, y = size[1] / 2, size[0] / 2
    return _maps((cosine, -sine, x - cosine * x + sine * y), (sine, cosine, y - sine * x - cosine * y))


def shears(across: Tensor, down: Tensor) -> Tensor:
    """Return maps that shift each row by ``across`` pixels per row above it, and each column by
    ``down``: float32 [B].
    """
    nothing, one = torch.zeros_like(across), torch.ones_like(across)
    return _maps((one, across, nothing), (down, one, nothing))


def moves(right: Tensor, down: Tensor) -> Tensor:
    """Return maps that translate pictures by this many pixels, float32 [B]."""
    nothing, one = torch.zeros_like(right), torch.ones_like(right)
    return _maps((one, nothing, -right), (nothing, one, -down))


def mirrors(chosen: Tensor, size: Sequence[int]) -> Tensor:
    """Return maps that flip the ``chosen`` (bool [B]) of pictures of (H, W) horizontally."""
    nothing = torch.zeros(len(chosen), device=chosen.device)
    way = torch.where(chosen, -1.0, 1.0)
    return _maps((way, nothing, torch.where(chosen, float(size[1]), 0.0)), (nothing, nothing + 1, nothing))


def _maps(first: tuple[Tensor, ...], second: tuple[Tensor, ...]) -> Tensor:
    return torch.stack((torch.stack(first, dim=1), torch.stack(second, dim=1)), dim=1)
