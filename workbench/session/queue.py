"""The queue at work: the next run, begun or gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.runs.queue import Queued, drop, mark_begun, read_queue
from workbench.runs.store import LAST, open_run
from workbench.session.run import Run, resume, start
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from pathlib import Path


def next_run(runs_folder: Path) -> Run | None:
    """Begin the first of the queue, or go on with it from its last checkpoint; None where the queue is empty.

    One that has ended is taken out; one that was killed before its first checkpoint begins anew.
    """
    while entries := read_queue(runs_folder):
        first = entries[0]
        if has_ended(runs_folder, first):
            drop(runs_folder)
        elif first.folder and (runs_folder / first.folder / LAST).is_file():
            return resume(runs_folder / first.folder)
        else:
            run = start(first.experiment, runs_folder)
            mark_begun(runs_folder, run.folder.name)
            return run
    return None


def has_ended(runs_folder: Path, entry: Queued) -> bool:
    """Whether there is nothing left to do: finished, failed, or its folder is gone."""
    if not entry.folder:
        return False
    try:
        return open_run(runs_folder / entry.folder).state in ("finished", "failed")
    except SpecError:
        return True


def lines(runs_folder: Path) -> list[str]:
    """The queue in words, the next first."""
    return [
        f"{place}  {entry.experiment.name}" + (f"  (begun: {entry.folder})" if entry.folder else "")
        for place, entry in enumerate(read_queue(runs_folder), 1)
    ]
