"""The rows of the table of runs. No Qt."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.data import name_of
from workbench.events import RunStarted
from workbench.runs.changes import EXPERIMENT, is_run
from workbench.runs.notes import Notes, are_found
from workbench.runs.store import DELETED, SavedRun, holds_runs, list_runs
from workbench.runs.trash import deleted_bytes
from workbench.spec.problems import SpecError
from workbench.spec.quantities import file_size
from workbench.spec.record import Record, replace
from workbench.spec.words import upper_first
from workbench.training.changing.changes import sentence
from workbench.training.results.differing import called, differing
from workbench.training.results.measured import TESTED, briefly, by_head, firsts, headlines, title_of
from workbench.training.results.repeats import with_its_name

COLUMNS = (
    "Run",
    "Network",
    "Data",
    "Settings",
    "State",
    "Epochs",
    "Parameters",
    "Validation",
    f"Test ({TESTED})",
    "Changes",
    "Tags",
    "Note",
)
NETWORK, DATA, SETTINGS, CHANGES, TAGS, NOTE = map(
    COLUMNS.index, ("Network", "Data", "Settings", "Changes", "Tags", "Note")
)
AT_FIRST_HIDDEN = (DATA, SETTINGS, CHANGES, TAGS, NOTE)
NUMBERS = range(COLUMNS.index("Epochs"), TAGS)
"""The columns aligned to the right, with their headings."""

DIGITS = 12
"""Numbers in names are padded to this length for sorting: run 9 comes before run 10."""

_NUMBER = re.compile(r"\d+")


class Row(Record):
    """One run: the text of each column, the sort keys, the settings changed during the run, and its note and tags."""

    folder: Path
    words: tuple[str, ...]
    keys: tuple[str | float, ...]
    results: str = ""
    """Of several heads, the results with the heads' names."""

    changes: str = ""
    notes: Notes = Notes()
    problem: str = ""
    """Why the note and tags cannot be read."""

    @property
    def tip(self) -> str:
        """The name, the whole description of the network, the data, the results of several heads, changes and note."""
        tags = ", ".join(self.notes.tags)
        told = (
            self.words[0],
            self.words[NETWORK],
            self.words[DATA],
            self.words[SETTINGS],
            self.results,
            self.changes,
            tags,
            self.notes.note,
            self.problem,
        )
        return "\n".join(filter(None, told))


class Listed(Record):
    """The runs of a folder, and those deleted there."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[Row, ...] = ()
    size_bytes: int = 0
    """What the deleted ones take on the disk."""

    @property
    def summary(self) -> str:
        """How many are deleted, and what they take."""
        return f"Deleted: {len(self.deleted)} ({file_size(self.size_bytes)})"


def read_listed(folder: Path) -> Listed:
    """Read the runs of a folder and the deleted ones."""
    deleted = make_rows(list_runs(folder / DELETED))
    return Listed(rows=make_rows(list_runs(folder)), deleted=deleted, size_bytes=deleted_bytes(folder))


def are_several(folder: Path) -> bool:
    """Whether a folder is one of runs, not a run's. Raises SpecError if it is neither."""
    if not is_run(folder) and not holds_runs(folder):
        raise SpecError(
            f"{folder}: no run: choose a run's folder, which has an {EXPERIMENT}, or a folder of such folders"
        )
    return not is_run(folder)


def named(folders: Sequence[Path]) -> str:
    """Return the name of one run, or the number of several."""
    return folders[0].name if len(folders) == 1 else f"{len(folders)} runs"


def worth_showing(rows: Sequence[Row]) -> set[int]:
    """Return those of the columns hidden at first that say something: the data if it differs, and what is not empty."""
    written = {place for place in (SETTINGS, CHANGES, TAGS, NOTE) if any(row.words[place] for row in rows)}
    return written | ({DATA} if len({row.words[DATA] for row in rows}) > 1 else set())


def matching(rows: Sequence[Row], words: str) -> tuple[Row, ...]:
    """Return the rows that have all of these words in their name, network, data, settings, state, tags or note."""
    return tuple(
        row for row in rows if are_found(words, (*row.words[: NUMBERS.start], *row.notes.tags, row.notes.note))
    )


def common_tags(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the tags that all of the rows have."""
    return tuple(tag for tag in rows[0].notes.tags if all(tag in row.notes.tags for row in rows)) if rows else ()


def make_rows(runs: Sequence[SavedRun]) -> tuple[Row, ...]:
    """Return the rows, newest run first. Networks of the same name are described by what differs from the oldest, and
    their runs by the settings that are not the same for all.
    """
    networks: dict[str, list[SavedRun]] = {}
    for run in reversed(runs):
        networks.setdefault(run.experiment.architecture.name, []).append(run)
    words = {
        run.folder: said
        for alike in networks.values()
        for run, *said in zip(
            alike, called([each.experiment.architecture for each in alike]), _settings(alike), strict=True
        )
    }
    return tuple(make_row(run, *words[run.folder]) for run in runs)


def _settings(runs: Sequence[SavedRun]) -> list[str]:
    """Return for each run its values of the settings that are not the same for all, ``learning rate 0.05, seed 1``, but
    for those that have a column: network, data and epochs.
    """
    first = runs[0].experiment
    experiments = [
        replace(
            run.experiment,
            architecture=first.architecture,
            data=replace(run.experiment.data, source=first.data.source),
            training=replace(run.experiment.training, epochs=first.training.epochs),
        )
        for run in runs
    ]
    named = [[with_its_name(name, each) for each in words] for name, words in differing(experiments).items()]
    return [", ".join(words[place] for words in named) for place in range(len(runs))]


def make_row(run: SavedRun, network: str, settings: str = "") -> Row:
    """Return the row of a run; ``network`` is the description of its network, ``settings`` what differs."""
    started = run.newest(RunStarted)
    wanted = run.experiment.training.epochs
    parameters = started.num_parameters if started else 0
    data = name_of(run.experiment.data.source)
    measures = [firsts(run.metrics, split) for split in ("val", "test")]
    return Row(
        folder=run.folder,
        words=(
            run.folder.name,
            network,
            data,
            settings,
            run.state,
            f"{run.num_epochs} of {wanted}",
            f"{parameters:,}" if started else "",
            *(_in_a_cell(names, run.metrics) for names in measures),
            str(len(run.changes) or ""),
            ", ".join(run.notes.tags),
            run.notes.line or run.notes_problem,
        ),
        keys=(
            _NUMBER.sub(lambda number: number[0].zfill(DIGITS), run.folder.name),
            network,
            data,
            _NUMBER.sub(lambda number: number[0].zfill(DIGITS), settings),
            run.state,
            run.num_epochs,
            parameters,
            *(run.metrics[names[0]] if names else -1.0 for names in measures),
            len(run.changes),
            ", ".join(run.notes.tags).casefold(),
            run.notes.line.casefold(),
        ),
        results=by_head(headlines(run.metrics, "val"), headlines(run.metrics, "test")),
        changes="\n".join(f"after step {e.step:,}: {sentence(e.path, e.before, e.after)}" for e in run.changes),
        notes=run.notes,
        problem=run.notes_problem,
    )


def _in_a_cell(names: Sequence[str], metrics: Mapping[str, float]) -> str:
    """Return the values, with their titles unless it is the accuracy of the only head, which is the default."""
    values = [title_of(name).said(metrics[name]) for name in names]
    if [name.split("/")[1:] for name in names] == [["top1"]]:
        return values[0]
    return upper_first(briefly(names, values))
