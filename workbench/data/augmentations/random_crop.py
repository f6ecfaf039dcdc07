"""Random crops of a fixed size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Chance, Warping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class RandomCrop(Warping):
    """Crops a window at a random position and resizes it to the full picture.

    AlexNet took 224 of 256 pixels, a share of 0.875 (Krizhevsky, Sutskever, Hinton 2012).
    """

    num_draws = 3

    share: Annotated[float, Meta(gt=0, le=1, description="side of the crop as a fraction of the picture's")] = 0.875
    chance: Chance = 1.0

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draws: whether to apply, horizontal position, vertical position."""
        import torch

        from workbench.data.varying.warp import windows

        side = torch.where(draws[:, 0] < self.chance, self.share, 1.0)
        left, top = (1 - side) * draws[:, 1], (1 - side) * draws[:, 2]
        return windows(left, top, side, side, size)
