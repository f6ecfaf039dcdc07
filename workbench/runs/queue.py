"""The queue of runs: a file in the folder of runs, so that it survives whoever works on it.

The first entry is the one at work; once it has begun it names its run, from whose last checkpoint the queue goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from workbench.durable import write_bytes
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

QUEUE = "queue.json"
LOCK = ".queue.lock"


class Queued(Record):
    """An experiment that waits for its turn; ``folder`` is the name of its run, where it has begun."""

    experiment: Experiment
    folder: str = ""


def read_queue(runs_folder: Path) -> tuple[Queued, ...]:
    """What waits, the next first. SpecError on a file that is none."""
    file = runs_folder / QUEUE
    if not file.is_file():
        return ()
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Queued, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise SpecError(f"{file}: this queue cannot be read: {error}; move the file away to begin another") from None


def add(runs_folder: Path, experiment: Experiment) -> int:
    """Put an experiment at the end; gives its place, from 1."""
    with _alone(runs_folder):
        entries = (*read_queue(runs_folder), Queued(experiment=experiment))
        _write(runs_folder, entries)
    return len(entries)


def mark_begun(runs_folder: Path, folder: str) -> None:
    """The first is at work in this folder."""
    with _alone(runs_folder):
        first, *rest = read_queue(runs_folder)
        _write(runs_folder, (msgspec.structs.replace(first, folder=folder), *rest))


def drop(runs_folder: Path, place: int = 1) -> Queued:
    """Take out the entry at a place, from 1; gives it. SpecError where there is none."""
    with _alone(runs_folder):
        entries = list(read_queue(runs_folder))
        if not 1 <= place <= len(entries):
            raise SpecError(f"the queue has no place {place}: it has {len(entries) or 'none'}")
        gone = entries.pop(place - 1)
        _write(runs_folder, entries)
    return gone


def _write(runs_folder: Path, entries: "tuple[Queued, ...] | list[Queued]") -> None:
    write_bytes(runs_folder / QUEUE, msgspec.json.encode(entries))


@contextmanager
def _alone(runs_folder: Path) -> Iterator[None]:
    """No window and no command changes the queue meanwhile."""
    from filelock import FileLock  # brings sqlite: not before the window's first paint

    try:
        runs_folder.mkdir(parents=True, exist_ok=True)
        with FileLock(runs_folder / LOCK):
            yield
    except OSError as error:
        raise SpecError(f"{runs_folder}: no queue can be kept here: {error.strerror}") from None
