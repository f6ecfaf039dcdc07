"""RandAugment: several random operations of one strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class RandAugment(Augmentation):
    """Applies several of fourteen operations to each picture, all with the same strength.

    Cubuk, Zoph, Shlens, Le 2020, https://doi.org/10.1109/CVPRW50498.2020.00359.
    """

    num_draws = 13
    moves_pixels = True
    chooses_pictures = True

    num_changes: Annotated[int, Meta(ge=1, le=6, description="operations applied in sequence")] = 2
    strength: Annotated[float, Meta(ge=0, le=1, description="strength of each; the paper's 9 of 30 is 0.3")] = 0.3
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor, only: str = "") -> Tensor:
        """Random draws: for each operation which one, and its sign; last, whether to apply."""
        import torch

        from workbench.data.varying.policies import RAND_AUGMENT, changed

        strength = torch.full_like(draws[:, 0], self.strength)
        for number in range(self.num_changes):
            # Operation 0 is the identity.
            choice = torch.where(draws[:, 12] < self.chance, draws[:, 2 * number], 0.0)
            way = draws[:, 2 * number + 1]
            pictures = changed(pictures, RAND_AUGMENT, choice, strength, torch.where(way < 0.5, -1.0, 1.0), only)
        return pictures

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws, only="names" if is_mask else "moves")

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draws: for each operation which one, and its sign; last, whether to apply."""
        import torch

        from workbench.data.varying.policies import RAND_AUGMENT, maps_of
        from workbench.data.varying.warp import joined, moves

        strength, nothing = torch.full_like(draws[:, 0], self.strength), torch.zeros_like(draws[:, 0])
        maps = moves(nothing, nothing)
        for number in range(self.num_changes):
            choice = torch.where(draws[:, 12] < self.chance, draws[:, 2 * number], 0.0)
            sign = torch.where(draws[:, 2 * number + 1] < 0.5, -1.0, 1.0)
            maps = joined(maps, maps_of(RAND_AUGMENT, choice, strength * sign, size))
        return maps
