"""Affine transformations of pictures: rotation, shear, translation and zoom, each with its own map.

A map is float32 [2, 3] and takes a place (x, y, 1) in the answer to one in the picture. Places are counted in pixels
from the upper left corner.
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


def _maps(first: tuple[Tensor, ...], second: tuple[Tensor, ...]) -> Tensor:
    return torch.stack((torch.stack(first, dim=1), torch.stack(second, dim=1)), dim=1)
