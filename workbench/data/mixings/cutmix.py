"""CutMix: a window of one picture in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.augmentation import Chance
from workbench.data.mixing import Alpha, Mixing

if TYPE_CHECKING:
    from torch import Tensor


class CutMix(Mixing):
    """Pastes a random window of another picture into each; the target mixes both classes in proportion to area.

    Yun et al. 2019, https://doi.org/10.1109/ICCV.2019.00612. The window has the picture's aspect ratio, and its part
    beyond the border does not count.
    """

    num_draws = 4

    alpha: Alpha = 1.0
    chance: Chance = 0.5

    def mix(self, pictures: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
        """Random draws: whether to mix, share, horizontal and vertical centre of the window."""
        import torch

        from workbench.data.placing import sent
        from workbench.data.varying.beta import beta_quantile

        height, width = pictures.shape[-2:]
        chosen = torch.where(draws[:, 0] < self.chance, (1 - beta_quantile(draws[:, 1], self.alpha)).sqrt(), 0.0)
        side, draws = sent(chosen, pictures.device), sent(draws, pictures.device)
        across, down = (side * width / 2).round(), (side * height / 2).round()
        x = torch.arange(width, device=pictures.device) - (draws[:, 2:3] * width).floor()
        y = torch.arange(height, device=pictures.device) - (draws[:, 3:] * height).floor()
        in_columns = (x >= -across[:, None]) & (x < across[:, None])
        in_rows = (y >= -down[:, None]) & (y < down[:, None])
        foreign = in_rows[:, None, :, None] & in_columns[:, None, None, :]
        mixed = torch.where(foreign, pictures.roll(1, 0), pictures)
        return mixed, 1 - foreign.float().mean(dim=(1, 2, 3))
