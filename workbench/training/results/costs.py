"""What runs cost: the parameters and multiply-accumulates of their networks, and the time of their epochs. No torch."""

from statistics import median

from workbench.events import DataPrepared, EpochFinished, RunStarted
from workbench.runs.store import SavedRun
from workbench.spec.record import Record


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
    started = next((event for event in run.events if isinstance(event, RunStarted)), None)
    prepared = next((event for event in run.events if isinstance(event, DataPrepared)), None)
    epochs_s = [event.seconds for event in run.events if isinstance(event, EpochFinished)]
    return Costs(
        parameters=started.num_parameters if started else None,
        macs=macs or None,
        training_s=training_s(run) if epochs_s else None,
        example_s=median(epochs_s) / prepared.num_train if epochs_s and prepared else None,
    )


def training_s(run: SavedRun) -> float:
    """Return how long the epochs took, without pauses."""
    return sum(event.seconds for event in run.events if isinstance(event, EpochFinished))


def logged_macs(run: SavedRun) -> int:
    """Return the multiply-accumulates in a run's log; 0 if it is older or never started."""
    started = (event.macs for event in run.events if isinstance(event, RunStarted))
    return next(started, 0)
