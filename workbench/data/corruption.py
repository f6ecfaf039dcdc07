"""What a corruption is: something done to the input that the network is to undo; the picture itself is the target.

Chance is handed in as a word for each picture, which depends on (seed, epoch, picture) alone: each epoch corrupts anew,
and a resumed one goes on as if it had never stopped. What is measured is corrupted too, always in the same way.
torch is imported by methods alone.
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
        """The (C, H, W) of the picture where the network's Input has this one."""
        return input_shape

    def apply(self, pictures: Tensor, keys: Tensor) -> Tensor:
        """The input made of ``pictures`` (uint8 [B, C, H, W]), of the same type; ``keys``: int64 [B]."""
        raise NotImplementedError
