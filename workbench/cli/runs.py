"""``runs``: the table of runs, the newest first."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.console import print_json, table
from workbench.cli.folders import add_runs_option, runs_folder
from workbench.runs.store import SavedRun, list_runs
from workbench.training.measured import TESTED, headline


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``runs``."""
    parser = subparsers.add_parser(
        "runs",
        help="list the runs",
        description="List the runs, newest first, with their progress and measures.",
        epilog="example: %(prog)s --json",
    )
    add_runs_option(parser)
    parser.add_argument("--json", action="store_true", help="as one line of JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    folder = runs_folder(arguments)
    found = [_row(saved) for saved in list_runs(folder)]
    if arguments.json:
        print_json({"runs": found})
    elif not found:
        print(f"no runs in {folder}")
    else:
        heading = ("run", "state", "epochs", "validation", f"test ({TESTED})", "changes", "experiment")
        print(table([heading, *(_cells(row) for row in found)], right=(2, 3, 4, 5)))
    return 0


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
        row["experiment"],
    )
