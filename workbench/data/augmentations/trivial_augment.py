"""TrivialAugment: one random operation of random strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class TrivialAugment(Augmentation):
    """Applies one of fourteen operations to each picture, with a random strength up to very strong.

    Müller and Hutter 2021, https://doi.org/10.1109/ICCV48922.2021.00081; the defaults are the paper's, which has no
    parameters.
    """

    num_draws = 4
    moves_pixels = True
    chooses_pictures = True

    strength: Annotated[float, Meta(ge=0, le=1, description="maximum strength, as a fraction of the paper's range")] = (
        1.0
    )
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor, only: str = "") -> Tensor:
        """Random draws: whether to apply, operation, strength, sign."""
        import torch

        from workbench.data.varying.policies import TRIVIAL_AUGMENT_WIDE, changed

        # Operation 0 is the identity.
        choice = torch.where(draws[:, 0] < self.chance, draws[:, 1], 0.0)
        sign = torch.where(draws[:, 3] < 0.5, -1.0, 1.0)
        return changed(pictures, TRIVIAL_AUGMENT_WIDE, choice, self.strength * draws[:, 2], sign, only)

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws, only="names" if is_mask else "moves")

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draws: whether to apply, operation, strength, sign."""
        import torch

        from workbench.data.varying.policies import TRIVIAL_AUGMENT_WIDE, maps_of

        choice = torch.where(draws[:, 0] < self.chance, draws[:, 1], 0.0)
        sign = torch.where(draws[:, 3] < 0.5, -1.0, 1.0)
        return maps_of(TRIVIAL_AUGMENT_WIDE, choice, self.strength * draws[:, 2] * sign, size)
