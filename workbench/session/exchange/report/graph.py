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
LANE = 14.0
"""Distance from the boxes of the nearest lane beside them, and between two lanes."""

LONGEST_COLUMN = 12
"""Most rows of a chain that nobody has arranged; a longer one continues in the next column."""

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
    corners = set(places.values())
    ends = [(places[split_reference(source)[0]], places[node.name]) for node in nodes for source in node.inputs]
    lanes = [_lane(start, end, corners) for start, end in ends]
    used = [lane for lane in lanes if lane is not None]
    left, top = min([x for x, _ in corners] + used) - MARGIN, min(y for _, y in corners) - MARGIN
    right, bottom = (max(corner[axis] for corner in corners) + BOX[axis] + MARGIN for axis in (0, 1))
    return GraphPicture(
        boxes=tuple(
            Box(x=places[node.name][0], y=places[node.name][1], name=node.name, kind=_kind(node)) for node in nodes
        ),
        paths=tuple(_path(start, end, lane) for (start, end), lane in zip(ends, lanes, strict=True)),
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
    num_columns = math.ceil(len(rows) / LONGEST_COLUMN) if len(rows) == len(nodes) else 1
    height = math.ceil(len(rows) / num_columns)
    return {
        name: (
            COLUMN * (widest * (row // height) + place + (widest - len(names)) / 2),
            ROW * (row % height),
        )
        for row, names in rows.items()
        for place, name in enumerate(names)
    }


def _lane(start: Point, end: Point, corners: set[Point]) -> float | None:
    """Return the x at which a connection passes the boxes in its way, the longer the further out, or reaches the top of
    the next column; None if it runs directly.
    """
    if end[1] <= start[1]:
        return end[0] - (COLUMN - BOX[0]) / 2
    in_way = sum(x == start[0] and start[1] < y < end[1] for x, y in corners)
    return start[0] - LANE * (1 + in_way) if in_way and end[0] == start[0] else None


def _path(start: Point, end: Point, lane: float | None) -> str:
    """Return the path from a box's lower edge to another's upper one, along its lane if it has one."""
    (x, y), (to_x, to_y) = (start[0] + BOX[0] / 2, start[1] + BOX[1]), (end[0] + BOX[0] / 2, end[1])
    gap = (ROW - BOX[1]) / 2
    if lane is not None:
        return f"M{x:g} {y:g} V{y + gap:g} H{lane:g} V{to_y - gap:g} H{to_x:g} V{to_y:g}"
    bend = max((to_y - y) / 2, gap)
    return f"M{x:g} {y:g} C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
