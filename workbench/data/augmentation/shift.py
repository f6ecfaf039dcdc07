"""Moving the picture about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augment import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor


class Shift(Augmentation):
    """Moves the picture by a few pixels up or down and left or right; black fills the border.

    The same as padding by ``max_pixels`` and cutting a window of the old size at random.
    """

    num_draws = 3

    max_pixels: Annotated[
        int, Meta(ge=1, le=256, description="furthest move in each direction", extra={"unit": "px"})
    ] = 2
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Draws: whether, how far down, how far right."""
        import torch
        from torch.nn import functional as F

        most = self.max_pixels
        height, width = pictures.shape[2:]
        offsets = (draws[:, 1:] * (2 * most + 1)).long()
        offsets = torch.where(draws[:, :1] < self.chance, offsets, most)
        # A view of every window of the padded batch, [B, C, 2m+1, 2m+1, H, W]: one gather cuts each picture's own.
        windows = F.pad(pictures, (most, most, most, most)).unfold(2, height, 1).unfold(3, width, 1)
        batch = torch.arange(len(pictures), device=pictures.device)
        return windows[batch, :, offsets[:, 0], offsets[:, 1]]
