"""Random rotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Chance, Warping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class Rotation(Warping):
    """Rotates the picture about its centre by a random angle; corners are filled with black."""

    num_draws = 2

    max_degrees: Annotated[
        float, Meta(gt=0, le=180, description="maximum angle in either direction", extra={"unit": "°"})
    ] = 15.0
    chance: Chance = 1.0

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draws: whether to apply, angle."""
        import torch

        from workbench.data.varying.warp import turns

        degrees = torch.where(draws[:, 0] < self.chance, (2 * draws[:, 1] - 1) * self.max_degrees, 0.0)
        return turns(degrees, size)
