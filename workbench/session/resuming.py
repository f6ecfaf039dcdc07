"""Prepares resuming a run: checks that it may resume with these changes, and restores its log and checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.durable import rename
from workbench.runs.changes import EXPERIMENT
from workbench.runs.log import RunLog
from workbench.runs.store import DAMAGED, EVENTS, LAST, open_run, rewind
from workbench.spec.own_files import missing_data
from workbench.spec.problems import SpecError
from workbench.training.changes import checked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.runs.store import SavedRun
    from workbench.spec.experiment import Experiment
    from workbench.spec.record import Value
    from workbench.training.checkpoint import Checkpoint


def may_resume(folder: Path, changes: Mapping[str, Value]) -> SavedRun:
    """The run, which can go on with these changes as far as its folder says. SpecError where it cannot."""
    saved = open_run(folder)
    edited = saved.experiment
    for path, value in changes.items():
        edited = checked_change(edited, path, value)
    if saved.state == "finished" and edited.training.epochs <= saved.experiment.training.epochs:
        raise SpecError(f"{folder}: this run is finished; raise its number of epochs, or start a new one")
    gone = missing_data(edited)
    if gone is not None:
        raise SpecError(
            f"{gone}: the data of this run is not there: bring it back, or write where it is now into data.source of "
            f"{folder / EXPERIMENT}"
        )
    return saved


def rewound(folder: Path) -> tuple[RunLog, Checkpoint, str]:
    """The log of a run that is held, cut back to the last whole checkpoint; that one, and what is to be said of it.

    SpecError where there is none to go on from.
    """
    from workbench.training.checkpoint import newest

    checkpoint, damage = newest(folder)
    if damage and (folder / LAST).is_file():
        rename(folder / LAST, folder / DAMAGED)
    kept = rewind(open_run(folder), checkpoint.step, checkpoint.num_validated)
    note = f"{damage}; the run resumes from an earlier checkpoint, of step {checkpoint.step:,}." if damage else ""
    return RunLog(folder / EVENTS, kept), checkpoint, note


def checked_change(experiment: Experiment, path: str, value: Value) -> Experiment:
    """The experiment with one setting changed. SpecError where it may not in the middle of a run, or not to this."""
    from workbench.data import SOURCES
    from workbench.data.preparation import check_augmentation

    edited = checked(experiment, path, value)
    check_augmentation(edited.data, SOURCES.make(edited.data.source.type, edited.data.source.parameters))
    return edited
