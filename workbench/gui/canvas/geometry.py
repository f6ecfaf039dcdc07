"""Where things stand, in scene units: cards, ports, and the ways of connections around cards. No Qt.

Networks run downwards: a card is a wide line of text, so that a column of cards uses a window better
than a row of them would, and a chain reads like the code it stands for.
"""

from collections.abc import Iterable, Mapping, Sequence

from workbench.spec.record import Record

Point = tuple[float, float]

CARD_WIDTH, CARD_HEIGHT = 304.0, 48.0
GRID = 8.0
COLUMN = CARD_WIDTH + 40.0
ROW = CARD_HEIGHT + 24.0
PORT_RADIUS = 4.0
LANE_GAP, LANE_STEP = 24.0, 12.0


class Link(Record):
    """The two ends of a connection, and the lane it takes beside the cards between them (None: straight)."""

    start: Point
    end: Point
    lane: float | None = None


def port_offset(index: int, count: int) -> float:
    """How far from a card's left edge port ``index`` of ``count`` stands."""
    return CARD_WIDTH * (index + 1) / (count + 1)


def input_point(position: Point, index: int, count: int) -> Point:
    """Where input port ``index`` of ``count`` is: on the upper edge."""
    return (position[0] + port_offset(index, count), position[1])


def output_point(position: Point, index: int, count: int) -> Point:
    """Where output port ``index`` of ``count`` is: on the lower edge."""
    return (position[0] + port_offset(index, count), position[1] + CARD_HEIGHT)


def snap(value: float) -> float:
    """The nearest line of the grid."""
    return round(value / GRID) * GRID


def centred(point: Point) -> Point:
    """Where a card's corner goes, on the grid, so that its middle is near ``point``."""
    return (snap(point[0] - CARD_WIDTH / 2), snap(point[1] - CARD_HEIGHT / 2))


def overlaps(first: Point, second: Point) -> bool:
    """Whether cards at these places would cover each other."""
    return abs(first[0] - second[0]) < CARD_WIDTH and abs(first[1] - second[1]) < CARD_HEIGHT


def hides(first: Point, second: Point) -> bool:
    """Whether a card at the first place would hide most of one at the second."""
    return abs(first[0] - second[0]) < CARD_WIDTH / 2 and abs(first[1] - second[1]) < CARD_HEIGHT / 2


def make_room(positions: Mapping[str, Point], place: Point) -> dict[str, Point]:
    """New places for the cards that must move down so that a card fits at ``place``; empty where it fits."""
    if not any(overlaps(position, (place[0], place[1] + GRID)) for position in positions.values()):
        return {}
    return {name: (x, y + ROW) for name, (x, y) in positions.items() if y + CARD_HEIGHT / 2 >= place[1]}


def with_lanes(links: Sequence[Link], cards: Iterable[Point]) -> list[Link]:
    """The links, those that a card stands in the way of led around it, each in a lane of its own.

    Short links choose first, so that of nested skips the inner one stays near the cards.
    """
    corners = list(cards)
    taken: list[Link] = []
    result = list(links)
    long = [index for index, link in enumerate(links) if _spans_rows(link)]
    for index in sorted(long, key=lambda index: abs(links[index].end[1] - links[index].start[1])):
        link = links[index]
        if _in_the_way(link, corners):
            result[index] = Link(start=link.start, end=link.end, lane=_lane(link, corners, taken))
            taken.append(result[index])
    return result


def _spans_rows(link: Link) -> bool:
    """A link to the next row meets nothing, and nearly all links are that; upward ones always need a lane."""
    return link.end[1] - link.start[1] > ROW or link.end[1] < link.start[1]


def _in_the_way(link: Link, corners: Iterable[Point]) -> list[Point]:
    """Cards that the straight way would cross."""
    left, right = sorted((link.start[0], link.end[0]))
    return _between(link, corners, left, right)


def _between(link: Link, corners: Iterable[Point], left: float, right: float) -> list[Point]:
    top, bottom = _rows(link)
    return [
        (x, y)
        for x, y in corners
        if y < bottom - 1
        and y + CARD_HEIGHT > top + 1
        and x < right + PORT_RADIUS
        and x + CARD_WIDTH > left - PORT_RADIUS
    ]


def _lane(link: Link, corners: Sequence[Point], taken: Sequence[Link]) -> float:
    """The free lane with the least detour: straight down from the start, straight into the end, or beside the cards."""
    ends = (link.start[0], link.end[0])
    beside = _between(link, corners, float("-inf"), float("inf"))
    columns = {x for x, _ in beside}
    lanes = [*ends]
    lanes += [_beside_others(link, x + CARD_WIDTH + LANE_GAP, taken, LANE_STEP) for x in columns]
    lanes += [_beside_others(link, x - LANE_GAP, taken, -LANE_STEP) for x in columns]
    # Where several are as near: one without a turn, then the right side.
    lanes.sort(key=lambda lane: (abs(lane - ends[0]) + abs(lane - ends[1]), lane not in ends, -lane))
    return next(lane for lane in lanes if not _between(link, beside, lane, lane))


def _beside_others(link: Link, lane: float, taken: Sequence[Link], step: float) -> float:
    top, bottom = _rows(link)
    crowding = [
        other.lane for other in taken if top < _rows(other)[1] and _rows(other)[0] < bottom and other.lane is not None
    ]
    while any(abs(lane - other) < LANE_STEP for other in crowding):
        lane += step
    return lane


def _rows(link: Link) -> tuple[float, float]:
    return min(link.start[1], link.end[1]), max(link.start[1], link.end[1])
