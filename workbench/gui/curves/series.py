"""A curve that grows: every point kept, a drawable outline of any stretch at once.

Beside the points stands a pyramid: level k holds, for each block of 4^k points, where its smallest and its
largest value are. A stretch is drawn from the coarsest blocks that are no wider than a pixel column, so the
cost is that of the pixels and not of the points; and each point drawn is a real one, peaks included.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FAN = 4
"""Blocks of one level that make one block of the next."""

Floats = NDArray[Any]
"""float64; float32 of a series that is as exact as that."""

Steps = NDArray[np.uint32]
Indices = NDArray[np.uint32]
"""Half as large as numpy's own, since a million steps of four curves are to take 43 MB and not 84."""


class Growing:
    """A one-dimensional array that doubles its buffer where it is full: appending costs O(1) a value."""

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
        """A view of what is there; valid until the next ``extend``."""
        return self._buffer[: self._length]


class Series:
    """Points in the order of their steps, x. Those whose y is NaN or infinite are kept apart, in ``lost``.

    With float32 as ``kind`` they take half the room.
    """

    def __init__(self, kind: type = np.float64) -> None:
        self._x = Growing(np.uint32)
        self._y = Growing(kind)
        self._lost = Growing(np.uint32)
        self._levels: list[tuple[Growing, Growing]] = []
        self._bounds: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self._x)

    @property
    def x(self) -> Steps:
        """x of the finite points, ascending [n]."""
        return self._x.values

    @property
    def y(self) -> Floats:
        """y of the finite points [n]."""
        return self._y.values

    @property
    def lost(self) -> Steps:
        """x of the points whose y was no finite number."""
        return self._lost.values

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The smallest and the largest y; None where there is no point."""
        return self._bounds

    def extend(self, x: ArrayLike, y: ArrayLike) -> None:
        """Append points; ``x`` goes on from what is there."""
        x, y = np.asarray(x, np.uint32), np.asarray(y, np.float64)
        finite = np.isfinite(y)
        self._lost.extend(x[~finite])
        self._x.extend(x[finite])
        self._y.extend(y[finite])
        if finite.any():
            ends = (y[finite].min(), y[finite].max(), *(self._bounds or ()))
            self._bounds = (float(min(ends)), float(max(ends)))
        self._grow_pyramid()

    def _grow_pyramid(self) -> None:
        below = len(self._y)
        level = 0
        while below >= FAN:
            if level == len(self._levels):
                self._levels.append((Growing(np.uint32), Growing(np.uint32)))
            lowest, highest = self._levels[level]
            first, last = len(lowest), below // FAN
            if last > first:
                lowest.extend(self._pick(level, first, last, np.argmin, 0))
                highest.extend(self._pick(level, first, last, np.argmax, 1))
            below = last
            level += 1

    def _pick(self, level: int, first: int, last: int, best: Callable[..., Indices], side: int) -> Indices:
        """Where the best point lies in each of the blocks ``first`` to ``last`` of a level."""
        if level == 0:
            candidates = np.arange(first * FAN, last * FAN, dtype=np.uint32)
        else:
            candidates = self._levels[level - 1][side].values[first * FAN : last * FAN]
        rows = candidates.reshape(-1, FAN)
        chosen = best(self.y[rows], axis=1)
        return rows[np.arange(len(rows)), chosen]

    def num_before(self, x: float) -> int:
        """How many of the finite points lie left of ``x``. Asked in numbers of another kind, numpy would convert them all."""
        most = np.iinfo(np.uint32).max
        step = 0 if x <= 0 else most if x >= most else math.ceil(x)
        return int(np.searchsorted(self.x, np.uint32(step)))

    def outline(self, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
        """The points to draw between ``left`` and ``right`` on ``columns`` pixel columns, one point beyond each side.

        Gives x, y [m], where m is ``2 * columns * FAN`` at most, give or take the two ends; the smallest and the
        largest value of every column are among them.
        """
        x = self.x
        begin = max(self.num_before(left) - 1, 0)
        end = min(self.num_before(math.floor(right) + 1) + 1, len(x))
        level = 0
        while (end - begin) / FAN ** (level + 1) >= columns and level < len(self._levels):
            level += 1
        chosen = self._cover(begin, end, level)
        return x[chosen].astype(np.float64), self.y[chosen]

    def _cover(self, begin: int, end: int, level: int) -> Indices:
        """Points of the blocks of ``level`` within ``begin`` to ``end``, and of finer ones at the two ends."""
        if level == 0:
            return np.arange(begin, end, dtype=np.uint32)
        size = FAN**level
        first, last = -(-begin // size), min(end // size, len(self._levels[level - 1][0]))
        if last <= first:
            return self._cover(begin, end, level - 1)
        lowest, highest = (side.values[first:last] for side in self._levels[level - 1])
        middle = np.sort(np.stack([lowest, highest], axis=1), axis=1).reshape(-1)
        head = self._cover(begin, first * size, level - 1)
        tail = self._cover(last * size, end, level - 1)
        return np.concatenate([head, middle, tail])


class Smoothing:
    """An exponential moving average over steps, without the pull towards zero at the start.

    The mean after n values is sum(beta^(n-i) x_i) / sum(beta^(n-i)), beta = 1 - 1/steps (Kingma & Ba,
    arXiv 1412.6980, section 3). It takes every step there is, so it does not hang on how often one looks.
    """

    BLOCK = 64

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self._beta = 1.0 - 1.0 / steps
        self._sum = 0.0
        self._count = 0
        lag = np.subtract.outer(np.arange(self.BLOCK), np.arange(self.BLOCK))
        self._response = np.where(lag >= 0, self._beta ** np.maximum(lag, 0), 0.0) / steps
        self._decay = self._beta ** np.arange(1, self.BLOCK + 1)

    def extend(self, y: Floats) -> Floats:
        """The smoothed values that belong to the next values ``y`` [n] -> [n]. All must be finite."""
        smooth = np.empty(len(y))
        for start in range(0, len(y), self.BLOCK):
            block = y[start : start + self.BLOCK]
            n = len(block)
            sums = self._response[:n, :n] @ block + self._decay[:n] * self._sum
            smooth[start : start + n] = sums
            self._sum = sums[-1]
        count = self._count + np.arange(1, len(y) + 1)
        self._count += len(y)
        return smooth / (1.0 - self._beta**count)
