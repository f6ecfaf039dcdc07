"""Random crops of a fixed size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor


class RandomCrop(Augmentation):
    """Crops a window at a random position and resizes it to the full picture.

    AlexNet took 224 of 256 pixels, a share of 0.875 (Krizhevsky, Sutskever, Hinton 2012).
    """

    num_draws = 3
    moves_pixels = True

    share: Annotated[float, Meta(gt=0, le=1, description="side of the crop as a fraction of the picture's")] = 0.875
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor, nearest: bool = False) -> Tensor:
        """Random draws: whether to apply, horizontal position, vertical position."""
        import torch

        from workbench.data.warp import warp, windows

        side = torch.where(draws[:, 0] < self.chance, self.share, 1.0)
        left, top = (1 - side) * draws[:, 1], (1 - side) * draws[:, 2]
        return warp(pictures, windows(left, top, side, side, pictures.shape[-2:]), nearest)

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws, nearest=is_mask)
