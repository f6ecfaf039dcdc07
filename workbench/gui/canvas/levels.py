"""The graphs that the canvas shows: the one it looks at, and in it those of the unfolded blocks. No Qt.

Each is a ``Level`` with its own places, with where these are shown, and with the path under which the compiler knows
what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workbench.gui.canvas.alignment import Box
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
"""Of an unfolded block: its title; the paper above and below its cards; beside them, with room for a skip; at its foot."""

ITSELF = ":"
"""Begins the prefix of what is in no use: the compiler knows nothing called so."""

PORT_SIZE = (20.0, 12.0)
"""Inputs and Outputs of an unfolded block are no more than dots at its edges."""


class Level:
    """One graph as it is shown.

    ``key`` is that of the unfolded use it belongs to, empty for the graph the canvas looks at; ``scope`` the block's
    name, empty for the network. ``outer`` and ``use`` are the level around it, shown or not, and the node there.
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
        """The graph's notes among its cards as they are shown, before the level is put where it belongs."""
        self.size: Size = (0.0, 0.0)
        """Of the unfolded block, with its title and margins."""
        self._stretch = Stretch({}, {})
        self._size_of_comment: Measure = rough_size
        self._corner: Point = (0.0, 0.0)
        """The upper left of all cards before the level is put where it is shown."""
        self._shift: Point = (0.0, 0.0)

    def is_port(self, name: str) -> bool:
        """Whether a node is shown as a dot at the edge of the unfolded block."""
        return bool(self.key) and self.graph.by_name[name].type in (INPUT, OUTPUT)

    def lay_out(self, architecture: Architecture, places: Places) -> None:
        """Find out how large everything is, from the innermost outwards."""
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
        width, height = self._size_of(name)
        return Box(left=place[0], top=place[1], width=width, height=height)

    def _measure(self) -> None:
        boxes = [(x, y, *self._size_of(name)) for name, (x, y) in self._stretch.places.items()]
        boxes += [(*note.position, *(note.size or self._size_of_comment(note.text))) for note in self.notes]
        left, top = min((x for x, *_ in boxes), default=0.0), min((y for _, y, *_ in boxes), default=0.0)
        width = max((x + width for x, _, width, _ in boxes), default=left + CARD_WIDTH) - left
        height = max((y + height for _, y, _, height in boxes), default=top) - top
        self._corner = (left, top)
        self.size = (width + 2 * SIDE, HEADER + MARGIN + height + MARGIN + FOOTER)

    def put(self, corner: Point) -> None:
        """Show the unfolded block with its upper left here, and all that is in it."""
        left, top = self._corner
        self._shift = (corner[0] + SIDE - left, corner[1] + HEADER + MARGIN - top)
        self.put_inner()

    def put_inner(self) -> None:
        """Show what is unfolded in this level where it belongs."""
        for name, level in self.inner.items():
            level.put(self.shown(name))

    def shown(self, name: str) -> Point:
        """Where the upper left of a node's card is shown."""
        x, y = self._stretch.places[name]
        return (x + self._shift[0], y + self._shift[1])

    def boxes(self) -> Iterator[tuple[str, Point, Size]]:
        """Name, upper left and size of everything in this level as it is shown."""
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
        """The own place of a card of this level whose upper left is to be shown here."""
        return self._stretch.place_of((point[0] - self._shift[0], point[1] - self._shift[1]))

    def places_of(self, shown: Mapping[str, Point]) -> dict[str, Point]:
        """The own places of nodes that are to be shown here, by name."""
        if not self.inner:
            return {name: (x - self._shift[0], y - self._shift[1]) for name, (x, y) in shown.items()}
        staying = {name: place for name, place in self._cards(self.places).items() if name not in shown}
        wanted = {name: (x - self._shift[0], y - self._shift[1]) for name, (x, y) in shown.items()}
        return places_to_show(wanted, staying, {name: level.size for name, level in self.inner.items()})

    def shown_notes(self) -> Iterator[Note]:
        """The notes as they are shown, in the graph's order."""
        dx, dy = self._shift
        for note in self.notes:
            yield replace(note, position=(note.position[0] + dx, note.position[1] + dy)) if dx or dy else note

    def own_notes(self, notes: Sequence[Note], moved: Mapping[str, Point]) -> tuple[Note, ...]:
        """The notes as the graph has them that are to be shown so, when the ``moved`` nodes are shown at other places."""
        dx, dy = self._shift
        back = [replace(note, position=(note.position[0] - dx, note.position[1] - dy)) for note in notes]
        if not self.inner:
            return tuple(back)
        shown = self._stretch.places | {name: (x - dx, y - dy) for name, (x, y) in moved.items()}
        own = self._cards(self.places) | self.places_of(moved)
        before = {name: self._box(name, place) for name, place in shown.items()}
        return follow(back, self._size_of_comment, before, {name: card_box(place) for name, place in own.items()})

    def all(self) -> Iterator[Level]:
        """The level and all within it, outer ones first."""
        yield self
        for level in self.inner.values():
            yield from level.all()


class Places:
    """Where nodes stand, the program choosing for those that have no place; found once for each graph.

    It knows how large comments are, too.
    """

    def __init__(self, size_of_comment: Measure = rough_size) -> None:
        self.size_of_comment = size_of_comment
        self._known: dict[int, tuple[Graph, dict[str, Point]]] = {}

    def of(self, graph: Graph, max_columns: int = 1) -> dict[str, Point]:
        """A place for every node of a graph. Blocks have one column, to be read where they are unfolded."""
        known = self._known.get(id(graph))
        if known is None:
            known = self._known[id(graph)] = (graph, places_for(graph, max_columns))
        return known[1]

    def forget_others(self, architecture: Architecture) -> None:
        """Keep what is known of this architecture's graphs alone."""
        kept = {id(graph) for graph in (architecture.graph, *architecture.blocks.values())}
        self._known = {key: value for key, value in self._known.items() if key in kept}


def itself(block: str) -> str:
    """The first step of a trail that leads into a block by none of its uses: it may have none."""
    return f"{ITSELF}{block}"


def block_itself(step: str) -> str:
    """The block that such a step leads into; empty for a use's name."""
    return step[1:] if step.startswith(ITSELF) else ""


def level_along(architecture: Architecture, trail: Sequence[str], places: Places) -> Level:
    """The level that the canvas looks at after entering these uses one after the other, laid out."""
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
