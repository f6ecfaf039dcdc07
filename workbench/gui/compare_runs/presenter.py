"""Groups runs that differ only in seed or fold: a curve, a spread and a table row for each group. No Qt."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from workbench.events import DataPrepared, RunStarted
from workbench.gui.compare_runs.tradeoff import COSTS, CostName, Result, Tradeoff, results_of, tradeoff
from workbench.gui.watch.curves.series import Smoothing
from workbench.runs.log import Steps, read_steps
from workbench.runs.store import EVENTS, SavedRun
from workbench.spec.record import Record, replace
from workbench.spec.words import upper_first
from workbench.training.results.costs import costs_in_words, costs_of
from workbench.training.results.measured import TESTED, briefly, firsts, losses_of_heads, measured
from workbench.training.results.repeats import Group, grouped, names_of, repeat_of

Split = Literal["val", "train"]

SMOOTHING_STEPS = 30
"""Smoothing of training curves; validation curves are not smoothed."""

MOST_POINTS = 2048
"""Of more steps of a group, every so many are drawn, smoothed over as many: a chart has fewer columns of pixels."""

OF_STEPS = ("loss", "top1")
"""What is known of each training step; anything else that is known of the training is of whole epochs."""

RESULTS = ("Epochs trained", "Validation", f"Test ({TESTED})", "Parameters", "MACs", "Training time")
"""The columns of every comparison, after those that differ and before tags and notes."""

Floats = NDArray[np.float64]

Points = tuple[Floats, Floats]
"""Epochs and values, both [n]."""


class Curve(Record):
    """A group's curve: epochs ``x``, and the mean ``y``, minimum ``low`` and maximum ``high`` of its runs, all [n]."""

    x: Any
    y: Any
    low: Any
    high: Any

    def at(self, epoch: float) -> float:
        """Return the mean at the point nearest to an epoch."""
        return float(self.y[np.abs(self.x - epoch).argmin()])


class ComparedRuns:
    """Runs in groups: their curves and their table."""

    def __init__(
        self, runs: Sequence[SavedRun], macs: Mapping[Path, int], step_curves: Mapping[Path, Mapping[str, Points]]
    ) -> None:
        """``macs``: the multiply-accumulates of each run's network by the run's folder; 0 if they are not known.
        ``step_curves``: what is known of its steps, by the same and the measure.
        """
        self._runs = runs
        self._macs = macs
        self._step_curves = step_curves
        self._costs = {run.folder: costs_of(run, macs.get(run.folder, 0)) for run in runs}
        self.settings, self.groups = grouped(runs)
        names = [name for run in runs for name in run.metrics]
        metrics = dict.fromkeys(names, 0.0)
        of_heads = dict.fromkeys(head for split in get_args(Split) for head in losses_of_heads(metrics, split))
        self.head_losses = tuple(f"val/{head}/loss" for head in of_heads)
        """The losses of single heads, where there are several; of training and validation."""
        self.measures = (*measured(metrics, "val"), *self.head_losses)
        """What any of the runs has besides the loss: validation measures and the losses of heads."""

    def renamed(self, old: Path, new: Path) -> "ComparedRuns":
        """Return the same comparison after a run's folder was renamed."""
        runs = [replace(run, folder=new) if run.folder == old else run for run in self._runs]
        macs = {new if folder == old else folder: found for folder, found in self._macs.items()}
        curves = {new if folder == old else folder: found for folder, found in self._step_curves.items()}
        return ComparedRuns(runs, macs, curves)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """What the runs reach, as numbers to choose from; the validation loss if they have reached nothing."""
        return results_of(self._runs) or (Result(metric="val/loss"),)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What distinguishes each group, as briefly as possible: the networks' names, if they all differ."""
        return names_of(self.settings, self.groups)

    @cached_property
    def cost_names(self) -> dict[CostName, str]:
        """The costs to choose from, in words: ``Time per picture``."""
        things = {event.thing for run in self._runs for event in run.events if isinstance(event, DataPrepared)}
        thing = things.pop() if len(things) == 1 else "example"
        return {name: words.format(thing) for name, words in COSTS.items()}

    def tradeoff(self, result: Result, cost: CostName) -> Tradeoff:
        """Return what the groups reach for what they cost."""
        return tradeoff(self.groups, self._costs, result, cost)

    def curve(self, group: Group, split: Split, metric: str) -> Curve | None:
        """Return a group's curve, or None without points; ``metric`` is ``loss`` or a measure's name without split."""
        found = {
            repeat_of(run): self._step_curves[run.folder][metric]
            if split == "train" and metric in OF_STEPS
            else _finite(run.by_epoch(f"{split}/{metric}"))
            for run in group.runs
        }
        lines = [dict(zip(x, y, strict=True)) for x, y in found.values() if len(x)]
        # A run may lack the measure in one epoch, or not have come as far.
        places = sorted(set.intersection(*map(set, lines))) if lines else []
        if not places:
            return None
        values = np.array([[line[place] for place in places] for line in lines])
        return Curve(x=np.array(places), y=values.mean(0), low=values.min(0), high=values.max(0))

    def csv(self) -> str:
        """Return all curves: for each group, split, measure and epoch the mean, minimum and maximum of the runs, and in
        each row the group's tags and note.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("runs", "split", "measure", "epoch", "mean", "least", "greatest", "tags", "note"))
        written = list(zip(*self._written().values(), strict=True))
        names = ("loss", *(name.partition("/")[2] for name in self.measures))
        for (number, group), split, name in product(enumerate(self.groups), get_args(Split), names):
            curve = self.curve(group, split, name)
            for point in () if curve is None else zip(curve.x, curve.y, curve.low, curve.high, strict=True):
                writer.writerow((group.label, split, name, *map(float, point), *written[number]))
        return text.getvalue()

    def tradeoff_csv(self, result: Result, cost: CostName) -> str:
        """Return what the groups reach for what they cost: for each the mean, least and greatest of both."""
        shown = self.tradeoff(result, cost)
        named = (result.metric, self.cost_names[cost])
        spreads = [f"{what} {name}" for name in named for what in ("mean", "least", "greatest")]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("runs", *spreads, "parameters", "on the front"))
        for each in shown.bubbles:
            on_front = "yes" if each.number in shown.front else "no"
            label = self.groups[each.number].label
            writer.writerow((label, *each.result, *each.cost, each.parameters, on_front))
        return text.getvalue()

    def columns(self) -> tuple[str, ...]:
        """Return the headings of the table."""
        return (
            "Runs",
            *map(upper_first, self.settings),
            *RESULTS,
            *(name for name, words in self._written().items() if any(words)),
        )

    @property
    def numbers(self) -> range:
        """The columns that are aligned to the right."""
        first = 1 + len(self.settings)
        return range(first, first + len(RESULTS))

    def _written(self) -> dict[str, list[str]]:
        """Return what is written on the runs of each group."""
        tags = [dict.fromkeys(tag for run in group.runs for tag in run.notes.tags) for group in self.groups]
        notes = [dict.fromkeys(run.notes.line for run in group.runs if run.notes.line) for group in self.groups]
        return {"Tags": [", ".join(each) for each in tags], "Note": [" · ".join(each) for each in notes]}

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the texts of each group's row."""
        written = [words for words in self._written().values() if any(words)]
        return tuple(
            (
                group.name(),
                *group.settings,
                group.epochs(),
                _in_a_cell(group, "val"),
                _in_a_cell(group, "test"),
                *costs_in_words(group, self._costs, unknown=""),
                *(words[number] for words in written),
            )
            for number, group in enumerate(self.groups)
        )


