"""The canvas's edits of one graph: adding, connecting, deleting, moving, renaming. No Qt.

Each edit is one step of the document, in the graph that its cards belong to: inside an expanded block it changes the
block. A user's mistake is a ``SpecError`` whose sentence the view shows.
"""

from collections.abc import Collection, Mapping

from workbench.gui.canvas import geometry
from workbench.gui.canvas.card_keys import EdgeKey, Port, is_note, name, note_index, note_under, parent, under
from workbench.gui.canvas.cards import ports_of
from workbench.gui.canvas.free_room import way_to_room
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level
from workbench.gui.canvas.note_places import card_box
from workbench.gui.canvas.shown import Shown
from workbench.layers import LAYERS
from workbench.spec import edits, notes, ports
from workbench.spec.experiment import Architecture
from workbench.spec.forms import parameters_of, starting_parameters
from workbench.spec.graph import INPUT, Graph, Node
from workbench.spec.library import with_library_block
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.scopes import with_graph_at
from workbench.spec.words import plural

NOTHING_FOLLOWS = "{} is an Output: nothing can follow it"


class Editing(Shown):
    """Edits addressed by cards and ports."""

    def _apply(
        self,
        label: str,
        level: Level,
        graph: Graph,
        merge: str | None = None,
        architecture: Architecture | None = None,
    ) -> None:
        """Apply an edit as one undo step; automatic positions are stored in the graph by its first edit.

        ``architecture`` is what the graph is put into, if not the current network: for example one with a block added.
        """
        whole = architecture or self.architecture()
        changed = with_graph_at(whole, level.scope, _placed(graph, level))
        self.document.apply_architecture(label, changed, merge=merge)

    def _select_in(self, level: Level, names: Collection[str], note_indices: Collection[int] = ()) -> None:
        cards = {under(level.key, each) for each in names} & self.cards.keys()
        self.select(cards | {note_under(level.key, index) for index in note_indices})

    # Adding

    def _with_kind(self, kind: str) -> tuple[Architecture, str]:
        """Return the network and the type for a new node of this kind, adding a block of the library if necessary."""
        if kind in self.library:
            return with_library_block(self.architecture(), self.library[kind])
        if kind not in LAYERS and kind not in self.architecture().blocks:
            raise SpecError(f"no layer or block is called {kind}")
        return self.architecture(), kind

    def new_node(self, kind: str, place: Point, level: Level) -> Node:
        """Return a node of a layer or block, with a free name in the level and its required parameters."""
        parameters = starting_parameters(LAYERS[kind]) if kind in LAYERS else {}
        if kind == INPUT and self.data_shape is not None:
            parameters["shape"] = list(self.data_shape)
        return Node(name=edits.unique_name(level.graph, kind), type=kind, parameters=parameters, position=place)

    def add(self, kind: str, at: Point, edge: EdgeKey | None = None) -> str:
        """Add a node centred at ``at``, or beside the cards there, in the graph shown there, or on a connection.

        Return its key.
        """
        architecture, kind = self._with_kind(kind)
        if edge is None:
            level = self.level_at(at)
            place = _beside(snapped(level.place_of(geometry.centred(at))), level.places.values())
            node = self.new_node(kind, place, level)
            return self._add(node, level, edits.add_node(level.graph, node), architecture)
        level = self.level_of(edge[0])
        place = self._place_on(edge)
        node = self.new_node(kind, place, level)
        graph = edits.add_node(edits.move(level.graph, geometry.make_room(level.places, place)), node)
        return self._add(node, level, edits.insert_on_edge(graph, node.name, *_local(edge)), architecture)

    def add_after(self, kind: str, at: Point) -> str:
        """Add a node after the selected one, or before it if that is an Output, keeping the chain closed.

        With nothing selected, or if this kind cannot be connected so, add it at ``at``.
        """
        architecture, type_ = self._with_kind(kind)
        key, own = self.only_card(), ports_of(type_, architecture.blocks)
        if key is None or not own.inputs:
            return self.add(kind, at)
        if not self.cards[key].ports.outputs:
            return self._add_before(kind, key) if own.outputs else self.add(kind, at)
        followers = [edge.key for edge in self.edges.values() if edge.source == key]
        if len(followers) == 1 and own.outputs:
            return self.add(kind, at, followers[0])
        level = self.level_of(key)
        return self._add_connected(kind, self._below(level, name(key)), level, source=(key, 0))

    def _add_before(self, kind: str, key: str) -> str:
        """Add a node that feeds an Output, in its connection if it has one."""
        level = self.level_of(key)
        x, y = level.places[name(key)]
        if self.node(key).inputs:
            return self.add(kind, (x, y), (key, 0))
        place = _beside((x, y - geometry.ROW), level.places.values())
        return self._add_connected(kind, place, level, target=(key, 0))

    def add_connected(self, kind: str, at: Point, source: Port | None = None, target: Port | None = None) -> str:
        """Add a node fed by the output ``source`` or feeding the input ``target``, and return its key."""
        end = source or target
        level = self.level_of(end[0]) if end else self.level_at(at)
        return self._add_connected(kind, snapped(level.place_of(geometry.centred(at))), level, source, target)

    def _add_connected(
        self, kind: str, place: Point, level: Level, source: Port | None = None, target: Port | None = None
    ) -> str:
        architecture, kind = self._with_kind(kind)
        node = self.new_node(kind, place, level)
        graph = edits.add_node(level.graph, node)
        if source:
            graph = edits.connect(graph, self.reference(*source), node.name)
        if target:
            outputs = ports_of(kind, architecture.blocks).outputs
            reference = f"{node.name}:{outputs[0]}" if outputs[0] else node.name
            graph = edits.connect(graph, reference, name(target[0]), self._port(*target))
        return self._add(node, level, graph, architecture)

    def _add(self, node: Node, level: Level, graph: Graph, architecture: Architecture) -> str:
        self._apply(f"add {node.name}", level, graph, architecture=architecture)
        self._select_in(level, [node.name])
        return under(level.key, node.name)

    def _below(self, level: Level, node: str) -> Point:
        x, y = level.places[node]
        place = (x, y + geometry.ROW)
        while any(geometry.overlaps(place, other) for other in level.places.values()):
            place = (place[0] + geometry.COLUMN, place[1])
        return place

    def _place_on(self, key: EdgeKey) -> Point:
        """Return the position of a card inserted on a connection: a row below its source, or halfway if far apart."""
        edge, places = self.edges[key], self.level_of(key[0]).places
        (x, top), (target_x, bottom) = places[name(edge.source)], places[name(edge.target)]
        if bottom - top >= 2 * geometry.ROW - geometry.GRID:
            return (geometry.snap((x + target_x) / 2), geometry.snap((top + bottom) / 2))
        return (geometry.snap(x), geometry.snap(top + geometry.ROW))

    def can_insert(self, key: str) -> bool:
        """Whether a card may be dropped on a connection: it has inputs and outputs, none of them connected yet."""
        own = self.cards[key].ports
        used = any(key in (edge.source, edge.target) for edge in self.edges.values())
        return bool(own.inputs and own.outputs) and not used

    def insert(self, key: str, edge: EdgeKey) -> None:
        """Insert an unconnected node into a connection, which may be in another shown graph."""
        level, own, node = self.level_of(edge[0]), self.level_of(key), self.node(key)
        place, architecture, graph = self._place_on(edge), self.architecture(), level.graph
        if own.scope != level.scope:
            architecture = ports.remove_nodes(architecture, own.scope, {node.name}, close=False)
            free = node.name if node.name not in graph.by_name else edits.unique_name(graph, node.name)
            fragment = replace(edits.extract(own.graph, {name(key)}), nodes=(replace(node, name=free),))
            graph, node = edits.paste(graph, fragment), fragment.nodes[0]
        others = {other: position for other, position in level.places.items() if other != node.name}
        graph = edits.move(graph, {**geometry.make_room(others, place), node.name: place})
        graph = edits.insert_on_edge(graph, node.name, *_local(edge))
        self._apply(f"insert {node.name}", level, graph, architecture=architecture)
        self._select_in(level, [node.name])

    def replace_selected(self, kind: str) -> None:
        """Replace the selected nodes by nodes of this kind; settings that both kinds share are kept."""
        level, (architecture, kind) = self.selected_level(), self._with_kind(kind)
        graph, names, blocks = level.graph, [], architecture.blocks
        own, into = _settings(kind, blocks), ports_of(kind, blocks)
        start = starting_parameters(LAYERS[kind]) if kind in LAYERS else {}
        for node in map(graph.by_name.__getitem__, sorted(self.selected_names())):
            if len(node.inputs) > len(into.inputs) and not into.many:
                raise SpecError(f"{node.name} has {plural(len(node.inputs), 'input')}, and {kind} takes fewer")
            before = _settings(node.type, blocks)
            kept = {each: value for each, value in node.parameters.items() if own.get(each, kind) == before.get(each)}
            names.append(edits.name_as(graph, node.name, kind))
            graph = edits.rename(edits.retype(graph, node.name, kind, {**start, **kept}), node.name, names[-1])
        self._apply(f"replace {self._what()}", level, graph, architecture=architecture)
        self._select_in(level, names)

    # Removing

    def delete(self) -> None:
        """Remove the selected nodes and notes, reconnecting chains across them, or the selected connection."""
        if self.selected_edge:
            self.disconnect(self.selected_edge)
        elif self.selection:
            level = self.selected_level()
            without = notes.remove_notes(_placed(level.graph, level), self.selected_notes())
            architecture = with_graph_at(self.architecture(), level.scope, without)
            removed = ports.remove_nodes(architecture, level.scope, self.selected_names())
            self.document.apply_architecture(f"delete {self._what()}", removed)

    def disconnect(self, key: EdgeKey) -> None:
        """Remove one connection."""
        level = self.level_of(key[0])
        self._apply(f"disconnect {name(key[0])}", level, edits.disconnect(level.graph, *_local(key)))

    # Connecting

    def reference(self, key: str, slot: int) -> str:
        """Return how the graph refers to output ``slot`` of a card's node."""
        outputs = self.cards[key].ports.outputs
        return f"{name(key)}:{outputs[slot]}" if outputs[slot] else name(key)

    def _port(self, target: str, slot: int) -> int | None:
        return None if self.cards[target].ports.many else slot

    def refusal(self, source: Port, target: Port) -> str:
        """Return a sentence saying why this output cannot feed this input, or an empty string if it can."""
        if parent(source[0]) != parent(target[0]):
            return "these are in different blocks: connect through the block's Inputs"
        if not self.cards[source[0]].ports.outputs:
            return NOTHING_FOLLOWS.format(name(source[0]))
        reference, graph = self.reference(*source), self.level_of(target[0]).graph
        reason = edits.refusal(graph, reference, name(target[0]))
        if reason:
            return reason
        node, into = self.node(target[0]), self.cards[target[0]].ports
        if not into.many and target[1] > len(node.inputs):
            return f"connect {into.inputs[len(node.inputs)]} of {node.name} first: inputs are connected in order"
        if reference in node.inputs and not into.many:
            return f"{name(source[0])} is already connected to {node.name}"
        return ""

    def connect(self, source: Port, target: Port, instead_of: EdgeKey | None = None) -> None:
        """Connect an output to an input; ``instead_of`` is a connection removed in the same step."""
        reason = self.refusal(source, target)
        if reason:
            raise SpecError(reason)
        level, port = self.level_of(target[0]), self._port(*target)
        graph = level.graph
        if instead_of and instead_of[0] == target[0]:
            port = instead_of[1]
        elif instead_of:
            graph = edits.disconnect(graph, *_local(instead_of))
        graph = edits.connect(graph, self.reference(*source), name(target[0]), port)
        self._apply(f"connect {name(source[0])} to {name(target[0])}", level, graph)

    def connect_to(self, source: Port, target: str) -> None:
        """Connect an output to the first input of ``target`` that accepts it, if possible to a free one."""
        num_used = len(self.node(target).inputs)
        slots = sorted(range(max(len(self.cards[target].ports.inputs), 1)), key=lambda slot: slot < num_used)
        self.connect(source, (target, next((slot for slot in slots if not self.refusal(source, (target, slot))), 0)))

    # Moving and naming

    def move(self, shown: Mapping[str, Point], merge: str | None = None) -> None:
        """Move cards and notes of one graph to the given shown positions."""
        level = self.level_of(next(iter(shown)))
        self._apply(f"move {self._what(shown)}", level, self._moved(level, shown), merge)

    def _moved(self, level: Level, shown: Mapping[str, Point]) -> Graph:
        """Return the level's graph with some of its cards and notes at new shown positions."""
        cards = {name(key): place for key, place in shown.items() if not is_note(key)}
        keys = [key for key in shown if is_note(key)]
        graph = edits.move(level.graph, level.places_of(cards))
        own = level.own_notes([replace(self.notes[key], position=shown[key]) for key in keys], cards)
        return notes.move_notes(graph, {note_index(key): note.position for key, note in zip(keys, own, strict=True)})

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selection and what its frames hold by a small step; successive nudges merge into one undo step."""
        level, moved = self.selected_level(), self.with_held(self.selection)
        cards = {name(key): level.places[name(key)] for key in moved if not is_note(key)}
        own = {note_index(key): level.graph.notes[note_index(key)].position for key in moved if is_note(key)}
        if moved:
            graph = edits.move(level.graph, {each: (x + dx, y + dy) for each, (x, y) in cards.items()})
            graph = notes.move_notes(graph, {index: (x + dx, y + dy) for index, (x, y) in own.items()})
            self._apply(f"move {self._what()}", level, graph, merge=f"nudge {sorted(self.selection)}")

    def rename(self, key: str, new: str) -> None:
        """Rename a node, along with the connections, heads and uses of its block that refer to it."""
        if new == name(key):
            return
        experiment = ports.rename_in(self.document.experiment, self.level_of(key).scope, name(key), new)
        self.document.apply(f"rename {name(key)}", experiment)

    def _what(self, keys: Collection[str] | None = None) -> str:
        """Return what an undo label names: the name of a single node, otherwise counts of nodes and notes."""
        chosen = self.selection if keys is None else keys
        nodes, num_notes = sorted(key for key in chosen if not is_note(key)), sum(map(is_note, chosen))
        if len(nodes) == 1 and not num_notes:
            return name(nodes[0])
        return " and ".join(
            plural(number, what) for number, what in ((len(nodes), "node"), (num_notes, "note")) if number
        )


def _settings(kind: str, blocks: Mapping[str, Graph]) -> dict[str, object]:
    """Return the settings of a layer or block by name, with the kind of value that each takes."""
    if kind in blocks:
        return {each: type(value) for each, value in blocks[kind].parameters.items()}
    return {each.name: (each.kind, each.choices) for each in parameters_of(LAYERS[kind])} if kind in LAYERS else {}


def _local(edge: EdgeKey) -> EdgeKey:
    """Return a connection's key relative to its graph."""
    return (name(edge[0]), edge[1])


def _placed(graph: Graph, level: Level) -> Graph:
    """Return the graph with its automatic positions stored in the nodes."""
    unplaced = (node.name for node in graph.nodes if node.position is None)
    return edits.move(graph, {each: level.places[each] for each in unplaced if each in level.places})


def _beside(place: Point, others: Collection[Point]) -> Point:
    """Return the place of a card, moved next to those that it would cover."""
    if not any(geometry.overlaps(place, other) for other in others):
        return place
    dx, dy = way_to_room(card_box(place), [card_box(other) for other in others])
    return (place[0] + dx, place[1] + dy)


def snapped(place: Point) -> Point:
    """Return the nearest grid point."""
    return (geometry.snap(place[0]), geometry.snap(place[1]))
