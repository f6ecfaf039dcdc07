"""Storage of curves: an array that grows, and ascending step numbers that take no memory while consecutive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.int64]
Indices = NDArray[np.integer]


class Growing:
    """A one-dimensional array that doubles its buffer when it is full: appending costs amortised O(1) per value."""

    def __init__(self, dtype: type) -> None:
        self._buffer: NDArray[Any] = np.empty(1024, dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def extend(self, values: NDArray[Any]) -> None:
        """Append ``values`` [n]."""
        end = self._length + len(values)
        if end > len(self._buffer):
            larger = np.empty(max(end, 2 * len(self._buffer)), self._buffer.dtype)
            larger[: self._length] = self.values
            self._buffer = larger
        self._buffer[self._length : end] = values
        self._length = end

    @property
    def values(self) -> NDArray[Any]:
        """A view of the values, valid until the next ``extend``."""
        return self._buffer[: self._length]


class GrowingSteps:
    """Ascending integers, stored as runs of consecutive numbers."""

    def __init__(self) -> None:
        self._firsts = Growing(np.int64)
        self._places = Growing(np.int64)
        """The index of each run's first number."""
        self._length = 0
        self._next: int | None = None

    def __len__(self) -> int:
        return self._length

    def extend(self, steps: Steps) -> None:
        """Append ``steps`` [n], each larger than the previous one."""
        if not len(steps):
            return
        first, last = int(steps[0]), int(steps[-1])
        if first != self._next or last - first != len(steps) - 1:
            begins = np.concatenate([[first != self._next], np.diff(steps) != 1])
            self._firsts.extend(steps[begins])
            self._places.extend(self._length + np.flatnonzero(begins))
        self._length += len(steps)
        self._next = last + 1

    @property
    def last(self) -> int:
        """The largest number; there must be one."""
        assert self._next is not None
        return self._next - 1

    def at(self, places: Indices) -> Steps:
        """Return the numbers at indices ``places`` [n]."""
        runs = np.searchsorted(self._places.values, places, side="right") - 1
        steps: Steps = self._firsts.values[runs] + (places - self._places.values[runs])
        return steps

    def num_before(self, step: int) -> int:
        """Return how many numbers are smaller than ``step``."""
        runs = int(np.searchsorted(self._firsts.values, step))
        if runs == 0:
            return 0
        end = self._places.values[runs] if runs < len(self._places) else self._length
        return int(min(self._places.values[runs - 1] + step - self._firsts.values[runs - 1], end))
