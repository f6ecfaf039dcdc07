"""Locks for which programs wait a limited time: files that one of them holds, until it ends at the latest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.durable import refusals_told
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from filelock import BaseFileLock

PATIENCE_S = 10.0
"""How long a change waits for another program's, which takes milliseconds."""


def acquired(file: Path, patience_s: float) -> "BaseFileLock | None":
    """Return the lock, acquired; None if somebody else holds it all the time. Raises OSError if the disk refuses, or if
    the file's folder is gone.
    """
    # It imports sqlite and more: not before the window's first paint, which needs this module's names.
    from filelock import FileLock, Timeout

    lock = FileLock(file, thread_local=False)
    file.parent.stat()  # FileLock would make the folder of a run anew that has just been moved away
    try:
        lock.acquire(timeout=patience_s, poll_interval=0.01)
    except Timeout:
        return None
    return lock


@contextmanager
def changing_alone(file: Path, lock_name: str) -> Iterator[None]:
    """Hold a lock beside ``file`` from reading to writing it, so that of two changes made at once, also by another
    program, none is lost.

    Raises SpecError if another program holds it all the time, or if the disk refuses.
    """
    with refusals_told(file):
        lock = acquired(file.with_name(lock_name), PATIENCE_S)
    if lock is None:
        raise SpecError(
            f"{file}: another program has been changing this file for {PATIENCE_S:.0f} seconds; if one of your "
            "workbench windows or commands hangs, close it, then try again"
        )
    try:
        yield
    finally:
        lock.release()
