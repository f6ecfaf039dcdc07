"""The arrays that were read last: facts, a look and a run follow one another, and their files are read once."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from numpy.typing import NDArray

from workbench.data.contents import Stamp, file_stamp

Arrays = Mapping[str, NDArray[Any]]

MOST_BYTES = 2**30
"""What is larger is read again, rather than kept in memory for somebody who may never ask."""


class _Latest:
    """Keeps the arrays of one list of files."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[list[tuple[Path, Stamp | None]], Arrays] | None = None

    def __call__(self, files: Sequence[Path], read: Callable[[], Arrays]) -> Arrays:
        """The arrays of these files, not to be written to. ``read`` is called unless they were read last and have not
        changed.
        """
        key = [(file.absolute(), file_stamp(file)) for file in files]
        with self._lock:
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
            self._kept = None
            arrays = read()
            if sum(array.nbytes for array in arrays.values()) <= MOST_BYTES:
                self._kept = key, arrays
            return arrays


read_once = _Latest()
