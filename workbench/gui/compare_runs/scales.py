"""From numbers to pixels and words: the axes of a bubble chart, the areas of its bubbles. No Qt."""

import math
from collections.abc import Sequence

from workbench.spec.quantities import count, duration

DECADE = 10
"""Values whose ratio is larger are drawn on a log scale."""

ALONE = 0.1
"""Half of what an axis shows around a single value, as a share of it; on a log scale, of a decade."""

SMALLEST = 3.0
"""Pixels of the smallest radius, with which a bubble is still seen and hit."""

MOST_AREAS = 3
"""The number of bubbles in the legend of areas, at most."""

TIME_UNITS = ((3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"))


def spans_decades(values: Sequence[float]) -> bool:
    """Return whether positive values are so far apart that a log scale shows them better."""
    return bool(values) and min(values) > 0 and max(values) > DECADE * min(values)


def ends_for(values: Sequence[float], size: float, margin: float) -> tuple[float, float]:
    """Return the ends of an axis of ``size`` pixels on which all values are at least ``margin`` pixels from both."""
    low, high = min(values), max(values)
    if low == high:
        around = ALONE * abs(low) or ALONE
        low, high = low - around, high + around
    margin = min(margin, size / 4)
    around = margin * (high - low) / (size - 2 * margin) if size > 0 else 0.0
    return low - around, high + around


def radius_of(parameters: float, most: float, largest: float) -> float:
    """Return a bubble's radius in pixels: its area is proportional to its parameters, the largest bubble is that of the
    ``most``, and none is too small to be seen.
    """
    return max(largest * math.sqrt(parameters / most), SMALLEST)


def areas_shown(most: float, largest: float) -> tuple[tuple[float, float], ...]:
    """Return round numbers of parameters up to ``most``, with their radii, for a legend, the smallest first. Each
    bubble is about half as wide as the next.
    """
    if most < 1:
        return ()
    powers = [10**power for power in range(math.floor(math.log10(most)), -1, -1)]
    numbers = [digit * power for power in powers for digit in (5, 2, 1) if digit * power <= most][::2]
    shown = [(number, radius_of(number, most, largest)) for number in numbers[:MOST_AREAS]]
    return tuple(each for each in shown if each[1] > SMALLEST)[::-1]


def said(value: float, *, is_time: bool) -> str:
    """Return a cost in words: ``40.8 M``, ``3 min 20 s``, ``1.2 ms``."""
    return duration(value) if is_time and value >= 1 else tick_said(value, is_time=is_time)


def tick_said(value: float, *, is_time: bool) -> str:
    """Return a round cost in short, in the largest unit in which it is round: ``40 M``, ``100 s``, ``1.5 min``."""
    if not is_time or value <= 0:
        return count(round(value))
    units = [each for each in TIME_UNITS if value >= each[0] * (1 - 1e-9)] or [TIME_UNITS[-1]]
    words = [f"{value / size:.3g}" for size, _ in units]
    are_round = [math.isclose(float(each) * size, value) for each, (size, _) in zip(words, units, strict=True)]
    place = are_round.index(True) if any(are_round) else 0
    return f"{words[place]} {units[place][1]}"
