"""What the canvas shows: the current graph, its drawn contents and the selection. No Qt.

The presenter's edits build on this; nothing here changes the document.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from workbench.compiler.facts import Analysis
from workbench.gui.canvas.alignment import Box, box_at
from workbench.gui.canvas.card_keys import is_note, name, note_index, note_under, parent, under
from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.contents import Contents, Owners
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level, Places, block_itself, itself, level_along
from workbench.gui.canvas.making import Edge, Maker
from workbench.gui.canvas.note_places import Measure, held, note_box, rough_size
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.selected import Look, Selected
from workbench.layers.base import Shape
from workbench.spec import edits, notes
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.graph import Graph, Node, Note
from workbench.spec.library import LibraryBlock
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.scopes import graph_at


class Shown:
    """Cards, notes, edges and selection of the network or of the open block. Cards and notes are addressed by key."""

    def __init__(
        self,
        document: Document,
        library: Mapping[str, LibraryBlock] | None = None,
        size_of_comment: Measure = rough_size,
    ) -> None:
        self.document = document
        self.library = library if library is not None else {}
        """Blocks that can be added to the network, by key."""
        self.analysis: Analysis | None = None
        self.data_shape: tuple[int, ...] | None = None
        """The data's shape, which a new Input gets; None if unknown."""
        self.trail: tuple[str, ...] = ()
        """The names of the uses opened to get here, each in the graph of the previous one; empty for the network.

        The first may stand for a block ``itself``.
        """
        self.selection: frozenset[str] = frozenset()
        self.selected_edge: tuple[str, int] | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_selection: Callable[[], None] = lambda: None
        document.look = lambda: Look(trail=self.trail, keys=self.selection, edge=self.selected_edge)
        document.listen(self._document_changed)
        self.places = Places(size_of_comment)
        self.maker = Maker()
        self._derive()

    def architecture(self) -> Architecture:
        """Return the whole network, blocks included."""
        return self.document.experiment.architecture

    @property
    def graph(self) -> Graph:
        """The graph that the canvas currently shows."""
        return self.level.graph

    @property
    def cards(self) -> dict[str, Card]:
        """Everything drawn as a card, outer cards before their contents."""
        return self.contents.cards

    @property
    def edges(self) -> dict[tuple[str, int], Edge]:
        """Every connection drawn, by what it feeds: card and index of the input."""
        return self.contents.edges

    @property
    def positions(self) -> dict[str, Point]:
        """The shown upper left corner of each card. The document's may differ, since expanding a block makes room."""
        return self.contents.positions

    @property
    def notes(self) -> dict[str, Note]:
        """Every comment and frame, with its shown position and size."""
        return self.contents.notes

    def box(self, key: str) -> Box:
        """Return the shown rectangle of a card or note."""
        if is_note(key):
            return note_box(self.notes[key], self.places.size_of_comment)
        return box_at(self.positions[key], self.cards[key].size)

    def level_of(self, key: str) -> Level:
        """Return the graph that contains a card's node or a note."""
        return self.contents.levels[parent(key)]

    def node(self, key: str) -> Node:
        """Return the node of a card."""
        return self.level_of(key).graph.by_name[name(key)]

    def beside(self, key: str) -> list[str]:
        """Return all cards of the graph that a card is in, itself included."""
        return [under(parent(key), other) for other in self.level_of(key).graph.by_name]

    def with_held(self, keys: Iterable[str]) -> set[str]:
        """Return these items, all of one graph, and what lies in the frames among them."""
        found = set(keys)
        frames = [self.box(key) for key in found if is_note(key) and self.notes[key].size]
        if frames:
            level = self.level_of(next(iter(found)))
            cards = (under(level.key, each) for each in level.graph.by_name if not level.is_port(each))
            around = {key: self.box(key) for key in (*cards, *self._notes_of(level))}
            found = found.union(*(held(frame, around) for frame in frames))
        return found

    def _notes_of(self, level: Level) -> list[str]:
        return [note_under(level.key, index) for index in range(len(level.graph.notes))]

    def level_at(self, point: Point) -> Level:
        """Return the innermost graph shown at a point: that of an expanded block, or the current one."""
        level = self.level
        while (inner := _inner_at(level, point)) is not None:
            level = inner
        return level

    def input_point(self, key: str, slot: int) -> Point:
        """Return the shown position of an input port."""
        (x, y), (dx, dy) = self.positions[key], self.cards[key].input_offset(slot)
        return (x + dx, y + dy)

    def output_point(self, key: str, slot: int) -> Point:
        """Return the shown position of an output port."""
        (x, y), (dx, dy) = self.positions[key], self.cards[key].output_offset(slot)
        return (x + dx, y + dy)

    def shape_of(self, key: str, slot: int) -> Shape | None:
        """Return the shape of an output, if known."""
        return self.maker.facts.shape(self.level_of(key), name(key), slot)

    # Contents

    def _document_changed(self, before: Experiment, after: Experiment) -> None:
        if after.architecture is before.architecture:
            return
        told, is_another = self.selected(), after.architecture.name != before.architecture.name
        if is_another:
            self.analysis, self.trail = None, ()
        self.trail = _still_there(self.trail, before.architecture, after.architecture)
        selection = {self._renamed(key, before.architecture, after.architecture) for key in self.selection}
        self._derive()
        self.on_change()
        look = Look(trail=self.trail, keys=frozenset(selection), edge=self.selected_edge)
        kept = Look() if is_another else self._present(look)
        returned = self._present(self.document.returned)
        look = returned if returned.trail == self.trail and (returned.keys or returned.edge) else kept
        self.select(look.keys, look.edge)
        if self.selected() != told:
            # The same keys may now mean another block, which was renamed or left.
            self.on_selection()

    def _present(self, look: Look) -> Look:
        keys = frozenset(key for key in look.keys if key in self.cards or key in self.notes)
        return replace(look, keys=keys, edge=look.edge if look.edge in self.edges else None)

    def _renamed(self, key: str, before: Architecture, after: Architecture) -> str:
        level = self.level_of(key)
        if level.scope not in after.blocks and level.scope:
            return key
        old, new = graph_at(before, level.scope), graph_at(after, level.scope)
        if is_note(key):
            index = notes.renumbered(old, new).get(note_index(key))
            return "" if index is None else note_under(level.key, index)
        names = edits.renames(old, new)
        return under(parent(key), names.get(name(key), name(key)))

    def show_analysis(self, analysis: Analysis) -> None:
        """Show a newer analysis. Facts of nodes just renamed or added come with the next one."""
        self.analysis = analysis
        self._derive()
        self.on_change()

    def _derive(self) -> None:
        architecture = self.architecture()
        self.places.forget_others(architecture)
        self.level = level_along(architecture, self.trail, self.places)
        self.contents = Contents(architecture, self.level, self.analysis, self.maker)
        if self.selected_edge not in self.edges:
            self.selected_edge = None

    # Navigation

    def enter(self, key: str) -> None:
        """Open the block that a card uses. Raises SpecError if it is not a block."""
        if not self.cards[key].is_use or self.node(key).type not in self.architecture().blocks:
            raise SpecError(f"{name(key)} is not a block: there is nothing inside it")
        self.go_to((*self.trail, *key.split("/")))

    def look_into(self, block: str) -> None:
        """Open a block at its first use, or by itself if the network does not use it."""
        self.go_to(way_to(self.architecture(), block))

    def leave(self) -> None:
        """Return to the graph around the block."""
        if self.trail:
            self.go_back(len(self.trail) - 1)

    def go_back(self, steps: int) -> None:
        """Return to the level after ``steps`` opened blocks, and select the use that led on from there."""
        use = self.trail[steps]
        self.go_to(self.trail[:steps])
        self.select({use} & self.cards.keys())

    def go_to(self, trail: tuple[str, ...]) -> None:
        """Show the graph that is reached by opening these uses."""
        if trail == self.trail:
            return
        self.select(())
        self.trail = trail
        self._derive()
        self.on_change()
        self.on_selection()

    def reveal(self, path: str) -> str:
        """Show a node of the flattened network (``layer1.0.conv1``), select its card and return its key."""
        key = Owners(self.level).card_of(path)
        if not key and self.trail:
            self.go_to(())
            key = Owners(self.level).card_of(path)
        self.select({key} if key else ())
        return key

    def show_node(self, path: Sequence[str]) -> str:
        """Show and select a node, given the names of the uses that lead to it and its own; return its key.

        A note is named by its part of its key (``#2``). A node shown in an expanded block is selected there; otherwise
        its block is opened.
        """
        here = len(self.trail)
        key = "/".join(path[here:]) if tuple(path[:here]) == self.trail else ""
        if key not in self.cards and key not in self.notes:
            self.go_to(tuple(path[:-1]))
            key = path[-1]
        self.select({key})
        return key

    # Selection

    def select(self, keys: Collection[str], edge: tuple[str, int] | None = None) -> None:
        """Select exactly these cards and notes, or one connection.

        Of several graphs, only the outermost's items are kept.
        """
        outermost = min((key.count("/") for key in keys), default=0)
        chosen = [key for key in keys if key.count("/") == outermost]
        graphs = sorted({parent(key) for key in chosen})
        selection = frozenset(key for key in chosen if parent(key) == graphs[0])
        if selection != self.selection or edge != self.selected_edge:
            self.selection, self.selected_edge = selection, edge
            self.on_selection()

    def select_all(self) -> None:
        """Select every node and note of the graph in which something is selected."""
        level = self.selected_level()
        cards = (under(level.key, each) for each in level.graph.by_name if not level.is_port(each))
        self.select({*cards, *self._notes_of(level)})

    def select_alike(self) -> None:
        """Select every node of the same types as the selected ones, in their graph."""
        level, names = self.selected_level(), self.selected_names()
        kinds = {level.graph.by_name[each].type for each in names}
        self.select({under(level.key, node.name) for node in level.graph.nodes if node.type in kinds})

    def selected_level(self) -> Level:
        """Return the graph in which something is selected, or else the current one."""
        return self.level_of(next(iter(self.selection))) if self.selection else self.level

    def selected_names(self) -> frozenset[str]:
        """Return the selected nodes' names in their graph."""
        return frozenset(name(key) for key in self.selection if not is_note(key))

    def selected_notes(self) -> frozenset[int]:
        """Return the selected notes' indices in their graph."""
        return frozenset(note_index(key) for key in self.selection if is_note(key))

    def only_card(self) -> str | None:
        """Return the key of the selected card, if nothing else is selected."""
        return next((key for key in self.selection if len(self.selection) == 1 and not is_note(key)), None)

    def only_note(self) -> str | None:
        """Return the key of the selected note, if nothing else is selected."""
        return next((key for key in self.selection if len(self.selection) == 1 and is_note(key)), None)

    def selected(self) -> Selected:
        """Return the selection in the form that other panels use."""
        level = self.selected_level()
        return Selected(scope=level.scope, names=self.selected_names(), prefix=level.prefix)


