"""The rate falls along half a cosine, repeatedly."""

import math
from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class CosineRestarts(Schedule):
    """Cosine annealing that restarts from the full rate (SGDR: Loshchilov and Hutter, ICLR 2017)."""

    first_epochs: Annotated[
        int,
        Meta(
            ge=1,
            title="first cycle",
            description="epochs until the first restart; usually 1 to 10",
            extra={"unit": "epochs"},
        ),
    ] = 5
    growth: Annotated[
        int,
        Meta(
            ge=1,
            le=10,
            title="cycle growth",
            description="each cycle is this many times as long as the one before; usually 2, or 1 for equal ones",
        ),
    ] = 2
    final: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="final rate",
            description="what is left of the rate at the end of a cycle, as a fraction; usually 0",
        ),
    ] = 0.0

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``, stepped every step."""
        length = self.first_epochs * steps_per_epoch
        if self.growth == 1:
            step %= length
        while step >= length:
            step -= length
            length *= self.growth
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * step / length)) / 2
