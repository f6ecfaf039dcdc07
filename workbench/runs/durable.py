"""The one function that writes a file so that neither a kill nor a power cut leaves half of it.

``os.replace`` alone loses acknowledged saves at a power cut, and a temporary file elsewhere tears when it
lies on another disk; so: a temporary file in the same folder, write, fsync, replace, fsync of the folder.
"""

import errno
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from workbench.spec.problems import SpecError


def write_bytes(path: Path, data: bytes) -> str:
    """Write ``data`` to ``path`` as a whole or not at all; gives its SHA-256. SpecError where the disk refuses."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise SpecError(_refusal(path, len(data), error)) from error
    return hashlib.sha256(data).hexdigest()


def write_text(path: Path, text: str) -> str:
    """``write_bytes`` of UTF-8 text."""
    return write_bytes(path, text.encode())


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder; its rename is journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """The process's umask, which ``mkstemp`` overrides with 0600."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refusal(path: Path, need: int, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(path.parent).free
        return (
            f"{path}: the disk is full: {need:,} bytes are needed and {free:,} are free; "
            "the file that was there before is unharmed; free some space and save again"
        )
    return f"{path}: cannot be written: {error.strerror}; the file that was there before is unharmed"
