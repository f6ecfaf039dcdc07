"""The graphs that the canvas shows: the current one, and in it those of expanded blocks. No Qt.

Each is a ``Level`` with its own positions, the positions where these are shown, and the path under which the compiler
knows its contents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workbench.gui.canvas.alignment import Box, box_at
from workbench.gui.canvas.card_keys import under
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, Point
from workbench.gui.canvas.layout import MAX_COLUMNS, places_for
from workbench.gui.canvas.note_places import Measure, card_box, follow, rough_size
from workbench.gui.canvas.stretch import Size, Stretch, places_to_show
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, Note
from workbench.spec.paths import repeated_names
from workbench.spec.record import replace
from workbench.spec.scopes import graph_at

HEADER, MARGIN, SIDE, FOOTER = CARD_HEIGHT, 24.0, 40.0, 16.0
"""Of an expanded block: title, margin above and below its cards, margin at the sides (with room for a skip), foot."""

ITSELF = ":"
"""First character of a prefix that leads into a block without a use; no path of the compiler starts with it."""

PORT_SIZE = (20.0, 12.0)
"""Inputs and Outputs of an expanded block are shown as dots on its edges."""


class Level:
    """One graph as it is shown.

    ``key`` is that of the expanded use it belongs to, empty for the canvas's current graph; ``scope`` is the block's
    name, empty for the network. ``outer`` and ``use`` are the level around it, shown or not, and its node there.
    """

    def __init__(self, scope: str, graph: Graph, outer: Level | None = None, use: Node | None = None) -> None:
        self.scope = scope
        self.graph = graph
        self.outer = outer
        self.use = use
        self.key = ""
        self.prefix: str = f"{outer.prefix}{repeated_names(use.name, use.repeat)[-1]}." if outer and use else ""
        self.inner: dict[str, Level] = {}
        self.places: dict[str, Point] = {}
        self.notes: tuple[Note, ...] = ()
        """The notes among the cards as shown, before the level is shifted to its place on the canvas."""
        self.size: Size = (0.0, 0.0)
        """Size of the expanded block, with its title and margins."""
        self._stretch = Stretch({}, {})
        self._size_of_comment: Measure = rough_size
        self._corner: Point = (0.0, 0.0)
        """The upper left of all cards, before the level is shifted."""
        self._shift: Point = (0.0, 0.0)

    def is_port(self, name: str) -> bool:
        """Whether a node is shown as a dot on the edge of the expanded block."""
        return bool(self.key) and self.graph.by_name[name].type in (INPUT, OUTPUT)

    def lay_out(self, architecture: Architecture, places: Places) -> None:
        """Compute the size of everything, from the innermost level outwards."""
        self.places = places.of(self.graph, MAX_COLUMNS if not self.scope else 1)
        for node in self.graph.nodes:
            if node.unfolded and node.type in architecture.blocks:
                level = Level(node.type, architecture.blocks[node.type], self, node)
                level.key = under(self.key, node.name)
                level.lay_out(architecture, places)
                self.inner[node.name] = level
        self._stretch = Stretch(self._cards(self.places), {name: level.size for name, level in self.inner.items()})
        self._size_of_comment = places.size_of_comment
        self.notes = self.graph.notes
        if self.notes and self.inner:
            before = {name: card_box(place) for name, place in self._cards(self.places).items()}
            after = {name: self._box(name, place) for name, place in self._stretch.places.items()}
            self.notes = follow(self.notes, self._size_of_comment, before, after)
        if self.key:
            self._measure()

    def _cards(self, places: Mapping[str, Point]) -> dict[str, Point]:
        return {name: place for name, place in places.items() if not self.is_port(name)} if self.key else dict(places)

    def _size_of(self, name: str) -> Size:
        return self.inner[name].size if name in self.inner else (CARD_WIDTH, CARD_HEIGHT)

    def _box(self, name: str, place: Point) -> Box:
        return box_at(place, self._size_of(name))

    def _measure(self) -> None:
        boxes = [(x, y, *self._size_of(name)) for name, (x, y) in self._stretch.places.items()]
        boxes += [(*note.position, *(note.size or self._size_of_comment(note.text))) for note in self.notes]
        left, top = min((x for x, *_ in boxes), default=0.0), min((y for _, y, *_ in boxes), default=0.0)
        width = max((x + width for x, _, width, _ in boxes), default=left + CARD_WIDTH) - left
        height = max((y + height for _, y, _, height in boxes), default=top) - top
        self._corner = (left, top)
        self.size = (width + 2 * SIDE, HEADER + MARGIN + height + MARGIN + FOOTER)

    def put(self, corner: Point) -> None:
        """Place the expanded block with its upper left corner here, along with its contents."""
        left, top = self._corner
        self._shift = (corner[0] + SIDE - left, corner[1] + HEADER + MARGIN - top)
        self.put_inner()

    def put_inner(self) -> None:
        """Place the blocks that are expanded in this level."""
        for name, level in self.inner.items():
            level.put(self.shown(name))

    def shown(self, name: str) -> Point:
        """Return the shown upper left corner of a node's card."""
        x, y = self._stretch.places[name]
        return (x + self._shift[0], y + self._shift[1])

    def boxes(self) -> Iterator[tuple[str, Point, Size]]:
        """Yield the name, the shown upper left corner and the size of everything in this level."""
        dx, dy = self._shift
        for name, (x, y) in self._stretch.places.items():
            yield name, (x + dx, y + dy), self._size_of(name)
        if self.key:
            assert self.outer is not None and self.use is not None
            (x, y), (width, height) = self.outer.shown(self.use.name), self.size
            yield from self._dots(self.graph.inputs, (x, y + HEADER - 4), width)
            yield from self._dots(self.graph.outputs, (x, y + height - PORT_SIZE[1]), width)

    def _dots(self, ports: Sequence[Node], corner: Point, width: float) -> Iterator[tuple[str, Point, Size]]:
        for index, port in enumerate(ports):
            middle = corner[0] + width * (index + 1) / (len(ports) + 1)
            yield port.name, (middle - PORT_SIZE[0] / 2, corner[1]), PORT_SIZE

    def place_of(self, point: Point) -> Point:
        """Return the own position of a card of this level that is to be shown at a point."""
        return self._stretch.place_of((point[0] - self._shift[0], point[1] - self._shift[1]))

    def places_of(self, shown: Mapping[str, Point]) -> dict[str, Point]:
        """Return the own positions of nodes that are to be shown at these points."""
        wanted = {name: (x - self._shift[0], y - self._shift[1]) for name, (x, y) in shown.items()}
        if not self.inner:
            return wanted
        staying = {name: place for name, place in self._cards(self.places).items() if name not in shown}
        return places_to_show(wanted, staying, {name: level.size for name, level in self.inner.items()})

    def shown_notes(self) -> Iterator[Note]:
        """Yield the notes with their shown positions, in the graph's order."""
        dx, dy = self._shift
        for note in self.notes:
            yield replace(note, position=(note.position[0] + dx, note.position[1] + dy)) if dx or dy else note

    def own_notes(self, notes: Sequence[Note], moved: Mapping[str, Point]) -> tuple[Note, ...]:
        """Return notes with their own positions, given their shown ones while ``moved`` nodes are shown elsewhere."""
        dx, dy = self._shift
        back = [replace(note, position=(note.position[0] - dx, note.position[1] - dy)) for note in notes]
        if not self.inner:
            return tuple(back)
        shown = self._stretch.places | {name: (x - dx, y - dy) for name, (x, y) in moved.items()}
        own = self._cards(self.places) | self.places_of(moved)
        before = {name: self._box(name, place) for name, place in shown.items()}
        return follow(back, self._size_of_comment, before, {name: card_box(place) for name, place in own.items()})

    def all(self) -> Iterator[Level]:
        """Yield the level and all levels inside it, outer ones first."""
        yield self
        for level in self.inner.values():
            yield from level.all()


