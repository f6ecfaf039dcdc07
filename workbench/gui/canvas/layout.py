"""Automatic layout: layers in rows, downwards, after Sugiyama, Tagawa and Toda (1981).

A long network is folded into columns like text in a newspaper, because windows are wide and chains are long.
"""

import math
from itertools import pairwise

from workbench.gui.canvas.geometry import COLUMN, GRID, ROW, Point, snap
from workbench.spec.graph import Graph, split_reference

WINDOW = (880.0, 600.0)
"""The canvas in a window of ordinary size, in pixels."""

MAX_COLUMNS = 6
COLUMN_GAP = 0.2
"""Width, relative to a column, of the gap for the connection that leads up to the next column."""


def arrange(graph: Graph, max_columns: int = MAX_COLUMNS) -> dict[str, Point]:
    """Return a position for every node, ignoring any existing ones; folded into at most ``max_columns`` columns."""
    order = [node.name for node in graph.in_order]
    if not order:
        return {}
    number = {name: index for index, name in enumerate(order)}
    edges = _without_shortcuts(graph, number)
    places = _fold(_facing(_sugiyama(edges), graph, number), _all_edges(graph, number), max_columns)
    left = max((x for x, _ in places.values()), default=-1.0) + 1
    loose = [index for index in range(len(order)) if index not in places]
    for row, index in enumerate(loose):
        places[index] = (left, float(row))
    return {name: (snap(places[index][0] * COLUMN), snap(places[index][1] * ROW)) for name, index in number.items()}


def _facing(places: dict[int, Point], graph: Graph, number: dict[str, int]) -> dict[int, Point]:
    """Return the layout or its mirror image, whichever has more connections arriving in the order of their ports."""
    in_order = 0
    for node in graph.nodes:
        columns = [places[number[split_reference(reference)[0]]][0] for reference in node.inputs]
        in_order += sum((left < right) - (left > right) for left, right in pairwise(columns))
    if in_order >= 0:
        return places
    width = max(x for x, _ in places.values())
    return {index: (width - x, y) for index, (x, y) in places.items()}


def _all_edges(graph: Graph, number: dict[str, int]) -> list[tuple[int, int]]:
    return [
        (number[split_reference(reference)[0]], number[node.name]) for node in graph.nodes for reference in node.inputs
    ]


def _fold(places: dict[int, Point], edges: list[tuple[int, int]], max_columns: int) -> dict[int, Point]:
    """Return the folding into at most ``max_columns`` columns that appears largest in a window of size ``WINDOW``."""
    if not places:
        return {}
    foldings = [_folded(places, edges, columns) for columns in range(1, max_columns + 1)]
    # Each fold costs a little, because the eye has to find the next column.
    return max(enumerate(foldings), key=lambda choice: min(_zoom(choice[1]), 1.0) - 0.05 * choice[0])[1]


def _folded(places: dict[int, Point], edges: list[tuple[int, int]], columns: int) -> dict[int, Point]:
    """Distribute the rows over columns of about equal height, breaking only where a single connection passes."""
    height = max(y for _, y in places.values()) + 1
    wanted = math.ceil(height / columns)
    result: dict[int, Point] = {}
    first, left = 0, 0.0
    for row in range(int(height)):
        passing = sum(places[source][1] <= row < places[target][1] for source, target in edges)
        if row + 1 == height or (row + 1 - first >= wanted and passing == 1):
            part = {index: place for index, place in places.items() if first <= place[1] <= row}
            start = min(x for x, _ in part.values())
            result.update({index: (left + x - start, y - first) for index, (x, y) in part.items()})
            left = max(x for x, _ in result.values()) + 1 + COLUMN_GAP
            first = row + 1
    return result


def _zoom(places: dict[int, Point]) -> float:
    """Return the zoom at which everything fits into the window."""
    width = (max(x for x, _ in places.values()) + 1) * COLUMN
    height = (max(y for _, y in places.values()) + 1) * ROW
    return min(WINDOW[0] / width, WINDOW[1] / height)


def places_for(graph: Graph, max_columns: int = MAX_COLUMNS) -> dict[str, Point]:
    """Return a position for every node: its own, or one found by ``arrange``, or one below its sources.

    An Input without a position is placed above what it feeds.
    """
    given = {node.name: node.position for node in graph.nodes if node.position is not None}
    if not given:
        return arrange(graph, max_columns)
    places = dict(given)
    if len(places) == len(graph.nodes):
        return places
    for node in graph.inputs:
        fed = [given[other.name] for other in graph.nodes if node.name in other.inputs and other.name in given]
        if node.name not in places and fed:
            places[node.name] = _free((min(x for x, _ in fed), min(y for _, y in given.values()) - ROW), places)
    for node in graph.in_order:
        if node.name not in places:
            places[node.name] = _under([places[split_reference(reference)[0]] for reference in node.inputs], places)
    return places


def _under(sources: list[Point], places: dict[str, Point]) -> Point:
    x = sources[0][0] if sources else min(x for x, _ in places.values())
    return _free((x, max(y for _, y in (sources or places.values())) + ROW), places)


def _free(place: Point, places: dict[str, Point]) -> Point:
    """Return the position, or the first free one to the right of it."""
    x, y = place
    while any(
        abs(x - other_x) < COLUMN - GRID and abs(y - other_y) < ROW - GRID for other_x, other_y in places.values()
    ):
        x += COLUMN
    return (snap(x), snap(y))


def _without_shortcuts(graph: Graph, number: dict[str, int]) -> list[tuple[int, int]]:
    """Return the edges without those that a longer path replaces, so that a skip does not bend the chain beside it.

    ``number`` maps names to their topological order; sets of nodes are the bits of an int.
    """
    reached: list[int] = []
    edges: list[tuple[int, int]] = []
    for name, index in number.items():
        sources = sorted(
            {number[split_reference(reference)[0]] for reference in graph.by_name[name].inputs}, reverse=True
        )
        through = 0
        for source in sources:
            if not through >> source & 1:
                edges.append((source, index))
            through |= reached[source] | 1 << source
        reached.append(through)
    return edges


def _sugiyama(edges: list[tuple[int, int]]) -> dict[int, Point]:
    """Return the column and row of every node that has an edge; unconnected components are placed side by side."""
    if edges == [(index, index + 1) for index in range(len(edges))]:
        # A chain needs no layout algorithm, and the import below takes a tenth of the time to the first paint.
        return {index: (0.0, float(index)) for index in range(len(edges) + 1)} if edges else {}
    from fast_sugiyama import from_edges

    places: dict[int, Point] = {}
    left = 0.0
    for nodes, _, _, _ in from_edges(edges, vertex_spacing=1.0, dummy_vertices=False):
        top = max(y for _, (_, y) in nodes)
        start = min(x for _, (x, _) in nodes)
        for index, (x, y) in nodes:
            places[int(index)] = (left + x - start, top - y)
        left = max(x for x, _ in places.values()) + 1
    return places
