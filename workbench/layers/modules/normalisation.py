"""Normalisations that torch lacks."""

from torch import Tensor, nn


class LayerNorm2d(nn.LayerNorm):
    """LayerNorm over the channels of each pixel, channels first, as in ConvNeXt (Liu et al. 2022)."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, C, H, W], kept."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
