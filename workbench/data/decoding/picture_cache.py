"""A cache of decoded pictures: each file is decoded once per size, however many runs read it, even if interrupted.

    cache/pictures/<key>.pixels   uint8 [N, C, H, W], row after row, mapped into memory
    cache/pictures/<key>.parts    a line of JSON for each part of the files, with the checksum of its rows

The key is a hash over what the files hold, in their order, and the shape: changed pictures have another key, and those
of a folder that was moved or copied the same. Both files grow part by part. Whatever ends a preparation early (a
cancel, a kill, a full disk), the next one goes on after the last whole part; and so it does where a part is damaged,
which its checksum tells at the next opening.
"""

import hashlib
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from workbench import durable
from workbench.data.decoding.contents import Changed, Encoded, digests, forget, unchanged
from workbench.data.decoding.decoders import PICTURES, Decoding, decode_all
from workbench.data.decoding.pictures import BrokenPicture
from workbench.data.decoding.unused import mark_wanted, unwanted
from workbench.data.mapped import mapped
from workbench.data.progress import Cancelled, Progress
from workbench.data.rows import Rows
from workbench.places import cache_dir
from workbench.spec.record import Record, replace

REVISION = 3
"""Increase when ``decode`` returns different pixels."""

PART = 64
"""The number of files in a part: the most that a kill loses."""

STEP = 16
"""The number of files between two progress reports."""

LOCK_WAIT_S = 0.2


class Decoded(Record):
    """The result of decoding a list of files: the row of each picture is its position in ``kept`` (indices into the
    list).

    ``sizes`` are each picture's (width, height) in its file, after EXIF rotation. ``broken`` says why the others were
    excluded, by their indices, in order.
    """

    kept: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    broken: dict[int, str]


class _Part(Record):
    """Consecutive files: the sizes of those decoded, why the others were not, and the CRC-32 of the rows."""

    num_files: int = 0
    sizes: tuple[tuple[int, int], ...] = ()
    broken: tuple[tuple[int, str], ...] = ()
    crc: int = 0

    def with_rows(self, data: bytes, size: tuple[int, int]) -> "_Part":
        """Return the part with one more decoded picture."""
        return _Part(
            num_files=self.num_files + 1,
            sizes=(*self.sizes, size),
            broken=self.broken,
            crc=zlib.crc32(data, self.crc),
        )

    def with_broken(self, reason: str) -> "_Part":
        """Return the part with one more unreadable file."""
        broken = (*self.broken, (self.num_files, reason))
        return replace(self, num_files=self.num_files + 1, broken=broken)


Decoder = Callable[[Sequence[Encoded], tuple[int, int, int], Progress, Decoding], tuple[Rows, Decoded]]
"""``decoded``, or ``decoded_now``."""


def decoded(
    files: Sequence[Encoded], shape: tuple[int, int, int], progress: Progress, how: Decoding = PICTURES
) -> tuple[Rows, Decoded]:
    """Return the files as uint8 [N, C, H, W], mapped into memory, and the result of decoding.

    Raises SpecError if the disk refuses or a file changes meanwhile, Cancelled from ``progress``.
    """
    store = _Store(files, digests(files, progress), shape, how)
    durable.make_folder(store.pixels.parent)
    with _alone(store.lock, progress):
        parts = store.sound_parts(progress)
        if sum(part.num_files for part in parts) < len(files):
            try:
                parts += store.decode_rest(parts, progress)
            except Changed:
                forget(files)
                raise
            _drop_unwanted(store.pixels.parent)
        mark_wanted(store.index)
    result = _result(parts)
    if not result.kept:
        return _all_of(np.empty((0, *shape), np.uint8)), result
    return mapped(store.pixels, (len(result.kept), *shape)), result


def decoded_now(
    files: Sequence[Encoded], shape: tuple[int, int, int], progress: Progress, how: Decoding = PICTURES
) -> tuple[Rows, Decoded]:
    """Do the same as ``decoded`` for a few files, without the cache."""
    progress("Decoding pictures", 0, len(files))
    outcomes = list(decode_all([_read(file) for file in files], shape, how))
    pictures = [outcome for outcome in outcomes if not isinstance(outcome, BrokenPicture)]
    pixels = np.stack([each.pixels for each in pictures]) if pictures else np.empty((0, *shape), np.uint8)
    broken = {place: str(outcome) for place, outcome in enumerate(outcomes) if isinstance(outcome, BrokenPicture)}
    return _all_of(pixels), Decoded(
        kept=tuple(place for place in range(len(files)) if place not in broken),
        sizes=tuple(each.size for each in pictures),
        broken=broken,
    )


def _read(file: Encoded) -> Callable[[], bytes]:
    """Return a function that gives a file's bytes, which are read now: in the files' order, since the few rows of a
    table are far apart, and it is only read forward.
    """
    try:
        return partial(bytes, file.data())
    except BrokenPicture as broken:
        return partial(_refuse, broken)


def _refuse(broken: BrokenPicture) -> bytes:
    raise broken


