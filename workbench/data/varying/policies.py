"""The operations of RandAugment and TrivialAugment: fourteen, each with a strength from 0 to 1.

As Cubuk et al. 2020 (https://doi.org/10.1109/CVPRW50498.2020.00359) took them from AutoAugment, with torchvision's
ranges, which Müller and Hutter 2021 (https://doi.org/10.1109/ICCV48922.2021.00081) widened.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from workbench.data.placing import sent
from workbench.data.varying.tones import (
    brightened,
    contrasted,
    equalized,
    posterized,
    saturated,
    sharpened,
    solarized,
    stretched,
)
from workbench.data.varying.warp import moves, shears, turns, warp


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


Move = Callable[[Ranges, Tensor, Sequence[int]], Tensor]
"""Returns the maps, as for ``warp``, of operations with these strengths (float32 [B], below 0 for the other direction)
on pictures of a size (H, W).
"""

MOVES: dict[str, Move] = {
    "Identity": lambda ranges, way, size: moves(0 * way, 0 * way),
    "ShearX": lambda ranges, way, size: shears(ranges.shear * way, 0 * way),
    "ShearY": lambda ranges, way, size: shears(0 * way, ranges.shear * way),
    "TranslateX": lambda ranges, way, size: moves(_farthest(ranges, size[1]) * way, 0 * way),
    "TranslateY": lambda ranges, way, size: moves(0 * way, _farthest(ranges, size[0]) * way),
    "Rotate": lambda ranges, way, size: turns(ranges.turn_degrees * way, size),
}
"""The operations that move pixels without changing their values; the first of all."""


def changes(ranges: Ranges, nearest: bool = False) -> dict[str, Change]:
    """Return the operations by name, in the order of torchvision's table; ``nearest`` as in ``warp``."""
    return {
        "Identity": lambda pictures, strength, sign: pictures,
        **{name: partial(_warped, move, ranges, nearest) for name, move in MOVES.items() if name != "Identity"},
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


def maps_of(ranges: Ranges, choice: Tensor, way: Tensor, size: Sequence[int]) -> Tensor:
    """Return the maps by which ``changed`` moves pixels, float32 [B, 2, 3]; operations that change values move none.

    ``way`` is the strength times the sign.
    """
    chosen = (choice * len(changes(ranges))).long()
    maps = MOVES["Identity"](ranges, way, size)
    for number, move in enumerate(MOVES.values()):
        maps = torch.where((chosen == number)[:, None, None], move(ranges, way, size), maps)
    return maps


def _warped(move: Move, ranges: Ranges, nearest: bool, pictures: Tensor, strength: Tensor, sign: Tensor) -> Tensor:
    return warp(pictures, move(ranges, strength * sign, pictures.shape[-2:]), nearest)


def _farthest(ranges: Ranges, side: int) -> float:
    """Return the farthest move along a side of this length, in pixels."""
    return ranges.move_pixels or ranges.move_share * side


def _toned(
    tone: Callable[[Tensor, Tensor], Tensor], most: float, pictures: Tensor, strength: Tensor, sign: Tensor
) -> Tensor:
    return _bytes(tone(pictures.float(), 1 + most * strength * sign))


def _bytes(pictures: Tensor) -> Tensor:
    return pictures.round().clamp(0, 255).to(torch.uint8)
