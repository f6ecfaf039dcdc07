"""Random crops of random size and aspect ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Chance, Warping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class RandomResizedCrop(Warping):
    """Crops a window of random size, aspect ratio and position and resizes it to the full picture.

    As in the training of GoogLeNet (Szegedy et al. 2015, https://doi.org/10.1109/CVPR.2015.7298594). A window larger
    than the picture is clipped to it; torchvision draws another one instead.
    """

    num_draws = 5

    least_area: Annotated[float, Meta(gt=0, le=1, description="smallest area, as a fraction of the picture's")] = 0.25
    most_stretch: Annotated[float, Meta(ge=1, le=4, description="maximum aspect ratio")] = 4 / 3
    chance: Chance = 1.0

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draws: whether to apply, area, aspect ratio, horizontal position, vertical position."""
        import torch

        from workbench.data.varying.warp import windows

        area = self.least_area + (1 - self.least_area) * draws[:, 1]
        stretch = torch.exp((2 * draws[:, 2] - 1) * math.log(self.most_stretch))
        chosen = draws[:, 0] < self.chance
        width = torch.where(chosen, (area * stretch).sqrt().clamp(max=1), 1.0)
        height = torch.where(chosen, (area / stretch).sqrt().clamp(max=1), 1.0)
        left, top = (1 - width) * draws[:, 3], (1 - height) * draws[:, 4]
        return windows(left, top, width, height, size)
