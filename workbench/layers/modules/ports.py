"""A placeholder for the data."""

import torch
from torch import Tensor, nn


class Blank(nn.Module):
    """Takes nothing and returns one input of zeros."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def forward(self) -> Tensor:
        """[1, *shape]."""
        return torch.zeros(1, *self.shape)
