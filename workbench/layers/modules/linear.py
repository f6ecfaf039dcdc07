"""Learned numbers that torch has no layer for."""

import torch
from torch import Tensor, nn


class Bias(nn.Module):
    """Adds one learned number of its own to each number of an input of this shape, zero at the start."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.bias = nn.Parameter(torch.empty(shape))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Zero."""
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, *shape], kept."""
        return x + self.bias

    def extra_repr(self) -> str:
        """Shown in a module's print."""
        return str(self.shape)
