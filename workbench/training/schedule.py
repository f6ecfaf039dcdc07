"""What a schedule is: a pure function from the step to a factor on the optimizer's learning rate."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from workbench.spec.catalogue import Declared


class Schedule(Declared):
    """Base of every schedule. All of them may begin with a linear warm-up from nothing."""

    abstract: ClassVar[bool] = True
    looks_back: ClassVar[bool] = False
    """Whether the rate hangs on how the epochs before went (``reduced``)."""

    warmup_epochs: Annotated[
        float, Meta(ge=0, description="linear warm-up from zero to the rate", extra={"unit": "epochs"})
    ] = 0.0

    def factor(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """What the learning rate is multiplied with at ``step`` (from 0) of ``num_steps``."""
        warmup = round(min(self.warmup_epochs * steps_per_epoch, num_steps))
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return self.shape(step - warmup, steps_per_epoch, max(num_steps - warmup, 1))

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """The factor after the warm-up; ``step`` and ``num_steps`` count from its end."""
        raise NotImplementedError

    def reduced(self, scores: Sequence[float]) -> float:
        """What is left of the rate after epochs with these scores, as a share.

        A score is validation's loss, or training's where none is held out.
        """
        return 1.0
