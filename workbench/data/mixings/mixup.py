"""Mixup: a blend of two pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.augmentation import Chance
from workbench.data.mixing import Alpha, Mixing

if TYPE_CHECKING:
    from torch import Tensor


class Mixup(Mixing):
    """Blends each picture with another in a random proportion; the target mixes both classes alike.

    Zhang, Cissé, Dauphin, Lopez-Paz 2018, https://arxiv.org/abs/1710.09412; the proportion is drawn for each picture.
    """

    num_draws = 2

    alpha: Alpha = 0.2
    chance: Chance = 1.0

    def mix(self, pictures: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
        """Random draws: whether to mix, mixing proportion."""
        import torch

        from workbench.data.placing import sent
        from workbench.data.varying.beta import beta_quantile

        chosen = torch.where(draws[:, 0] < self.chance, beta_quantile(draws[:, 1], self.alpha), 1.0)
        own = sent(chosen, pictures.device)
        share, numbers = own[:, None, None, None], pictures.float()
        mixed = share * numbers + (1 - share) * numbers.roll(1, 0)
        return mixed.round_().to(torch.uint8), own
