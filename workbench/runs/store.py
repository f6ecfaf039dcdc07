"""The folders of runs: making one, opening one, listing them."""

import errno
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from workbench.durable import NOT_ALLOWED, make_folder, make_new_folder, refusals_told, stamp, write_text
from workbench.events import (
    ENDINGS,
    AnyEvent,
    CheckpointSaved,
    EpochFinished,
    Event,
    RecipeChanged,
    RunFailed,
    RunFinished,
    RunStarted,
)
from workbench.runs.changes import EXPERIMENT, check_is_run, is_run, read_edited
from workbench.runs.locks import acquired
from workbench.runs.log import read_outline
from workbench.runs.notes import Notes, read_notes
from workbench.spec.experiment import Experiment
from workbench.spec.files import to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace

if TYPE_CHECKING:
    from filelock import BaseFileLock

E = TypeVar("E", bound=Event)

EVENTS = "events.jsonl"
LAST = "checkpoints/last.safetensors"
PREVIOUS = "checkpoints/previous.safetensors"
"""The checkpoint before the last, in case that one is damaged."""

DAMAGED = "checkpoints/damaged.safetensors"
"""A last checkpoint that was found damaged, set aside."""

BEST = "checkpoints/best.safetensors"
TO_GO_ON_FROM = (LAST, PREVIOUS, BEST)
"""Each is complete in itself; the first that exists and is intact is used."""

DELETED = "deleted"
"""The folder of deleted runs in the folder of runs; see ``workbench.runs.trash``."""

LOCK = ".lock"
STARTING = ".starting"
"""Held while a separate process for the run starts, until it holds ``LOCK`` itself."""

LOOK = ".look"
"""Held while checking the two, so that two checkers never mistake each other for a running run."""

RESUMING = ".resuming"
"""Exists while a resume is being prepared, when the log still ends as the last training left it."""

PATIENCE_S = 1.0
"""How long a start waits before it believes that the run is running, since a check takes the lock for an instant."""

MAX_NAME_BYTES = 200
"""File systems allow 255; the number and the suffix of a temporary file are added."""


class SavedRun(Record):
    """A run as stored in its folder; ``experiment`` has the changes made during the run."""

    folder: Path
    experiment: Experiment
    events: tuple[AnyEvent, ...]
    """All but those of finished steps, of which there may be millions: see ``read_steps`` and ``each_event``."""
    notes: Notes = Notes()
    notes_problem: str = ""
    """Why the note and tags cannot be read."""

    @property
    def began_s(self) -> float:
        """When it began, in seconds since 1970: as logged, which copies keep, else when its experiment was written."""
        started = next((event for event in self.events if isinstance(event, RunStarted)), None)
        if started is not None and started.began_s is not None:
            return started.began_s
        made = stamp(self.folder / EXPERIMENT)
        return made[0] / 1e9 if made else 0.0

    @property
    def checkpoint(self) -> Path:
        """The best checkpoint, else the last. Raises SpecError if nothing was saved yet."""
        for name in (BEST, LAST):
            if (self.folder / name).is_file():
                return self.folder / name
        raise SpecError(f"{self.folder}: this run has saved no checkpoint yet")

    @property
    def state(self) -> Literal["finished", "failed", "stopped", "running"]:
        """How it ended. Without an ending, or while a resume is being prepared, it is running if its folder is locked;
        without either it was killed, and is resumable like a stopped one.
        """
        last = self.events[-1] if self.events else None
        may_run = not isinstance(last, ENDINGS) or (self.folder / RESUMING).exists()
        if may_run and _seems_held(self.folder):
            return "running"
        if isinstance(last, RunFinished):
            return "finished"
        return "failed" if isinstance(last, RunFailed) else "stopped"

    @property
    def resumable(self) -> bool:
        """Whether it can resume from its last checkpoint, or start again."""
        return self.state in ("stopped", "failed") and (has_checkpoint(self.folder) or self.begins_again)

    @property
    def begins_again(self) -> bool:
        """Whether it was killed or stopped before anything was saved, so that resuming it means starting again."""
        has_saved = any(isinstance(event, CheckpointSaved | RunFailed | RunFinished) for event in self.events)
        return not has_saved and not has_checkpoint(self.folder)

    def newest(self, kind: type[E]) -> E | None:
        """Return the newest event of a kind; None if there is none."""
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)

    def by_epoch(self, metric: str) -> list[tuple[int, float]]:
        """Return each epoch that has a metric (``val/loss``), and its value."""
        epochs = (event for event in self.events if isinstance(event, EpochFinished))
        return [(event.epoch, event.metrics[metric]) for event in epochs if metric in event.metrics]

    @property
    def metrics(self) -> dict[str, float]:
        """The latest value of each metric."""
        found: dict[str, float] = {}
        for event in self.events:
            found |= getattr(event, "metrics", {})
        return found

    @property
    def num_epochs(self) -> int:
        """The number of finished epochs."""
        return max((event.epoch for event in self.events if isinstance(event, EpochFinished)), default=0)

    @property
    def best_epoch(self) -> EpochFinished | None:
        """The epoch of the lowest validation loss; None if there is none."""
        epochs = (event for event in self.events if isinstance(event, EpochFinished))
        judged = [event for event in epochs if "val/loss" in event.metrics]
        return min(judged, key=lambda event: event.metrics["val/loss"], default=None)

    @property
    def changes(self) -> tuple[RecipeChanged, ...]:
        """The changes made during the run, in order."""
        return tuple(event for event in self.events if isinstance(event, RecipeChanged))


