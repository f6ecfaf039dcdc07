"""The rate falls as a power of the remaining share of the run."""

from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class Polynomial(Schedule):
    """The learning rate decays polynomially to zero; power 1 is linear."""

    power: Annotated[
        float,
        Meta(gt=0, le=10, description="1 falls along a straight line, 2 faster early on, 0.5 faster late; usually 1"),
    ] = 1.0

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.PolynomialLR``, stepped every step."""
        return float((1 - step / num_steps) ** self.power)
