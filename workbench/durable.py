"""The one way a file is written, so that neither a kill nor a power cut nor a full disk leaves half of it.

``os.replace`` alone loses acknowledged saves at a power cut, and a temporary file elsewhere tears when it
lies on another disk; so: a temporary file in the same folder, write, fsync, replace, fsync of the folder.
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workbench.spec.problems import SpecError


def write_bytes(path: Path, data: bytes) -> str:
    """Write ``data`` to ``path`` as a whole or not at all; gives its SHA-256. SpecError where the disk refuses."""
    with replacing(path, need=len(data)) as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def write_text(path: Path, text: str) -> str:
    """``write_bytes`` of UTF-8 text."""
    return write_bytes(path, text.encode())


@contextmanager
def replacing(path: Path, need: int | None = None) -> Iterator[BinaryIO]:
    """A file to write to, which becomes ``path`` when the block ends well and vanishes when it does not.

    ``need`` is its size in bytes where that is known, for the message. SpecError where the disk refuses;
    what was at ``path`` before is then unharmed.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise SpecError(_refusal(path, need, error)) from error
    finally:
        _discard(temporary)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Have the folder's entries on the disk: without it a power cut may undo the rename."""
    if os.name == "nt":  # Windows cannot open a folder; its rename is journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(temporary: Path) -> None:
    """Remove the temporary file where it is still there; where its folder is none, there is nothing to remove."""
    try:
        temporary.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return


def _refusal(path: Path, need: int | None, error: OSError) -> str:
    unharmed = "; the file that was there before is unharmed" if path.exists() else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(path.parent).free
        needed = f"{need:,} bytes are needed and " if need is not None else ""
        return f"{path}: the disk is full: {needed}{free:,} are free{unharmed}; free some space and try again"
    return f"{path}: cannot be written: {error.strerror or error}{unharmed}"
