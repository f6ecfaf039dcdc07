"""Turns events into the curves of a run: what is drawn, what is marked, and what a point's label says. No Qt."""

import math
from collections.abc import Sequence

import numpy as np

from workbench.events import (
    AnyEvent,
    CheckpointSaved,
    DataPrepared,
    EpochFinished,
    RecipeChanged,
    RunFailed,
    RunStarted,
    StepFinished,
)
from workbench.gui.watch.curves.points import Points
from workbench.gui.watch.curves.series import FEWEST, MARGIN, Series, Smoothing
from workbench.spec.experiment import Experiment
from workbench.spec.record import Record
from workbench.training.changing.changes import EPOCHS, labels, sentence
from workbench.training.results.measured import called, expected, losses_of_heads, measured, title_of

SMOOTHING_CHOICES = (0, 10, 30, 100, 300, 1000)
"""The reach of the moving average in steps; 0 for none."""

DEFAULT_SMOOTHING = 10

ACCURACY = "val/top1"
"""The measure that has the place beside the loss until the run's own is known."""


class Mark(Record):
    """A change of a setting: in few words, for a label, the longest first; and in full."""

    labels: tuple[str, ...]
    words: str


class StepCurve:
    """A measure of every step, raw and smoothed."""

    def __init__(self, smoothing_steps: int) -> None:
        self.raw = Series(np.float32)  # the precision the network computes with
        self.smooth: Series | None = None
        self.smooth_over(smoothing_steps)

    def extend(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Append one value for each of these steps."""
        known = len(self.raw)
        self.raw.extend(steps, values)
        if self.smooth is not None:
            self.smooth.extend(self.raw.x_from(known), self._smoothing.extend(self.raw.y[known:]))

    def smooth_over(self, steps: int) -> None:
        """Set the reach of the moving average; 0 for none."""
        self.smooth = None
        if steps:
            self._smoothing = Smoothing(steps)
            self.smooth = Series(np.float32)
            self.smooth.extend(self.raw.x, self._smoothing.extend(self.raw.y))

    @property
    def shown(self) -> Series:
        """The series that single values are read from."""
        return self.smooth or self.raw


class Chart:
    """One measure: each training step, and the validation after each epoch. If ``is_share``, it is from 0 to 1."""

    def __init__(self, title: str, *, is_share: bool) -> None:
        self.title = title
        self.is_share = is_share
        self.unit = ""
        self.train = StepCurve(DEFAULT_SMOOTHING)
        self.validation = Series()
        self.absence = ""
        """Why there is no value yet, in place of one."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The smallest and the largest value; None if there are none."""
        return _around(self.train.raw.bounds, self.validation.bounds)

    @property
    def usual_bounds(self) -> tuple[float, float] | None:
        """The bounds without outliers, so that one spike does not flatten everything else.

        Of few validations, one is an outlier that is far above all others, above the training and above the last.
        """
        train, val = self.train.raw.usual_bounds, self.validation.usual_bounds
        if train and val and len(self.validation) < FEWEST:
            values = self.validation.y
            rest = max(train[1], float(np.median(values)), float(values[-1]))
            val = (val[0], rest) if val[1] > MARGIN * rest > 0 else val
        return _around(train, val)


def _around(*bounds: tuple[float, float] | None) -> tuple[float, float] | None:
    known = [each for each in bounds if each]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None


class CurvesPresenter:
    """The loss and the measures of one run, and the events along the way."""

    def __init__(self) -> None:
        self.loss = Chart("Loss", is_share=False)
        self.measure = Chart("Accuracy", is_share=True)
        """The chosen measure."""
        self.charts = (self.loss, self.measure)
        self.smoothing_steps = DEFAULT_SMOOTHING
        self.begin()

    def begin(self, experiment: Experiment | None = None) -> None:
        """Start on another run, of this experiment."""
        self._experiment = experiment
        self._expected, self._validates = ACCURACY, True
        self.loss.train, self.loss.validation = StepCurve(self.smoothing_steps), Series()
        self.accuracy = StepCurve(self.smoothing_steps)
        """The accuracy of each step; empty unless a class is predicted."""
        self.measures: dict[str, Series] = {}
        """Each validation measure by name: ``val/top1``."""
        self.head_losses: dict[str, tuple[StepCurve, Series]] = {}
        """The loss of each of several heads on training and validation, once an epoch, by name: ``val/age/loss``."""
        self.chosen: str | None = None
        self.measure.absence = ""
        self._show_measure()
        self.failure: RunFailed | None = None
        self.epochs: list[tuple[int, int]] = []
        """(epoch, its last step) of each epoch that has ended."""
        self.changes: dict[int, tuple[Mark, ...]] = {}
        """The changes made after a step, by step."""
        self.best_step: int | None = None
        self._steps_per_epoch = 0
        self.num_steps = 0
        self.last_step = 0

    @property
    def names(self) -> tuple[str, ...]:
        """What can be shown beside the loss: the measures, then the losses of several heads."""
        if self.measures:
            return (*self.measures, *self.head_losses)
        of_steps = bool(len(self.accuracy.raw))
        first = ACCURACY if of_steps and not self._validates else self._expected
        return (*((first,) if of_steps or not self.head_losses else ()), *self.head_losses)

    def choose(self, metric: str) -> None:
        """Choose another of the ``names``."""
        self.chosen = metric
        self._show_measure()

    def _show_measure(self) -> None:
        names = self.names
        name = self.chosen if self.chosen in names else names[0]
        known = title_of(name)
        self.measure.title, self.measure.is_share, self.measure.unit = called(name), known.is_share, known.unit
        # Only the first head's accuracy is measured at each step.
        of_steps = name.endswith("/top1") and name == next(iter(self.measures), name)
        train = self.accuracy if of_steps else StepCurve(0)
        of_head = self.head_losses.get(name, (train, self.measures.get(name, Series())))
        self.measure.train, self.measure.validation = of_head

    def feed(self, events: Sequence[AnyEvent]) -> None:
        """Take the run's next events."""
        steps = [event for event in events if isinstance(event, StepFinished)]
        if steps:
            self.loss.train.extend([event.step for event in steps], [event.loss for event in steps])
            asked = [(event.step, event.accuracy) for event in steps if event.accuracy is not None]
            self.accuracy.extend([step for step, _ in asked], [accuracy for _, accuracy in asked])
            self.last_step = steps[-1].step
        for event in events:
            self._take(event)

    def _take(self, event: AnyEvent) -> None:
        match event:
            case DataPrepared() if self._experiment is not None:
                self._expected = expected(self._experiment, event.columns) or ACCURACY
                self._validates = event.num_val > 0
                self.measure.absence = "after each epoch" if self._validates else "only with validation pictures"
                self._show_measure()
            case RunStarted():
                self._steps_per_epoch = event.steps_per_epoch
                self.num_steps = event.epochs * event.steps_per_epoch
            case RecipeChanged():
                change = event.path, event.before, event.after
                mark = Mark(labels=labels(*change), words=sentence(*change))
                self.changes[event.step] = (*self.changes.get(event.step, ()), mark)
                if event.path == EPOCHS and isinstance(event.after, int):
                    self.num_steps = event.after * self._steps_per_epoch
            case EpochFinished():
                self.epochs.append((event.epoch, event.step))
                if "val/loss" in event.metrics:
                    self.loss.validation.extend([event.step], [event.metrics["val/loss"]])
                for name in measured(event.metrics, "val"):
                    self.measures.setdefault(name, Series()).extend([event.step], [event.metrics[name]])
                for place, split in enumerate(("train", "val")):
                    for head, loss in losses_of_heads(event.metrics, split).items():
                        curves = self.head_losses.setdefault(f"val/{head}/loss", (StepCurve(0), Series()))
                        curves[place].extend([event.step], [loss])
                self._show_measure()
            case CheckpointSaved(best=True):
                self.best_step = event.step
            case RunFailed():
                self.failure = event

    def smooth_over(self, steps: int) -> None:
        """Set the reach of the moving average of every step curve; 0 for none."""
        self.smoothing_steps = steps
        for curve in (self.loss.train, self.accuracy):
            curve.smooth_over(steps)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not (self.last_step or self.epochs)

    def place(self, step: float, *, near: float) -> str:
        """Return the label of a step, ``step 425, epoch 6``, noting if the best weights' epoch ends ``near`` it."""
        epoch = f", epoch {max(math.ceil(step / self._steps_per_epoch), 1)}" if self._steps_per_epoch else ""
        is_best = self.best_step is not None and abs(step - self.best_step) <= near
        return f"step {step:,.0f}{epoch}" + (": best weights" if is_best else "")

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the best weights; None before there is one."""
        return next((epoch for epoch, step in self.epochs if step == self.best_step), None)

    def points(self) -> Points:
        """Return all current points, unaffected by later ones."""
        curves = {"train_loss": self.loss.train.raw, "train_accuracy": self.accuracy.raw}
        curves |= {"val_loss": self.loss.validation}
        curves |= {name.replace("/", "_"): series for name, series in self.measures.items()}
        for name, (train, validation) in self.head_losses.items():
            own = name.replace("/", "_")
            curves |= {own.replace("val", "train", 1): train.raw, own: validation}
        return Points(
            curves={name: (series.x, series.y.copy(), series.lost.copy()) for name, series in curves.items()},
            epochs=tuple(self.epochs),
        )


def epoch_ticks(
    epochs: Sequence[tuple[int, int]], *, shown: tuple[float, float], room: float
) -> list[tuple[float, str]]:
    """Return ticks (step, label) at the ends of the shown epochs; the first label says that they are epochs.

    They are thinned out to round numbers, at least ``room`` steps apart.
    """
    if not epochs:
        return []
    length = epochs[-1][1] / epochs[-1][0]
    stride = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if s * length >= room), epochs[-1][0])
    low, high = shown
    ticks = [(float(step), str(epoch)) for epoch, step in epochs if epoch % stride == 0 and low <= step <= high]
    return [(step, f"epoch {label}" if place == 0 else label) for place, (step, label) in enumerate(ticks)]
