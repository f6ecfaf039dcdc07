"""Regularisation that torch lacks."""

from typing import Literal

import torch
from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """Zeroes random pictures of the batch ("row") or the whole batch ("batch") in training, and scales up the rest."""

    def __init__(self, p: float, mode: Literal["row", "batch"] = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...], kept."""
        if not self.training or self.p == 0:
            return x
        kept = 1 - self.p
        num_draws = x.shape[0] if self.mode == "row" else 1
        stays = x.new_empty(num_draws, *[1] * (x.ndim - 1)).bernoulli_(kept)
        return x * (stays / kept if kept else stays)


class GaussianSample(nn.Module):
    """Draws from normal distributions in training, so that gradients reach their means and log variances; in
    evaluation returns the means.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, 2d, ...], the means and then the log variances; returns [N, d, ...]."""
        mean, log_variance = x.chunk(2, dim=1)
        if not self.training:
            return mean
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