def has_checkpoint(folder: Path) -> bool:
    """Return whether a run has a checkpoint to resume from; not if its folder may not be looked into."""
    return any(stamp(folder / name) for name in TO_GO_ON_FROM)


def none_to_go_on_from(folder: Path) -> str:
    """Return the message for a run without a checkpoint."""
    return f"{folder}: this run has no checkpoint to resume from; start it again"


def create_run(runs_folder: Path, experiment: Experiment) -> Path:
    """Create a folder for a run of this experiment, write its experiment file, and return the folder."""
    stem = re.sub(r"[^\w-]+", "-", f"{time.strftime('%Y-%m-%d')}-{experiment.name.lower()}").strip("-")
    short = stem.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    make_folder(runs_folder)
    with refusals_told(runs_folder):
        folder = _first_free(runs_folder, short)
    try:
        write_text(folder / EXPERIMENT, to_json(experiment))
    except SpecError:
        with suppress(OSError):
            folder.rmdir()  # it is not a run
        raise
    return folder


def _first_free(runs_folder: Path, stem: str) -> Path:
    """Create the folder ``stem-N`` with the smallest free N; the names of deleted runs stay theirs."""
    for number in count(1):
        folder = runs_folder / f"{stem}-{number}"
        if (runs_folder / DELETED / folder.name).exists():
            continue
        try:
            make_new_folder(folder)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def open_run(folder: Path) -> SavedRun:
    """Read a run's folder. Raises SpecError that names what is missing if it is not a run."""
    check_is_run(folder)
    saved = SavedRun(folder=folder, experiment=read_edited(folder), events=read_outline(folder / EVENTS))
    try:
        return replace(saved, notes=read_notes(folder))
    except SpecError as error:  # a damaged note harms no run
        return replace(saved, notes_problem=str(error))


def open_runs(folders: Iterable[Path]) -> tuple[SavedRun, ...]:
    """Return the runs in these folders, the oldest first. Raises SpecError if one is not a run."""
    return tuple(sorted(map(open_run, folders), key=_began))


def holds_runs(folder: Path) -> bool:
    """Whether there is a run in a folder."""
    return any(_runs_in(folder))


def list_runs(runs_folder: Path) -> tuple[SavedRun, ...]:
    """Return all readable runs in a folder, the newest first."""
    if not runs_folder.is_dir():
        return ()
    runs = []
    for folder in _runs_in(runs_folder):
        try:
            runs.append(open_run(folder))
        except SpecError:
            continue  # a run of a newer version, or edited by hand, must not hide the others
    return tuple(sorted(runs, key=_began, reverse=True))


def _runs_in(folder: Path) -> Iterator[Path]:
    """Yield the folders of runs in a folder. Only folders are looked into: of pictures there may be millions."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if (entry.is_dir(follow_symlinks=False) or entry.is_symlink()) and is_run(Path(entry)):
                yield Path(entry)


def _began(run: SavedRun) -> tuple[float, str]:
    return run.began_s, run.folder.name


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Lock a run's folder during training. Raises SpecError if another window or command holds it,
    or the disk refuses.
    """
    with _alone(folder, LOCK):
        yield


@contextmanager
def starting(folder: Path) -> Iterator[None]:
    """Lock a run's folder until its separate process has done so. Raises SpecError as ``held`` does."""
    with _alone(folder, STARTING):
        yield


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    lock = _locked(folder, name, PATIENCE_S)
    if lock is None:
        raise _held_elsewhere(folder)
    try:
        yield
    finally:
        lock.release()


def check_resumable(folder: Path) -> None:
    """Raise SpecError if the run's folder is locked, or lacks a checkpoint to resume from."""
    if is_held(folder):
        raise _held_elsewhere(folder)
    if not has_checkpoint(folder) and not open_run(folder).begins_again:
        raise SpecError(none_to_go_on_from(folder))


def _held_elsewhere(folder: Path) -> SpecError:
    return SpecError(f"{folder}: this run is running in another window or command; stop it there first")


def is_held(folder: Path) -> bool:
    """Return whether a run's folder is locked, so the run is running. Raises SpecError if the disk refuses."""
    return _is_taken(folder, LOCK)


def is_starting(folder: Path) -> bool:
    """Return whether a separate process for the run is about to lock its folder. Raises SpecError if the disk
    refuses.
    """
    return _is_taken(folder, STARTING)


def _is_taken(folder: Path, name: str) -> bool:
    if not (folder / name).exists():
        return False
    look = _locked(folder, LOOK, PATIENCE_S)
    try:
        lock = _locked(folder, name, 0)
        if lock is not None:
            lock.release()
        return lock is None
    finally:
        if look is not None:
            look.release()


def _take_away(lock: "BaseFileLock", file: Path) -> None:
    """Remove a lock with its folder, which FileLock has made anew as the run was moved or removed; one that is being
    removed just then has more in it, and is left to that.
    """
    lock.release()
    file.unlink(missing_ok=True)
    with suppress(OSError):
        file.parent.rmdir()


def _seems_held(folder: Path) -> bool:
    try:
        return is_held(folder)
    except SpecError:  # nobody trains where locks are impossible
        return False


def _locked(folder: Path, name: str, patience_s: float) -> "BaseFileLock | None":
    """Return a lock in a run's folder, acquired; None if somebody else holds it all the time."""
    try:
        lock = acquired(folder / name, patience_s)
        if lock is not None and not is_run(folder):
            _take_away(lock, folder / name)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return lock
    except OSError as error:
        allow = (
            "; allow writing there, or copy the run to where it may be written" if error.errno in NOT_ALLOWED else ""
        )
        raise SpecError(f"{folder}: the run's lock cannot be taken: {error.strerror or error}{allow}") from None
