"""The rate falls when the loss stops improving."""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from workbench.training.schedule import Schedule


class Plateau(Schedule):
    """The learning rate is multiplied by gamma when the loss stops improving."""

    looks_back: ClassVar[bool] = True

    gamma: Annotated[
        float,
        Meta(gt=0, lt=1, title="drop factor", description="gamma: each drop multiplies the rate by this; usually 0.1"),
    ] = 0.1
    patience: Annotated[
        int,
        Meta(
            ge=0,
            description="epochs without improvement before the rate drops; usually 3 to 10",
            extra={"unit": "epochs"},
        ),
    ] = 3
    threshold: Annotated[
        float,
        Meta(ge=0, lt=1, description="smallest relative improvement of the loss that counts; hardly ever changed"),
    ] = 1e-4

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """Always 1: the reductions depend on past epochs."""
        return 1.0

    def reduced(self, scores: Sequence[float]) -> float:
        """As ``torch.optim.lr_scheduler.ReduceLROnPlateau``, stepped once an epoch with its score."""
        best, num_worse, factor = math.inf, 0, 1.0
        for score in scores:
            if score < best * (1 - self.threshold):
                best, num_worse = score, 0
                continue
            num_worse += 1
            if num_worse > self.patience:
                factor, num_worse = factor * self.gamma, 0
        return factor