def _key(contents: Sequence[str], shape: tuple[int, int, int], how: Decoding) -> str:
    """Return the name of these contents decoded to this shape."""
    return hashlib.sha256(f"{REVISION} {shape}{how.key}\0{' '.join(contents)}".encode()).hexdigest()[:32]


@contextmanager
def _alone(path: Path, progress: Progress) -> Iterator[None]:
    """Hold a lock: if two windows prepare the same pictures, the second waits, and finds them done."""
    lock = FileLock(path, thread_local=False)
    with durable.refusals_told(path):
        while not lock.is_locked:
            with suppress(Timeout):
                lock.acquire(timeout=LOCK_WAIT_S)
                break
            progress("Waiting for another process to prepare these pictures", 0, 1)
    try:
        yield
    finally:
        lock.release()


def _drop_unwanted(folder: Path) -> None:
    """Make room. Whoever reads such pictures at this moment holds their lock, or has them mapped, which keeps them for
    him.
    """
    for index in unwanted(folder, "*.parts"):
        with suppress(OSError), FileLock(index.with_suffix(".lock"), timeout=0):
            index.with_suffix(".pixels").unlink(missing_ok=True)
            index.unlink()  # last: while it exists, what an interruption leaves is found again


class _Store:
    """The two files of one list of pictures at one size."""

    def __init__(
        self, files: Sequence[Encoded], contents: Sequence[str], shape: tuple[int, int, int], how: Decoding
    ) -> None:
        name = cache_dir() / "pictures" / _key(contents, shape, how)
        self.pixels, self.index = name.with_suffix(".pixels"), name.with_suffix(".parts")
        self.lock = name.with_suffix(".lock")
        self._files = files
        self._contents = contents
        self._shape = shape
        self._how = how
        self._row_bytes = math.prod(shape)

    def sound_parts(self, progress: Progress) -> list[_Part]:
        """Return the parts, from the first on, whose rows are on the disk as they were written; what cannot be read is
        not sound.
        """
        parts: list[_Part] = []
        with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            lines = self.index.read_bytes().split(b"\n")[:-1]
            with self.pixels.open("rb") as rows:
                for number, line in enumerate(lines):
                    progress("Checking the decoded pictures", number, len(lines))
                    part = msgspec.json.decode(line, type=_Part)
                    if zlib.crc32(rows.read(len(part.sizes) * self._row_bytes)) != part.crc:
                        break
                    parts.append(part)
        return parts

    def decode_rest(self, parts: Sequence[_Part], progress: Progress) -> list[_Part]:
        """Decode what these first parts lack, after them; a part's rows are written before its line."""
        done = sum(part.num_files for part in parts)
        need = (len(self._files) - done) * self._row_bytes
        durable.check_room(self.pixels, need)
        new: list[_Part] = []
        with durable.refusals_told(self.pixels, need), _opened(self.pixels) as rows, _opened(self.index) as lines:
            # Not truncated here: another window may have the same pictures mapped into its memory.
            rows.seek(sum(len(part.sizes) for part in parts) * self._row_bytes)
            lines.write(b"".join(map(_line, parts)))
            lines.truncate()
            lines.flush()
            for part in self._decode_parts(rows, done, progress):
                rows.flush()
                lines.write(_line(part))
                lines.flush()
                new.append(part)
            rows.truncate()
        return new

    def _decode_parts(self, rows: BinaryIO, done: int, progress: Progress) -> Iterator[_Part]:
        """Yield the files from number ``done`` on, part by part, with their pixels written to ``rows``.

        What is decoded when ``progress`` cancels becomes a last, smaller part.
        """
        part = _Part()
        rest = zip(self._files[done:], self._contents[done:], strict=True)
        with closing(decode_all((partial(unchanged, *each) for each in rest), self._shape, self._how)) as outcomes:
            for number, outcome in enumerate(outcomes, done):
                try:
                    if number % STEP == 0:
                        progress("Decoding pictures", number, len(self._files))
                except Cancelled:
                    yield part
                    raise
                if isinstance(outcome, BrokenPicture):
                    part = part.with_broken(str(outcome))
                else:
                    data = outcome.pixels.tobytes()
                    rows.write(data)
                    part = part.with_rows(data, outcome.size)
                if part.num_files == PART:
                    yield part
                    part = _Part()
        if part.num_files:
            yield part


def _all_of(pixels: NDArray[np.uint8]) -> Rows:
    return Rows(pixels, np.arange(len(pixels)))


def _line(part: _Part) -> bytes:
    return msgspec.json.encode(part) + b"\n"


def _opened(path: Path) -> BinaryIO:
    """Open a file for overwriting from its beginning, without truncating it."""
    path.touch()
    return path.open("r+b")


def _result(parts: Sequence[_Part]) -> Decoded:
    broken: dict[int, str] = {}
    num_files = 0
    for part in parts:
        broken |= {num_files + place: reason for place, reason in part.broken}
        num_files += part.num_files
    return Decoded(
        kept=tuple(place for place in range(num_files) if place not in broken),
        sizes=tuple(size for part in parts for size in part.sizes),
        broken=broken,
    )
