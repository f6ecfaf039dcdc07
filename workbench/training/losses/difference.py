"""Losses that look at how far numbers are apart. Classes count as numbers too: 1 for the right one, 0 for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class MSE(Loss):
    """Mean squared difference; large errors count most."""

    takes = ("class", "number", "labels", "picture")

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.mse_loss``."""
        from torch.nn.functional import mse_loss

        return mse_loss(outputs, as_numbers(targets, outputs))


class L1(Loss):
    """Mean absolute difference; pictures come out sharper than by MSE."""

    takes = ("class", "number", "labels", "picture")

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.l1_loss``."""
        from torch.nn.functional import l1_loss

        return l1_loss(outputs, as_numbers(targets, outputs))


class Huber(Loss):
    """Squared where the difference is small, straight where it is large: outliers do not rule (Huber 1964)."""

    takes = ("class", "number", "labels", "picture")

    delta: Annotated[float, Meta(gt=0, le=1e6, description="difference from which on it is straight")] = 1.0

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.huber_loss``."""
        from torch.nn.functional import huber_loss

        return huber_loss(outputs, as_numbers(targets, outputs), delta=self.delta)


class SmoothL1(Loss):
    """Huber's loss divided by where it turns: near L1, and smooth at zero (Girshick 2015, arXiv:1504.08083)."""

    takes = ("class", "number", "labels", "picture")

    beta: Annotated[float, Meta(gt=0, le=1e6, description="difference from which on it is L1")] = 1.0

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.smooth_l1_loss``."""
        from torch.nn.functional import smooth_l1_loss

        return smooth_l1_loss(outputs, as_numbers(targets, outputs), beta=self.beta)


def as_numbers(targets: Tensor, outputs: Tensor) -> Tensor:
    """Classes (int64 [B]) as 1 for the right one and 0 for the others; what are numbers already, as they are."""
    from torch.nn.functional import one_hot

    if targets.is_floating_point():
        return targets
    return one_hot(targets, outputs.shape[1]).to(outputs.dtype)
