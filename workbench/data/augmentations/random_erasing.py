"""Random erasing of rectangles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor


class RandomErasing(Augmentation):
    """Erases a rectangle of random size, aspect ratio and position.

    Zhong et al. 2020, https://doi.org/10.1609/aaai.v34i07.7000. A rectangle larger than the picture is clipped to it.
    """

    num_draws = 5

    least_area: Annotated[float, Meta(gt=0, le=1, description="smallest area, as a fraction of the picture's")] = 0.02
    most_area: Annotated[float, Meta(gt=0, le=1, description="largest area, as a fraction of the picture's")] = 0.33
    most_stretch: Annotated[float, Meta(ge=1, le=10, description="maximum aspect ratio")] = 3.3
    fill: Annotated[Literal["black", "mean"], Meta(description="fill: black or the picture's mean")] = "mean"
    chance: Chance = 0.5

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Random draws: whether to apply, area, aspect ratio, horizontal position, vertical position."""
        import torch

        height, width = pictures.shape[-2:]
        area = (self.least_area + (self.most_area - self.least_area) * draws[:, 1]) * height * width
        stretch = torch.exp((2 * draws[:, 2] - 1) * math.log(self.most_stretch))
        across = (area * stretch).sqrt().round().clamp(1, width)
        down = (area / stretch).sqrt().round().clamp(1, height)
        left = (draws[:, 3] * (width + 1 - across)).floor()
        top = (draws[:, 4] * (height + 1 - down)).floor()
        x = torch.arange(width, device=pictures.device)
        y = torch.arange(height, device=pictures.device)
        in_columns = (x >= left[:, None]) & (x < (left + across)[:, None])
        in_rows = (y >= top[:, None]) & (y < (top + down)[:, None])
        chosen = draws[:, 0] < self.chance
        covered = in_rows[:, None, :, None] & in_columns[:, None, None, :] & chosen[:, None, None, None]
        mean = pictures.float().mean(dim=(2, 3), keepdim=True).round().to(torch.uint8)
        return torch.where(covered, torch.zeros_like(mean) if self.fill == "black" else mean, pictures)
