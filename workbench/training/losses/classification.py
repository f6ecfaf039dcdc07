"""Classification losses: single-label (per example or per pixel) and multi-label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(Loss):
    """Softmax log-loss: minus the log of the probability of the true class, per example or per pixel."""

    takes = ("class", "mask")
    squashing = "Softmax"

    label_smoothing: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            description="share of the probability that is spread over all classes, against overconfidence; usually 0 or 0.1 (Szegedy et al., 2016)",
        ),
    ] = 0.0

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.cross_entropy``, which ignores unlabelled pixels."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(outputs, targets, label_smoothing=self.label_smoothing)


class BCEWithLogits(Loss):
    """Sigmoid log-loss of each label separately, so that several can apply at once."""

    takes = ("labels",)
    squashing = "Sigmoid"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """``torch.nn.functional.binary_cross_entropy_with_logits``."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        return binary_cross_entropy_with_logits(outputs, targets)
