"""Random numbers on the device: those of ``draws``, for as many pixels as a batch has.

torch cannot compute with unsigned integers; its signed ones wrap around to the same bits.
"""

import torch
from torch import Tensor

from workbench.data.varying.draws import GOLDEN


def picture_keys(start: int, indices: Tensor) -> Tensor:
    """Return a key for each picture, int64 [B], that depends only on the key ``start`` and its index (int64 [B])."""
    return _scrambled(indices + _signed(start))


def normals(keys: Tensor, num_draws: int) -> Tensor:
    """Return normal numbers, float32 [B, num_draws], for these keys (int64 [B])."""
    # 23 bits plus one half: every number lies strictly between 0 and 1, and is exact in float32.
    halves = (_words(keys, num_draws) >> 41 & 0x7FFFFF).float().add_(0.5).mul_(2.0**-22).sub_(1)
    return halves.erfinv_().mul_(2**0.5)


def uniforms_of(keys: Tensor, num_draws: int) -> Tensor:
    """Return numbers 0 <= x < 1, float32 [B, num_draws]; equal to those of ``draws.uniforms``."""
    return (_words(keys, num_draws) >> 40 & 0xFFFFFF).float().mul_(2.0**-24)


def _words(keys: Tensor, num_draws: int) -> Tensor:
    """Return random words, int64 [B, num_draws]."""
    steps = torch.arange(1, num_draws + 1, device=keys.device) * _signed(GOLDEN)
    return _scrambled(keys[:, None] + steps)


def _scrambled(words: Tensor) -> Tensor:
    """Do the same as ``scramble`` does with unsigned words."""
    words = (words ^ (words >> 30 & 0x3_FFFF_FFFF)) * _signed(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> 27 & 0x1F_FFFF_FFFF)) * _signed(0x94D049BB133111EB)
    return words ^ (words >> 31 & 0x1_FFFF_FFFF)


def _signed(word: int) -> int:
    """Return the signed integer with the bits of an unsigned one."""
    word &= 2**64 - 1
    return word - 2**64 if word >= 2**63 else word
