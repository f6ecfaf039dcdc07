"""Left becomes right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.augment import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor


class Mirror(Augmentation):
    """Swaps left and right; not for letters and digits, whose mirror image is another thing."""

    num_draws = 1

    chance: Chance = 0.5

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Draws: whether."""
        import torch

        chosen = (draws[:, 0] < self.chance)[:, None, None, None]
        return torch.where(chosen, pictures.flip(-1), pictures)
