"""Finding free space for new items among existing ones. No Qt."""

import math
from collections.abc import Iterable, Sequence

from workbench.gui.canvas.alignment import Box
from workbench.gui.canvas.geometry import GRID, Point

CLEAR = 2 * GRID
"""Minimum distance between new and existing items."""

Span = tuple[float, float]


def way_to_room(box: Box, others: Sequence[Box]) -> Point:
    """Return the shortest shift along one axis, in grid steps, that moves a rectangle clear of all others."""
    beside = [_forbidden(box.top, box.bottom, other.top, other.bottom) for other in others]
    below = [_forbidden(box.left, box.right, other.left, other.right) for other in others]
    across = [span for span, (low, high) in zip(below, beside, strict=True) if low < 0 < high]
    down = [span for span, (low, high) in zip(beside, below, strict=True) if low < 0 < high]
    ways = (
        (_beyond(across), 0.0),
        (0.0, _beyond(down)),
        (-_beyond((-high, -low) for low, high in across), 0.0),
        (0.0, -_beyond((-high, -low) for low, high in down)),
    )
    return min(ways, key=lambda way: abs(way[0]) + abs(way[1]))


def _forbidden(start: float, end: float, other_start: float, other_end: float) -> Span:
    """Return the range of shifts for which one interval is too close to another."""
    return (other_start - CLEAR - end, other_end + CLEAR - start)


def _beyond(spans: Iterable[Span]) -> float:
    """Return the smallest shift, zero or positive, that is in none of these ranges."""
    shift = 0.0
    for low, high in sorted(spans):
        if low < shift < high:
            shift = math.ceil(high / GRID) * GRID
    return shift
