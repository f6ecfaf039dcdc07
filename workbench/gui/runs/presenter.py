"""The rows of the table of runs. No Qt."""

import re
from pathlib import Path

from workbench.events import RunStarted
from workbench.runs.store import SavedRun
from workbench.spec.record import Record
from workbench.training.changes import sentence
from workbench.training.measured import TESTED, measured, title_of

COLUMNS = ("Run", "Network", "State", "Epochs", "Parameters", "Validation", f"Test ({TESTED})", "Changes")
NUMBERS = range(COLUMNS.index("Epochs"), len(COLUMNS))
"""The columns whose words stand at the right, their headings above them."""

DIGITS = 12
"""Numbers in names are compared as if they had so many: run 9 comes before run 10."""

_NUMBER = re.compile(r"\d+")


class Row(Record):
    """One run: the words of each column, and the numbers that the columns are sorted by; ``changes`` are the tip."""

    folder: Path
    words: tuple[str, ...]
    keys: tuple[str | float, ...]
    changes: str = ""


def make_row(run: SavedRun) -> Row:
    """What the table says of a run."""
    started = next((event for event in reversed(run.events) if isinstance(event, RunStarted)), None)
    wanted = run.experiment.training.epochs
    parameters = started.num_parameters if started else 0
    measures = [next(measured(run.metrics, split), None) for split in ("val", "test")]
    network = run.experiment.architecture.name
    return Row(
        folder=run.folder,
        words=(
            run.folder.name,
            network,
            run.state,
            f"{run.num_epochs} of {wanted}",
            f"{parameters:,}" if started else "",
            *("" if name is None else _said(name, run.metrics[name]) for name in measures),
            str(len(run.changes) or ""),
        ),
        keys=(
            _NUMBER.sub(lambda number: number[0].zfill(DIGITS), run.folder.name),
            network,
            run.state,
            run.num_epochs,
            parameters,
            *(-1.0 if name is None else run.metrics[name] for name in measures),
            len(run.changes),
        ),
        changes="\n".join(f"after step {e.step:,}: {sentence(e.path, e.before, e.after)}" for e in run.changes),
    )


def _said(metric: str, value: float) -> str:
    """The value, with its title unless it is the accuracy that everybody expects."""
    title = title_of(metric)
    return title.said(value) if metric.endswith("/top1") else f"{title.words} {title.said(value)}"
