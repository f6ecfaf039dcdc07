"""Normalisations that torch lacks."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm2d(nn.LayerNorm):
    """LayerNorm over the channels of each pixel, channels first, as in ConvNeXt (Liu et al. 2022)."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, C, H, W], kept."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class RMSNorm2d(nn.RMSNorm):
    """RMSNorm over the channels of each pixel, channels first."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, C, H, W], kept."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class L2Norm(nn.Module):
    """Divides each vector along ``dim`` by its length, so that it has length 1."""

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...], kept."""
        return F.normalize(x, dim=self.dim)


class LayerScale(nn.Module):
    """Multiplies by learnt numbers of this shape, all initially ``initial``."""

    def __init__(self, shape: tuple[int, ...], initial: float = 1e-6) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.initial = initial
        self.weight = nn.Parameter(torch.empty(shape))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """All ``initial``."""
        nn.init.constant_(self.weight, self.initial)

    @staticmethod
    def function(x: Tensor, weight: Tensor) -> Tensor:
        """x: [N, ...], kept."""
        return x * weight

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...], kept."""
        return self.function(x, self.weight)


class Rescaling(nn.Module):
    """Multiplies by ``scale`` and adds ``offset``, in 32 bits or more: 250,003 is no number in 16."""

    def __init__(self, scale: float, offset: float = 0.0) -> None:
        super().__init__()
        self.scale = scale
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...], kept."""
        return x.to(torch.promote_types(x.dtype, torch.float32)) * self.scale + self.offset
