"""Alignment and distribution of cards, and the guides that a dragged card snaps to. No Qt."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from workbench.gui.canvas.geometry import Point, snap
from workbench.spec.record import Record

Side = Literal["left", "centre", "right", "top", "middle", "bottom"]
Axis = Literal["horizontal", "vertical"]


class Box(Record):
    """A rectangle in scene units."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def shifted(self, dx: float, dy: float) -> "Box":
        """Return the rectangle moved by ``dx``, ``dy``."""
        return Box(left=self.left + dx, top=self.top + dy, width=self.width, height=self.height)

    def holds(self, other: "Box") -> bool:
        """Whether the other box lies inside this one; edges may touch."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


def box_at(corner: Point, size: tuple[float, float]) -> Box:
    """Return the rectangle of this size with its upper left corner here."""
    return Box(left=corner[0], top=corner[1], width=size[0], height=size[1])


def around(boxes: Iterable[Box]) -> Box:
    """Return the bounding box of the boxes, of which there must be at least one."""
    boxes = list(boxes)
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return Box(left=left, top=top, width=right - left, height=bottom - top)


def align(boxes: Mapping[str, Box], side: Side) -> dict[str, Point]:
    """Return new corners that align ``side`` of the boxes.

    Edges go to the outermost one; centres and middles go to the centre of the bounding box.
    """
    whole = around(boxes.values())
    centre, middle = snap(whole.left + whole.width / 2), snap(whole.top + whole.height / 2)
    place: Callable[[Box], Point] = {
        "left": lambda box: (whole.left, box.top),
        "centre": lambda box: (centre - box.width / 2, box.top),
        "right": lambda box: (whole.right - box.width, box.top),
        "top": lambda box: (box.left, whole.top),
        "middle": lambda box: (box.left, middle - box.height / 2),
        "bottom": lambda box: (box.left, whole.bottom - box.height),
    }[side]
    return {name: place(box) for name, box in boxes.items()}


def distribute(boxes: Mapping[str, Box], axis: Axis) -> dict[str, Point]:
    """Return new corners with equal gaps between the boxes, rounded to whole units; the first and the last box stay."""
    flat = axis == "horizontal"

    def span(box: Box) -> tuple[float, float]:
        return (box.left, box.width) if flat else (box.top, box.height)

    order = sorted(boxes, key=lambda name: (span(boxes[name])[0] + span(boxes[name])[1] / 2, name))
    spans = [span(boxes[name]) for name in order]
    room = spans[-1][0] + spans[-1][1] - spans[0][0] - sum(size for _, size in spans)
    gap = room / max(len(spans) - 1, 1)
    places: dict[str, Point] = {}
    at = spans[0][0]
    for name, (_, size) in zip(order, spans, strict=True):
        box = boxes[name]
        places[name] = (float(round(at)), box.top) if flat else (box.left, float(round(at)))
        at += size + gap
    return places


class Guide(Record):
    """A thin line that shows which boxes are aligned."""

    start: Point
    end: Point


class Guides:
    """The edges and middles of the boxes that stay, to which a dragged box snaps."""

    def __init__(self, staying: Sequence[Box]) -> None:
        self._columns = _Lines([(box.left, box.width, box.top, box.bottom) for box in staying])
        self._rows = _Lines([(box.top, box.height, box.left, box.right) for box in staying])

    def hold(self, box: Box, reach: float) -> Point:
        """Return the box's corner, per axis snapped to the nearest line within ``reach``, or else to the grid."""
        dx, dy = self._columns.pull(box.left, box.width, reach), self._rows.pull(box.top, box.height, reach)
        return (
            snap(box.left) if dx is None else box.left + dx,
            snap(box.top) if dy is None else box.top + dy,
        )

    def lines(self, box: Box) -> list[Guide]:
        """Return the guides to draw for a box: one to each line that it is aligned with."""
        found = [
            Guide(start=(x, first), end=(x, last))
            for x, first, last in self._columns.through(box.left, box.width, box.top, box.bottom)
        ]
        return found + [
            Guide(start=(first, y), end=(last, y))
            for y, first, last in self._rows.through(box.top, box.height, box.left, box.right)
        ]


class _Lines:
    """The sorted edges and middles of boxes along one axis, since a drag searches them at every move.

    Edges snap to edges and middles to middles.
    """

    NEAR = 0.5
    """Distance in scene units within which lines look aligned."""

    def __init__(self, spans: Sequence[tuple[float, float, float, float]]) -> None:
        self._middles = sorted((start + size / 2, first, last) for start, size, first, last in spans)
        self._edges = sorted(
            (edge, first, last) for start, size, first, last in spans for edge in (start, start + size)
        )

    def _own(self, start: float, size: float) -> tuple[tuple[float, list[tuple[float, float, float]]], ...]:
        """Return the three lines of a box, the middle first, each with the lines that it snaps to."""
        return ((start + size / 2, self._middles), (start, self._edges), (start + size, self._edges))

    def pull(self, start: float, size: float, reach: float) -> float | None:
        """Return the smallest shift onto a line within ``reach``, or None if there is no such line."""
        ways: list[float] = []
        for value, lines in self._own(start, size):
            index = bisect_left(lines, (value,))
            ways += [line[0] - value for line in lines[max(index - 1, 0) : index + 1]]
        near = min(ways, key=abs, default=reach + 1)
        return near if abs(near) <= reach else None

    def through(self, start: float, size: float, first: float, last: float) -> list[tuple[float, float, float]]:
        """Return the aligned lines as (value, from, to).

        If the middle is aligned, the edges are not reported as well.
        """
        found: list[tuple[float, float, float]] = []
        for value, lines in self._own(start, size):
            near = lines[bisect_left(lines, (value - self.NEAR,)) : bisect_left(lines, (value + self.NEAR,))]
            if near:
                found.append((value, min(first, *(low for _, low, _ in near)), max(last, *(high for *_, high in near))))
                if lines is self._middles:
                    break
        return found
