"""Unpacks the archives of data sets beside them, with progress and cancellation."""

import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

SUFFIXES = (".gz", ".tgz", ".zip")

STEP_BYTES = 1 << 18
"""The bytes between two progress reports."""

Tell = Callable[[int], None]
"""Called with the number of bytes read of an archive; an exception it raises ends the unpacking."""


class Archive(io.FileIO):
    """A file for reading that reports how much of it has been read."""

    def __init__(self, path: Path, tell: Tell) -> None:
        super().__init__(path)
        self._tell = tell
        self._num_read = self._num_told = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size) or b""
        self._num_read += len(data)
        if self._num_read - self._num_told >= STEP_BYTES:
            self._num_told = self._num_read
            self._tell(self._num_read)
        return data


def unpack(path: Path, tell: Tell) -> None:
    """Unpack all that is in an archive, or the one file that is packed, into its own folder. Raises OSError if the disk
    refuses.
    """
    with Archive(path, tell) as archive:
        if path.name.endswith((".tar.gz", ".tgz")):
            with tarfile.open(fileobj=archive, mode="r:gz") as tar:
                # Nothing may leave the folder; Python before 3.11.4 lacks this filter.
                tar.extraction_filter = getattr(tarfile, "data_filter", None)
                tar.extractall(path.parent)
        elif path.suffix == ".zip":
            with zipfile.ZipFile(archive) as parts:
                parts.extractall(path.parent)
        else:
            with gzip.open(archive) as unpacked, path.with_suffix("").open("wb") as target:
                shutil.copyfileobj(unpacked, target)
