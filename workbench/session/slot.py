"""A slot holds only the latest value of something too large or too frequent for the log."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestSlot(Generic[T]):
    """Holds the newest value and its number; older ones are dropped unseen. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: tuple[int, T] | None = None

    def put(self, value: T, number: int | None = None) -> None:
        """Replace the value. ``number`` is that of the request it answers; without it, values are counted."""
        with self._lock:
            before = self._latest[0] if self._latest is not None else 0
            self._latest = before + 1 if number is None else number, value

    def newest(self, after: int = 0) -> tuple[int, T] | None:
        """Return the value and its number if it is newer than ``after``, else None."""
        latest = self._latest  # read once: another thread may replace it
        return latest if latest is not None and latest[0] > after else None
