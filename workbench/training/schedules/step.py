"""The rate falls in steps."""

from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class Step(Schedule):
    """The learning rate is multiplied by gamma every few epochs."""

    every_epochs: Annotated[int, Meta(ge=1, description="epochs between drops", extra={"unit": "epochs"})] = 5
    gamma: Annotated[float, Meta(gt=0, le=1, description="factor at each drop")] = 0.1

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.StepLR``, stepped once an epoch."""
        return float(self.gamma ** (step // (self.every_epochs * steps_per_epoch)))
