"""Where a run begins: anew, or at a checkpoint; checks whether it may resume, and cuts its log back once it does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from workbench.durable import keep_as, refusals_told, rename, write_within
from workbench.events import CheckpointSaved, RunFinished
from workbench.runs.changes import EXPERIMENT, read_changes
from workbench.runs.log import RunLog, as_left, each_event, known_at
from workbench.runs.store import BEST, DAMAGED, EVENTS, LAST, open_run
from workbench.session.prepared import input_shape
from workbench.spec.change import as_of, with_setting
from workbench.spec.experiment import Experiment
from workbench.spec.own_files import anywhere, missing_data
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value, replace
from workbench.training.changing.changes import checked, prolongs
from workbench.training.results.differing import differing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.events import AnyEvent
    from workbench.runs.store import SavedRun
    from workbench.training.checkpoint import Checkpoint


class Order(Record):
    """What to train: the run's experiment as edited, and as it was where the training begins, after ``resumed_at``
    steps.

    Earlier changes are made again at their steps, ``changes`` (path -> value) at once. ``anyway``: without asking, even
    if the result may differ from an uninterrupted run. ``sharded``: each of several ranks holds only its part of the
    weights. ``note`` is a sentence on what was found when resuming. Plain JSON, since the first rank sends it to the
    others.
    """

    experiment: Experiment
    begun: Experiment
    resumed_at: int | None = None
    changes: dict[str, Value] = {}
    anyway: bool = False
    sharded: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stopped run resumes: its checkpoint, and its log up to there, in memory.

    Finding it writes nothing; ``enter`` does, once nothing speaks against resuming.
    """

    checkpoint: Checkpoint
    log: RunLog
    is_last_damaged: bool = False
    is_best_lost: bool = False
    """Whether the best checkpoint is missing, damaged, or later than the resumed step."""

    is_best: bool = False
    """Whether the checkpoint is the best one so far."""

    edited: tuple[str, ...] = ()
    """What was edited in the experiment's file since the checkpoint was saved, in words."""

    def rest(self, folder: Path) -> list[AnyEvent]:
        """Return the events of the log on the disk that are later than the checkpoint, without an ending."""
        step, num_validated = self.checkpoint.step, self.checkpoint.num_validated
        return [event for event in as_left(folder / EVENTS) if not known_at(event, step, num_validated)]

    def enter(self, folder: Path) -> None:
        """Cut the log on the disk back to the checkpoint, and put aside what is damaged or later. Raises SpecError if
        the disk refuses.
        """
        if self.is_last_damaged:
            rename(folder / LAST, folder / DAMAGED)
        self.log.keep_in(folder / EVENTS)
        if self.is_best_lost and self.is_best:
            keep_as(self.checkpoint.path, folder / BEST)
        elif self.is_best_lost:
            with refusals_told(folder / BEST):
                (folder / BEST).unlink(missing_ok=True)


def may_resume(folder: Path, changes: Mapping[str, Value]) -> SavedRun:
    """Return the run, if its folder allows it to resume with these changes. Raises SpecError if not."""
    saved = open_run(folder)
    edited = saved.experiment
    for path, value in changes.items():
        edited = checked_change(edited, path, value)
    ending = saved.events[-1] if saved.events else None
    if isinstance(ending, RunFinished) and not prolongs(saved.experiment, edited, early=ending.early):
        more = "its number of epochs or its patience, which ran out" if ending.early else "its number of epochs"
        raise SpecError(f"{folder}: this run is finished; raise {more}, or start a new one")
    gone = missing_data(edited)
    if gone is not None:
        raise SpecError(
            f"{gone.path}: the data of this run is not there: bring it back, or say where it is now: open the run in "
            f"the window, or resume {folder.name} --data PATH"
        )
    return saved


