"""The one way a file is written, so that neither a kill nor a power cut nor a full disk leaves half of it.

``os.replace`` alone loses acknowledged saves at a power cut, and a temporary file elsewhere tears when it
lies on another disk; so: a temporary file in the same folder, write, fsync, replace, fsync of the folder.
"""

import errno
import glob
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from workbench.spec.problems import SpecError

NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)

LEFT_AFTER_S = 24 * 3600.0
"""What nobody has written to for so long belongs to a process that was killed."""


def write_bytes(path: Path, data: bytes) -> str:
    """Write ``data`` to ``path`` as a whole or not at all; gives its SHA-256. SpecError where the disk refuses."""
    with replacing(path, need=len(data)) as file:
        file.write(data)
    import hashlib  # when something is written: OpenSSL would hold up the window's first paint

    return hashlib.sha256(data).hexdigest()


def write_text(path: Path, text: str) -> str:
    """``write_bytes`` of UTF-8 text."""
    return write_bytes(path, text.encode())


class Target:
    """A file that is written under another name until it takes its place. SpecError where the disk refuses, and for
    nothing else.
    """

    def __init__(self, file: BinaryIO, temporary: Path, path: Path, need: int | None) -> None:
        self._file = file
        self._temporary = temporary
        self._path = path
        self._need = need

    def write(self, data: bytes) -> None:
        """Add ``data``."""
        with refusals_told(self._path, self._need, self._file):
            self._file.write(data)

    def seek(self, offset: int) -> None:
        """Go on at ``offset`` bytes from the beginning."""
        with refusals_told(self._path, self._need, self._file):
            self._file.seek(offset)

    def sync(self) -> None:
        """Have all of it on the disk; nothing can be added after that."""
        with refusals_told(self._path, self._need, self._file):
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()

    def take_place(self) -> None:
        """Give it its name, once it is on the disk; what bore it goes."""
        with refusals_told(self._path, self._need):
            os.replace(self._temporary, self._path)
            _sync_folder(self._path.parent)


@contextmanager
def replacing(path: Path, need: int | None = None) -> Iterator[Target]:
    """A file to write to, which becomes ``path`` when the block ends well and vanishes when it does not.

    ``need`` is its size in bytes where that is known, for the message. SpecError where the disk refuses;
    what was at ``path`` before is then unharmed. What else goes wrong in the block comes out as it is.
    """
    with _staged(path, need) as target:
        yield target
        target.sync()
        target.take_place()
    clear_leftovers(path.parent, f".{glob.escape(path.name)}.*.tmp")


@contextmanager
def _staged(path: Path, need: int | None) -> Iterator[Target]:
    """A new file beside ``path``, which vanishes in the end unless it has taken its place."""
    temporary = path.with_name(_temporary_name(path))
    with refusals_told(path, need):
        _make_folder(path.parent)
        file = temporary.open("xb")
    try:
        yield Target(file, temporary, path, need)
    finally:
        with suppress(OSError):  # what could not be written has been told
            file.close()
        temporary.unlink(missing_ok=True)


def _temporary_name(path: Path) -> str:
    return f".{path.name}.{os.urandom(4).hex()}.tmp"


