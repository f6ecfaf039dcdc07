"""Routes of connections around cards: a connection that would cross a card runs down a lane beside the cards. No Qt.

Cards are indexed by column and lanes by x, so that thousands of each cost milliseconds: a connection searches only as
far as its detour would reach.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Generic, TypeVar

from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_RADIUS, ROW, Link, Point
from workbench.spec.record import replace

GAP, STEP = 24.0, 12.0
"""Distance between a card and the first lane beside it, and between two lanes."""

HALF_STEP = STEP / 2
Key = TypeVar("Key")
Rows = tuple[float, float]
"""The vertical range that something covers."""


class Lanes(Generic[Key]):
    """The lanes of one graph's links. After a change, only the affected links are rerouted.

    A lane depends on what is in its link's rows: cards, and the lanes of shorter links.
    """

    def __init__(self) -> None:
        self._cards: frozenset[Point] = frozenset()
        self._links: Mapping[Key, Link] = {}
        self._led: dict[Key, Link] = {}

    def lead(self, links: Mapping[Key, Link], columns: "Columns") -> dict[Key, Link]:
        """Return the links, with those that would cross a card routed around it, each in its own lane.

        Short links choose first, so that of nested skip connections the inner one stays closer to the cards. A link
        whose route has not changed is returned as the same object as before.
        """
        before, self._links = self._links, links
        cards, self._cards = self._cards, columns.cards
        touched: list[Rows] = []
        if self._led:
            changed = [key for key, link in links.items() if before.get(key) is not link]
            changed += before.keys() - links.keys()
            touched += [_rows(way[key]) for key in changed for way in (before, links) if key in way]
            touched += [(y, y + CARD_HEIGHT) for _, y in cards ^ columns.cards]
            if not touched:
                return self._led
        taken, led = _Taken(), dict(links)
        long = [key for key, link in links.items() if _spans_rows(link)]
        for key in sorted(long, key=lambda key: _rank(links[key])):
            link, rows = links[key], _rows(links[key])
            known = self._led.get(key)
            if known is None or before.get(key) is not link or _meets(rows, touched):
                led[key] = _led(link, rows, columns, taken)
                if known is not None and known.lane != led[key].lane:
                    touched.append(rows)
            else:
                led[key] = known
            if (lane := led[key].lane) is not None:
                taken.add(lane, rows)
        self._led = led
        return led


def _rank(link: Link) -> tuple[float, Point, Point]:
    return (abs(link.end[1] - link.start[1]), link.start, link.end)


def _meets(rows: Rows, touched: Iterable[Rows]) -> bool:
    return any(first <= rows[1] and rows[0] <= last for first, last in touched)


def _led(link: Link, rows: Rows, columns: "Columns", taken: "_Taken") -> Link:
    left, right = sorted((link.start[0], link.end[0]))
    if not any(columns.across(left, right, rows)):
        return link
    return Link(start=link.start, end=link.end, lane=_lane(link, columns, taken))


def kept_between(links: Sequence[Link], left: float, right: float, margin: float) -> list[Link]:
    """Return the links of an expanded block that reaches from ``left`` to ``right``, with all lanes inside it.

    If there are more lanes beside the cards than fit into ``margin``, they are moved closer together.
    """
    lanes = [link.lane for link in links if link.lane is not None]
    inner, room = (left + margin, right - margin), margin - HALF_STEP
    farthest = max((max(inner[0] - lane, lane - inner[1]) for lane in lanes), default=0.0)
    if farthest <= room:
        return list(links)

    def closer(lane: float) -> float:
        edge = min(max(lane, inner[0]), inner[1])
        return edge + (lane - edge) * room / farthest

    return [link if link.lane is None else replace(link, lane=closer(link.lane)) for link in links]


def _spans_rows(link: Link) -> bool:
    """Whether a link needs routing: one to the next row, as nearly all are, cannot cross a card.

    Upward links always need a lane.
    """
    return link.end[1] - link.start[1] > ROW or link.end[1] < link.start[1]


def _rows(link: Link) -> Rows:
    return min(link.start[1], link.end[1]), max(link.start[1], link.end[1])


def _lane(link: Link, columns: "Columns", taken: "_Taken") -> float:
    """Return the free lane with the smallest detour: below the start, above the end, or beside the cards.

    Lanes are tried from near to far, up to the distance of the best one found.
    """
    rows = _rows(link)
    first, last = ends = (link.start[0], link.end[0])

    def rank(lane: float) -> tuple[float, bool, float]:
        # Of equally near lanes, prefer one without a turn, then one on the right.
        return (abs(lane - first) + abs(lane - last), lane not in ends, -lane)

    best: tuple[float, bool, float] | None = None
    for lane in ends:
        if not any(columns.across(lane, lane, rows)):
            best = min(best or rank(lane), rank(lane))
    for beside, step in columns.beside(min(ends), max(ends), rows):
        if best and abs(beside - first) + abs(beside - last) > best[0]:
            break
        lane = taken.next_free(beside, step, rows)
        if not any(columns.across(lane, lane, rows)):
            best = min(best or rank(lane), rank(lane))
    assert best is not None, "right of all cards there is room"
    return -best[2]


class Columns:
    """Cards sorted by column, from left to right, and within a column from top to bottom."""

    def __init__(self, cards: Iterable[Point]) -> None:
        self.cards = frozenset(cards)
        columns: dict[float, list[float]] = {}
        for x, y in sorted(self.cards):
            columns.setdefault(x, []).append(y)
        self._set_up(columns)

    def _set_up(self, columns: dict[float, list[float]]) -> None:
        self.columns = columns
        self.lefts = sorted(columns)
        sides = [(x + CARD_WIDTH + GAP, STEP, x) for x in self.lefts]
        sides += [(x - GAP, -STEP, x) for x in self.lefts]
        self.sides = sorted(sides)

    def now(self, cards: Iterable[Point]) -> "Columns":
        """Return the columns of these cards, sharing what has not changed."""
        there = frozenset(cards)
        gone, come = self.cards - there, there - self.cards
        if not gone and not come:
            return self
        if len(gone) + len(come) > len(there) // 2:
            return Columns(there)
        result, columns = Columns(()), dict(self.columns)
        for x, y in gone:
            columns[x] = [top for top in columns[x] if top != y]
        for x, y in come:
            columns[x] = sorted((*columns.get(x, ()), y))
        result.cards = there
        result._set_up({x: tops for x, tops in columns.items() if tops})
        return result

    def with_cards(self, cards: Iterable[Point]) -> "Columns":
        """Return the columns with more cards added."""
        return self.now(self.cards.union(cards))

    def across(self, left: float, right: float, rows: Rows) -> Iterator[bool]:
        """Yield True for each column between ``left`` and ``right`` that has a card in these rows."""
        first = bisect_right(self.lefts, left - PORT_RADIUS - CARD_WIDTH)
        for index in range(first, bisect_left(self.lefts, right + PORT_RADIUS)):
            if self._stands_in(self.lefts[index], rows):
                yield True

    def beside(self, left: float, right: float, rows: Rows) -> Iterator[tuple[float, float]]:
        """Yield lanes beside the cards in these rows, starting with those nearest to ``left`` and ``right``.

        Each comes with the step that leads away from its cards.
        """
        first = bisect_left(self.sides, (left,))
        last = bisect_left(self.sides, (right,), lo=first)
        outwards = merge(
            reversed(self.sides[:first]),
            self.sides[last:],
            key=lambda side: max(left - side[0], side[0] - right),
        )
        for sides in (self.sides[first:last], outwards):
            yield from ((lane, step) for lane, step, column in sides if self._stands_in(column, rows))

    def _stands_in(self, column: float, rows: Rows) -> bool:
        tops = self.columns[column]
        above = bisect_left(tops, rows[1] - 1)
        return above > 0 and tops[above - 1] + CARD_HEIGHT > rows[0] + 1


class _Taken:
    """The occupied lanes, from left to right, each with its rows."""

    def __init__(self) -> None:
        self.lanes: list[tuple[float, Rows]] = []

    def add(self, lane: float, rows: Rows) -> None:
        """Mark a lane as occupied."""
        insort(self.lanes, (lane, rows))

    def next_free(self, lane: float, step: float, rows: Rows) -> float:
        """Return the first lane from this one on, in steps, that is clear of occupied ones in the same rows."""
        while self._is_crowded(lane, rows):
            lane += step
        return lane

    def _is_crowded(self, lane: float, rows: Rows) -> bool:
        first = bisect_right(self.lanes, lane - STEP, key=lambda taken: taken[0])
        last = bisect_left(self.lanes, lane + STEP, lo=first, key=lambda taken: taken[0])
        return any(rows[0] < bottom and top < rows[1] for _, (top, bottom) in self.lanes[first:last])
