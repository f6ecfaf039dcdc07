"""Where a run begins: anew, or where it was stopped, its log and checkpoint restored; checked, whether it may resume so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.durable import rename, write_bytes
from workbench.runs.changes import read_changes
from workbench.runs.log import RunLog
from workbench.runs.store import DAMAGED, EVENTS, LAST, open_run, rewind
from workbench.spec.change import as_of
from workbench.spec.experiment import Experiment
from workbench.spec.own_files import missing_data
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value, replace
from workbench.training.changes import checked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.runs.store import SavedRun
    from workbench.training.checkpoint import Checkpoint


class Order(Record):
    """What is to be trained: the run's experiment as edited, and as it was where it begins, after ``resumed_at`` steps.

    Changes of before are made again where they were made first, ``changes`` (path -> value) at once. ``anyway``: without
    asking, though it may not be equal to an unbroken run. ``sharded``: each of several ranks holds its part of the weights
    alone. ``note`` is a sentence on how it was found. Plain JSON, since the first rank tells it to the others.
    """

    experiment: Experiment
    begun: Experiment
    resumed_at: int | None = None
    changes: dict[str, Value] = {}
    anyway: bool = False
    sharded: bool = False
    note: str = ""


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
            f"{gone}: the data of this run is not there: bring it back, or say where it is now, on the command line: "
            f"resume {folder.name} --data PATH"
        )
    return saved


def rewound(saved: SavedRun, changes: Mapping[str, Value], *, anyway: bool) -> tuple[Order, RunLog, Checkpoint | None]:
    """How a run that is held goes on from its last whole checkpoint; its log, cut back to there; and that checkpoint.

    One that was killed before its first begins again. SpecError where there is none to go on from.
    """
    from workbench.training.checkpoint import newest

    folder = saved.folder
    if saved.begins_again:
        order = replace(
            anew(saved, changes, anyway=anyway), note="The run had saved no checkpoint yet: it begins again."
        )
        return order, RunLog(folder / EVENTS), None
    checkpoint, damage = newest(folder)
    if damage and (folder / LAST).is_file():
        rename(folder / LAST, folder / DAMAGED)
    kept = rewind(saved, checkpoint.step, checkpoint.num_validated)
    order = Order(
        experiment=saved.experiment,
        begun=as_of(saved.experiment, read_changes(folder), checkpoint.step),
        resumed_at=checkpoint.step,
        changes=dict(changes),
        anyway=anyway,
        note=f"{damage}; the run resumes from an earlier checkpoint, of step {checkpoint.step:,}." if damage else "",
    )
    return order, RunLog(folder / EVENTS, kept), checkpoint


def anew(saved: SavedRun, changes: Mapping[str, Value], *, anyway: bool) -> Order:
    """How a run that is held begins with its first step, its log emptied."""
    write_bytes(saved.folder / EVENTS, b"")
    begun = as_of(saved.experiment, read_changes(saved.folder), 0)
    return Order(experiment=saved.experiment, begun=begun, changes=dict(changes), anyway=anyway)


def checked_change(experiment: Experiment, path: str, value: Value) -> Experiment:
    """The experiment with one setting changed. SpecError where it may not in the middle of a run, or not to this."""
    from workbench.data import SOURCES
    from workbench.data.preparation import check_augmentation

    edited = checked(experiment, path, value)
    check_augmentation(edited.data, SOURCES.make(edited.data.source.type, edited.data.source.parameters))
    return edited
