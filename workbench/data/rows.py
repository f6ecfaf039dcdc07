"""Rows of an array that are copied only when accessed: for pictures in a file larger than memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

BLOCK_BYTES = 2**22
"""The bytes read at a time when iterating over everything."""


class Rows:
    """Some rows of ``whole``, which is usually memory-mapped; used like an array [N, ...].

    One of them, a slice or an array of them comes as a copy of its own (``[...]``); ``only`` and ``channel`` copy
    nothing.
    """

    def __init__(
        self,
        whole: NDArray[Any],
        rows: NDArray[np.int64],
        ahead: Callable[[np.int64 | NDArray[np.int64]], None] = lambda rows: None,
        file: Path | None = None,
    ) -> None:
        """whole: [M, ...]. rows: int64 [N], indices into it. ahead: is told each time which of ``whole`` are copied
        next. file: whose bytes, from its beginning, ``whole`` is; None for memory.
        """
        self._whole = whole
        self._rows = rows
        self._ahead = ahead
        self._file = file

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self._rows), *self._whole.shape[1:])

    @property
    def ndim(self) -> int:
        return self._whole.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._whole.dtype

    @property
    def nbytes(self) -> int:
        """The size of all rows if they were copied."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def place(self) -> tuple[Path, tuple[int, ...], NDArray[np.int64]] | None:
        """The file that they are mapped from, its shape [M, ...], and their indices in it; None for memory."""
        return None if self._file is None else (self._file, self._whole.shape, self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, chosen: Any) -> NDArray[Any]:
        rows = self._rows[chosen]
        self._ahead(rows)
        copied: NDArray[Any] = self._whole.take(rows, axis=0)
        return copied

    def announce(self, chosen: NDArray[np.int64]) -> None:
        """Have rows that are soon copied, selected by indices, be read from the disk meanwhile."""
        self._ahead(self._rows[chosen])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[number] for number in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of them at once, for ``numpy.asarray``."""
        assert copy is not False
        everything = self[:]
        return everything if dtype is None else everything.astype(dtype, copy=False)

    def only(self, chosen: slice | NDArray[Any]) -> Rows:
        """Return some of them, selected by a slice, by indices or by a bool for each."""
        return Rows(self._whole, self._rows[chosen], self._ahead, self._file)

    def channel(self, number: int) -> Rows:
        """Return one channel of each: [N, H, W] of [N, C, H, W]."""
        file = self._file if self._whole.shape[1] == 1 else None
        return Rows(self._whole[:, number], self._rows, self._ahead, file)


Values: TypeAlias = "NDArray[Any] | Rows"


def only(values: Values, chosen: slice | NDArray[Any]) -> Values:
    """Return some of an array's rows; mapped ones are not copied."""
    return values.only(chosen) if isinstance(values, Rows) else values[chosen]


def blocks(values: Values) -> Iterator[NDArray[Any]]:
    """Yield all rows in order, some megabytes at a time: [n, ...] each."""
    step = max(1, BLOCK_BYTES // max(1, values[:1].nbytes))
    return (values[begin : begin + step] for begin in range(0, len(values), step))
