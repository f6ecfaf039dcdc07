"""``runs``: the table of runs, newest first, or the differences between some of them."""

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.cli.console import add_json_option, complain, print_json, table
from workbench.cli.folders import add_runs_option, run_called, runs_folder
from workbench.data import name_of
from workbench.runs.notes import are_found
from workbench.runs.store import SavedRun, list_runs, open_runs
from workbench.session.editing.comparing import macs_of
from workbench.spec.quantities import duration
from workbench.training.results.costs import Costs, costs_of
from workbench.training.results.differing import CHANGED, differing_runs
from workbench.training.results.measured import TESTED, headline
from workbench.training.results.repeats import grouped

Columns = Mapping[str, Sequence[str]]
"""The texts of a column, one for each run, by its heading."""

NOTE_LETTERS = 60
"""Longest note in the table; the note command prints all of it."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``runs [RUN ...]``."""
    parser = subparsers.add_parser(
        "runs",
        help="list the runs",
        description="List the runs, newest first, with their progress and measures; or only those named, with their "
        "parameters, multiply-accumulates and time, a column for each setting that differs between them, and mean and "
        "standard deviation over the seeds and folds of those that differ in nothing else. The note command writes notes and "
        "tags.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 2026-11-28-lenet-2",
    )
    parser.add_argument("named", metavar="RUN", nargs="*", help="a run's folder, or its name in the folder of runs")
    parser.add_argument(
        "--find", metavar="WORDS", default="", help="only runs with these words in name, data, tags or note"
    )
    add_runs_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    folder = runs_folder(arguments)
    if arguments.named:
        runs = _found(arguments, open_runs(run_called(name) for name in arguments.named)[::-1])
    else:
        runs = _found(arguments, list_runs(folder))
    if arguments.json:
        print_json(_compared(runs) if arguments.named else {"runs": [_row(saved) for saved in runs]})
    elif not runs:
        print(f"no runs in {folder}" + (f" with {arguments.find}" if arguments.find else ""))
    elif arguments.named:
        _print_table(runs, _costs_said(runs), _differing(runs))
        _print_repeats(runs)
    else:
        names = {
            "experiment": [saved.experiment.name for saved in runs],
            "data": [name_of(saved.experiment.data.source) for saved in runs],
        }
        _print_table(runs, {}, names)
    for saved in runs:
        if saved.notes_problem:
            complain(saved.notes_problem)
    return 0


def _print_table(runs: Sequence[SavedRun], numbers: Columns, words: Columns) -> None:
    """Print a row for each run; ``numbers`` and ``words`` are columns beside those that all tables have."""
    if CHANGED not in words:
        numbers = {**numbers, "changes": [str(len(saved.changes) or "") for saved in runs]}
    columns = {**numbers, **words, **_written(runs)}
    heading = ("run", "state", "epochs", "validation", f"test ({TESTED})", *columns)
    lines = [(*_cells(_row(saved)), *(each[place] for each in columns.values())) for place, saved in enumerate(runs)]
    print(table([heading, *lines], right=range(2, 5 + len(numbers))))


def _compared(runs: Sequence[SavedRun]) -> dict[str, Any]:
    """Return named runs with what they cost and how they differ, and their groups, as JSON for scripts."""
    apart = _differing(runs)
    return {
        "runs": [
            _row(saved)
            | {
                "parameters": costs.parameters,
                "macs": costs.macs,
                "seconds": costs.training_s,
                "seconds_per_example": costs.example_s,
                "differs": {name: words[place] for name, words in apart.items()},
            }
            for place, (saved, costs) in enumerate(zip(runs, _costs(runs), strict=True))
        ],
        "groups": _groups(runs),
    }


def _costs(runs: Sequence[SavedRun]) -> list[Costs]:
    macs = macs_of(runs)
    return [costs_of(saved, macs[saved.folder]) for saved in runs]


def _costs_said(runs: Sequence[SavedRun]) -> Columns:
    costs = _costs(runs)
    return {
        "parameters": [f"{each.parameters:,}" if each.parameters else "" for each in costs],
        "MACs": [f"{each.macs:,}" if each.macs else "" for each in costs],
        "time": [duration(each.training_s) if each.training_s else "" for each in costs],
    }


def _print_repeats(runs: Sequence[SavedRun]) -> None:
    """Print mean and standard deviation of each group of runs, if one has several seeds or folds."""
    settings, groups = grouped(runs[::-1])
    if all(group.num_repeats == 1 for group in groups):
        return
    heading = ("mean ± deviation", "epochs", "validation", f"test ({TESTED})", *settings)
    lines = [
        (
            group.name(),
            group.epochs(),
            *(", ".join(map(" ".join, group.headlines(split, percent="%"))) for split in ("val", "test")),
            *group.settings,
        )
        for group in groups
    ]
    print(f"\n{table([heading, *lines], right=(1, 2, 3))}")


def _groups(runs: Sequence[SavedRun]) -> list[dict[str, Any]]:
    """Return all measures of each group of runs, as JSON for scripts."""
    settings, groups = grouped(runs[::-1])
    return [
        {
            "runs": [str(saved.folder) for saved in group.runs],
            "repeats": group.num_repeats,
            "differs": dict(zip(settings, group.settings, strict=True)),
            "metrics": {name: found._asdict() for name, found in group.results().items()},
        }
        for group in groups
    ]


def _found(arguments: argparse.Namespace, runs: Sequence[SavedRun]) -> Sequence[SavedRun]:
    """Return the runs whose row of the table contains the words of ``--find``."""
    return [
        saved
        for saved in runs
        if are_found(
            arguments.find,
            (
                saved.folder.name,
                saved.experiment.name,
                name_of(saved.experiment.data.source),
                saved.state,
                *saved.notes.tags,
                saved.notes.note,
            ),
        )
    ]


def _written(runs: Sequence[SavedRun]) -> Columns:
    """Return the columns of tags and notes -> their text by run; none that would be empty."""
    columns = {
        "tags": [", ".join(saved.notes.tags) for saved in runs],
        "note": [textwrap.shorten(saved.notes.line, NOTE_LETTERS, placeholder=" …") for saved in runs],
    }
    return {name: words for name, words in columns.items() if any(words)}


def _differing(runs: Sequence[SavedRun]) -> Columns:
    """Return the settings that differ between the runs -> their values by run; epochs have a column of their own."""
    apart = differing_runs(runs)
    return {name: words for name, words in apart.items() if name != "epochs"}


def _row(saved: SavedRun) -> dict[str, Any]:
    return {
        "run": str(saved.folder),
        "experiment": saved.experiment.name,
        "data": name_of(saved.experiment.data.source),
        "state": saved.state,
        "epochs": saved.num_epochs,
        "planned_epochs": saved.experiment.training.epochs,
        "metrics": saved.metrics,
        "changes": [
            {"step": event.step, "path": event.path, "before": event.before, "after": event.after}
            for event in saved.changes
        ],
        "note": saved.notes.note,
        "tags": saved.notes.tags,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        Path(row["run"]).name,
        row["state"],
        f"{row['epochs']}/{row['planned_epochs']}",
        *(headline(row["metrics"], split, percent="%") for split in ("val", "test")),
    )
