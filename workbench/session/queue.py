"""The queue at work: the next run, begun or gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from workbench.runs.queue import Queued, changing, read_queue
from workbench.runs.store import has_checkpoint, is_held, open_run
from workbench.session.run import Run, resume, start
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from pathlib import Path


def next_run(runs_folder: Path) -> Run | None:
    """Begin the first of the queue, or go on with it from its last checkpoint; None where the queue is empty.

    One that has ended is taken out; one that was killed before its first checkpoint begins anew. SpecError where another
    program is at work on it.
    """
    with changing(runs_folder) as entries:
        while entries:
            folder = runs_folder / entries[0].folder
            if has_ended(runs_folder, entries[0]):
                entries.pop(0)
            elif entries[0].folder and is_held(folder):
                raise SpecError(f"the queue is at work in another window or command: there it makes {folder.name}")
            elif entries[0].folder and has_checkpoint(folder):
                return resume(folder)
            else:
                run = start(entries[0].experiment, runs_folder)
                entries[0] = msgspec.structs.replace(entries[0], folder=run.folder.name)
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