def _in_a_cell(group: Group, split: Literal["val", "test"]) -> str:
    """Return the value of a measure, or of several heads each with its title."""
    values = [value for _, value in group.headlines(split)]
    return values[0] if len(values) == 1 else briefly(firsts(group.results(), split), values)


def read_step_curves(runs: Sequence[SavedRun]) -> dict[Path, dict[str, Points]]:
    """Read what is known of the steps of each run, by its folder: smoothed, at its position in epochs. Raises SpecError
    if the disk cannot read it.
    """
    found: dict[Path, dict[str, Points]] = {}
    for group in grouped(runs)[1]:
        # Also of a run that was stopped within its first epoch.
        num_steps = max((getattr(event, "step", 0) for run in group.runs for event in run.events), default=0)
        stride = max(-(-num_steps // MOST_POINTS), 1)
        found |= {run.folder: step_curves(run, read_steps(run.folder / EVENTS), stride) for run in group.runs}
    return found


def step_curves(run: SavedRun, steps: Steps, stride: int) -> dict[str, Points]:
    """Return the smoothed loss and accuracy of every step, or of each whose number ``stride`` divides."""
    started = run.newest(RunStarted)
    found = {}
    for metric, values in zip(OF_STEPS, (steps.loss, steps.accuracy), strict=True):
        there = np.isfinite(values) if started is not None else np.zeros(len(values), np.bool_)
        smooth, numbers = Smoothing(max(SMOOTHING_STEPS, stride)).extend(values[there]), steps.step[there]
        shown = numbers % stride == 0
        found[metric] = (numbers[shown] / (started.steps_per_epoch if started else 1), smooth[shown])
    return found


def _finite(points: Sequence[tuple[float, float]]) -> Points:
    table = np.array(points, np.float64).reshape(-1, 2)
    kept = table[np.isfinite(table[:, 1])]
    return kept[:, 0], kept[:, 1]


def reach(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the first and the last epoch drawn, at least 1 apart."""
    first = min((float(curve.x[0]) for curve in curves), default=0.0)
    last = max((float(curve.x[-1]) for curve in curves), default=first)
    return first, max(last, first + 1)


def bounds(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the smallest and the largest value drawn."""
    low = min((float(curve.low.min()) for curve in curves), default=0.0)
    high = max((float(curve.high.max()) for curve in curves), default=1.0)
    return low, high if high > low else low + 1.0
