"""The rate falls along half a cosine, repeatedly."""

import math
from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class CosineRestarts(Schedule):
    """Cosine annealing that restarts from the full rate (SGDR: Loshchilov and Hutter, ICLR 2017)."""

    first_epochs: Annotated[int, Meta(ge=1, description="length of the first cycle", extra={"unit": "epochs"})] = 5
    growth: Annotated[int, Meta(ge=1, le=10, description="each cycle is this many times longer than the last")] = 2
    final: Annotated[
        float, Meta(ge=0, le=1, description="rate at the end of a cycle, as a fraction of the initial one")
    ] = 0.0

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``, stepped every step."""
        length = self.first_epochs * steps_per_epoch
        while step >= length:
            step -= length
            length *= self.growth
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * step / length)) / 2
