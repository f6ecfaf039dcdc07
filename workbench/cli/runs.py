"""``runs``: the table of runs, newest first, or the differences between some of them."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.cli.console import print_json, table
from workbench.cli.folders import add_runs_option, run_called, runs_folder
from workbench.runs.store import SavedRun, list_runs, open_runs
from workbench.training.differing import differing
from workbench.training.measured import TESTED, headline


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``runs [RUN ...]``."""
    parser = subparsers.add_parser(
        "runs",
        help="list the runs",
        description="List the runs, newest first, with their progress and measures; or only those named, with a column "
        "for each setting that differs between them.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 2026-11-28-lenet-2",
    )
    parser.add_argument("named", metavar="RUN", nargs="*", help="a run's folder, or its name in the folder of runs")
    add_runs_option(parser)
    parser.add_argument("--json", action="store_true", help="as one line of JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    folder = runs_folder(arguments)
    if arguments.named:
        runs = open_runs(run_called(name) for name in arguments.named)[::-1]
        told = _differing(runs)
    else:
        runs = list_runs(folder)
        told = {"experiment": [saved.experiment.name for saved in runs]}
    rows = [_row(saved) for saved in runs]
    if arguments.json:
        apart = [{"differs": {name: words[place] for name, words in told.items()}} for place in range(len(rows))]
        print_json({"runs": [row | more for row, more in zip(rows, apart, strict=True)] if arguments.named else rows})
    elif not rows:
        print(f"no runs in {folder}")
    else:
        heading = ("run", "state", "epochs", "validation", f"test ({TESTED})", "changes", *told)
        lines = [(*_cells(row), *(words[place] for words in told.values())) for place, row in enumerate(rows)]
        print(table([heading, *lines], right=(2, 3, 4, 5)))
    return 0


def _differing(runs: Sequence[SavedRun]) -> Mapping[str, Sequence[str]]:
    """Return the settings that differ between the runs -> their values by run; epochs have a column of their own."""
    apart = differing([saved.experiment for saved in runs])
    return {name: words for name, words in apart.items() if name != "epochs"}


def _row(saved: SavedRun) -> dict[str, Any]:
    return {
        "run": str(saved.folder),
        "experiment": saved.experiment.name,
        "state": saved.state,
        "epochs": saved.num_epochs,
        "planned_epochs": saved.experiment.training.epochs,
        "metrics": saved.metrics,
        "changes": [
            {"step": event.step, "path": event.path, "before": event.before, "after": event.after}
            for event in saved.changes
        ],
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    found = (headline(row["metrics"], split, percent="%") for split in ("val", "test"))
    return (
        Path(row["run"]).name,
        row["state"],
        f"{row['epochs']}/{row['planned_epochs']}",
        *("" if measure is None else " ".join(measure) for measure in found),
        str(len(row["changes"]) or ""),
    )
