"""Deleted runs, kept in a folder among the runs from which they can be restored, until they have been there for long.

A run there is as it was, with an empty file whose time is that of the deletion. A folder without that file was put
there by somebody else and is never removed with age. Elsewhere that file means nothing.
"""

import errno
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from workbench.durable import make_folder, refusals_told, rename, stamp, write_within
from workbench.runs.changes import check_is_run
from workbench.runs.store import DELETED, held, is_held
from workbench.spec.problems import SpecError

MARK = ".deleted"
KEPT_DAYS = 30

ATTEMPTS = 5
"""How often to empty a folder: a window that lists the runs just then may leave its locks there."""


def delete_run(folder: Path) -> Path:
    """Move a run to the deleted ones beside it; return where it is then, for ``restore_run``.

    Raises SpecError if it is no run, if it is running, if a deleted run has its name, or if the disk refuses.
    """
    check_is_run(folder)
    deleted = folder.parent / DELETED / folder.name
    if deleted.exists():
        raise SpecError(
            f"{folder}: there is a deleted run of this name: delete that for good, or rename the folder of one of them, "
            "then delete this one"
        )
    make_folder(deleted.parent)
    with held(folder):
        write_within(folder, MARK, b"")
        if sys.platform != "win32":
            _move(folder, deleted)
    if sys.platform == "win32":  # which renames no folder with an open file, such as a lock
        _move(folder, deleted)
        if is_held(deleted):
            restore_run(deleted)
            raise SpecError(f"{folder}: this run has begun in another window or command; stop it there first")
    return deleted


def _move(folder: Path, deleted: Path) -> None:
    """Rename a run that is marked; if the disk refuses, it bears no mark any more."""
    try:
        rename(folder, deleted)
    except SpecError:
        with suppress(OSError):
            (folder / MARK).unlink(missing_ok=True)
        raise


def restore_run(folder: Path) -> Path:
    """Move a deleted run back to the others; return where it is then.

    Raises SpecError if it is not there any more, if another run has its name now, or if the disk refuses.
    """
    check_is_run(folder)
    back = folder.parent.parent / folder.name
    if back.exists():
        raise SpecError(f"{back}: there is another run of this name now; rename its folder, then restore this one")
    rename(folder, back)
    with refusals_told(back):
        (back / MARK).unlink(missing_ok=True)
    return back


def remove_run(folder: Path) -> None:
    """Remove a deleted run for good. Raises SpecError if the disk refuses."""
    with refusals_told(folder):
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove all files, the mark last: what is left where the disk refuses is still a deleted run's."""
    for num_left in reversed(range(ATTEMPTS)):
        try:
            _empty(folder)
            folder.rmdir()
        except OSError as error:  # a listing may also have taken the empty folder away with its lock
            if folder.exists() and (error.errno != errno.ENOTEMPTY or not num_left):
                raise
        if not folder.exists():
            return


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # a lock that a listing has just taken away
    (folder / MARK).unlink(missing_ok=True)


def remove_old(runs_folder: Path) -> int:
    """Remove for good what was deleted more than ``KEPT_DAYS`` ago; return how many runs that were.

    A run that was moved back by hand loses its mark: deleted again, it is kept as long as any other.
    """
    for mark in runs_folder.glob(f"*/{MARK}"):
        with suppress(OSError, SpecError), held(mark.parent):  # one that is just being deleted keeps it
            mark.unlink()
    num_removed = 0
    for mark in (runs_folder / DELETED).glob(f"*/{MARK}"):
        with suppress(OSError):  # it is tried again the next time
            if mark.stat().st_mtime < time.time() - KEPT_DAYS * 24 * 3600:
                _remove(mark.parent)
                num_removed += 1
    return num_removed


def deleted_bytes(runs_folder: Path) -> int:
    """Return the size of all files of the deleted runs, also while some are being removed."""
    stamps = (stamp(Path(root, name)) for root, _, names in os.walk(runs_folder / DELETED) for name in names)
    return sum(size for _, size, _ in filter(None, stamps))
