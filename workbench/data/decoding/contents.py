"""Digests of pictures' bytes; files that have not changed since they were last read are not read again.

    cache/contents/<key>.json   one file per list of pictures: each file's stamp, and the digest of its bytes

As in git's index, a stamp (size, times of change, inode) is trusted only if the file had been unchanged for a while
when it was read: a change right after reading could leave the same times. It includes the inode's time of change,
which no program can set, so that a file whose times were put back is read again (Windows has none).
"""

import hashlib
import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import msgspec

from workbench import durable
from workbench.data.decoding.decoders import side_by_side
from workbench.data.decoding.pictures import BrokenPicture
from workbench.data.decoding.unused import mark_wanted, unwanted
from workbench.data.progress import Progress
from workbench.data.source import DataError, shown
from workbench.places import cache_dir
from workbench.spec.record import Record

AT_REST_NS = 2_000_000_000
"""The resolution of the coarsest file-system clock, FAT's."""

STEP = 64
"""The number of pictures between two progress reports."""

Stamp = tuple[int, int, int, int]
"""Size in bytes, time of the last change to the content (ns), to the inode (ns), inode."""


class Encoded(Protocol):
    """An encoded picture: ``place`` in the file ``path``, "" for the whole file."""

    @property
    def path(self) -> Path: ...

    @property
    def place(self) -> str: ...

    def data(self) -> bytes:
        """Return all its bytes. Raises BrokenPicture if they cannot be read."""


class Changed(DataError):
    """Raised when a file no longer matches its digest."""


class _Seen(Record, array_like=True):
    stamp: Stamp
    digest: str


def digests(pictures: Sequence[Encoded], progress: Progress) -> list[str]:
    """Return the SHA-256 of each picture's bytes, "" if they cannot be read.

    What was read before ``progress`` cancels is remembered too. Raises SpecError if the disk refuses.
    """
    path = _index(pictures)
    began_ns = time.time_ns()
    of_file = {file: file_stamp(file) for file in {picture.path for picture in pictures}}
    stamps = [of_file[picture.path] for picture in pictures]
    seen = [
        known if known is not None and known.stamp == stamp else None
        for known, stamp in zip(_remembered(path, len(pictures)), stamps, strict=True)
    ]
    new = [place for place, known in enumerate(seen) if known is None]
    found = [known.digest if known is not None else "" for known in seen]
    try:
        with closing(side_by_side(_digest, [pictures[place] for place in new])) as answers:
            for number, (place, digest) in enumerate(zip(new, answers, strict=True)):
                if number % STEP == 0:
                    progress("Reading the pictures", number, len(new))
                found[place], stamp = digest, stamps[place]
                if digest and stamp is not None and _at_rest_since_ns(stamp) + AT_REST_NS < began_ns:
                    seen[place] = _Seen(stamp=stamp, digest=digest)
    finally:
        if new:
            durable.write_bytes(path, msgspec.json.encode(seen))
            for old in unwanted(path.parent, "*.json"):
                old.unlink(missing_ok=True)
        else:
            mark_wanted(path)
    return found


def forget(pictures: Sequence[Encoded]) -> None:
    """Have all of them read again the next time."""
    _index(pictures).unlink(missing_ok=True)


def unchanged(picture: Encoded, digest: str) -> bytes:
    """Return the bytes with this digest. Raises Changed if they have changed, BrokenPicture as ``digests`` would."""
    try:
        data = picture.data()
    except BrokenPicture:
        if not digest:
            raise
        data = b""
    if hashlib.sha256(data).hexdigest() != digest:
        raise Changed(
            f"{shown(picture.path)} changed or was removed while the pictures were being prepared: prepare them again when "
            "nothing is writing there"
        )
    return data


def _digest(picture: Encoded) -> str:
    try:
        return hashlib.sha256(picture.data()).hexdigest()
    except BrokenPicture:
        return ""


def _index(pictures: Sequence[Encoded]) -> Path:
    named = hashlib.sha256()
    for picture in pictures:
        named.update(os.fsencode(picture.path.absolute()) + f"\0{picture.place}\0".encode())
    return cache_dir() / "contents" / f"{named.hexdigest()[:32]}.json"


def _remembered(path: Path, count: int) -> list[_Seen | None]:
    """Return what is remembered of these pictures; nothing if the index is missing or damaged."""
    try:
        seen = msgspec.json.decode(path.read_bytes(), type=list[_Seen | None])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return [None] * count
    return seen if len(seen) == count else [None] * count


def _at_rest_since_ns(stamp: Stamp) -> int:
    """Return the inode's time of change, if the system has one: unpacking may set the other one to the future."""
    _, modified_ns, changed_ns, _ = stamp
    return modified_ns if sys.platform == "win32" else changed_ns


def file_stamp(path: Path) -> Stamp | None:
    """Return values that change with the file; None if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
