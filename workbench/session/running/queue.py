"""Works through the queue: starts or resumes the next run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from workbench.runs.changes import EXPERIMENT
from workbench.runs.queue import Queued, changing, read_queue
from workbench.runs.store import create_run, has_checkpoint, held, is_held, is_starting, open_run, starting
from workbench.session.running import in_process, in_thread
from workbench.session.running.run import Run
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training.results.queued import place_among, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.spec.experiment import Experiment


def next_run(runs_folder: Path, *, separate: bool = False) -> Run | None:
    """Start or resume the first run of the queue, in a ``separate`` process if requested; None if the queue is empty.

    A run in a separate process that another window has started, or is just starting, is followed. A run that has ended
    is removed; one that has lost its checkpoints starts in a new folder. Raises SpecError if another program is running
    it.
    """
    with ExitStack() as hold:
        with changing(runs_folder) as entries:
            while entries and has_ended(runs_folder, entries[0]):
                entries.pop(0)
            if not entries:
                return None
            experiment, folder = entries[0].experiment, runs_folder / entries[0].folder
            if entries[0].folder and (is_starting(folder) or is_held(folder)):
                if separate and (is_starting(folder) or in_process.is_running(folder)):
                    return in_process.attach(folder)
                raise SpecError(
                    f"the queue is already running in another window or command; its current run is {folder.name}"
                )
            goes_on = bool(entries[0].folder) and (has_checkpoint(folder) or open_run(folder).begins_again)
            if not goes_on:
                folder = create_run(runs_folder, experiment)
                entries[0] = replace(entries[0], folder=folder.name)
            hold.enter_context(starting(folder) if separate else held(folder))
        # Only now that the queue's file names it: a run that nobody could find again must not start.
        lock = hold.pop_all()
        if separate:
            return in_process.resume(folder, hold=lock) if goes_on else in_process.begin(folder, experiment, lock)
        return in_thread.resume(folder, hold=lock) if goes_on else in_thread.begin(folder, experiment, lock)


def has_ended(runs_folder: Path, entry: Queued) -> bool:
    """Return whether nothing is left to do: finished, failed, or its folder is gone, also to the deleted runs: one
    that is restored is resumed by hand. Raises SpecError if it cannot be read.
    """
    folder = runs_folder / entry.folder
    if not entry.folder:
        return False
    return not (folder / EXPERIMENT).is_file() or open_run(folder).state in ("finished", "failed")


def place_of(runs_folder: Path, done: Sequence[Experiment], current: Experiment) -> str:
    """Return the place of the current run among those that are ``done`` and those that wait: ``2 of 8: seed 1``."""
    waiting = [entry.experiment for entry in read_queue(runs_folder)[1:]]
    return place_among([*done, current, *waiting], len(done))


def lines(runs_folder: Path) -> list[str]:
    """Return the queue in words, the next run first."""
    entries = read_queue(runs_folder)
    return [
        f"{place}  {entry.experiment.name}: {words}" + (f"  (started: {entry.folder})" if entry.folder else "")
        for place, (entry, words) in enumerate(zip(entries, settings_of(entries), strict=True), 1)
    ]
