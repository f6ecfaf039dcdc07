"""The operations of RandAugment and TrivialAugment: fourteen, each with a strength from 0 to 1.

As Cubuk et al. 2020 (https://doi.org/10.1109/CVPRW50498.2020.00359) took them from AutoAugment, with torchvision's
ranges, which Müller and Hutter 2021 (https://doi.org/10.1109/ICCV48922.2021.00081) widened.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from workbench.data.placing import sent
from workbench.data.tones import (
    brightened,
    contrasted,
    equalized,
    posterized,
    saturated,
    sharpened,
    solarized,
    stretched,
)
from workbench.data.warp import moves, shears, turns, warp


class Ranges(NamedTuple):
    """How far a change goes at full strength: a shear as a slope, a move in pixels or where these are 0 in shares of
    the side, a tone as a factor beside 1.
    """

    shear: float
    turn_degrees: float
    tone: float
    least_bits: int
    move_share: float = 0
    move_pixels: float = 0


RAND_AUGMENT = Ranges(shear=0.3, move_share=150 / 331, turn_degrees=30, tone=0.9, least_bits=4)
TRIVIAL_AUGMENT_WIDE = Ranges(shear=0.99, move_pixels=32, turn_degrees=135, tone=0.99, least_bits=2)

Change = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Maps pictures (uint8 [B, C, H, W]), strengths and signs (float32 [B]; signs -1 or 1) to pictures of the same kind."""


MOVES = ("Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")
"""The operations that move pixels without changing their values."""


def changes(ranges: Ranges, nearest: bool = False) -> dict[str, Change]:
    """Return the operations by name, in the order of torchvision's table; ``nearest`` as in ``warp``."""
    return {
        "Identity": lambda pictures, strength, sign: pictures,
        "ShearX": lambda pictures, strength, sign: _sheared(
            pictures, ranges.shear * strength * sign, across=True, nearest=nearest
        ),
        "ShearY": lambda pictures, strength, sign: _sheared(
            pictures, ranges.shear * strength * sign, across=False, nearest=nearest
        ),
        "TranslateX": lambda pictures, strength, sign: _moved(
            pictures, ranges, strength * sign, across=True, nearest=nearest
        ),
        "TranslateY": lambda pictures, strength, sign: _moved(
            pictures, ranges, strength * sign, across=False, nearest=nearest
        ),
        "Rotate": lambda pictures, strength, sign: warp(
            pictures, turns(ranges.turn_degrees * strength * sign, _size(pictures)), nearest
        ),
        "Brightness": partial(_toned, brightened, ranges.tone),
        "Color": partial(_toned, saturated, ranges.tone),
        "Contrast": partial(_toned, contrasted, ranges.tone),
        "Sharpness": partial(_toned, sharpened, ranges.tone),
        "Posterize": lambda pictures, strength, sign: _bytes(
            posterized(pictures.float(), (8 - (8 - ranges.least_bits) * strength).round())
        ),
        "Solarize": lambda pictures, strength, sign: _bytes(solarized(pictures.float(), 255 * (1 - strength))),
        "AutoContrast": lambda pictures, strength, sign: _bytes(stretched(pictures.float())),
        "Equalize": lambda pictures, strength, sign: _bytes(equalized(pictures.float())),
    }


def changed(pictures: Tensor, ranges: Ranges, choice: Tensor, strength: Tensor, sign: Tensor, only: str = "") -> Tensor:
    """Apply to each picture the operation selected by ``choice`` (0 <= x < 1, float32 [B]); all fourteen are equally
    likely. ``choice``, ``strength`` and ``sign`` are on the CPU.

    ``only`` "moves" skips operations that change values; "names" does so too, and moves pixels without interpolation.
    """
    table = changes(ranges, nearest=only == "names")
    chosen = (choice * len(table)).long()
    order, counts = chosen.argsort(stable=True), torch.bincount(chosen, minlength=len(table)).tolist()
    sorted_ones = (order, strength[order], sign[order])
    parts = zip(*(sent(values, pictures.device).split(counts) for values in sorted_ones), strict=True)
    answer = pictures.clone()
    for (name, change), (rows, its_strength, its_sign) in zip(table.items(), parts, strict=True):
        if len(rows) and (name in MOVES or not only):
            answer[rows] = change(pictures[rows], its_strength, its_sign)
    return answer


def _toned(
    tone: Callable[[Tensor, Tensor], Tensor], most: float, pictures: Tensor, strength: Tensor, sign: Tensor
) -> Tensor:
    return _bytes(tone(pictures.float(), 1 + most * strength * sign))


def _sheared(pictures: Tensor, slope: Tensor, *, across: bool, nearest: bool) -> Tensor:
    nothing = torch.zeros_like(slope)
    return warp(pictures, shears(slope, nothing) if across else shears(nothing, slope), nearest)


def _moved(pictures: Tensor, ranges: Ranges, way: Tensor, *, across: bool, nearest: bool) -> Tensor:
    nothing = torch.zeros_like(way)
    height, width = _size(pictures)
    most = ranges.move_pixels or ranges.move_share * (width if across else height)
    return warp(pictures, moves(most * way, nothing) if across else moves(nothing, most * way), nearest)


def _size(pictures: Tensor) -> tuple[int, int]:
    return pictures.shape[-2], pictures.shape[-1]


def _bytes(pictures: Tensor) -> Tensor:
    return pictures.round().clamp(0, 255).to(torch.uint8)
