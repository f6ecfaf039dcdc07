"""Base of schedules: a pure function from the step to a factor on the optimizer's learning rate."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from workbench.spec.catalogue import Declared


class Schedule(Declared):
    """Base of every schedule. Each may begin with a linear warm-up from zero."""

    abstract: ClassVar[bool] = True
    looks_back: ClassVar[bool] = False
    """Whether the rate depends on the results of earlier epochs (``reduced``)."""

    warmup_epochs: Annotated[
        float,
        Meta(
            ge=0,
            title="warm-up epochs",
            description="the rate first rises linearly from zero for this long, so that early steps do no harm; usually "
            "0, or 1 to 5 for Transformers and large batches",
            extra={"unit": "epochs"},
        ),
    ] = 0.0

    def factor(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """Return the factor on the learning rate at ``step`` (from 0) of ``num_steps``."""
        warmup = round(min(self.warmup_epochs * steps_per_epoch, num_steps))
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return self.shape(step - warmup, steps_per_epoch, num_steps - warmup)

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """Return the factor after the warm-up; ``step`` and ``num_steps`` count from its end."""
        raise NotImplementedError

    def reduced(self, scores: Sequence[float]) -> float:
        """Return the share of the rate that is left after epochs with these scores.

        A score is the validation loss, or the training loss without a validation split.
        """
        return 1.0
