"""Decoded pictures, kept: each file is decoded once for a size, however many runs read it.

    cache/pictures/<key>.npy    uint8 [N, C, H, W], mapped into memory
    cache/pictures/<key>.json   which of the files these are, and why the others are not among them

The key is a hash over paths, sizes, times of change and the shape, so that a changed folder is another key. The
JSON is written last: where it is there, the pictures are whole.
"""

import hashlib
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.data.folder_scan import PictureFile, shown
from workbench.data.pictures import BrokenPicture, decode
from workbench.data.progress import Progress
from workbench.data.source import BrokenFile
from workbench.durable import clear_leftovers, replacing, write_bytes
from workbench.places import cache_dir
from workbench.spec.record import Record

REVISION = 1
"""Raised when pictures come out of ``decode`` differently."""

STEP = 16
"""Files between two words on progress."""


class Decoded(Record):
    """What came of a list of files: the row of each picture is its place in ``kept`` (indices into the list)."""

    kept: tuple[int, ...]
    broken: tuple[BrokenFile, ...]


def decoded(
    files: Sequence[PictureFile], shape: tuple[int, int, int], progress: Progress
) -> tuple[NDArray[np.uint8], Decoded]:
    """The files as uint8 [N, C, H, W], mapped into memory, and which they are. SpecError where the disk refuses."""
    name = cache_key(files, shape)
    pictures, index = cache_dir() / "pictures" / f"{name}.npy", cache_dir() / "pictures" / f"{name}.json"
    if not (index.is_file() and pictures.is_file()):
        clear_leftovers(pictures.parent, ".*.tmp")
        result = _decode_into(pictures, files, shape, progress)
        write_bytes(index, msgspec.json.encode(result))
    result = msgspec.json.decode(index.read_bytes(), type=Decoded)
    if not result.kept:
        return np.empty((0, *shape), np.uint8), result
    # Copy-on-write: torch takes no read-only memory, and nobody writes to it.
    return np.load(pictures, mmap_mode="c", allow_pickle=False)[: len(result.kept)], result


def cache_key(files: Sequence[PictureFile], shape: tuple[int, int, int]) -> str:
    """A name for these files, as they are now, decoded to this shape."""
    digest = hashlib.sha256(f"{REVISION} {shape}".encode())
    for file in files:
        digest.update(os.fsencode(file.path) + f"\0{file.num_bytes} {file.modified_ns}\0".encode())
    return digest.hexdigest()[:32]


def _decode_into(path: Path, files: Sequence[PictureFile], shape: tuple[int, int, int], progress: Progress) -> Decoded:
    """Written in sequence, not through a map: on a full disk writing to a map kills the process."""
    kept: list[int] = []
    broken: list[BrokenFile] = []
    with replacing(path, need=len(files) * math.prod(shape)) as target:
        _write_header(target, (len(files), *shape))
        for index, file in enumerate(files):
            if index % STEP == 0:
                progress("Decoding pictures", index, len(files))
            try:
                target.write(decode(file.path, shape).tobytes())
                kept.append(index)
            except BrokenPicture as error:
                broken.append(BrokenFile(path=shown(file.path), reason=str(error)))
        target.seek(0)
        _write_header(target, (len(kept), *shape))
    return Decoded(kept=tuple(kept), broken=tuple(broken))


def _write_header(file: Any, shape: tuple[int, ...]) -> None:
    """NumPy leaves room in the header for the number of rows to change."""
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
