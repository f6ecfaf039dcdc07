"""Room for expanded blocks: where the cards of one graph are shown, given their own positions. No Qt.

An expanded block is larger than the card it stands for. No card's own position changes; the space is stretched instead.
Horizontally it grows by half of what is needed to either side, in all rows alike, so that columns stay columns;
vertically only what is below moves, and keeps its distance.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping

from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, Point

Size = tuple[float, float]

STILL = CARD_WIDTH / 2
"""The centre of the first column of most networks, which stays in place."""

NEAR_ENOUGH, MAX_ROUNDS = 0.01, 40
"""The tolerance in scene units, and the number of iterations after which the nearest position found is used."""


class Stretch:
    """Shown positions of cards with these own positions, some of them enlarged to ``sizes``. Positions are corners.

    Unless ``sideways``, room is made only downwards.
    """

    def __init__(self, places: Mapping[str, Point], sizes: Mapping[str, Size], *, sideways: bool = True) -> None:
        self._sizes = {name: size for name, size in sizes.items() if name in places}
        self._sideways = _Sideways(places, self._sizes if sideways else {})
        self.places: dict[str, Point] = dict(places)
        self._pushes: list[tuple[float, float, float, float]] = []
        """Left, right and bottom (as shown) of what pushes others down, and how far it pushes."""
        if self._sizes:
            lefts = {name: self._left(name, x) for name, (x, _) in places.items()}
            shifts = self._downwards(places, lefts)
            self.places = {name: (lefts[name], y + shifts[name]) for name, (_, y) in places.items()}

    def place_of(self, shown: Point, width: float = CARD_WIDTH) -> Point:
        """Return the own position of a card of this width that is to be shown at a point."""
        x, y = shown
        if not self._sizes:
            return (x + (width - CARD_WIDTH) / 2, y)
        pushed = (by for left, right, bottom, by in self._pushes if left < x + width and x < right and bottom <= y)
        return (self._sideways.back(x + width / 2) - CARD_WIDTH / 2, y - max(pushed, default=0.0))

    def _width(self, name: str) -> float:
        return self._sizes.get(name, (CARD_WIDTH, CARD_HEIGHT))[0]

    def _height(self, name: str) -> float:
        return self._sizes.get(name, (CARD_WIDTH, CARD_HEIGHT))[1]

    def _left(self, name: str, x: float) -> float:
        return self._sideways.forth(x + CARD_WIDTH / 2) - self._width(name) / 2

    def _downwards(self, places: Mapping[str, Point], lefts: Mapping[str, float]) -> dict[str, float]:
        """Return how far each card moves down: as far as the most pushed card above it, plus that card's growth."""
        skyline = _Skyline(edge for name, left in lefts.items() for edge in (left, left + self._width(name)))
        # At one height, bottoms come before tops: a card whose top touches another's bottom is below it.
        events = sorted(
            [(y + CARD_HEIGHT, 0, name) for name, (_, y) in places.items()]
            + [(y, 1, name) for name, (_, y) in places.items()]
        )
        shifts: dict[str, float] = {}
        for y, is_upper, name in events:
            left, right = lefts[name], lefts[name] + self._width(name)
            if is_upper:
                shifts[name] = skyline.highest(left, right)
            elif (push := shifts[name] + self._height(name) - CARD_HEIGHT) > 0:
                skyline.raise_to(push, left, right)
                self._pushes.append((left, right, y + push, push))
        return shifts


def places_to_show(
    shown: Mapping[str, Point], staying: Mapping[str, Point], sizes: Mapping[str, Size]
) -> dict[str, Point]:
    """Return the own positions of cards that are to be shown at these points, among others that stay.

    Expanded ones among them stretch the space from their new positions, which affects these positions too.
    """
    widths = {name: sizes.get(name, (CARD_WIDTH, CARD_HEIGHT))[0] for name in shown}
    lefts = _lefts_to_show({name: x + widths[name] / 2 for name, (x, _) in shown.items()}, staying, sizes)
    rest = Stretch(staying, sizes)
    own = {name: (lefts[name], rest.place_of(place, widths[name])[1]) for name, place in shown.items()}
    best, least = own, math.inf
    while True:
        there = Stretch({**staying, **own}, sizes).places
        ways = {name: y - there[name][1] for name, (_, y) in shown.items()}
        # Nothing can be shown where it would overlap an expanded block; then the nearest position is used.
        if (furthest := max(map(abs, ways.values()), default=0.0)) >= least:
            return best
        best, least = own, furthest
        if furthest < NEAR_ENOUGH:
            return best
        own = {name: (x, y + ways[name]) for name, (x, y) in own.items()}


