"""The rate falls along half a cosine."""

import math
from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class Cosine(Schedule):
    """The learning rate follows half a cosine down to its final value (Loshchilov and Hutter, ICLR 2017)."""

    final: Annotated[
        float,
        Meta(
            ge=0, le=1, title="final rate", description="what is left of the rate at the end, as a fraction; usually 0"
        ),
    ] = 0.0

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.CosineAnnealingLR``, stepped every step."""
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * step / num_steps)) / 2
