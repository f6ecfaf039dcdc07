"""The progress of a run, as lines of text derived from its events."""

from collections.abc import Iterable

from workbench.events import AnyEvent, DataPrepared, EpochFinished, RecipeChanged, RunStarted, StepFinished
from workbench.session.running.pace import Pace
from workbench.spec.quantities import duration, significant
from workbench.spec.words import several
from workbench.training.changing.changes import EPOCHS
from workbench.training.results.measured import TESTED, headline, losses_of_heads


class TrainingProgress:
    """Fed with the events of a run, in order."""

    def __init__(self, num_epochs: int) -> None:
        self.num_epochs = num_epochs
        self.epochs_done = 0
        self.metrics: dict[str, float] = {}
        self._num_train = 0
        self._thing = "picture"
        self._started: RunStarted | None = None
        self._last: StepFinished | None = None
        """The last step since the run started or was resumed."""
        self._pace = Pace()

    def feed(self, events: Iterable[AnyEvent]) -> list[str]:
        """Take new events; return a line for each epoch that ended."""
        lines = []
        for event in events:
            self._pace.feed(event)
            match event:
                case StepFinished():
                    self._last = event
                case RunStarted():
                    self._started, self._last = event, None
                case RecipeChanged(path=path, after=int(epochs)) if path == EPOCHS:
                    self.num_epochs = epochs
                case DataPrepared():
                    self._num_train, self._thing = event.num_train, event.thing
                case EpochFinished():
                    self.epochs_done = event.epoch
                    self.metrics = event.metrics
                    lines.append(self._epoch_line(event))
        return lines

    def line(self) -> str:
        """Return the current progress of the run; empty before its first step."""
        step = self._last
        if self._started is None or step is None:
            return ""
        per_epoch = self._started.steps_per_epoch
        parts = [
            f"epoch {(step.step - 1) // per_epoch + 1}/{self.num_epochs}",
            f"step {(step.step - 1) % per_epoch + 1}/{per_epoch}",
            self._time_left(step),  # before what a narrow terminal cuts off
            f"loss {loss_in_words(step.loss)}",
        ]
        parts += [measure_of(self.metrics), self._speed()]
        return "  ".join(filter(None, parts))

    def goes_on(self) -> str:
        """Return where the run is when it is resumed or followed."""
        where = f"after epoch {self.epochs_done}/{self.num_epochs}"
        if self._started is not None:
            per_epoch = self._started.steps_per_epoch
            last = self._last.step if self._last is not None else self._started.first_step - 1
            if step := last - self.epochs_done * per_epoch:
                where = f"in epoch {self.epochs_done + 1}/{self.num_epochs}, after step {step}/{per_epoch}"
        return "  ".join([f"continues {where}", *filter(None, [measure_of(self.metrics)])])

    def _epoch_line(self, event: EpochFinished) -> str:
        parts = [f"epoch {event.epoch}/{self.num_epochs}"]
        parts += [loss_of(event.metrics, split) for split in ("train", "val") if f"{split}/loss" in event.metrics]
        parts += filter(None, [measure_of(event.metrics)])
        return "  ".join([*parts, f"{event.seconds:.1f} s"])

    def _speed(self) -> str:
        """Return pictures or rows per second; each batch, the shorter last one too, counts with the mean batch size."""
        assert self._started is not None
        seconds = self._pace.seconds_per_step
        return (
            f"{self._num_train / self._started.steps_per_epoch / seconds:,.0f} {several(self._thing)}/s"
            if seconds
            else ""
        )

    def _time_left(self, step: StepFinished) -> str:
        assert self._started is not None
        num_steps = self.num_epochs * self._started.steps_per_epoch - step.step
        seconds = self._pace.seconds_left(num_steps, self.num_epochs - self.epochs_done)
        return "" if seconds is None else f"{duration(seconds)} left"


def measure_of(metrics: dict[str, float], split: str = "val") -> str:
    """Return a split's first measure as text, of several heads the first of each; empty if there is none."""
    found = headline(metrics, split, percent="%")
    of = f" ({TESTED})" if split == "test" else ""
    return f"{split} {found}{of}" if found else ""


def loss_of(metrics: dict[str, float], split: str) -> str:
    """Return a split's loss as text, with those of several heads: ``val loss 0.4913 (digit 0.2114, age 0.2799)``."""
    each = ", ".join(f"{head} {loss_in_words(value)}" for head, value in losses_of_heads(metrics, split).items())
    return f"{split} loss {loss_in_words(metrics[f'{split}/loss'])}" + (f" ({each})" if each else "")


def loss_in_words(value: float) -> str:
    """Return ``0.4913``; of a large loss, a diverged one or nearly none its magnitude: ``392,000``, ``4.09e+33``."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else significant(value, ".2e")
