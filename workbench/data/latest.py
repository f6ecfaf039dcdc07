"""What was read last: facts, a look and a run follow one another, and their files are read once."""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from workbench.data.contents import Stamp, file_stamp

MOST_BYTES = 2**30
"""What is larger is read again, rather than kept in memory for somebody who may never ask."""

Read = TypeVar("Read")


class Latest(Generic[Read]):
    """Keeps what was read from one list of files."""

    def __init__(self, size: Callable[[Read], int]) -> None:
        """size: the bytes in memory of what was read."""
        self._size = size
        self._lock = Lock()
        self._kept: tuple[tuple[list[tuple[Path, Stamp | None]], Hashable], Read] | None = None

    def __call__(self, files: Sequence[Path], read: Callable[[], Read], settings: Hashable = ()) -> Read:
        """What ``read`` gives for these files and ``settings``, not to be written to. It is called unless they were
        read last and have not changed.
        """
        key = [(file.absolute(), file_stamp(file)) for file in files], settings
        with self._lock:
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
            self._kept = None
            found = read()
            if self._size(found) <= MOST_BYTES:
                self._kept = key, found
            return found
