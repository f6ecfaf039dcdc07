"""The rate falls at chosen epochs."""

from typing import Annotated

from msgspec import Meta

from workbench.training.schedule import Schedule


class MultiStep(Schedule):
    """The learning rate is multiplied by gamma after each of these epochs (as ResNet was trained: He et al., 2016)."""

    at_epochs: Annotated[
        tuple[Annotated[int, Meta(ge=1)], ...],
        Meta(
            title="drop epochs",
            description="epochs, counted from the end of the warm-up, after which the rate drops; usually at half and "
            "three quarters of the run",
        ),
    ] = (5, 8)
    gamma: Annotated[
        float,
        Meta(gt=0, le=1, title="drop factor", description="gamma: each drop multiplies the rate by this; usually 0.1"),
    ] = 0.1

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """As ``torch.optim.lr_scheduler.MultiStepLR``, stepped once an epoch."""
        return float(self.gamma ** sum(step // steps_per_epoch >= epoch for epoch in self.at_epochs))
