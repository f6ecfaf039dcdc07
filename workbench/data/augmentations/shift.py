"""Random translations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class Shift(Augmentation):
    """Translates the picture by a few pixels vertically and horizontally.

    Equivalent to padding by ``max_pixels`` and cropping a window of the original size at random.
    """

    num_draws = 3
    moves_pixels = True

    max_pixels: Annotated[
        int, Meta(ge=1, le=256, description="maximum shift in each direction", extra={"unit": "px"})
    ] = 2
    fill: Annotated[
        Literal["black", "edge", "mirror"],
        Meta(description="fill for uncovered pixels: black, edge pixels or mirror image"),
    ] = "black"
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Random draws: whether to apply, vertical shift, horizontal shift."""
        import torch

        most = self.max_pixels
        channels, height, width = pictures.shape[1:]
        down, right = offsets(draws, most, self.chance)
        padded = padded_by(pictures, most, self.fill).contiguous()
        # Each row of the result is a run of ``width`` pixels in the padded batch: a view of all runs, and one gather of
        # whole rows, which is several times faster than a gather of pixels.
        runs = padded.flatten().unfold(0, width, 1)
        first = padded.stride(0) * torch.arange(len(pictures), device=pictures.device)
        first += padded.stride(2) * down + right
        of_channel = padded.stride(1) * torch.arange(channels, device=pictures.device)
        of_row = padded.stride(2) * torch.arange(height, device=pictures.device)
        starts = first[:, None, None] + of_channel[:, None] + of_row
        return runs.index_select(0, starts.flatten()).view(pictures.shape)

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws)

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Random draws: whether to apply, vertical shift, horizontal shift."""
        from workbench.data.varying.warp import moves

        most = self.max_pixels
        down, right = offsets(draws, most, self.chance)
        return moves((most - right).float(), (most - down).float())


def offsets(draws: Tensor, most: int, chance: float) -> tuple[Tensor, ...]:
    """Return where each window begins in a picture with a border of ``most`` pixels: rows and columns, int64 [N]."""
    import torch

    drawn = (draws[:, 1:] * (2 * most + 1)).long()
    return torch.where(draws[:, :1] < chance, drawn, most).unbind(1)


def padded_by(pictures: Tensor, most: int, fill: str) -> Tensor:
    """Return the pictures [N, C, H, W] with a border of ``most`` pixels: [N, C, H + 2·most, W + 2·most]."""
    import torch
    from torch.nn import functional as F

    if fill == "black":
        return F.pad(pictures, (most, most, most, most))
    for axis in (2, 3):
        side = pictures.shape[axis]
        places = torch.arange(-most, side + most, device=pictures.device)
        if fill == "edge":
            places = places.clamp(0, side - 1)
        elif side > 1:
            places = (side - 1) - (places % (2 * side - 2) - (side - 1)).abs()
        else:
            places = torch.zeros_like(places)
        pictures = pictures.index_select(axis, places)
    return pictures
