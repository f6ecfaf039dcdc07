"""Which part of a picture or a row an answer depends on: each is hidden in turn."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

AT_ONCE = 64


def falls(probability: Callable[[Tensor], Tensor], picture: Tensor, patch: int, step: int) -> NDArray[np.float32]:
    """Return by how much a probability falls where a square patch hides the picture: float32 [H, W], for each pixel the
    mean over all places of the patch that cover it; negative where it rises.

    ``picture`` is normalised, float32 [C, H, W]; the patch, with a side of ``patch`` pixels, is 0, the mean of the
    training pictures, and moves by ``step``. ``probability`` takes float32 [B, C, H, W] and returns [B]. Zeiler and
    Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.2.
    """
    _, height, width = picture.shape
    places = [(top, left) for top in _starts(height, patch, step) for left in _starts(width, patch, step)]
    total, count = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    with torch.no_grad():
        whole = probability(picture[None])
        for first in range(0, len(places), AT_ONCE):
            some = places[first : first + AT_ONCE]
            hidden = picture.repeat(len(some), 1, 1, 1)
            for copy, (top, left) in zip(hidden, some, strict=True):
                copy[:, top : top + patch, left : left + patch] = 0
            for fall, (top, left) in zip((whole - probability(hidden)).tolist(), some, strict=True):
                total[top : top + patch, left : left + patch] += fall
                count[top : top + patch, left : left + patch] += 1
    return total / count


def falls_by_number(probability: Callable[[Tensor], Tensor], row: Tensor) -> NDArray[np.float32]:
    """Return by how much a probability falls where each number of a row, normalised, float32 [D], is 0, which of
    standardised ones is the training rows' mean: float32 [D], negative where it rises.
    """
    with torch.no_grad():
        whole = probability(row[None])
        numbers = torch.arange(len(row), device=row.device)
        hidden = [row.expand(len(some), -1).scatter(1, some[:, None], 0.0) for some in numbers.split(AT_ONCE)]
        found: NDArray[np.float32] = torch.cat([whole - probability(each) for each in hidden]).cpu().numpy()
    return found


def _starts(side: int, patch: int, step: int) -> list[int]:
    """Return where the patch begins along a side, so that it also reaches the end."""
    last = max(side - patch, 0)
    return [*range(0, last, step), last]
