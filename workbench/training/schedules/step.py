"""The rate falls in steps."""

from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class Step(Schedule):
    """The learning rate is multiplied by gamma every few epochs."""

    every_epochs: Annotated[
        int,
        Meta(
            ge=1,
            title="drop every",
            description="epochs from one drop to the next; usually a third of the run",
            extra={"unit": "epochs"},
        ),
    ] = 5
    gamma: Annotated[
        float,
        Meta(gt=0, le=1, title="drop factor", description="gamma: each drop multiplies the rate by this; usually 0.1"),
    ] = 0.1

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.StepLR``, stepped once an epoch."""
        return float(self.gamma ** (step // (self.every_epochs * steps_per_epoch)))
