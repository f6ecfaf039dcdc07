"""Random crops of random size and aspect ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor


class RandomResizedCrop(Augmentation):
    """Crops a window of random size, aspect ratio and position and resizes it to the full picture.

    As in the training of GoogLeNet (Szegedy et al. 2015, https://doi.org/10.1109/CVPR.2015.7298594). A window larger
    than the picture is clipped to it; torchvision draws another one instead.
    """

    num_draws = 5
    moves_pixels = True

    least_area: Annotated[float, Meta(gt=0, le=1, description="smallest area, as a fraction of the picture's")] = 0.25
    most_stretch: Annotated[float, Meta(ge=1, le=4, description="maximum aspect ratio")] = 4 / 3
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor, nearest: bool = False) -> Tensor:
        """Random draws: whether to apply, area, aspect ratio, horizontal position, vertical position."""
        import torch

        from workbench.data.warp import warp, windows

        area = self.least_area + (1 - self.least_area) * draws[:, 1]
        stretch = torch.exp((2 * draws[:, 2] - 1) * math.log(self.most_stretch))
        chosen = draws[:, 0] < self.chance
        width = torch.where(chosen, (area * stretch).sqrt().clamp(max=1), 1.0)
        height = torch.where(chosen, (area / stretch).sqrt().clamp(max=1), 1.0)
        left, top = (1 - width) * draws[:, 3], (1 - height) * draws[:, 4]
        return warp(pictures, windows(left, top, width, height, pictures.shape[-2:]), nearest)

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws, nearest=is_mask)