def _inner_at(level: Level, point: Point) -> Level | None:
    """Return the content of the expanded block at a point; None if there is none."""
    for use, inner in level.inner.items():
        x, y = level.shown(use)
        if x <= point[0] <= x + inner.size[0] and y <= point[1] <= y + inner.size[1]:
            return inner
    return None


def _still_there(trail: tuple[str, ...], before: Architecture, after: Architecture) -> tuple[str, ...]:
    """Return the trail to the open block as far as it still exists, following renamed uses."""
    found: list[str] = []
    old, new = before.graph, after.graph
    for use in trail:
        if block := block_itself(use):
            old = before.blocks[block]
            # A renamed block keeps its graph object.
            now = [name for name, graph in after.blocks.items() if name == block or graph is old]
            if not now:
                break
            found.append(itself(now[0]))
            new = after.blocks[now[0]]
            continue
        current = edits.renames(old, new).get(use, use)
        node = new.by_name.get(current)
        if node is None or node.type not in after.blocks:
            break
        found.append(current)
        old, new = before.blocks[old.by_name[use].type], after.blocks[node.type]
    return tuple(found)


def way_to(architecture: Architecture, block: str) -> tuple[str, ...]:
    """Return the shortest trail of uses from the network to a block, or the block itself if there is none."""
    waiting: list[tuple[tuple[str, ...], Graph]] = [((), architecture.graph)]
    seen: set[str] = set()
    for way, graph in waiting:
        for node in graph.nodes:
            if node.type == block:
                return (*way, node.name)
            if node.type in architecture.blocks and node.type not in seen:
                seen.add(node.type)
                waiting.append(((*way, node.name), architecture.blocks[node.type]))
    return (itself(block),)
