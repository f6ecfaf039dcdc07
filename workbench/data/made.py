"""Rows that are made of others only when they are accessed: pictures that would not fit in memory once resized, say."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.data.rows import Rows, Values, only

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class MadeRows(Rows):
    """The rows that ``make`` makes of those of ``values``: [n, ...] of any n of them, each on its own."""

    def __init__(self, values: Values, make: Callable[[Values], Values]) -> None:
        example = np.asarray(make(values[:1]))
        super().__init__(example, np.arange(len(values)))
        self._values, self._make = values, make

    def __getitem__(self, chosen: Any) -> NDArray[Any]:
        is_one = np.ndim(self._rows[chosen]) == 0
        made = np.asarray(self._make(self._values[[chosen] if is_one else chosen]))
        return np.asarray(made[0]) if is_one else made

    def announce(self, chosen: NDArray[np.int64]) -> None:
        """Have the rows that these are made of be read from the disk meanwhile."""
        if isinstance(self._values, Rows):
            self._values.announce(chosen)

    def only(self, chosen: slice | NDArray[Any]) -> Rows:
        some = copy.copy(self)
        some._values, some._rows = only(self._values, chosen), self._rows[chosen]
        return some
