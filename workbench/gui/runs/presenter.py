"""The rows of the table of runs. No Qt."""

from pathlib import Path

from workbench.events import EpochFinished, RunStarted
from workbench.runs.store import SavedRun
from workbench.spec.record import Record

COLUMNS = ("Run", "Network", "State", "Epochs", "Parameters", "Validation", "Test")


class Row(Record):
    """One run: the words of each column, and the numbers that the columns are sorted by."""

    folder: Path
    words: tuple[str, ...]
    keys: tuple[str | float, ...]


def make_row(run: SavedRun) -> Row:
    """What the table says of a run."""
    started = next((event for event in reversed(run.events) if isinstance(event, RunStarted)), None)
    epochs = sum(isinstance(event, EpochFinished) for event in run.events)
    wanted = run.experiment.training.epochs
    parameters = started.num_parameters if started else 0
    shares = [run.metrics.get(name, -1.0) for name in ("val/top1", "test/top1")]
    network = run.experiment.architecture.name
    return Row(
        folder=run.folder,
        words=(
            run.folder.name,
            network,
            run.state,
            f"{epochs} of {wanted}",
            f"{parameters:,}" if started else "",
            *(f"{100 * share:.1f} %" if share >= 0 else "" for share in shares),
        ),
        keys=(run.folder.name, network, run.state, epochs, parameters, *shares),
    )
