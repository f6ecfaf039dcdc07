"""What runs reach for what they cost, as in Canziani et al. 2017 (arXiv:1605.07678): a bubble for each group. No Qt."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Literal, NamedTuple

from workbench.gui.compare_runs.scales import said
from workbench.runs.store import SavedRun
from workbench.spec.record import Record
from workbench.spec.words import listed
from workbench.training.results.costs import Costs
from workbench.training.results.measured import TESTED, measured, title_of, titled
from workbench.training.results.repeats import Group, repeat_of

At = Literal["last", "best"]
"""Of the last epoch, or of that with the lowest validation loss."""

CostName = Literal["macs", "parameters", "training_s", "example_s"]

COSTS: dict[CostName, str] = {
    "macs": "MACs per {}",
    "parameters": "Parameters",
    "training_s": "Training time",
    "example_s": "Time per {}",
}
"""The costs to choose from, in words; ``{}`` is what an example is called."""

TIMES = ("training_s", "example_s")

UNKNOWN: dict[CostName, str] = {
    "macs": "its network has errors",
    "parameters": "it never began to train",
    "training_s": "it has finished no epoch",
    "example_s": "it has finished no epoch",
}
"""Why a run lacks a cost."""

SPLITS = {"val": "Validation", "test": "Test", "train": "Training"}


class Result(Record):
    """A number that says what a run reaches: a metric such as ``val/top1``, and of which epoch."""

    metric: str
    at: At = "last"

    @property
    def words(self) -> str:
        """``Validation accuracy, best epoch``, ``Test MAE of age (last weights)``."""
        split = self.metric.partition("/")[0]
        more = f" ({TESTED})" if split == "test" else ", best epoch" if self.at == "best" else ""
        return f"{SPLITS[split]} {titled(self.metric)}{more}"

    def of(self, run: SavedRun) -> float | None:
        """Return the number of a run; None if it has none."""
        epoch = run.best_epoch if self.at == "best" else run
        return epoch.metrics.get(self.metric) if epoch is not None else None


class Spread(NamedTuple):
    """A number over the repeats of a group."""

    mean: float
    low: float
    high: float


class Bubble(Record):
    """A group by its index, where it is, and the parameters of its network, which are its area."""

    number: int
    cost: Spread
    result: Spread
    parameters: float


class Missing(Record):
    """A run that is not shown, and why."""

    run: str
    why: str


class Tradeoff(Record):
    """The bubbles, the indices of those on the Pareto front in the order of cost, and the runs that are not shown."""

    bubbles: tuple[Bubble, ...]
    front: tuple[int, ...]
    missing: tuple[Missing, ...]

    def values(self, axis: Literal["cost", "result"]) -> list[float]:
        """Return all numbers along an axis: means and ends of error bars."""
        return [value for bubble in self.bubbles for value in getattr(bubble, axis)]


def results_of(runs: Sequence[SavedRun]) -> tuple[Result, ...]:
    """Return the numbers to choose from that any of the runs has: measures before losses, validation first."""
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    found = []
    for split in SPLITS:
        losses = [name for name in names if name.startswith(f"{split}/") and name.endswith("/loss")]
        for name in (*measured(names, split), *losses):
            found.append(Result(metric=name))
            if split == "val":
                found.append(Result(metric=name, at="best"))
    return tuple(found)


def tradeoff(groups: Sequence[Group], costs: Mapping[Path, Costs], result: Result, cost: CostName) -> Tradeoff:
    """Return what the groups reach for what they cost; ``costs`` by the run's folder.

    Of several runs with the same seed and fold the newest counts that has all numbers.
    """
    bubbles, missing = [], []
    for number, group in enumerate(groups):
        found: dict[tuple[int, str | None], tuple[float, float, float]] = {}
        for run in group.runs:
            known = costs[run.folder]
            spent, reached = getattr(known, cost), result.of(run)
            if not spent or not known.parameters or reached is None or not math.isfinite(reached):
                missing.append(Missing(run=run.folder.name, why=_why(run, result, cost, known)))
            else:
                found[repeat_of(run)] = spent, reached, known.parameters
        if found:
            all_spent, all_reached, parameters = zip(*found.values(), strict=True)
            bubbles.append(
                Bubble(number=number, cost=_spread(all_spent), result=_spread(all_reached), parameters=max(parameters))
            )
    sign = -1 if title_of(result.metric).is_error else 1
    front = pareto_front([(each.cost.mean, sign * each.result.mean) for each in bubbles])
    return Tradeoff(
        bubbles=tuple(bubbles), front=tuple(bubbles[place].number for place in front), missing=tuple(missing)
    )


def pareto_front(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Return the indices of the (cost, result) that no other point dominates: none costs no more and reaches no less,
    and is better in one of the two. In the order of cost; more of a result is better.
    """
    front: list[int] = []
    for place in sorted(range(len(points)), key=lambda place: (points[place][0], -points[place][1])):
        if not front or points[place][1] > points[front[-1]][1] or points[place] == points[front[-1]]:
            front.append(place)
    return tuple(front)


def _spread(values: Sequence[float]) -> Spread:
    return Spread(mean(values), min(values), max(values))


def _why(run: SavedRun, result: Result, cost: CostName, known: Costs) -> str:
    """Return why a run is not shown."""
    value, words = result.of(run), titled(result.metric)
    split = result.metric.partition("/")[0]
    if value is not None and not math.isfinite(value):
        return f"its {words} is not a finite number"
    if value is not None:
        return UNKNOWN[cost] if not getattr(known, cost) else UNKNOWN["parameters"]
    if result.metric in run.metrics:
        return f"its best epoch has no {words}"
    others = [titled(name) for name in measured(run.metrics, split)]
    if others:
        return f"it measures {listed(others)} instead of {words}"
    if run.state != "finished":
        return {"failed": "it failed", "stopped": "it was stopped", "running": "it is still running"}[run.state]
    return f"it has no {SPLITS[split].lower()} {words}"


def told(bubble: Bubble, on_front: bool, result: Result, cost: CostName, words: str) -> tuple[tuple[str, str], ...]:
    """Return what is said of a bubble, names and values; the cost is called ``words``."""
    title, is_time = title_of(result.metric), cost in TIMES
    rows = [
        (result.words, _between(bubble.result, title.said)),
        (words, _between(bubble.cost, lambda value: said(value, is_time=is_time))),
    ]
    if cost != "parameters":
        rows.append((COSTS["parameters"], said(bubble.parameters, is_time=False)))
    if on_front:
        rows.append(("Pareto front", "no other reaches more for less"))
    return tuple(rows)


def _between(spread: Spread, word: Callable[[float], str]) -> str:
    ends = f" ({word(spread.low)} to {word(spread.high)})" if spread.high > spread.low else ""
    return f"{word(spread.mean)}{ends}"
