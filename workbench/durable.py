"""The only way files are written, so that neither a kill nor a power cut nor a full disk leaves half of one.

``os.replace`` alone loses acknowledged saves at a power cut, and a temporary file elsewhere is not renamed atomically
if it is on another disk. Hence: temporary file in the same folder, write, fsync, replace, fsync of the folder.
"""

import errno
import glob
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from workbench.spec.problems import SpecError

NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)

PATIENCE_S = 2.0
"""How long a renaming waits on Windows for those who read the file."""

LEFT_AFTER_S = 24 * 3600.0
"""Temporary files not written to for this long belong to a process that was killed."""


def write_bytes(path: Path, data: bytes) -> str:
    """Write ``data`` to ``path`` entirely or not at all; return its SHA-256. Raises SpecError if the disk refuses."""
    with replacing(path, need=len(data)) as file:
        file.write(data)
    return _digest(data)


def _digest(data: bytes) -> str:
    import hashlib  # only when writing: loading OpenSSL would delay the window's first paint

    return hashlib.sha256(data).hexdigest()


def write_within(folder: Path, name: str, data: bytes) -> str:
    """Write ``name`` in ``folder`` like ``write_bytes``, creating folders in it but not itself: one that was moved or
    deleted is not made again.
    """
    with replacing(folder / name, need=len(data), within=folder) as file:
        file.write(data)
    return _digest(data)


def write_text(path: Path, text: str) -> str:
    """Write UTF-8 text like ``write_bytes``."""
    return write_bytes(path, text.encode())


class Target:
    """A file written under a temporary name until it takes its place.

    Methods raise SpecError if the disk refuses, and only then.
    """

    def __init__(self, file: BinaryIO, temporary: Path, path: Path, need: int | None) -> None:
        self._file = file
        self._temporary = temporary
        self._path = path
        self._need = need

    def write(self, data: bytes) -> None:
        """Append ``data``."""
        with refusals_told(self._path, self._need, self._file):
            self._file.write(data)

    def seek(self, offset: int) -> None:
        """Continue at ``offset`` bytes from the beginning."""
        with refusals_told(self._path, self._need, self._file):
            self._file.seek(offset)

    def sync(self) -> None:
        """Flush everything to the disk; nothing can be written after that."""
        with refusals_told(self._path, self._need, self._file):
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()

    def take_place(self) -> None:
        """Rename the file, once it is synced, replacing an existing one."""
        with refusals_told(self._path, self._need):
            _replace(self._temporary, self._path)
            _sync_folder(self._path.parent)


@contextmanager
def replacing(path: Path, need: int | None = None, within: Path | None = None) -> Iterator[Target]:
    """Yield a file to write to, which becomes ``path`` if the block succeeds and is removed otherwise.

    ``need`` is the final size in bytes, if known, for the error message. Missing folders are created, only those
    ``within`` a folder if one is given. Raises SpecError if the disk refuses; an existing file is then unharmed. Other
    exceptions of the block are propagated.
    """
    with _staged(path, need, within) as target:
        yield target
        target.sync()
        target.take_place()
    clear_leftovers(path.parent, f".{glob.escape(path.name)}.*.tmp")


@contextmanager
def _staged(path: Path, need: int | None, within: Path | None = None) -> Iterator[Target]:
    """Yield a new file beside ``path``, which is removed in the end unless it has taken its place."""
    temporary = path.with_name(_temporary_name(path))
    with refusals_told(path, need):
        _make_folder(path.parent, within)
        file = temporary.open("xb")
    try:
        yield Target(file, temporary, path, need)
    finally:
        with suppress(OSError):  # a failure to write has been reported
            file.close()
        temporary.unlink(missing_ok=True)


def _temporary_name(path: Path) -> str:
    return f".{path.name}.{os.urandom(4).hex()}.tmp"


