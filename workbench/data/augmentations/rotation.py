"""Random rotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor


class Rotation(Augmentation):
    """Rotates the picture about its centre by a random angle; corners are filled with black."""

    num_draws = 2
    moves_pixels = True

    max_degrees: Annotated[
        float, Meta(gt=0, le=180, description="maximum angle in either direction", extra={"unit": "°"})
    ] = 15.0
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor, nearest: bool = False) -> Tensor:
        """Random draws: whether to apply, angle."""
        import torch

        from workbench.data.warp import turns, warp

        degrees = torch.where(draws[:, 0] < self.chance, (2 * draws[:, 1] - 1) * self.max_degrees, 0.0)
        return warp(pictures, turns(degrees, pictures.shape[-2:]), nearest)

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws, nearest=is_mask)
