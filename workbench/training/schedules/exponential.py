"""The rate falls by the same factor in each epoch."""

from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class Exponential(Schedule):
    """The learning rate decays exponentially, by gamma per epoch, a little at every step."""

    gamma: Annotated[
        float,
        Meta(
            gt=0,
            le=1,
            title="epoch factor",
            description="gamma: each epoch multiplies the rate by this; usually 0.9 to 0.99",
        ),
    ] = 0.9

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.ExponentialLR``, stepped every step with the root of gamma."""
        return float(self.gamma ** (step / steps_per_epoch))
