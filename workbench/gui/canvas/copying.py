"""Copies on the canvas: to and from the clipboard, and beside the originals. No Qt."""

from collections.abc import Collection, Mapping

from workbench.gui.canvas import geometry
from workbench.gui.canvas.card_keys import name
from workbench.gui.canvas.clipboard import Fragment, from_text, to_text
from workbench.gui.canvas.editing import Editing, snapped
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level
from workbench.spec import edits
from workbench.spec.blocks import with_blocks
from workbench.spec.graph import Graph
from workbench.spec.ports import remove_nodes
from workbench.spec.scopes import with_graph_at

PASTE_OFFSET = (geometry.GRID * 4, geometry.GRID * 4)


class Copying(Editing):
    """Copy, paste, duplicate."""

    def copy(self) -> str:
        """The selected nodes as text, with the blocks they use."""
        level, names = self.selected_level(), self.selected_names()
        placed = edits.move(level.graph, {each: level.places[each] for each in names})
        return to_text(edits.extract(placed, names), self.architecture().blocks)

    def paste(self, text: str, at: Point | None = None) -> None:
        """Put copied nodes down, their middle at ``at`` or a little beside the originals; blocks come along.

        They go into the graph that is shown at ``at``, or into that of the selection.
        """
        fragment = from_text(text)
        level = self.selected_level() if at is None else self.level_at(at)
        architecture, names = with_blocks(self.architecture(), fragment.blocks)
        nodes = tuple(
            node if node.type not in names else edits.replace(node, type=names[node.type]) for node in fragment.nodes
        )
        graph = edits.paste(
            level.graph, Graph(nodes=nodes, parameters=fragment.parameters), self._offset(level, fragment, at)
        )
        new = [node.name for node in graph.nodes[len(level.graph.nodes) :]]
        placed = edits.move(graph, {node.name: level.places[node.name] for node in level.graph.nodes})
        self._apply_architecture(f"paste {self._what(new)}", with_graph_at(architecture, level.scope, placed))
        self._select_in(level, new)

    def _offset(self, level: Level, fragment: Fragment, at: Point | None) -> Point:
        places = [node.position for node in fragment.nodes if node.position]
        if at is None or not places:
            return _clear(level, places, PASTE_OFFSET, PASTE_OFFSET)
        middle_x = (min(x for x, _ in places) + max(x for x, _ in places) + geometry.CARD_WIDTH) / 2
        middle_y = (min(y for _, y in places) + max(y for _, y in places) + geometry.CARD_HEIGHT) / 2
        x, y = level.place_of(at)
        offset = (geometry.snap(x - middle_x), geometry.snap(y - middle_y))
        return _clear(level, places, offset, PASTE_OFFSET)

    def duplicate(self) -> None:
        """Copies of the selected nodes beside them, fed as they are."""
        if not self.selection:
            return
        level, names = self.selected_level(), self.selected_names()
        placed = edits.move(level.graph, level.places)
        beside = (geometry.COLUMN, 0.0)
        offset = _clear(level, [level.places[each] for each in names], beside, beside)
        graph = edits.duplicate(placed, names, offset)
        new = [node.name for node in graph.nodes[len(level.graph.nodes) :]]
        self._apply(f"duplicate {self._what()}", level, graph)
        self._select_in(level, new)

    def is_loose(self, keys: Collection[str]) -> bool:
        """Whether nothing but themselves is connected to these cards."""
        chosen = set(keys)
        return not any((edge.source in chosen) != (edge.target in chosen) for edge in self.edges.values())

    def move_into(self, level: Level, shown: Mapping[str, Point]) -> None:
        """Put loose cards, all of one graph, into another that is shown, where they are shown then."""
        own, names = self.level_of(next(iter(shown))), frozenset(map(name, shown))
        places = {name(key): snapped(level.place_of(place)) for key, place in shown.items()}
        fragment = edits.move(edits.extract(own.graph, names), places)
        without = remove_nodes(self.architecture(), own.scope, names, close=False)
        graph = edits.paste(edits.move(level.graph, level.places), fragment)
        new = [node.name for node in graph.nodes[len(level.graph.nodes) :]]
        where = level.scope or "the network"
        self._apply_architecture(f"move {self._what(shown)} into {where}", with_graph_at(without, level.scope, graph))
        self._select_in(level, new)


def _clear(level: Level, places: Collection[Point], offset: Point, step: Point) -> Point:
    """The first of ``offset`` and steps on from it at which cards from these places hide none that is there."""
    there = level.places.values()
    while any(geometry.hides((x + offset[0], y + offset[1]), place) for x, y in places for place in there):
        offset = (offset[0] + step[0], offset[1] + step[1])
    return offset
