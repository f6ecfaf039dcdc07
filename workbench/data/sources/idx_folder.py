"""MNIST's file format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from workbench.data.progress import Progress
from workbench.data.source import DataError, DataSource, GroupColumn, Loaded, PictureArray, SourceFacts, Types, shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from workbench.data.arrays import PictureArrays

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class IdxFolder(DataSource):
    """A folder of IDX files, MNIST's format, gzipped or not: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-….

    LeCun, Cortes, Burges: the MNIST database of handwritten digits.
    """

    shown_as = "IDX folder"
    id = "idx"
    is_own = True

    folder: Annotated[str, Meta(description="folder containing the files", extra={"start": "", "path": True})]
    types: Types = ()
    picture: PictureArray = ""
    group: GroupColumn = ""
    test_share: Annotated[
        float, Meta(ge=0, le=0.9, description="fraction held out for testing if there are no test files")
    ] = 0.2

    def facts(self) -> SourceFacts:
        return self._arrays().facts(shown(Path(Path(self.folder).name)), self.test_share)

    def load_for(self, used: Collection[str] | None, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        progress("Reading IDX files", 0, 1)
        return self._arrays().loaded(self.test_share, used)

    def _arrays(self) -> PictureArrays:
        from workbench.data.arrays import PictureArrays, read_once

        if not self.folder:
            raise DataError("no folder chosen: choose one containing IDX files")
        folder = Path(self.folder).expanduser()
        try:
            files = sorted(path for path in folder.iterdir() if "idx" in path.name and path.is_file())
        except OSError as error:
            raise DataError(f"{shown(folder)}: cannot be read: {error.strerror}") from None
        if not files:
            raise DataError(f"{shown(folder)}: it contains no file with idx in its name: choose a folder that does")
        found = read_once(files, lambda: {_name(path): read_idx(path) for path in files})
        return PictureArrays(found, shown(folder), types=self.types, picture=self.picture, group=self.group)


def _name(path: Path) -> str:
    """Return an array's name: ``t10k-images-idx3-ubyte.gz`` -> ``test_images``."""
    return path.name.replace(".", "-").split("-idx")[0].replace("t10k", "test").replace("-", "_")


def read_idx(path: Path) -> NDArray[Any]:
    """One file: two zeros, the type, the number of axes, the length of each, and the numbers. DataError on any
    other.
    """
    import gzip
    import math
    import zlib

    import numpy as np

    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror or error}") from None
    except (EOFError, zlib.error):
        raise DataError(f"{shown(path)}: this compressed file is damaged: copy or download it again") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise DataError(f"{shown(path)}: not an IDX file: remove it from the folder, or download it again")
    num_axes, dtype = content[3], np.dtype(TYPES[content[2]])
    start = 4 + 4 * num_axes
    shape = np.frombuffer(content[4:start].ljust(4 * num_axes, b"\xff"), ">u4").tolist()
    if len(content) - start != math.prod(shape) * dtype.itemsize:
        raise DataError(f"{shown(path)}: this IDX file's length does not match its header: copy or download it again")
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
