"""Joins as modules, so that a join has a name in the compiled network like any other layer."""

import operator
from functools import reduce

import torch
from torch import Tensor, nn


class Add(nn.Module):
    """The sum of all inputs, of equal shapes."""

    def forward(self, *x: Tensor) -> Tensor:
        """x: [N, ...] each -> [N, ...]."""
        return reduce(operator.add, x)


class Subtract(nn.Module):
    """The difference of two inputs of equal shapes."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """x, y: [N, ...], kept."""
        return x - y


class MatrixProduct(nn.Module):
    """The product of two matrices."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """x: [N, ..., n, k], y: [N, ..., k, m] -> [N, ..., n, m]."""
        return x @ y


class Multiply(nn.Module):
    """The product of all inputs, of shapes that broadcast."""

    def forward(self, *x: Tensor) -> Tensor:
        """x: [N, ...] each -> [N, ...]."""
        return reduce(operator.mul, x)


class Concat(nn.Module):
    """All inputs, concatenated along ``dim``."""

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *x: Tensor) -> Tensor:
        """x: [N, ...] each -> [N, ...]."""
        return torch.cat(x, dim=self.dim)
