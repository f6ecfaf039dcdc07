"""Losses for classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(Loss):
    """Softmax log-loss: minus the log of the probability given to the right class."""

    label_smoothing: Annotated[
        float, Meta(ge=0, lt=1, description="share of the truth spread over all classes (Szegedy et al., 2016)")
    ] = 0.0

    def __call__(self, outputs: Tensor, classes: Tensor) -> Tensor:
        """``torch.nn.functional.cross_entropy``."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(outputs, classes, label_smoothing=self.label_smoothing)


class MSE(Loss):
    """Mean squared difference between the outputs and the one-hot class."""

    def __call__(self, outputs: Tensor, classes: Tensor) -> Tensor:
        """``torch.nn.functional.mse_loss`` against 1 for the right class and 0 for the others."""
        from torch.nn.functional import mse_loss, one_hot

        return mse_loss(outputs, one_hot(classes, outputs.shape[1]).to(outputs.dtype))


class L1(Loss):
    """Mean absolute difference between the outputs and the one-hot class."""

    def __call__(self, outputs: Tensor, classes: Tensor) -> Tensor:
        """``torch.nn.functional.l1_loss`` against 1 for the right class and 0 for the others."""
        from torch.nn.functional import l1_loss, one_hot

        return l1_loss(outputs, one_hot(classes, outputs.shape[1]).to(outputs.dtype))
