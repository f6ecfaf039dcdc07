"""Base of corruptions: changes to the input that the network is to undo; the target is the original picture.

Randomness is passed in as a 64-bit key per picture, which depends only on (seed, epoch, picture): each epoch corrupts
anew, and a resumed one continues as if it had never stopped. Evaluation corrupts too, always in the same way. Only
methods import torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from torch import Tensor


class Corruption(Declared):
    """Base of every corruption."""

    abstract: ClassVar[bool] = True

    def picture_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the picture's (C, H, W) for a network's Input of this shape."""
        return input_shape

    def apply(self, pictures: Tensor, keys: Tensor) -> Tensor:
        """Return the corrupted input for ``pictures`` (uint8 [B, C, H, W]), of the same type; ``keys``: int64 [B]."""
        raise NotImplementedError
