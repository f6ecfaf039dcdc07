"""What the canvas shows and what its gestures do, without Qt.

Edits go through the document; the canvas is told to draw again by the document's change, as every panel is.
A user's mistake is a ``SpecError`` whose sentence the view shows.
"""

from collections.abc import Callable, Collection, Mapping

import msgspec

from workbench.compiler.facts import Analysis
from workbench.compiler.flatten import repeated_names
from workbench.gui.canvas import geometry
from workbench.gui.canvas.cards import Card, make_card, ports_of
from workbench.gui.canvas.clipboard import Fragment, from_text, to_text
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.layout import arrange, places_for
from workbench.gui.document import Document
from workbench.layers import LAYERS
from workbench.layers.base import Shape, describe
from workbench.spec import edits
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.forms import parameters_of
from workbench.spec.graph import OUTPUT, Graph, Node, split_reference
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import Record, Value

replace = msgspec.structs.replace

PASTE_OFFSET = (geometry.GRID * 4, geometry.GRID * 4)


class Edge(Record):
    """One connection: into input ``port`` of ``target``; slots are the ports as drawn."""

    source: str
    source_slot: int
    target: str
    target_slot: int
    port: int
    shape: str

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all others: each input has one connection."""
        return (self.target, self.port)


class Presenter:
    """Cards, edges and selection of the document's network."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.analysis: Analysis | None = None
        self.selection: frozenset[str] = frozenset()
        self.selected_edge: tuple[str, int] | None = None
        self.cards: dict[str, Card] = {}
        self.edges: dict[tuple[str, int], Edge] = {}
        self.positions: dict[str, Point] = {}
        self.on_change: Callable[[], None] = lambda: None
        self.on_selection: Callable[[], None] = lambda: None
        self.stop_listening = document.listen(self._document_changed)
        self._derive()

    @property
    def graph(self) -> Graph:
        """The network's graph as it stands."""
        return self.document.experiment.architecture.graph

    def architecture(self) -> Architecture:
        """The whole network, blocks included."""
        return self.document.experiment.architecture

    def node(self, key: str) -> Node:
        """The node of a card."""
        return self.graph.by_name[key]

    def beside(self, key: str) -> list[str]:
        """The cards of the graph that a card is in, itself included."""
        return list(self.graph.by_name)

    # What is drawn

    def _document_changed(self, before: Experiment, after: Experiment) -> None:
        if after.architecture is before.architecture:
            return
        if after.architecture.name != before.architecture.name:
            self.analysis = None
        self._derive()
        self.on_change()
        renamed = edits.renames(before.architecture.graph, after.architecture.graph)
        selection = {renamed.get(name, name) for name in self.selection}
        self.select(selection & self.graph.by_name.keys(), self.selected_edge)

    def show_analysis(self, analysis: Analysis) -> None:
        """Put newer facts on the cards. Facts of nodes just renamed or added come with the next answer."""
        self.analysis = analysis
        self._derive()
        self.on_change()

    def _derive(self) -> None:
        architecture = self.document.experiment.architecture
        problems = self._problems_by_node()
        self.positions = places_for(self.graph)
        self.cards = {
            node.name: make_card(node, architecture, self.analysis, problems.get(node.name, ()))
            for node in self.graph.nodes
        }
        self.edges = {edge.key: edge for edge in map(self._edge, edits.connections(self.graph))}
        if self.selected_edge not in self.edges:
            self.selected_edge = None

    def _problems_by_node(self) -> dict[str, list[Problem]]:
        """Problems by the node whose card shows them; what is wrong inside a block is shown on its use."""
        if self.analysis is None:
            return {}
        owner = {use: node.name for node in self.graph.nodes for use in repeated_names(node.name, node.repeat)}
        found: dict[str, list[Problem]] = {}
        for problem in self.analysis.problems:
            name = problem.node.partition(".")[0]
            found.setdefault(owner.get(name, name), []).append(problem)
        return found

    def _edge(self, connection: tuple[str, str, int]) -> Edge:
        reference, target, port = connection
        source, output = split_reference(reference)
        outputs = self.cards[source].ports.outputs
        slot = outputs.index(output) if output in outputs else 0
        many = self.cards[target].ports.many
        return Edge(
            source=source,
            source_slot=slot,
            target=target,
            target_slot=0 if many else min(port, max(len(self.cards[target].ports.inputs) - 1, 0)),
            port=port,
            shape=self._shape_on(source, slot),
        )

    def shape_of(self, source: str, slot: int) -> Shape | None:
        """The shape that an output gives, where it is known."""
        node = self.graph.by_name[source]
        facts = self.analysis.nodes.get(repeated_names(node.name, node.repeat)[-1]) if self.analysis else None
        return facts.output_shapes[slot] if facts and slot < len(facts.output_shapes) else None

    def _shape_on(self, source: str, slot: int) -> str:
        shape = self.shape_of(source, slot)
        return "" if shape is None else describe(shape)

    # Selection

    def select(self, names: Collection[str], edge: tuple[str, int] | None = None) -> None:
        """Select these nodes, or one connection, and nothing else."""
        chosen = frozenset(names)
        if chosen != self.selection or edge != self.selected_edge:
            self.selection, self.selected_edge = chosen, edge
            self.on_selection()

    def select_all(self) -> None:
        """Select every node."""
        self.select(self.graph.by_name)

    # Edits

    def _apply(self, label: str, graph: Graph, merge: str | None = None) -> None:
        """One undo step. Places chosen by the program become part of the graph with the first edit."""
        unplaced = (node.name for node in graph.nodes if node.position is None)
        places = {name: self.positions[name] for name in unplaced if name in self.positions}
        self._apply_architecture(label, {"graph": edits.move(graph, places)}, merge)

    def _apply_architecture(self, label: str, changes: Mapping[str, object], merge: str | None = None) -> None:
        experiment = self.document.experiment
        architecture = replace(experiment.architecture, **changes)
        self.document.apply(label, replace(experiment, architecture=architecture), merge=merge)

    def new_node(self, kind: str, place: Point) -> Node:
        """A node of a layer or block, with a free name and the parameters it must have."""
        parameters: dict[str, Value] = {}
        if kind in LAYERS:
            declared = parameters_of(LAYERS[kind])
            parameters = {each.name: each.start for each in declared if each.required or each.start != each.default}
        elif kind not in self.document.experiment.architecture.blocks:
            raise SpecError(f"there is no layer and no block called {kind}")
        return Node(name=edits.unique_name(self.graph, kind), type=kind, parameters=parameters, position=place)

    def add(self, kind: str, at: Point, edge: tuple[str, int] | None = None) -> str:
        """Put a new node with its middle at ``at``, into the connection ``edge`` where one is given; gives its name."""
        if edge is None:
            node = self.new_node(kind, geometry.centred(at))
            self._add(node, edits.add_node(self.graph, node))
            return node.name
        node = self.new_node(kind, self._place_on(edge))
        graph = edits.insert_on_edge(edits.add_node(self._with_room(node.position), node), node.name, *edge)
        self._add(node, graph)
        return node.name

    def add_after(self, kind: str, at: Point) -> str:
        """Put a new node after the selected one, into the chain where there is one; at ``at`` with none selected."""
        if len(self.selection) != 1 or not ports_of(kind, self.document.experiment.architecture.blocks).inputs:
            return self.add(kind, at)
        (name,) = self.selection
        followers = [edge.key for edge in self.edges.values() if edge.source == name]
        if not self.cards[name].ports.outputs:
            raise SpecError(f"{name} is an Output: answers leave there, and nothing follows it")
        if len(followers) == 1 and kind != OUTPUT:
            return self.add(kind, at, followers[0])
        return self.add_connected(kind, self._below(name), source=(name, 0))

    def add_connected(
        self, kind: str, at: Point, source: tuple[str, int] | None = None, target: tuple[str, int] | None = None
    ) -> str:
        """Put a new node fed by the output ``source``, or feeding the input ``target`` (node and slot)."""
        node = self.new_node(kind, geometry.centred(at))
        graph = edits.add_node(self.graph, node)
        if source:
            graph = edits.connect(graph, self.reference(*source), node.name)
        if target:
            outputs = ports_of(kind, self.document.experiment.architecture.blocks).outputs
            reference = f"{node.name}:{outputs[0]}" if outputs[0] else node.name
            graph = edits.connect(graph, reference, target[0], self._port(*target))
        self._add(node, graph)
        return node.name

    def _add(self, node: Node, graph: Graph) -> None:
        self._apply(f"add {node.name}", graph)
        self.select({node.name})

    def _below(self, name: str) -> Point:
        x, y = self.positions[name]
        at = (x + geometry.CARD_WIDTH / 2, y + geometry.ROW + geometry.CARD_HEIGHT / 2)
        while any(geometry.overlaps(geometry.centred(at), place) for place in self.positions.values()):
            at = (at[0] + geometry.COLUMN, at[1])
        return at

    def _place_on(self, key: tuple[str, int]) -> Point:
        """Where a card goes that is put into a connection: one row above what it feeds, or half-way down a long way."""
        edge = self.edges[key]
        (x, top), (target_x, bottom) = self.positions[edge.source], self.positions[edge.target]
        if bottom - top >= 2 * geometry.ROW - geometry.GRID:
            return (geometry.snap((x + target_x) / 2), geometry.snap((top + bottom) / 2))
        return (geometry.snap(x), geometry.snap(top + geometry.ROW))

    def _with_room(self, place: Point | None) -> Graph:
        assert place is not None
        return edits.move(self.graph, geometry.make_room(self.positions, place))

    def delete(self) -> None:
        """Remove the selected nodes, chains closing up behind them, or the selected connection."""
        if self.selected_edge:
            target, port = self.selected_edge
            self._apply(f"disconnect {target}", edits.disconnect(self.graph, target, port))
        elif self.selection:
            self._apply(f"delete {self._what()}", edits.remove_nodes(self.graph, self.selection))

    def disconnect(self, key: tuple[str, int]) -> None:
        """Remove one connection."""
        self._apply(f"disconnect {key[0]}", edits.disconnect(self.graph, *key))

    def reference(self, name: str, slot: int) -> str:
        """How a graph refers to output ``slot`` of a node."""
        outputs = self.cards[name].ports.outputs
        return f"{name}:{outputs[slot]}" if outputs[slot] else name

    def _port(self, target: str, slot: int) -> int | None:
        return None if self.cards[target].ports.many else slot

    def refusal(self, source: tuple[str, int], target: tuple[str, int]) -> str:
        """Why this output cannot feed this input (each a node and a slot), in a sentence; empty where it can."""
        reference = self.reference(*source)
        reason = edits.refusal(self.graph, reference, target[0])
        if reason:
            return reason
        node = self.graph.by_name[target[0]]
        ports = self.cards[target[0]].ports
        if not ports.many and target[1] > len(node.inputs):
            return f"connect {ports.inputs[len(node.inputs)]} of {target[0]} first: its inputs are taken in their order"
        if reference in node.inputs and not ports.many:
            return f"{source[0]} feeds {target[0]} already"
        return ""

    def connect(
        self, source: tuple[str, int], target: tuple[str, int], instead_of: tuple[str, int] | None = None
    ) -> None:
        """Let an output feed an input; ``instead_of`` is a connection that is let go in the same step."""
        reason = self.refusal(source, target)
        if reason:
            raise SpecError(reason)
        graph, port = self.graph, self._port(*target)
        if instead_of and instead_of[0] == target[0]:
            port = instead_of[1]
        elif instead_of:
            graph = edits.disconnect(graph, *instead_of)
        graph = edits.connect(graph, self.reference(*source), target[0], port)
        self._apply(f"connect {source[0]} to {target[0]}", graph)

    def connect_to(self, source: tuple[str, int], target: str) -> None:
        """Let an output feed the first input of ``target`` that takes it."""
        slots = range(max(len(self.cards[target].ports.inputs), 1))
        self.connect(source, (target, next((slot for slot in slots if not self.refusal(source, (target, slot))), 0)))

    def move(self, places: Mapping[str, Point], merge: str | None = None) -> None:
        """Put these cards at new places."""
        self._apply(f"move {self._what(places)}", edits.move(self.graph, dict(places)), merge)

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selection a little; a run of nudges is one step."""
        places = {name: (self.positions[name][0] + dx, self.positions[name][1] + dy) for name in self.selection}
        if places:
            self.move(places, merge=f"nudge {sorted(self.selection)}")

    def arrange(self) -> None:
        """Lay the whole network out anew."""
        self._apply("arrange", edits.move(self.graph, arrange(self.graph)))

    def can_insert(self, name: str) -> bool:
        """Whether a card may be dropped into a connection: it takes and gives, and hangs on nothing yet."""
        ports = self.cards[name].ports
        used = any(name in (edge.source, edge.target) for edge in self.edges.values())
        return bool(ports.inputs and ports.outputs) and not used

    def insert(self, name: str, key: tuple[str, int]) -> None:
        """Put a loose node into a connection."""
        place = self._place_on(key)
        others = {other: position for other, position in self.positions.items() if other != name}
        graph = edits.move(self.graph, {**geometry.make_room(others, place), name: place})
        self._apply(f"insert {name}", edits.insert_on_edge(graph, name, *key))

    def rename(self, old: str, new: str) -> None:
        """Give a node another name; connections and heads follow."""
        if new == old:
            return
        experiment = edits.rename_in(self.document.experiment, old, new)
        self.document.apply(f"rename {old}", experiment)

    # Clipboard

    def copy(self) -> str:
        """The selected nodes as text, with the blocks they use."""
        blocks = self.document.experiment.architecture.blocks
        placed = edits.move(self.graph, {name: self.positions[name] for name in self.selection})
        return to_text(edits.extract(placed, self.selection), blocks)

    def paste(self, text: str, at: Point | None = None) -> None:
        """Put copied nodes down, their middle at ``at`` or a little beside the originals; blocks come along."""
        fragment = from_text(text)
        blocks = dict(self.document.experiment.architecture.blocks)
        for name, block in fragment.blocks.items():
            if blocks.setdefault(name, block) != block:
                raise SpecError(f"this network has another block called {name}; rename one of them first")
        pasted = edits.paste(self.graph, Graph(nodes=fragment.nodes), self._offset(fragment, at))
        new = [node.name for node in pasted.nodes[len(self.graph.nodes) :]]
        places = {node.name: self.positions[node.name] for node in self.graph.nodes}
        self._apply_architecture(f"paste {self._what(new)}", {"graph": edits.move(pasted, places), "blocks": blocks})
        self.select(new)

    def _offset(self, fragment: Fragment, at: Point | None) -> Point:
        places = [node.position for node in fragment.nodes if node.position]
        if at is None or not places:
            return self._clear(places, PASTE_OFFSET, PASTE_OFFSET)
        middle_x = (min(x for x, _ in places) + max(x for x, _ in places) + geometry.CARD_WIDTH) / 2
        middle_y = (min(y for _, y in places) + max(y for _, y in places) + geometry.CARD_HEIGHT) / 2
        offset = (geometry.snap(at[0] - middle_x), geometry.snap(at[1] - middle_y))
        return self._clear(places, offset, PASTE_OFFSET)

    def _clear(self, places: Collection[Point], offset: Point, step: Point) -> Point:
        """The first of ``offset`` and steps on from it at which cards from these places hide none that is there."""
        there = self.positions.values()
        while any(geometry.hides((x + offset[0], y + offset[1]), place) for x, y in places for place in there):
            offset = (offset[0] + step[0], offset[1] + step[1])
        return offset

    def duplicate(self) -> None:
        """Copies of the selected nodes beside them, fed as they are."""
        if not self.selection:
            return
        placed = edits.move(self.graph, self.positions)
        beside = (geometry.COLUMN, 0.0)
        offset = self._clear([self.positions[name] for name in self.selection], beside, beside)
        graph = edits.duplicate(placed, self.selection, offset)
        new = [node.name for node in graph.nodes[len(self.graph.nodes) :]]
        self._apply(f"duplicate {self._what()}", graph)
        self.select(new)

    def _what(self, names: Collection[str] | None = None) -> str:
        """The nodes of an undo label: one by its name, more by their number."""
        chosen = sorted(self.selection if names is None else names)
        return chosen[0] if len(chosen) == 1 else f"{len(chosen)} nodes"
