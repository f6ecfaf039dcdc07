"""The rate climbs, then falls to almost nothing."""

import math
from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class OneCycle(Schedule):
    """Rises to the set rate, then falls to almost zero (Smith and Topin, 2018)."""

    climb: Annotated[
        float,
        Meta(gt=0, lt=1, title="rising part", description="fraction of the run in which the rate rises; usually 0.3"),
    ] = 0.3
    start_divisor: Annotated[
        float, Meta(ge=1, description="the run begins at the learning rate divided by this; usually 25")
    ] = 25.0
    final_divisor: Annotated[
        float, Meta(ge=1, description="the run ends at its first rate divided by this; usually 10,000")
    ] = 10_000.0

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.OneCycleLR`` with its cosine phases; momentum is not changed."""
        start = 1 / self.start_divisor
        end = start / self.final_divisor
        peak = self.climb * num_steps - 1
        last = num_steps - 1
        if step <= peak:
            return _between(start, 1.0, step / peak if peak > 0 else 1.0)
        return _between(1.0, end, (step - peak) / (last - peak))


def _between(begin: float, end: float, share: float) -> float:
    """Return the value on half a cosine from ``begin`` to ``end``, at a share of the way."""
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2
