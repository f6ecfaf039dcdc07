"""Giving a run another name, which is its folder's."""

import sys
from contextlib import suppress
from pathlib import Path

from workbench.durable import rename
from workbench.runs.changes import EXPERIMENT, check_is_run
from workbench.runs.queue import QUEUE, read_queue
from workbench.runs.store import DELETED, MAX_NAME_BYTES, held
from workbench.spec.problems import SpecError

FORBIDDEN = '/\\:*?"<>|'
"""What a file system does not take in a name, on some machine."""


def rename_run(folder: Path, name: str) -> Path:
    """Rename a run's folder to ``name``; return where it is then.

    Raises SpecError if it is no run, if it is running or in the queue, if another run begins with its weights, if the
    name is none or taken, also by a deleted run, or if the disk refuses.
    """
    check_is_run(folder)
    new = folder.with_name(_checked(name))
    if new == folder:
        return folder
    if new.name == DELETED or new.exists() or (folder.parent / DELETED / new.name).exists():
        raise SpecError(f"{new.name}: another folder, or a deleted run, has this name: choose another")
    _check_not_referred_to(folder)
    with held(folder):
        if sys.platform != "win32":
            rename(folder, new)
    if sys.platform == "win32":  # which renames no folder with an open file, such as a lock
        rename(folder, new)
    return new


def _checked(name: str) -> str:
    """Return the name without needless spaces. Raises SpecError if no folder can have it."""
    found = " ".join(name.split())
    is_short = 0 < len(found.encode(errors="replace")) <= MAX_NAME_BYTES
    if not is_short or not found.isprintable() or set(found) & set(FORBIDDEN) or found[0] == "." or found[-1] == ".":
        signs = " ".join(FORBIDDEN)
        raise SpecError(f"{found or 'nothing'}: a folder cannot have this name: choose a short one without {signs}")
    return found


def _check_not_referred_to(folder: Path) -> None:
    """Raise SpecError if the queue or the experiment of another run beside it names this folder."""
    if any(entry.folder == folder.name for entry in read_queue(folder.parent)):
        raise SpecError(f"{folder.name}: this run is in the queue: rename it once it has ended, or take it out")
    if _names(folder.parent / QUEUE, folder):
        raise SpecError(f"{folder.name}: a run in the queue begins with its weights: it keeps its name")
    for other in folder.parent.glob(f"*/{EXPERIMENT}"):
        if other.parent != folder and _names(other, folder):
            raise SpecError(f"{folder.name}: {other.parent.name} begins with its weights: it keeps its name")


def _names(file: Path, folder: Path) -> bool:
    """Return whether the file names a checkpoint of the folder; not if it is not there, or cannot be read."""
    with suppress(OSError):
        return f"/{folder.name}/checkpoints/" in file.read_text("utf-8", errors="replace").replace(r"\\", "/")
    return False
