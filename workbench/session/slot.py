"""A slot holds only the latest value of something too large or too frequent for the log."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestSlot(Generic[T]):
    """Holds the newest value and its number; older ones are dropped unseen. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._value: T | None = None

    def put(self, value: T, number: int | None = None) -> None:
        """Replace the value. ``number`` orders answers to requests; without it, values are counted."""
        with self._lock:
            number = self._number + 1 if number is None else number
            if number >= self._number:
                self._number, self._value = number, value

    def newest(self, after: int = 0) -> tuple[int, T] | None:
        """Return the value and its number if it is newer than ``after``, else None."""
        with self._lock:
            if self._number <= after or self._value is None:
                return None
            return self._number, self._value
