"""Losses that compare a code with its prior, the standard normal distribution, and so need no target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class KLDivergence(Loss):
    """Divergence of a code's normal distribution from the standard normal: what keeps the codes of a variational
    autoencoder together, so that draws from N(0, I) can be decoded. Its weight is the β of a β-VAE.

    Kingma and Welling 2014, arXiv:1312.6114; Higgins et al. 2017. The negative evidence lower bound is the error of the
    reconstruction, summed over a picture, plus this; beside a mean over the picture's D values this takes the weight
    β / D.
    """

    takes = ("prior",)

    def alone(self, outputs: Tensor) -> Tensor:
        """Of means and log variances [B, 2d, ...], in this order: the sum over the code, its mean over the batch."""
        mean, log_variance = outputs.chunk(2, dim=1)
        return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).flatten(1).sum(dim=1).mean()
