"""Regression losses.

Only MSE also supports classes, as numbers: 1 for the true one, 0 for the others (Brier 1950). The others are minimised
at or near a median, which for three equally likely classes is 0 for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.spec.record import Value
from workbench.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class MSE(Loss):
    """Mean squared error; large errors count most. For classes and labels, against 1 for the true ones and 0 for the
    rest.
    """

    takes = ("class", "number", "keypoints", "labels", "picture")

    def in_units(self, unit: float) -> tuple[dict[str, Value], float]:
        return {}, 1 / unit**2

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.mse_loss``."""
        from torch.nn.functional import mse_loss

        return mse_loss(outputs, as_numbers(targets, outputs))


class L1(Loss):
    """Mean absolute error; gives sharper pictures than MSE."""

    takes = ("number", "keypoints", "picture")

    def in_units(self, unit: float) -> tuple[dict[str, Value], float]:
        return {}, 1 / unit

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.l1_loss``."""
        from torch.nn.functional import l1_loss

        return l1_loss(outputs, targets)


class Huber(Loss):
    """Quadratic for small errors, linear for large ones: robust to outliers (Huber 1964)."""

    takes = ("number", "keypoints", "picture")

    delta: Annotated[
        float, Meta(gt=0, le=1e20, description="errors above this count linearly, smaller ones squared; usually 1")
    ] = 1.0

    def in_units(self, unit: float) -> tuple[dict[str, Value], float]:
        return {"delta": self.delta * unit}, 1 / unit**2

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.huber_loss``."""
        from torch.nn.functional import huber_loss

        return huber_loss(outputs, targets, delta=self.delta)


class SmoothL1(Loss):
    """Huber loss divided by its threshold: close to L1, but smooth at zero (Girshick 2015, arXiv:1504.08083)."""

    takes = ("number", "keypoints", "picture")

    beta: Annotated[
        float, Meta(gt=0, le=1e20, description="errors above this count as in L1, smaller ones squared; usually 1")
    ] = 1.0

    def in_units(self, unit: float) -> tuple[dict[str, Value], float]:
        return {"beta": self.beta * unit}, 1 / unit

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.smooth_l1_loss``."""
        from torch.nn.functional import smooth_l1_loss

        return smooth_l1_loss(outputs, targets, beta=self.beta)


def as_numbers(targets: Tensor, outputs: Tensor) -> Tensor:
    """Return classes (int64 [B]) as 1 for the true one and 0 for the others; numbers are returned unchanged."""
    from torch.nn.functional import one_hot

    if targets.is_floating_point():
        return targets
    return one_hot(targets, outputs.shape[1]).to(outputs.dtype)
