"""Positions in scene units: cards, ports and the ends of connections. No Qt.

Networks run downwards: a card is a wide line of text, so a column of cards uses a window better than a row, and a chain
reads like the code it stands for.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

from workbench.spec.record import Record

Point = tuple[float, float]

CARD_WIDTH, CARD_HEIGHT = 304.0, 48.0
GRID = 8.0
COLUMN = CARD_WIDTH + 40.0
ROW = CARD_HEIGHT + 24.0
PORT_RADIUS = 4.0


class Link(Record):
    """The two ends of a connection, and the x of the lane in which it passes other cards (None: it runs directly)."""

    start: Point
    end: Point
    lane: float | None = None


def port_offset(index: int, count: int, width: float = CARD_WIDTH) -> float:
    """Return the distance of port ``index`` of ``count`` from the left edge of a card of this width."""
    return width * (index + 1) / (count + 1)


def tiles(corner: Point, size: tuple[float, float]) -> Iterator[Point]:
    """Yield positions of cards that cover a larger rectangle, overlapping if necessary."""
    columns, rows = (math.ceil(room / card) for room, card in zip(size, (CARD_WIDTH, CARD_HEIGHT), strict=True))
    for column in range(columns):
        for row in range(rows):
            yield (
                corner[0] + min(column * CARD_WIDTH, size[0] - CARD_WIDTH),
                corner[1] + min(row * CARD_HEIGHT, size[1] - CARD_HEIGHT),
            )


def snap(value: float) -> float:
    """Return the nearest grid line."""
    return round(value / GRID) * GRID


def centred(point: Point) -> Point:
    """Return the corner, on the grid, of a card centred near ``point``."""
    return (snap(point[0] - CARD_WIDTH / 2), snap(point[1] - CARD_HEIGHT / 2))


def overlaps(first: Point, second: Point) -> bool:
    """Whether cards at these positions would overlap."""
    return abs(first[0] - second[0]) < CARD_WIDTH and abs(first[1] - second[1]) < CARD_HEIGHT


def any_overlap(places: Iterable[Point]) -> bool:
    """Whether any two cards at these positions would overlap."""
    corners = sorted(places, key=lambda place: place[1])
    for index, first in enumerate(corners):
        for second in corners[index + 1 :]:
            if second[1] - first[1] >= CARD_HEIGHT:
                break
            if overlaps(first, second):
                return True
    return False


def make_room(positions: Mapping[str, Point], place: Point) -> dict[str, Point]:
    """Return new positions for the cards that must move down so that a card fits at ``place``; empty if none must.

    Cards in other columns stay, such as those of a network that continues at the top of a second column.
    """
    if not any(overlaps(position, (place[0], place[1] + GRID)) for position in positions.values()):
        return {}
    left, right = _column_at(positions, place[0])
    below = {name: at for name, at in positions.items() if at[1] + CARD_HEIGHT / 2 >= place[1]}
    return {name: (x, y + ROW) for name, (x, y) in below.items() if left <= x <= right}


def _column_at(positions: Mapping[str, Point], x: float) -> tuple[float, float]:
    """Return the x range of the cards in the column at ``x``: those that overlap it, directly or through others."""
    left = right = x
    for other in sorted(x for x, _ in positions.values()):
        if right <= other < right + CARD_WIDTH:
            right = other
    for other in sorted((x for x, _ in positions.values()), reverse=True):
        if left - CARD_WIDTH < other <= left:
            left = other
    return left, right
