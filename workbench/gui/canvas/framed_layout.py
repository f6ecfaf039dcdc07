"""Layout of nodes in frames: the contents of a frame stay together, with nothing else among them. No Qt.

A frame is laid out by itself, and then takes part in the outer layout as one large card. A frame that would thereby
close a cycle, because a node outside is both fed by it and feeds it, is ignored.
"""

from collections.abc import Mapping, Sequence

from workbench.gui.canvas.alignment import Box, around
from workbench.gui.canvas.geometry import Point, snap
from workbench.gui.canvas.layout import MAX_COLUMNS, arrange
from workbench.gui.canvas.note_places import card_box
from workbench.gui.canvas.stretch import Stretch
from workbench.spec.edits import extract
from workbench.spec.graph import Graph, Node, split_reference
from workbench.spec.record import Record, replace
from workbench.spec.structure import find_cycle


class Framed(Record):
    """The nodes in a frame, and its margins around them: left, top, right, bottom."""

    names: frozenset[str]
    margins: tuple[float, float, float, float]


def framed(frame: Box, cards: Mapping[str, Box]) -> Framed:
    """Return a frame around these cards, of which there must be at least one."""
    inner = around(cards.values())
    left, top, right, bottom = inner.left - frame.left, inner.top - frame.top, inner.right, inner.bottom
    return Framed(names=frozenset(cards), margins=(left, top, frame.right - right, frame.bottom - bottom))


def arrange_framed(graph: Graph, frames: Sequence[Framed], max_columns: int = MAX_COLUMNS) -> dict[str, Point]:
    """Return a position for every node, like ``layout.arrange``, but with (possibly nested) frames kept together."""
    outermost = _outermost(graph, frames)
    if not outermost:
        return arrange(graph, max_columns)
    inside = {
        name: arrange_framed(
            extract(graph, frame.names), [other for other in frames if other.names < frame.names], max_columns=1
        )
        for name, frame in outermost.items()
    }
    boxes = {name: around(map(card_box, places.values())) for name, places in inside.items()}
    sizes = {
        name: (
            boxes[name].width + frame.margins[0] + frame.margins[2],
            boxes[name].height + frame.margins[1] + frame.margins[3],
        )
        for name, frame in outermost.items()
    }
    shown = Stretch(arrange(_contracted(graph, outermost), max_columns), sizes).places
    places: dict[str, Point] = {}
    for name, (x, y) in shown.items():
        if name not in outermost:
            places[name] = (snap(x), snap(y))
            continue
        left = x + outermost[name].margins[0] - boxes[name].left
        top = y + outermost[name].margins[1] - boxes[name].top
        places |= {
            each: (snap(left + inner_x), snap(top + inner_y)) for each, (inner_x, inner_y) in inside[name].items()
        }
    return places


def _outermost(graph: Graph, frames: Sequence[Framed]) -> dict[str, Framed]:
    """Return the outermost frames that can be kept together, named as no node can be; a node is in at most one."""
    found: dict[str, Framed] = {}
    taken: set[str] = set()
    for frame in sorted(frames, key=lambda frame: -len(frame.names)):
        name = f"#{len(found)}"
        # If only a selection is laid out, a frame may hold nodes that are not part of it.
        if taken & frame.names or not frame.names <= graph.by_name.keys():
            continue
        if not find_cycle(_contracted(graph, {**found, name: frame})):
            found[name] = frame
            taken |= frame.names
    return found


def _contracted(graph: Graph, frames: Mapping[str, Framed]) -> Graph:
    """Return the graph with each frame contracted to one node."""
    owner = {each: name for name, frame in frames.items() for each in frame.names}

    def sources(nodes: Sequence[Node], own: str) -> tuple[str, ...]:
        named = (split_reference(reference)[0] for node in nodes for reference in node.inputs)
        return tuple(dict.fromkeys(source for name in named if (source := owner.get(name, name)) != own))

    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        name = owner.get(node.name, node.name)
        if name in frames:
            members = [graph.by_name[each] for each in frames[name].names]
            nodes[name] = Node(name=name, type=name, inputs=sources(members, name))
        else:
            nodes[name] = replace(node, inputs=sources([node], name))
    return Graph(nodes=tuple(nodes.values()))