def place_to_resume(
    saved: SavedRun, changes: Mapping[str, Value], *, anyway: bool
) -> tuple[Order, RunLog, Place | None]:
    """Return how a locked run resumes from its last intact checkpoint, its log up to there, and the place to enter.

    A run killed before its first checkpoint starts again, in no place. Raises SpecError if there is no intact
    checkpoint.
    """
    folder = saved.folder
    if saved.begins_again:
        order = replace(
            anew(saved, changes, anyway=anyway),
            note="The run had saved no checkpoint yet: it starts again from its first step.",
        )
        return order, RunLog(folder / EVENTS), None
    place, note = _found_place(saved)
    order = Order(
        experiment=saved.experiment,
        begun=as_of(saved.experiment, read_changes(folder), place.checkpoint.step),
        resumed_at=place.checkpoint.step,
        changes=dict(changes),
        anyway=anyway,
        note=note,
    )
    return order, place.log, place


def _found_place(saved: SavedRun) -> tuple[Place, str]:
    """Return the place of the last intact checkpoint, and sentences about the damaged ones."""
    from workbench.training.checkpoint import newest

    folder = saved.folder
    best_step, best_damage = _step_of_best(folder)  # first, so that memory holds only one checkpoint at a time
    checkpoint, damage = newest(folder)
    events = each_event(folder / EVENTS)
    log = RunLog(events=(event for event in events if known_at(event, checkpoint.step, checkpoint.num_validated)))
    bests = [event.step for event in log.outline() if isinstance(event, CheckpointSaved) and event.best]
    if bests and not (folder / BEST).is_file():
        best_step, best_damage = math.inf, f"{folder / BEST} is missing"
    place = Place(
        checkpoint=checkpoint,
        log=log,
        is_last_damaged=bool(damage) and (folder / LAST).is_file(),
        is_best_lost=best_step > checkpoint.step,
        is_best=bests[-1:] == [checkpoint.step],
        edited=_edited(saved, checkpoint),
    )
    notes = [f"{damage}; the run resumes from an earlier checkpoint, of step {checkpoint.step:,}."] if damage else []
    if place.is_best_lost and not place.is_best:
        what = best_damage or f"{folder / BEST} is of a later step than the run resumes from"
        notes.append(
            f"{what}: the best weights are lost, and until an epoch improves on them, the last ones stand in for them."
        )
    return place, " ".join(notes)


def _edited(saved: SavedRun, checkpoint: Checkpoint) -> tuple[str, ...]:
    """Return in words how the experiment differs from the checkpoint's with all changes made during the run; where its
    data is does not count, since what it holds is compared.
    """
    if "experiment" not in checkpoint.environment:  # saved by an earlier Workbench
        return ()
    trained = msgspec.convert(checkpoint.environment["experiment"], Experiment)
    for change in read_changes(saved.folder):
        trained = with_setting(trained, change.path, change.after)
    apart = differing([anywhere(trained), anywhere(saved.experiment)])
    words = ", ".join(f"{name} from {before} to {now}" for name, (before, now) in apart.items())
    return (f"{EXPERIMENT} was edited: {words}",) if words else ()


def _step_of_best(folder: Path) -> tuple[float, str]:
    """Return the step of the best checkpoint and why it is damaged: (0, "") if there is none, infinity if damaged."""
    from workbench.training.checkpoint import read_checkpoint

    try:
        return read_checkpoint(folder / BEST).step if (folder / BEST).is_file() else 0, ""
    except SpecError as error:
        return math.inf, str(error)


def anew(saved: SavedRun, changes: Mapping[str, Value], *, anyway: bool) -> Order:
    """Return how a locked run starts with its first step, with its log emptied."""
    write_within(saved.folder, EVENTS, b"")
    begun = as_of(saved.experiment, read_changes(saved.folder), 0)
    return Order(experiment=saved.experiment, begun=begun, changes=dict(changes), anyway=anyway)


def checked_change(experiment: Experiment, path: str, value: Value) -> Experiment:
    """Return the experiment with one setting changed. Raises SpecError if it may not change during a run, or is
    invalid.
    """
    from workbench.data.preparation import check_augmentation

    edited = checked(experiment, path, value)
    check_augmentation(edited.data, input_shape(edited))
    return edited
