"""Copying on the canvas: via the clipboard, and beside the originals. No Qt."""

from collections.abc import Collection, Mapping

from workbench.gui.canvas import geometry
from workbench.gui.canvas.alignment import Box, around
from workbench.gui.canvas.card_keys import is_note, name, note_index, note_under
from workbench.gui.canvas.clipboard import from_text, to_text
from workbench.gui.canvas.editing import Editing, snapped
from workbench.gui.canvas.free_room import way_to_room
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level
from workbench.gui.canvas.note_places import card_box, note_box
from workbench.spec import edits
from workbench.spec import notes as note_edits
from workbench.spec.blocks import with_blocks
from workbench.spec.graph import Graph
from workbench.spec.ports import remove_nodes
from workbench.spec.record import replace
from workbench.spec.scopes import with_graph_at

PASTE_OFFSET = (geometry.GRID * 4, geometry.GRID * 4)


class Copying(Editing):
    """Copy, paste, duplicate and move into another graph."""

    def copy(self) -> str:
        """Return the selected nodes and notes as text, with the blocks that they use."""
        level, names = self.selected_level(), self.selected_names()
        placed = edits.move(level.graph, {each: level.places[each] for each in names})
        return to_text(edits.extract(placed, names, self.selected_notes()), self.architecture().blocks)

    def paste(self, text: str, at: Point | None = None) -> None:
        """Paste nodes and notes with their blocks, centred at ``at`` or else a little beside the originals.

        They go into the graph that is shown at ``at``, or else into that of the selection.
        """
        fragment = from_text(text)
        level = self.selected_level() if at is None else self.level_at(at)
        architecture, names = with_blocks(self.architecture(), fragment.blocks)
        nodes = tuple(
            node if node.type not in names else replace(node, type=names[node.type]) for node in fragment.nodes
        )
        pasted = Graph(nodes=nodes, notes=fragment.notes, parameters=fragment.parameters)
        graph = edits.paste(level.graph, pasted, self._offset(level, pasted, at))
        new, new_notes = _added(level.graph, graph)
        placed = edits.move(graph, {node.name: level.places[node.name] for node in level.graph.nodes})
        what = self._what([*new, *(note_under("", index) for index in new_notes)])
        self.document.apply_architecture(f"paste {what}", with_graph_at(architecture, level.scope, placed))
        self._select_in(level, new, new_notes)

    def _offset(self, level: Level, fragment: Graph, at: Point | None) -> Point:
        boxes = self._boxes(fragment)
        if at is None or not boxes:
            return self._clear(level, fragment, PASTE_OFFSET)
        whole, (x, y) = around(boxes), level.place_of(at)
        middle = (whole.left + whole.width / 2, whole.top + whole.height / 2)
        return self._clear(level, fragment, (geometry.snap(x - middle[0]), geometry.snap(y - middle[1])))

    def _boxes(self, graph: Graph, *, frames: bool = True) -> list[Box]:
        """Return the rectangles of the notes and of the nodes that have a position."""
        boxes = [card_box(node.position) for node in graph.nodes if node.position]
        return boxes + [note_box(note, self.places.size_of_comment) for note in graph.notes if frames or not note.size]

    def _clear(self, level: Level, fragment: Graph, offset: Point) -> Point:
        """Return the offset closest to this one at which the pasted items cover nothing.

        Frames count as obstacles only if a frame is pasted, so that anything else can go into one.
        """
        boxes = self._boxes(fragment)
        if not boxes:
            return offset
        with_frame = any(note.size for note in fragment.notes)
        there = self._boxes(edits.move(level.graph, level.places), frames=with_frame)
        dx, dy = way_to_room(around(boxes).shifted(*offset), there)
        return (offset[0] + dx, offset[1] + dy)

    def duplicate(self) -> None:
        """Copy the selected nodes and notes beside the originals, with the same inputs."""
        if not self.selection:
            return
        level, names, indices = self.selected_level(), self.selected_names(), self.selected_notes()
        placed = edits.move(level.graph, level.places)
        wide = max([geometry.CARD_WIDTH, *(self.box(key).width for key in self.selection if is_note(key))])
        beside = (geometry.snap(wide + geometry.COLUMN - geometry.CARD_WIDTH), 0.0)
        offset = self._clear(level, edits.extract(placed, names, indices), beside)
        graph = edits.duplicate(placed, names, offset, indices)
        new, new_notes = _added(level.graph, graph)
        self._apply(f"duplicate {self._what()}", level, graph)
        self._select_in(level, new, new_notes)

    def is_loose(self, keys: Collection[str]) -> bool:
        """Whether these cards have no connections to others."""
        chosen = set(keys)
        return not any((edge.source in chosen) != (edge.target in chosen) for edge in self.edges.values())

    def move_into(self, level: Level, shown: Mapping[str, Point]) -> None:
        """Move unconnected cards and notes of one graph into another shown graph, at the given shown positions."""
        own = self.level_of(next(iter(shown)))
        places = {key: snapped(level.place_of(place)) for key, place in shown.items()}
        cards = {name(key): place for key, place in places.items() if not is_note(key)}
        notes = {note_index(key): place for key, place in places.items() if is_note(key)}
        moved = note_edits.move_notes(edits.move(own.graph, cards), notes)
        fragment = edits.extract(moved, cards, notes)
        left = with_graph_at(self.architecture(), own.scope, note_edits.remove_notes(own.graph, notes))
        without = remove_nodes(left, own.scope, cards, close=False)
        graph = edits.paste(edits.move(level.graph, level.places), fragment)
        new, new_notes = _added(level.graph, graph)
        where = level.scope or "the network"
        self.document.apply_architecture(
            f"move {self._what(shown)} into {where}", with_graph_at(without, level.scope, graph)
        )
        self._select_in(level, new, new_notes)


def _added(before: Graph, after: Graph) -> tuple[list[str], range]:
    """Return the names of the nodes and the indices of the notes that were appended to a graph."""
    return [node.name for node in after.nodes[len(before.nodes) :]], range(len(before.notes), len(after.notes))
