"""Makes cards and connections from nodes and their analysis, reusing those that have not changed. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.gui.canvas.card_keys import under
from workbench.gui.canvas.cards import Card, make_card, ports_of
from workbench.gui.canvas.levels import Level
from workbench.gui.canvas.stretch import Size
from workbench.layers.base import Shape, describe
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, split_reference
from workbench.spec.paths import repeated_names
from workbench.spec.problems import Problem
from workbench.spec.record import Record, replace


class Edge(Record):
    """One connection, into input ``port`` of ``target``. The ends are keys of cards, the slots their drawn ports."""

    source: str
    source_slot: int
    target: str
    target_slot: int
    port: int
    shape: str

    @property
    def key(self) -> tuple[str, int]:
        """Its unique key: each input has one connection."""
        return (self.target, self.port)


class _Frame(NamedTuple):
    """How a card is shown that is inside an expanded block, or is one."""

    size: Size
    unfolded: bool
    dot: bool


class _MadeCard(NamedTuple):
    """A card and everything that it depends on."""

    node: Node
    block: Graph | None
    prefix: str
    frame: _Frame | None
    problems: list[Problem]
    facts: list[NodeFacts]
    shape: Shape | None
    card: Card


class _MadeEdges(NamedTuple):
    """The connections into a node, by key, and everything that they depend on."""

    node: Node
    target: Card
    sources: list[tuple[str, Card]]
    edges: dict[tuple[str, int], Edge]


class Maker:
    """Makes cards and edges; an unchanged one is the same object as in the previous version."""

    def __init__(self) -> None:
        self._analysis: Analysis | None = None
        self._facts_stay = False
        self._cards: dict[str, _MadeCard] = {}
        self._edges: dict[str, _MadeEdges] = {}

    def begin(self, blocks: Mapping[str, Graph], analysis: Analysis | None) -> None:
        """Start on another version of the network."""
        self.facts = Facts(analysis, blocks)
        self._blocks = blocks
        self._facts_stay, self._analysis = analysis is self._analysis, analysis
        self._cards_before, self._cards = self._cards, {}
        self._edges_before, self._edges = self._edges, {}

    def card(self, level: Level, node: Node, key: str, size: Size, problems: list[Problem]) -> Card:
        """Return the card of a node."""
        unfolded = node.name in level.inner
        frame = _Frame(size, unfolded, level.is_port(node.name)) if level.key or unfolded else None
        block = self._blocks.get(node.type)
        made = self._cards_before.get(key)
        if (
            made is None
            or made.node is not node
            or made.block is not block
            or made.frame != frame
            or made.problems != problems
            or not self._has_same_facts(made, level)
        ):
            made = self._make(level, node, key, frame, problems)
        self._cards[key] = made
        return made.card

    def _has_same_facts(self, made: _MadeCard, level: Level) -> bool:
        # The shape at a block's port depends on what is outside the block, too.
        if level.use is not None and made.node.type in (INPUT, OUTPUT):
            return self.facts.at(level, made.node) == (made.facts, made.shape)
        if self._facts_stay and made.prefix == level.prefix:
            return True
        return self.facts.of(level, made.node) == made.facts

    def _make(self, level: Level, node: Node, key: str, frame: _Frame | None, problems: list[Problem]) -> _MadeCard:
        facts, shape = self.facts.at(level, node)
        card = make_card(node, self._blocks, facts, problems)
        if level.use is not None and node.type in (INPUT, OUTPUT):
            card = replace(card, shape=describe(shape) if shape else "")
        if frame is not None:
            card = replace(card, key=key, size=frame.size, unfolded=frame.unfolded, dot=frame.dot)
        return _MadeCard(node, self._blocks.get(node.type), level.prefix, frame, problems, facts, shape, card)

    def edges_into(self, level: Level, node: Node, cards: Mapping[str, Card]) -> dict[tuple[str, int], Edge]:
        """Return the connections into a node, by key; all cards must have been made."""
        key = under(level.key, node.name)
        made = self._edges_before.get(key)
        if made is None or made.node is not node or made.target is not cards[key] or not _stay(made.sources, cards):
            edges = [self._edge(level, reference, key, port, cards) for port, reference in enumerate(node.inputs)]
            sources = [(edge.source, cards[edge.source]) for edge in edges]
            made = _MadeEdges(node, cards[key], sources, {edge.key: edge for edge in edges})
        self._edges[key] = made
        return made.edges

    def _edge(self, level: Level, reference: str, target: str, port: int, cards: Mapping[str, Card]) -> Edge:
        name, output = split_reference(reference)
        source = under(level.key, name)
        outputs, into = cards[source].ports.outputs, cards[target].ports
        slot = outputs.index(output) if output in outputs else 0
        shape = self.facts.shape(level, name, slot)
        return Edge(
            source=source,
            source_slot=slot,
            target=target,
            target_slot=0 if into.many else min(port, max(len(into.inputs) - 1, 0)),
            port=port,
            shape=describe(shape) if shape else "",
        )


def _stay(made: list[tuple[str, Card]], cards: Mapping[str, Card]) -> bool:
    for key, card in made:  # noqa: SIM110  # ``all`` takes twice as long, for thousands at every edit
        if cards.get(key) is not card:
            return False
    return True


class Facts:
    """Looks up the compiler's results by level and node. For a repeated use, those of the last repetition are shown."""

    def __init__(self, analysis: Analysis | None, blocks: Mapping[str, Graph]) -> None:
        self._known = analysis.nodes if analysis else {}
        self._blocks = blocks

    def of(self, level: Level, node: Node) -> list[NodeFacts]:
        """Return the facts of all uses of a node."""
        paths = (level.prefix + name for name in repeated_names(node.name, node.repeat))
        return [self._known[path] for path in paths if path in self._known]

    def shape(self, level: Level, name: str, slot: int) -> Shape | None:
        """Return the shape of a node's output, if known."""
        node = level.graph.by_name[name]
        if node.type == INPUT and level.use is not None:
            return self.shape_at_port(level, node)
        facts = self._known.get(level.prefix + repeated_names(node.name, node.repeat)[-1])
        return facts.output_shapes[slot] if facts and slot < len(facts.output_shapes) else None

    def shape_at_port(self, level: Level, port: Node) -> Shape | None:
        """Return the shape at an Input or Output of a block, if known."""
        if port.type == OUTPUT:
            return self._fed(level, port.inputs[0]) if port.inputs else None
        assert level.outer is not None and level.use is not None
        index = level.graph.inputs.index(port)
        facts = self._known.get(level.prefix[:-1])
        if facts is not None and index < len(facts.input_shapes):
            return facts.input_shapes[index]
        # If something inside is wrong, the use has no facts, but its source does.
        known = level.use.repeat == 1 and index < len(level.use.inputs)
        return self._fed(level.outer, level.use.inputs[index]) if known else None

    def _fed(self, level: Level, reference: str) -> Shape | None:
        name, output = split_reference(reference)
        if name not in level.graph.by_name:
            return None
        outputs = ports_of(level.graph.by_name[name].type, self._blocks).outputs
        return self.shape(level, name, outputs.index(output) if output in outputs else 0)

    def at(self, level: Level, node: Node) -> tuple[list[NodeFacts], Shape | None]:
        """Return the facts of a node and, if it is a block's Input or Output, the shape there."""
        is_port = level.use is not None and node.type in (INPUT, OUTPUT)
        return self.of(level, node), self.shape_at_port(level, node) if is_port else None