def check_writable(path: Path) -> None:
    """Raise the SpecError that writing ``path`` would raise, before work is done for it; nothing is left behind."""
    with refusals_told(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        probe = _nearest_folder(path) / _temporary_name(path)
        probe.open("xb").close()
        probe.unlink()


def append(file: FileIO, data: bytes) -> None:
    """Append to an unbuffered file. Raises OSError if the disk refuses, even if it accepted a part."""
    if file.write(data) < len(data):  # a nearly full disk reports this only by the number of bytes written
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_together(files: Mapping[Path, bytes | Iterable[bytes]]) -> None:
    """Write files that belong together; all contents are on disk before the first file gets its name.

    Values may be sequences of pieces. No file system renames several files atomically. Therefore the first of
    ``files``, through which the others are used, is removed before they change and written after them: if the machine
    stops in between, nothing uses a mixture. Raises SpecError if the disk refuses; existing files are unharmed unless
    it refuses a renaming.
    """
    first, *others = files
    targets: dict[Path, Target] = {}
    with ExitStack() as stack:
        for path, data in files.items():
            targets[path] = stack.enter_context(_staged(path, len(data) if isinstance(data, bytes) else None))
            for piece in [data] if isinstance(data, bytes) else data:
                targets[path].write(piece)
            targets[path].sync()
        for path in files:
            with refusals_told(path):
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with refusals_told(first):
            first.unlink(missing_ok=True)
            _sync_folder(first.parent)
        for path in (*others, first):
            targets[path].take_place()


def keep_as(path: Path, kept: Path) -> None:
    """Give the file at ``path`` a second name in the same folder, which remains when ``path`` is overwritten.

    An existing file of that name is replaced. Raises SpecError if the disk refuses; both are then unchanged.
    """
    temporary = kept.with_name(_temporary_name(kept))
    try:
        with refusals_told(kept):
            try:
                os.link(path, temporary)
            except OSError:  # a file system without hard links
                _copy(path, kept)
            else:
                _replace(temporary, kept)
                _sync_folder(kept.parent)
    finally:
        temporary.unlink(missing_ok=True)


def rename(path: Path, new: Path) -> None:
    """Rename a file that has been synced, replacing an existing one. Raises SpecError if the disk refuses."""
    with refusals_told(new):
        _replace(path, new)
        _sync_folder(new.parent)


def move(path: Path, new: Path) -> None:
    """Move a file that is open nowhere else, also to another disk. Raises SpecError if the disk refuses."""
    with refusals_told(new):
        _make_folder(new.parent)
        with path.open("r+b") as file:
            os.fsync(file.fileno())
        try:
            _replace(path, new)
            _sync_folder(new.parent)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(path, new)
            path.unlink()


def _copy(path: Path, new: Path) -> None:
    with path.open("rb") as file, replacing(new, need=path.stat().st_size) as target:
        while block := file.read(1 << 20):
            target.write(block)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, safe against a power cut. Raises SpecError if the disk refuses."""
    with refusals_told(folder):
        _make_folder(folder)


def make_new_folder(folder: Path) -> None:
    """Create a folder, safe against a power cut. Raises FileExistsError if it is there, OSError if the disk refuses."""
    folder.mkdir()
    _sync_folder(folder.parent)


def keep_folder(staging: Path, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Sync everything in ``staging``, then rename it to ``folder``, which thereby exists entirely or not at all.

    ``progress(done, total)`` counts files and may raise. Raises SpecError if the disk refuses.
    """
    with refusals_told(folder):
        walked = [(Path(root), names) for root, _, names in os.walk(staging)]
        files = [root / name for root, names in walked for name in names]
    for index, file in enumerate(files):
        progress(index, len(files))
        with refusals_told(folder), file.open("r+b" if sys.platform == "win32" else "rb") as opened:
            os.fsync(opened.fileno())
    with refusals_told(folder):
        for root, _ in walked:
            _sync_folder(root)
        _replace(staging, folder)
        _sync_folder(folder.parent)


def check_room(path: Path, need: int) -> None:
    """Raise the SpecError of a full disk if there is no room for ``need`` more bytes at ``path``."""
    with refusals_told(path, need):
        if _free(path) < need:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def clear_leftovers(folder: Path, pattern: str) -> None:
    """Remove what killed processes left: everything matching ``pattern`` that was not written to for a day."""
    for path in folder.glob(pattern):
        with suppress(OSError):  # another process removes it too, or still uses it
            if time.time() - max(_modified_s(path)) < LEFT_AFTER_S:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _modified_s(path: Path) -> Iterator[float]:
    """Yield when the file, and everything in a folder, was last written to."""
    yield path.lstat().st_mtime
    for root, _, names in os.walk(path):
        yield from ((Path(root) / name).lstat().st_mtime for name in names)


Stamp = tuple[int, int, int]
"""Identifies a state of a file without reading it: time of the last change (ns), size (bytes), inode."""


def stamp(path: Path) -> Stamp | None:
    """Return the file's current state; None if there is no accessible file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's contents."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(path: Path, new: Path) -> None:
    """Rename atomically. Windows refuses while a program reads either of them, which takes moments: then try again."""
    patient_until = time.monotonic() + (PATIENCE_S if sys.platform == "win32" else 0)
    while True:
        try:
            os.replace(path, new)
        except PermissionError:
            if time.monotonic() >= patient_until:
                raise
            threading.Event().wait(0.01)
        else:
            return


def _sync_folder(folder: Path) -> None:
    """Sync the folder's entries: otherwise a power cut may undo the renaming."""
    if sys.platform == "win32":  # it cannot open a folder; its renaming is journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path, within: Path | None = None) -> None:
    """Create a folder and its parents below ``within``, syncing the entry of each in the folder above."""
    missing = []
    while folder != within and not folder.exists() and folder != folder.parent:  # a Windows drive may be gone
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        _sync_folder(new.parent)


@contextmanager
def refusals_told(path: Path, need: int | None = None, temporary: BinaryIO | None = None) -> Iterator[None]:
    """Turn an OSError into a SpecError about ``path``, for which ``need`` bytes are needed.

    The space of a ``temporary`` file counts as free, because the file is removed.
    """
    try:
        yield
    except OSError as error:
        taken = 0 if temporary is None else _taken(temporary)
        raise SpecError(_refusal(path, need, taken, error)) from error


def _taken(file: BinaryIO) -> int:
    """Return the bytes used on disk; on Windows, the size in whole blocks."""
    found = os.fstat(file.fileno())
    return getattr(found, "st_blocks", found.st_size // 512) * 512


def _refusal(path: Path, need: int | None, taken: int, error: OSError) -> str:
    there = os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises if access is denied
    unharmed = "; the existing file is unharmed" if there else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        needed = f"{need:,} bytes are needed and " if need is not None else ""
        return f"{path}: the disk is full: {needed}{_free(path) + taken:,} are free{unharmed}; free some space and try again"
    allow = "; choose another folder, or allow writing there" if error.errno in NOT_ALLOWED else ""
    return f"{path}: cannot be written: {error.strerror or error}{unharmed}{allow}"


def _free(path: Path) -> int:
    """Return the free bytes on the disk of ``path``."""
    return shutil.disk_usage(_nearest_folder(path)).free


def _nearest_folder(path: Path) -> Path:
    """Return the nearest existing folder above ``path``, or the root."""
    above = path.absolute().parents
    return next((folder for folder in above if folder.exists()), above[-1])
