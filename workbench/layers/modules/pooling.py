"""Pooling that torch has as a function alone."""

from torch import Tensor, nn


class Mean(nn.Module):
    """The mean over ``dim``, which is gone or has size 1."""

    def __init__(self, dim: int = 1, keepdim: bool = False) -> None:
        super().__init__()
        self.dim = dim
        self.keepdim = keepdim

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...]."""
        return x.mean(self.dim, self.keepdim)
