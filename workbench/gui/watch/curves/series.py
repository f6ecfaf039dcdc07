"""A growing curve that keeps every point and yields an outline of any range for drawing at once.

A pyramid accompanies the points: level k holds, for each block of 4^k points, the positions of its smallest and largest
value. A range is drawn from the coarsest blocks that are no wider than a pixel column, so the cost depends on the
number of pixels rather than points; and each point drawn is a real one, peaks included.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.gui.watch.curves.growing import Growing, GrowingSteps, Indices, Steps

FAN = 4
"""Number of blocks that make one block of the next level."""

FINEST_KEPT = 2
"""The pyramid's lowest level.

Level 1 would take half as much memory as the points and is quick to compute from them.
"""

LARGEST_STEP = 2**62

OUTLIERS = 0.02
"""The share of the values, the largest ones, that may be outliers."""

MARGIN = 3.0
"""An outlier is more than this many times as high as the rest."""

FEWEST = 50
"""Fewer values have no outliers."""

NUM_SAMPLED = 2000
"""This many evenly spaced values are enough to determine how high most of them are."""

Floats = NDArray[Any]
"""float64, or float32 for a series of that precision."""


class Series:
    """Points in the order of their steps, x. Those whose y is NaN or infinite are kept apart, in ``lost``.

    A million points of consecutive steps take 5 MB with float32 as ``kind``, 9 MB with float64.
    """

    def __init__(self, kind: type = np.float64) -> None:
        self._x = GrowingSteps()
        self._y = Growing(kind)
        self._lost = Growing(np.int64)
        self._levels: list[tuple[Growing, Growing]] = []
        """Positions of the smallest and largest value of each block, for ``FINEST_KEPT`` and the levels above."""
        self.bounds: tuple[float, float] | None = None
        """The smallest and the largest y; None if there are no points."""
        self._usual_bounds: tuple[float, float] | None = None
        """The usual bounds; None if they have yet to be found."""

    def __len__(self) -> int:
        return len(self._x)

    @property
    def x(self) -> Steps:
        """x of the finite points, ascending [n]; a new array."""
        return self.x_from(0)

    def x_from(self, index: int) -> Steps:
        """Return x of the finite points from index ``index`` on."""
        return self._x.at(np.arange(index, len(self)))

    @property
    def y(self) -> Floats:
        """y of the finite points [n]."""
        return self._y.values

    @property
    def lost(self) -> Steps:
        """x of the points whose y was not finite."""
        return self._lost.values

    @property
    def usual_bounds(self) -> tuple[float, float] | None:
        """The bounds without outliers at the upper end, that is, a few values far above all others."""
        if self.bounds is None or len(self) < FEWEST:
            return self.bounds
        if self._usual_bounds is None:
            self._usual_bounds = self._without_outliers(*self.bounds)
        return self._usual_bounds

    def _without_outliers(self, low: float, high: float) -> tuple[float, float]:
        ground = min(low, 0.0)
        sample = self.y[:: -(-len(self) // NUM_SAMPLED)]
        place = int((1 - OUTLIERS) * (len(sample) - 1))
        reach = float(np.partition(sample, place)[place]) - ground
        return low, min(high, ground + MARGIN * reach) if reach else high

    def extend(self, x: ArrayLike, y: ArrayLike) -> None:
        """Append points; ``x`` continues from the existing ones."""
        steps, values = np.asarray(x, np.int64), np.asarray(y, np.float64)
        finite = np.isfinite(values)
        if not finite.all():
            self._lost.extend(steps[~finite])
            steps, values = steps[finite], values[finite]
        if not len(values):
            return
        self._x.extend(steps)
        self._y.extend(values)
        ends = (values.min(), values.max(), *(self.bounds or ()))
        self.bounds = (float(min(ends)), float(max(ends)))
        self._usual_bounds = None
        self._grow_pyramid()

    def _grow_pyramid(self) -> None:
        level = FINEST_KEPT
        while num_blocks := len(self) // FAN**level:
            if level - FINEST_KEPT == len(self._levels):
                self._levels.append((Growing(np.uint32), Growing(np.uint32)))
            kept = self._levels[level - FINEST_KEPT]
            if num_blocks > len(kept[0]):
                for side, found in zip(kept, self._find(level, len(kept[0]), num_blocks), strict=True):
                    side.extend(found)
            level += 1

    def _ends(self, level: int, first: int, last: int) -> tuple[Indices, Indices]:
        """Return where each block's smallest and largest value are, for blocks ``first`` to ``last`` (exclusive)."""
        if level < FINEST_KEPT:
            return self._find(level, first, last)
        lowest, highest = self._levels[level - FINEST_KEPT]
        return lowest.values[first:last], highest.values[first:last]

    def _find(self, level: int, first: int, last: int) -> tuple[Indices, Indices]:
        """Compute the same from the level below."""
        if level == 1:
            lowest: Indices = np.arange(first * FAN, last * FAN)
            highest = lowest
        else:
            lowest, highest = self._ends(level - 1, first * FAN, last * FAN)
        return self._pick(lowest, np.argmin), self._pick(highest, np.argmax)

    def _pick(self, candidates: Indices, best: Callable[..., Indices]) -> Indices:
        rows = candidates.reshape(-1, FAN)
        return rows[np.arange(len(rows)), best(self.y[rows], axis=1)]

    def num_before(self, x: float) -> int:
        """Return how many finite points lie left of ``x``."""
        return self._x.num_before(math.ceil(min(max(x, 0), LARGEST_STEP)))

    def nearest(self, x: float) -> tuple[float, float] | None:
        """Return the point nearest to ``x`` as (x, y), or None if there are no points."""
        if not len(self):
            return None
        if x == math.inf:
            return float(self._x.last), float(self.y[-1])
        after = min(self.num_before(x), len(self) - 1)
        two = np.array([max(after - 1, 0), after])
        left, right = self._x.at(two).tolist()
        which = 0 if x - left <= right - x else 1
        return float((left, right)[which]), float(self.y[two[which]])

    def outline(self, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
        """Return the points to draw between ``left`` and ``right`` on ``columns`` pixel columns, one beyond each side.

        Returns x, y [m], where m is about ``2 * columns * FAN`` at most; the smallest and the largest value of every
        column are among them.
        """
        begin = max(self.num_before(left) - 1, 0)
        end = min(self.num_before(math.floor(right) + 1) + 1, len(self))
        level = 0
        while (end - begin) / FAN ** (level + 1) >= columns and len(self) >= FAN ** (level + 1):
            level += 1
        chosen = self._cover(begin, end, level)
        return self._x.at(chosen).astype(np.float64), self.y[chosen]

    def _cover(self, begin: int, end: int, level: int) -> Indices:
        """Return points of the blocks of ``level`` within ``begin`` to ``end``, and of finer ones at the two ends."""
        if level == 0:
            return np.arange(begin, end)
        size = FAN**level
        first, last = -(-begin // size), end // size
        if last <= first:
            return self._cover(begin, end, level - 1)
        middle = np.sort(np.stack(self._ends(level, first, last), axis=1), axis=1).reshape(-1)
        head = self._cover(begin, first * size, level - 1)
        tail = self._cover(last * size, end, level - 1)
        return np.concatenate([head, middle, tail])


class Smoothing:
    """An exponential moving average over steps, with bias correction.

    The mean after n values is sum(beta^(n-i) x_i) / sum(beta^(n-i)), beta = 1 - 1/steps (Kingma & Ba, arXiv 1412.6980,
    section 3). It takes every step, so it does not depend on how often the display is updated.
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
        """Return the smoothed values for the next values ``y`` [n] -> [n], all of which must be finite."""
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
