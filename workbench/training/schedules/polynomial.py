"""The rate falls along a power of what is left of the run."""

from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class Polynomial(Schedule):
    """The learning rate falls to nothing along a power; 1 is a straight line."""

    power: Annotated[float, Meta(gt=0, le=10, description="1 falls evenly, 2 early, 0.5 late")] = 1.0

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.PolynomialLR``, stepped every step."""
        return float((1 - step / num_steps) ** self.power)
