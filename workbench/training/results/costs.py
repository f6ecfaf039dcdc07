"""What runs cost: the parameters and multiply-accumulates of their networks, and the time of their epochs. No torch."""

from __future__ import annotations

from statistics import mean, median
from typing import TYPE_CHECKING

from workbench.events import DataPrepared, EpochFinished, RunStarted
from workbench.spec.quantities import duration
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.runs.store import SavedRun
    from workbench.training.results.repeats import Group


class Costs(Record):
    """What a run cost; None for what is not known of it."""

    parameters: float | None
    macs: float | None
    """Multiply-accumulates for one picture."""

    training_s: float | None
    """All epochs so far, without pauses; with their validation."""

    example_s: float | None
    """A typical epoch, with its validation, per picture trained on."""


def costs_of(run: SavedRun, macs: int) -> Costs:
    """Return the costs of a run whose network has so many ``macs``; 0 if they are not known."""
    started, prepared = run.newest(RunStarted), run.newest(DataPrepared)
    epochs_s = [event.seconds for event in run.events if isinstance(event, EpochFinished)]
    return Costs(
        parameters=started.num_parameters if started else None,
        macs=macs or None,
        training_s=training_s(run) if epochs_s else None,
        example_s=median(epochs_s) / prepared.num_train if epochs_s and prepared else None,
    )


def costs_in_words(group: Group, costs: Mapping[Path, Costs], unknown: str) -> tuple[str, str, str]:
    """Return a group's parameters, MACs and mean training time, by the costs of the runs' folders."""
    first = costs[group.runs[0].folder]
    times_s = [time_s for run in group.runs if (time_s := costs[run.folder].training_s) is not None]
    return (
        f"{first.parameters:,}" if first.parameters else unknown,
        f"{first.macs:,}" if first.macs else unknown,
        duration(mean(times_s)) if times_s else unknown,
    )


def training_s(run: SavedRun) -> float:
    """Return how long the epochs took, without pauses."""
    return sum(event.seconds for event in run.events if isinstance(event, EpochFinished))


def logged_macs(run: SavedRun) -> int:
    """Return the multiply-accumulates in a run's log; 0 if it is older or never started."""
    started = (event.macs for event in run.events if isinstance(event, RunStarted))
    return next(started, 0)
