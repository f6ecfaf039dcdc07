"""Drafts: unsaved edits kept on disk, so that a killed program loses at most seconds of work.

Each window has one draft, locked by its process. An unlocked one was left by a process that crashed or was killed; the
next start offers to restore it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from workbench.durable import Stamp, make_folder, refusals_told, stamp, write_bytes
from workbench.places import drafts_dir
from workbench.session.worker import PATIENCE_S, LatestWorker
from workbench.spec.experiment import Experiment
from workbench.spec.files import from_json, to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import Record


class Draft(Record):
    """An experiment with unsaved edits.

    ``file`` is the draft's own file, ``path`` the experiment's, None if it never had one; ``edited_s`` is the time of
    the last edit, in seconds since the epoch. ``stamp`` is the state of the experiment's file.
    """

    file: Path
    path: Path | None
    experiment: Experiment
    edited_s: float
    stamp: Stamp | None = None

    @property
    def older(self) -> bool:
        """Whether the experiment's file was written after the last edit."""
        return self.stamp is not None and self.stamp[0] > self.edited_s * 1e9


class _Content(Record):
    """The content of a draft's file."""

    path: str | None
    experiment: msgspec.Raw


class DraftKeeper:
    """Writes one window's draft, in a thread of its own; of several pending versions only the newest."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or drafts_dir()) / f"{os.getpid()}-{os.urandom(4).hex()}.json"
        self._lock = FileLock(_lock_of(self.file), thread_local=False)
        self._worker: LatestWorker[tuple[Experiment, Path | None] | None, str] = LatestWorker(
            "draft", self._write, _failed
        )
        self.answers = self._worker.answers
        """By the number of a request: empty once it is on disk, else a sentence on why it is not."""

    def keep(self, experiment: Experiment, path: Path | None) -> int:
        """Request that this be written to disk; returns the answer's number."""
        return self._worker.ask((experiment, path))

    def drop(self) -> int:
        """Request that the draft be deleted, since nothing is unsaved any more; returns the answer's number."""
        return self._worker.ask(None)

    def close(self, timeout_s: float = PATIENCE_S) -> bool:
        """End the thread and delete the draft; return whether the thread ended within ``timeout_s``."""
        ended = self._worker.close(timeout_s)
        with suppress(OSError):  # what cannot be deleted is offered at the next start
            remove(self.file)
        self._lock.release()
        return ended

    def _write(self, what: tuple[Experiment, Path | None] | None) -> str:
        if what is None:
            with refusals_told(self.file):
                self.file.unlink(missing_ok=True)
            return ""
        experiment, path = what
        content = _Content(path=str(path) if path else None, experiment=msgspec.Raw(to_json(experiment).encode()))
        with refusals_told(self.file):
            make_folder(self.file.parent)
            if not self._lock.is_locked:  # it counts how often it was acquired
                self._lock.acquire(timeout=0)
            write_bytes(self.file, msgspec.json.encode(content))
        return ""


def _failed(_what: tuple[Experiment, Path | None] | None, sentence: str) -> str:
    return f"Unsaved work cannot be backed up against a crash: {sentence}"


def left_behind(folder: Path | None = None) -> tuple[list[Draft], list[str]]:
    """Return the unlocked drafts, the newest first, and a sentence on each that cannot be read."""
    drafts: list[Draft] = []
    mistakes: list[str] = []
    for file in sorted((folder or drafts_dir()).glob("*.json")):
        try:
            with _unless_held(file) as free:
                if free and file.is_file():
                    drafts.append(read_draft(file))
                elif free:
                    remove(file)  # its window has just closed: what is left is the lock that this look has made
        except SpecError as error:
            mistakes.append(str(error))
    return sorted(drafts, key=lambda draft: -draft.edited_s), mistakes


def read_draft(file: Path) -> Draft:
    """Read a draft. Raises SpecError if it cannot be read."""
    try:
        content = msgspec.json.decode(file.read_bytes(), type=_Content)
        edited_s = file.stat().st_mtime
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        raise SpecError(f"{file}: this draft of unsaved work cannot be read: {error}") from None
    experiment = from_json(bytes(content.experiment), Experiment, str(file))
    path = Path(content.path) if content.path is not None else None
    return Draft(file=file, path=path, experiment=experiment, edited_s=edited_s, stamp=stamp(path) if path else None)


def remove(file: Path) -> None:
    """Delete a draft and its lock."""
    file.unlink(missing_ok=True)
    _lock_of(file).unlink(missing_ok=True)


def _lock_of(file: Path) -> Path:
    return file.with_suffix(".lock")


@contextmanager
def _unless_held(file: Path) -> Iterator[bool]:
    """Yield whether no living process holds the draft, and hold it meanwhile. Raises SpecError if the disk refuses."""
    lock = FileLock(_lock_of(file), thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise SpecError(f"{file}: this draft of unsaved work is not accessible: {error.strerror or error}") from None
    try:
        yield True
    finally:
        lock.release()
