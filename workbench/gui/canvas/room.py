"""Space around blocks: grouping closes the gap that it leaves, and ungrouping makes room for what is taken out.

Both keep to the drawing as it was: ungrouping what was just grouped puts every card back.
"""

from collections.abc import Collection, Mapping, Sequence

from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, ROW, Point, any_overlap, overlaps
from workbench.gui.canvas.levels import Places
from workbench.gui.canvas.note_places import card_box, follow
from workbench.gui.canvas.stretch import Size, Stretch, closed_up
from workbench.spec import edits, grouping
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node
from workbench.spec.record import replace
from workbench.spec.scopes import graph_at, with_graph_at


def close(
    architecture: Architecture, scope: str, use: str, grouped: Mapping[str, Point], known: Places
) -> Architecture:
    """Return the architecture with the cards below a group moved up to its use, unless they would overlap.

    Notes follow in either case.
    """
    graph = graph_at(architecture, scope)
    places = _places(graph.nodes)
    corner, size = _around(grouped.values())
    own = places.pop(use)
    closed = closed_up(places, corner, size)
    if any_overlap([*closed.values(), own]):
        closed = places
    there, now = {**places, **grouped}, closed | dict.fromkeys(grouped, own)
    return with_graph_at(architecture, scope, _followed(edits.move(graph, closed), there, now, known))


def _followed(graph: Graph, before: Mapping[str, Point], after: Mapping[str, Point], known: Places) -> Graph:
    """Return the graph with its notes following the cards from ``before`` to ``after``."""
    boxes = [{name: card_box(place) for name, place in places.items()} for places in (before, after)]
    return replace(graph, notes=follow(graph.notes, known.size_of_comment, *boxes))


def ungroup(architecture: Architecture, scope: str, name: str, known: Places) -> tuple[Architecture, tuple[str, ...]]:
    """Ungroup like ``grouping.ungroup``, with a position for every card and without new overlaps."""
    use = edits.node_of(graph_at(architecture, scope), name)
    block = architecture.blocks.get(use.type)
    if block is None:
        return grouping.ungroup(architecture, scope, name)  # raises, saying why not
    placed = replace(architecture, blocks={**architecture.blocks, use.type: edits.move(block, known.of(block))})
    best = None
    for sideways in (None, False, True):
        opened = placed if sideways is None else _opened(placed, scope, use, sideways=sideways)
        best = grouping.ungroup(opened, scope, name, ROW)
        if not _covers(best[0], scope, best[1]):
            break
    assert best is not None
    result, names = _with_notes_outside(architecture, scope, use, best, known)
    if use.type in result.blocks:
        result = replace(result, blocks={**result.blocks, use.type: block})
    return result, names


def as_before(
    ungrouped: Architecture, scope: str, before: Architecture, grouped: Architecture, now: Architecture
) -> Architecture:
    """Restore the positions, order and notes of ``before`` in what was ungrouped, if nothing moved since ``grouped``.

    The use alone does not tell in what order its nodes stood among the others, nor which of them a frame held.
    """
    result = graph_at(ungrouped, scope)
    if scope not in {"", *before.blocks} or _stands(grouped) != _stands(now):
        return ungrouped
    graph = graph_at(before, scope)
    if graph.by_name.keys() != result.by_name.keys():
        return ungrouped
    nodes = tuple(replace(result.by_name[node.name], position=node.position) for node in graph.nodes)
    return with_graph_at(ungrouped, scope, replace(result, nodes=nodes, notes=graph.notes))


def _stands(architecture: Architecture) -> list[object]:
    """Return the positions of all nodes, and all notes."""
    graphs = [architecture.graph, *architecture.blocks.values()]
    return [({node.name: node.position for node in graph.nodes}, graph.notes) for graph in graphs]


def _with_notes_outside(
    architecture: Architecture, scope: str, use: Node, taken_out: tuple[Architecture, tuple[str, ...]], known: Places
) -> tuple[Architecture, tuple[str, ...]]:
    """Let the notes around the use follow the cards taken out of it; notes from inside stay beside their cards."""
    result, names = taken_out
    before, graph = _places(graph_at(architecture, scope).nodes), graph_at(result, scope)
    num_outside = len(graph_at(architecture, scope).notes)
    outside = replace(graph, notes=graph.notes[:num_outside])
    before |= dict.fromkeys(names, before.pop(use.name))
    moved = _followed(outside, before, _places(graph.nodes), known).notes
    notes = (*moved, *graph.notes[num_outside:])
    return with_graph_at(result, scope, replace(graph, notes=notes)), names


def _opened(architecture: Architecture, scope: str, use: Node, *, sideways: bool) -> Architecture:
    """Make room around a use for its contents, in each repetition."""
    graph = graph_at(architecture, scope)
    inner = [node for node in architecture.blocks[use.type].nodes if node.type not in (INPUT, OUTPUT)]
    width, height = _around(_places(inner).values())[1]
    size = (width, use.repeat * (height - CARD_HEIGHT + ROW) - ROW + CARD_HEIGHT)
    places = _places(graph.nodes)
    opened = Stretch(places, {use.name: size}, sideways=sideways).places
    x, y = opened[use.name]
    opened[use.name] = (x + (size[0] - CARD_WIDTH) / 2, y)
    return with_graph_at(architecture, scope, edits.move(graph, opened))


def _covers(architecture: Architecture, scope: str, names: Sequence[str]) -> bool:
    """Whether one of these cards overlaps another that is not among them."""
    places = _places(graph_at(architecture, scope).nodes)
    ours = [places.pop(name) for name in names]
    return any(overlaps(mine, other) for mine in ours for other in places.values())


def _places(nodes: Sequence[Node]) -> dict[str, Point]:
    return {node.name: node.position for node in nodes if node.position is not None}


def _around(places: Collection[Point]) -> tuple[Point, Size]:
    """Return the corner and size of the bounding box of cards; the size of one card if there are none."""
    if not places:
        return (0.0, 0.0), (CARD_WIDTH, CARD_HEIGHT)
    left, top = min(x for x, _ in places), min(y for _, y in places)
    return (left, top), (max(x for x, _ in places) - left + CARD_WIDTH, max(y for _, y in places) - top + CARD_HEIGHT)
