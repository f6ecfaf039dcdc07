"""The network's graph as a picture: where its boxes and arrows lie, without Qt. Blocks and repeats stay closed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.spec.graph import split_reference
from workbench.spec.record import Record

if TYPE_CHECKING:
    from workbench.spec.graph import Graph, Node

Point = tuple[float, float]

BOX = (304.0, 48.0)
"""Width and height of a box; those of the canvas's cards, by whose places people have arranged their network."""

COLUMN, ROW = BOX[0] + 40.0, BOX[1] + 24.0
MARGIN = 16.0
LONGEST_COLUMN = 12
"""Most rows of a network that nobody has arranged; a longer one continues in the next column."""

MOST_BOXES = 80
"""A larger graph would be too small to read on a page."""


class Box(Record):
    """A node: the upper left corner of its box, its name and what it is."""

    x: float
    y: float
    name: str
    kind: str


class GraphPicture(Record):
    """Boxes and the paths between them; ``words`` name them in order, for those who do not see it."""

    boxes: tuple[Box, ...]
    paths: tuple[str, ...]
    corner: Point
    size: Point
    words: str
    box: Point = BOX


def graph_picture(graph: Graph) -> GraphPicture | None:
    """Return the picture of a valid graph; None if it is empty or too large."""
    nodes = graph.in_order
    if not 0 < len(nodes) <= MOST_BOXES:
        return None
    places = _places(nodes)
    left, top = (min(place[axis] for place in places.values()) - MARGIN for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places.values()) + BOX[axis] + MARGIN for axis in (0, 1))
    paths = [
        _path(places[split_reference(source)[0]], places[node.name], set(places.values()))
        for node in nodes
        for source in node.inputs
    ]
    return GraphPicture(
        boxes=tuple(
            Box(x=places[node.name][0], y=places[node.name][1], name=node.name, kind=_kind(node)) for node in nodes
        ),
        paths=tuple(paths),
        corner=(left, top),
        size=(right - left, bottom - top),
        words="; ".join(_in_words(node) for node in nodes),
    )


def _kind(node: Node) -> str:
    return node.type if node.repeat == 1 else f"{node.type} ×{node.repeat}"


def _in_words(node: Node) -> str:
    sources = f" after {' and '.join(node.inputs)}" if node.inputs else ""
    return f"{node.name}, {_kind(node)}{sources}"


def _places(nodes: tuple[Node, ...]) -> dict[str, Point]:
    """Return the upper left corner of each node: as arranged on the canvas, or in rows by the longest way from an
    Input.
    """
    given = {node.name: node.position for node in nodes if node.position is not None}
    if len(given) == len(nodes):
        return given
    row_of: dict[str, int] = {}
    rows: dict[int, list[str]] = {}
    for node in nodes:
        row = 1 + max((row_of[split_reference(source)[0]] for source in node.inputs), default=-1)
        row_of[node.name] = row
        rows.setdefault(row, []).append(node.name)
    widest = max(map(len, rows.values()))
    height = math.ceil(len(rows) / math.ceil(len(rows) / LONGEST_COLUMN))
    return {
        name: (
            COLUMN * (widest * (row // height) + place + (widest - len(names)) / 2),
            ROW * (row % height),
        )
        for row, names in rows.items()
        for place, name in enumerate(names)
    }


def _path(start: Point, end: Point, boxes: set[Point]) -> str:
    """Return the path from a box's lower edge to another's upper one: around the boxes between two in a column, and
    between the columns to the top of the next.
    """
    (x, y), (to_x, to_y) = (start[0] + BOX[0] / 2, start[1] + BOX[1]), (end[0] + BOX[0] / 2, end[1])
    if to_y < y:
        lane, gap = to_x - COLUMN / 2, (ROW - BOX[1]) / 2
        return f"M{x:g} {y:g} V{y + gap:g} H{lane:g} V{to_y - gap:g} H{to_x:g} V{to_y:g}"
    between = any(other_x == start[0] and start[1] < other_y < end[1] for other_x, other_y in boxes)
    if x == to_x and between:
        aside = x - BOX[0] * 0.75
        return f"M{x:g} {y:g} C{aside:g} {y:g} {aside:g} {to_y:g} {to_x:g} {to_y:g}"
    bend = max(abs(to_y - y) / 2, ROW / 3)
    return f"M{x:g} {y:g} C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