class Places:
    """Positions of nodes, automatic for those that have none, cached by graph. Also knows how to measure comments."""

    def __init__(self, size_of_comment: Measure) -> None:
        self.size_of_comment = size_of_comment
        self._known: dict[int, tuple[Graph, dict[str, Point]]] = {}

    def of(self, graph: Graph, max_columns: int = 1) -> dict[str, Point]:
        """Return a position for every node. Blocks get one column, which reads well where they are expanded."""
        known = self._known.get(id(graph))
        if known is None:
            known = self._known[id(graph)] = (graph, places_for(graph, max_columns))
        return known[1]

    def forget_others(self, architecture: Architecture) -> None:
        """Drop cached positions of graphs that are not part of this architecture."""
        kept = {id(graph) for graph in (architecture.graph, *architecture.blocks.values())}
        self._known = {key: value for key, value in self._known.items() if key in kept}


def itself(block: str) -> str:
    """Return the first step of a trail that opens a block directly rather than through one of its uses, if any."""
    return f"{ITSELF}{block}"


def block_itself(step: str) -> str:
    """Return the block that such a step leads into; empty if the step is the name of a use."""
    return step[1:] if step.startswith(ITSELF) else ""


def level_along(architecture: Architecture, trail: Sequence[str], places: Places) -> Level:
    """Return the level reached by opening these uses one after another, laid out."""
    level = Level("", architecture.graph)
    for step in trail:
        if block := block_itself(step):
            level = Level(block, graph_at(architecture, block))
            level.prefix = f"{step}."
        else:
            use = level.graph.by_name[step]
            level = Level(use.type, graph_at(architecture, use.type), level, use)
    level.lay_out(architecture, places)
    level.put_inner()
    return level