def _lefts_to_show(
    middles: Mapping[str, float], staying: Mapping[str, Point], sizes: Mapping[str, Size]
) -> dict[str, float]:
    """Solve for the own left edges of cards with these shown centres, by Steffensen's method, all at once."""

    def ways(lefts: Mapping[str, float]) -> dict[str, float]:
        places = {**staying, **{name: (left, 0.0) for name, left in lefts.items()}}
        sideways = _Sideways(places, {name: size for name, size in sizes.items() if name in places})
        return {name: middles[name] - sideways.forth(left + CARD_WIDTH / 2) for name, left in lefts.items()}

    lefts = {name: middle - CARD_WIDTH / 2 for name, middle in middles.items()}
    for _ in range(MAX_ROUNDS):
        left_over = ways(lefts)
        if all(abs(way) < NEAR_ENOUGH for way in left_over.values()):
            break
        beyond = ways({name: left + left_over[name] for name, left in lefts.items()})
        for name, way in left_over.items():
            if way:
                lefts[name] += way / max((way - beyond[name]) / way, 1.0)
    return lefts


def closed_up(places: Mapping[str, Point], corner: Point, size: Size) -> dict[str, Point]:
    """Return positions after everything in a rectangle was replaced by one card: what is below moves up."""
    shifts = _below(places, corner[0], size[0], corner[1] + size[1], size[1] - CARD_HEIGHT)
    return {name: (x, y - shifts[name]) for name, (x, y) in places.items()}


def pushed_down(places: Mapping[str, Point], left: float, width: float, top: float, by: float) -> dict[str, Point]:
    """Return positions after the cards at or below ``top``, within ``width``, moved down ``by`` so much."""
    shifts = _below(places, left, width, top, by)
    return {name: (x, y + shifts[name]) for name, (x, y) in places.items()}


def _below(places: Mapping[str, Point], left: float, width: float, top: float, by: float) -> dict[str, float]:
    """Return how far each card moves if what is below an interval at ``top`` moves ``by``, pushing others in turn."""
    lefts = {name: x for name, (x, _) in places.items()}
    skyline = _Skyline(edge for x in (*lefts.values(), left) for edge in (x, x + CARD_WIDTH, x + width))
    events = [(y + CARD_HEIGHT, 0, name) for name, (_, y) in places.items()]
    events += [(y, 1, name) for name, (_, y) in places.items()]
    events.append((top, 0, ""))
    shifts: dict[str, float] = {}
    for _, is_upper, name in sorted(events):
        if not name:
            skyline.raise_to(by, left, left + width)
        elif is_upper:
            shifts[name] = skyline.highest(lefts[name], lefts[name] + CARD_WIDTH)
        elif shifts[name]:
            skyline.raise_to(shifts[name], lefts[name], lefts[name] + CARD_WIDTH)
    return shifts


class _Skyline:
    """A step function over x, defined by these edges, whose heights only ever grow."""

    def __init__(self, edges: Iterable[float]) -> None:
        self.edges = sorted(set(edges))
        self.heights = [0.0] * len(self.edges)

    def _part(self, left: float, right: float) -> range:
        return range(bisect_right(self.edges, left) - 1, bisect_left(self.edges, right))

    def highest(self, left: float, right: float) -> float:
        return max(self.heights[index] for index in self._part(left, right))

    def raise_to(self, height: float, left: float, right: float) -> None:
        for index in self._part(left, right):
            self.heights[index] = max(self.heights[index], height)


class _Sideways:
    """Maps centres of cards to shown centres: piecewise linear and increasing, hence invertible."""

    def __init__(self, places: Mapping[str, Point], sizes: Mapping[str, Size]) -> None:
        half: dict[float, float] = {}
        """By the centre of what was enlarged: its growth to either side."""
        for name, (width, _) in sizes.items():
            middle = places[name][0] + CARD_WIDTH / 2
            half[middle] = max(half.get(middle, 0.0), (width - CARD_WIDTH) / 2)
        ends = {end for middle in half for end in (middle - CARD_WIDTH, middle, middle + CARD_WIDTH)}
        self.knots = sorted(ends) or [STILL]
        self.shown = [self.knots[0]]
        for start, end in zip(self.knots, self.knots[1:], strict=False):
            right = max((by for middle, by in half.items() if middle <= start < middle + CARD_WIDTH), default=0.0)
            left = max((by for middle, by in half.items() if middle - CARD_WIDTH <= start < middle), default=0.0)
            self.shown.append(self.shown[-1] + (end - start) * (1 + (right + left) / CARD_WIDTH))
        drift = self.forth(STILL) - STILL
        self.shown = [x - drift for x in self.shown]

    def forth(self, x: float) -> float:
        return _along(x, self.knots, self.shown)

    def back(self, x: float) -> float:
        return _along(x, self.shown, self.knots)


def _along(x: float, start: list[float], end: list[float]) -> float:
    """Interpolate ``x`` on the polyline through the points (start, end), with slope 1 beyond its ends."""
    index = bisect_right(start, x) - 1
    if index < 0:
        return x - start[0] + end[0]
    if index + 1 == len(start):
        return x - start[index] + end[index]
    return end[index] + (x - start[index]) * (end[index + 1] - end[index]) / (start[index + 1] - start[index])
