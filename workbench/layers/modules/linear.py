"""Learnt parameters for which torch has no layer."""

import torch
from torch import Tensor, nn


class Bias(nn.Module):
    """Adds a separate learnt number to each element of an input of this shape, initially zero."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.bias = nn.Parameter(torch.empty(shape))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Zeros."""
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, *shape], kept."""
        return x + self.bias
