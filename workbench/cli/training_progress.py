"""The progress of a run, as lines of text derived from its events."""

from collections import deque
from collections.abc import Iterable

from workbench.events import AnyEvent, DataPrepared, EpochFinished, RecipeChanged, RunStarted, StepFinished
from workbench.spec.quantities import duration
from workbench.training.changes import EPOCHS
from workbench.training.measured import TESTED, headline, losses_of_heads

RATE_OVER_STEPS = 50
"""The number of steps over which pictures per second are averaged: steady to read, yet quick to follow changes."""


class TrainingProgress:
    """Fed with the events of a run, in order."""

    def __init__(self, num_epochs: int) -> None:
        self.num_epochs = num_epochs
        self.epochs_done = 0
        self.metrics: dict[str, float] = {}
        self._num_train = 0
        self._started: RunStarted | None = None
        self._steps: deque[StepFinished] = deque(maxlen=RATE_OVER_STEPS)

    def feed(self, events: Iterable[AnyEvent]) -> list[str]:
        """Take new events; return a line for each epoch that ended."""
        lines = []
        for event in events:
            match event:
                case StepFinished():
                    self._steps.append(event)
                case RunStarted():
                    self._started = event
                    self._steps.clear()
                case RecipeChanged(path=path, after=int(epochs)) if path == EPOCHS:
                    self.num_epochs = epochs
                case DataPrepared():
                    self._num_train = event.num_train
                case EpochFinished():
                    self.epochs_done = event.epoch
                    self.metrics = event.metrics
                    lines.append(self._epoch_line(event))
        return lines

    def line(self) -> str:
        """Return the current progress of the run; empty before its first step."""
        if self._started is None or not self._steps:
            return ""
        step = self._steps[-1]
        per_epoch = self._started.steps_per_epoch
        parts = [
            f"epoch {(step.step - 1) // per_epoch + 1}/{self.num_epochs}",
            f"step {(step.step - 1) % per_epoch + 1}/{per_epoch}",
            f"{duration(self._seconds_left(step))} left",  # before what a narrow terminal cuts off
            f"loss {_loss(step.loss)}",
        ]
        parts += filter(None, [measure_of(self.metrics)])
        pictures_per_s = self._pictures_per_s()
        parts += [f"{pictures_per_s:,.0f} pictures/s"] if pictures_per_s else []
        return "  ".join(parts)

    def goes_on(self) -> str:
        """Return where the run is when it is resumed or followed."""
        where = f"after epoch {self.epochs_done}/{self.num_epochs}"
        if self._started is not None:
            per_epoch = self._started.steps_per_epoch
            last = self._steps[-1].step if self._steps else self._started.first_step - 1
            if step := last - self.epochs_done * per_epoch:
                where = f"in epoch {self.epochs_done + 1}/{self.num_epochs}, after step {step}/{per_epoch}"
        return "  ".join([f"continues {where}", *filter(None, [measure_of(self.metrics)])])

    def _epoch_line(self, event: EpochFinished) -> str:
        parts = [f"epoch {event.epoch}/{self.num_epochs}"]
        parts += [loss_of(event.metrics, split) for split in ("train", "val") if f"{split}/loss" in event.metrics]
        parts += filter(None, [measure_of(event.metrics)])
        return "  ".join([*parts, f"{event.seconds:.1f} s"])

    def _pictures_per_s(self) -> float:
        """Return pictures per second; each batch, including the shorter last one, counts with the mean batch size."""
        assert self._started is not None
        seconds = self._steps[-1].at - self._steps[0].at
        pictures_per_step = self._num_train / self._started.steps_per_epoch
        return (len(self._steps) - 1) * pictures_per_step / seconds if seconds else 0.0

    def _seconds_left(self, step: StepFinished) -> float:
        """Estimate the time left from the mean duration of the steps so far, validation included."""
        assert self._started is not None
        done = step.step - self._started.first_step + 1
        left = self.num_epochs * self._started.steps_per_epoch - step.step
        return (step.at - self._started.at) / done * left


def measure_of(metrics: dict[str, float], split: str = "val") -> str:
    """Return a split's first measure as text, of several heads the first of each; empty if there is none."""
    found = headline(metrics, split, percent="%")
    of = f" ({TESTED})" if split == "test" else ""
    return f"{split} {found}{of}" if found else ""


def loss_of(metrics: dict[str, float], split: str) -> str:
    """Return a split's loss as text, with those of several heads: ``val loss 0.4913 (digit 0.2114, age 0.2799)``."""
    each = ", ".join(f"{head} {_loss(value)}" for head, value in losses_of_heads(metrics, split).items())
    return f"{split} loss {_loss(metrics[f'{split}/loss'])}" + (f" ({each})" if each else "")


def _loss(value: float) -> str:
    """Return ``0.4913``, or for a diverged loss its magnitude: ``4.09e+33``."""
    return f"{value:.4f}" if abs(value) < 1e5 else f"{value:.2e}"
