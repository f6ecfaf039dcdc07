"""Super-resolution: fewer pixels in the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.corruption import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Downscale(Corruption):
    """Downscales the input: the network learns to restore the full resolution.

    Super-resolution (Dong, Loy, He, Tang 2014, arXiv:1501.00092). Each pixel of the input is the mean of a square of
    the picture, whose sides are ``factor`` times those of the network's Input.
    """

    factor: Annotated[int, Meta(ge=2, le=8, description="downscaling factor for height and width")] = 2

    def picture_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, height, width = input_shape
        return channels, self.factor * height, self.factor * width

    def apply(self, pictures: Tensor, keys: Tensor) -> Tensor:
        """Deterministic: uses no random draws."""
        import torch
        from torch.nn import functional as F

        return F.avg_pool2d(pictures.float(), self.factor).round_().to(torch.uint8)
