"""Horizontal flips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class Mirror(Augmentation):
    """Flips the picture horizontally; not for letters and digits. Left and right key points are not swapped.

    Those mean something else in a mirror; and a face's left eye, which is then seen as its right one, stays the point
    that it is.
    """

    num_draws = 1
    moves_pixels = True

    chance: Chance = 0.5

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Random draw: whether to flip."""
        import torch

        # A gather from both versions: torch.where takes six times as long for bytes.
        both = torch.cat((pictures, pictures.flip(-1)))
        rows = torch.arange(len(pictures), device=pictures.device)
        return both.index_select(0, rows + len(pictures) * (draws[:, 0] < self.chance))

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws)

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draw: whether to flip."""
        from workbench.data.varying.warp import mirrors

        return mirrors(draws[:, 0] < self.chance, size)
