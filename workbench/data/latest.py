"""What was read last: facts, a look and a run follow one another, and their files are read once."""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from workbench.data.decoding.contents import Stamp, file_stamp

MOST_BYTES = 2**30
"""What is larger is read again, rather than kept in memory for somebody who may never ask."""

Read = TypeVar("Read")
Key = tuple[list[tuple[Path, Stamp | None]], Hashable]


class _Reading(Generic[Read]):
    """One list of files, and what was read from it and is kept; whoever reads holds the lock."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.lock = Lock()
        self.found: Read | None = None


class Latest(Generic[Read]):
    """Keeps what was read from one list of files."""

    def __init__(self, size: Callable[[Read], int]) -> None:
        """``size`` returns the bytes in memory of what was read."""
        self._size = size
        self._lock = Lock()
        self._last: _Reading[Read] = _Reading(([], ()))

    def __call__(self, files: Sequence[Path], read: Callable[[], Read], settings: Hashable = ()) -> Read:
        """Return what ``read`` gives for these files and ``settings``, not to be written to. It is called unless they
        were read last and have not changed.
        """
        key = [(file.absolute(), file_stamp(file)) for file in files], settings
        with self._lock:
            if self._last.key != key:
                self._last = _Reading(key)
            last = self._last
        with last.lock:  # a disk that hangs holds up only those who want the same files
            if last.found is not None:
                return last.found
            found = read()
            if self._size(found) <= MOST_BYTES:
                last.found = found
            return found