def check_writable(path: Path) -> None:
    """Raise the SpecError that writing ``path`` would end in, before work is done for it; nothing is left behind."""
    with refusals_told(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        probe = _nearest_folder(path) / _temporary_name(path)
        probe.open("xb").close()
        probe.unlink()


def append(file: FileIO, data: bytes) -> None:
    """Add ``data`` to an unbuffered file. OSError where the disk refuses, also where it took a part of it."""
    if file.write(data) < len(data):  # a disk that is nearly full says so by a number only
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_together(files: Mapping[Path, bytes | Iterable[bytes]]) -> None:
    """Write files that belong together, of which some come in pieces: all are on the disk before the first gets its name.

    No file system gives several names at once. So the first of ``files``, by which the others are used, goes before they
    change, and comes when they have: were the machine to stop in between, nobody would use some that do not go together.
    SpecError where the disk refuses; what was there is unharmed unless it refuses a name.
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
    """Give the file at ``path`` a second name, in the same folder, which stays when ``path`` is written anew.

    What bore that name before goes. SpecError where the disk refuses; both are then as they were.
    """
    temporary = kept.with_name(_temporary_name(kept))
    try:
        with refusals_told(kept):
            try:
                os.link(path, temporary)
            except OSError:  # a file system without second names
                shutil.copyfile(path, temporary)
            os.replace(temporary, kept)
            _sync_folder(kept.parent)
    finally:
        temporary.unlink(missing_ok=True)


def rename(path: Path, new: Path) -> None:
    """Give a file that is on the disk another name there; what bore it goes. SpecError where the disk refuses."""
    with refusals_told(new):
        os.replace(path, new)
        _sync_folder(new.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, so that a power cut does not undo it. SpecError where the disk refuses."""
    with refusals_told(folder):
        _make_folder(folder)


def keep_folder(staging: Path, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Have all that lies in ``staging`` on the disk, then give it the name ``folder``: it is there whole or not at all.

    ``progress(done, total)`` counts files and may raise. SpecError where the disk refuses.
    """
    with refusals_told(folder):
        walked = [(Path(root), names) for root, _, names in os.walk(staging)]
        files = [root / name for root, names in walked for name in names]
    for index, file in enumerate(files):
        progress(index, len(files))
        with refusals_told(folder), file.open("r+b" if os.name == "nt" else "rb") as opened:
            os.fsync(opened.fileno())
    with refusals_told(folder):
        for root, _ in walked:
            _sync_folder(root)
        os.replace(staging, folder)
        _sync_folder(folder.parent)


def check_room(path: Path, need: int) -> None:
    """Raise the SpecError of a full disk where there is no room for ``need`` bytes more at ``path``, before any is written."""
    with refusals_told(path, need):
        if _free(path) < need:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def clear_leftovers(folder: Path, pattern: str) -> None:
    """Remove what killed processes left: all that ``pattern`` finds and nobody has written to for a day."""
    for path in folder.glob(pattern):
        with suppress(OSError):  # somebody else clears it too, or still holds it
            if time.time() - max(_modified_s(path)) < LEFT_AFTER_S:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _modified_s(path: Path) -> Iterator[float]:
    """When the file, or anything in the folder, was last written to."""
    yield path.lstat().st_mtime
    for root, _, names in os.walk(path):
        yield from ((Path(root) / name).lstat().st_mtime for name in names)


Stamp = tuple[int, int, int]
"""What tells one state of a file from another without reading it: time of the last change (ns), size (bytes), inode."""


def stamp(path: Path) -> Stamp | None:
    """The file's state as it is now; None where there is no file, or none that may be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    import hashlib

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


def _make_folder(folder: Path) -> None:
    """Each new folder is an entry in the one above it, which is synced."""
    missing = []
    while not folder.exists() and folder != folder.parent:  # a drive of Windows may be gone
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        _sync_folder(new.parent)


@contextmanager
def refusals_told(path: Path, need: int | None = None, temporary: BinaryIO | None = None) -> Iterator[None]:
    """What the disk refuses, as a SpecError about ``path``, for which ``need`` bytes are needed.

    What a ``temporary`` file takes is as good as free: it goes.
    """
    try:
        yield
    except OSError as error:
        taken = 0 if temporary is None else _taken(temporary)
        raise SpecError(_refusal(path, need, taken, error)) from error


def _taken(file: BinaryIO) -> int:
    """Bytes of the disk; Windows says nothing finer than the size."""
    found = os.fstat(file.fileno())
    return getattr(found, "st_blocks", found.st_size // 512) * 512


def _refusal(path: Path, need: int | None, taken: int, error: OSError) -> str:
    there = os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises where it may not look
    unharmed = "; the existing file is unharmed" if there else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        needed = f"{need:,} bytes are needed and " if need is not None else ""
        return f"{path}: the disk is full: {needed}{_free(path) + taken:,} are free{unharmed}; free some space and try again"
    allow = "; choose another folder, or allow writing there" if error.errno in NOT_ALLOWED else ""
    return f"{path}: cannot be written: {error.strerror or error}{unharmed}{allow}"


def _free(path: Path) -> int:
    """Bytes that the disk of ``path`` has left."""
    return shutil.disk_usage(_nearest_folder(path)).free


def _nearest_folder(path: Path) -> Path:
    """Of those above it the first that is there, or else the root."""
    above = path.absolute().parents
    return next((folder for folder in above if folder.exists()), above[-1])
