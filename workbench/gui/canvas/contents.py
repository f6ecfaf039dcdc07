"""From a network and what is known of it to what is drawn: cards, connections, and where they stand. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.compiler.flatten import repeated_names
from workbench.gui.canvas.card_keys import note_under, under
from workbench.gui.canvas.cards import Card, make_card, ports_of
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level, block_itself
from workbench.layers.base import Shape, describe
from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, Note, split_reference
from workbench.spec.problems import Problem
from workbench.spec.record import Record

replace = msgspec.structs.replace


class Edge(Record):
    """One connection: into input ``port`` of ``target``. Ends are cards by their keys, slots the ports as drawn."""

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


class CardMaker:
    """Makes cards; one on which nothing has changed is the very card that was made for what was drawn before."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Node, Graph | None, list[NodeFacts], list[Problem], Card]] = {}
        self._before = self._made

    def begin(self) -> None:
        """Another version of the network is drawn."""
        self._before, self._made = self._made, {}

    def card(
        self, key: str, node: Node, blocks: Mapping[str, Graph], facts: list[NodeFacts], problems: list[Problem]
    ) -> Card:
        """The card of a node."""
        block, made = blocks.get(node.type), self._before.get(key)
        if made is None or made[0] is not node or made[1] is not block or made[2:4] != (facts, problems):
            made = (node, block, facts, problems, make_card(node, blocks, facts, problems))
        self._made[key] = made
        return made[4]


class Contents:
    """What is drawn of a level and of all that is unfolded in it."""

    def __init__(self, architecture: Architecture, level: Level, analysis: Analysis | None, maker: CardMaker) -> None:
        maker.begin()
        self._maker = maker
        self.levels: dict[str, Level] = {shown.key: shown for shown in level.all()}
        self.cards: dict[str, Card] = {}
        self.edges: dict[tuple[str, int], Edge] = {}
        self.positions: dict[str, Point] = {}
        self.notes: dict[str, Note] = {}
        """By their keys, placed and sized as they are shown."""
        self._facts = _Facts(analysis, architecture.blocks)
        problems = _problems_by_card(level, analysis.problems if analysis else ())
        for shown in self.levels.values():
            self._add_cards(shown, architecture, problems)
            for index, note in enumerate(shown.shown_notes()):
                self.notes[note_under(shown.key, index)] = note
        for shown in self.levels.values():
            self._add_edges(shown)

    def _add_cards(self, level: Level, architecture: Architecture, problems: Mapping[str, list[Problem]]) -> None:
        for name, place, size in level.boxes():
            node, key = level.graph.by_name[name], under(level.key, name)
            facts = self._facts.of(level, node)
            card = self._maker.card(key, node, architecture.blocks, facts, problems.get(key, []))
            if level.use is not None and node.type in (INPUT, OUTPUT):
                shape = self._facts.shape_at_port(level, node)
                card = replace(card, shape=describe(shape) if shape else "")
            if key != name or key in self.levels:
                card = replace(card, key=key, size=size, unfolded=key in self.levels, dot=level.is_port(name))
            self.cards[key] = card
            self.positions[key] = place

    def _add_edges(self, level: Level) -> None:
        for reference, target, port in edits.connections(level.graph):
            name, output = split_reference(reference)
            source, target_key = under(level.key, name), under(level.key, target)
            outputs = self.cards[source].ports.outputs
            slot = outputs.index(output) if output in outputs else 0
            into = self.cards[target_key].ports
            shape = self._facts.shape(level, name, slot)
            edge = Edge(
                source=source,
                source_slot=slot,
                target=target_key,
                target_slot=0 if into.many else min(port, max(len(into.inputs) - 1, 0)),
                port=port,
                shape=describe(shape) if shape else "",
            )
            self.edges[edge.key] = edge

    def shape_of(self, level: Level, name: str, slot: int) -> Shape | None:
        """The shape that an output of a node gives, where it is known."""
        return self._facts.shape(level, name, slot)


class _Facts:
    """What the compiler found out, looked up by the level and the node. Of a repeated use, the last one is shown."""

    def __init__(self, analysis: Analysis | None, blocks: Mapping[str, Graph]) -> None:
        self._known = analysis.nodes if analysis else {}
        self._blocks = blocks

    def of(self, level: Level, node: Node) -> list[NodeFacts]:
        paths = (level.prefix + name for name in repeated_names(node.name, node.repeat))
        return [self._known[path] for path in paths if path in self._known]

    def shape(self, level: Level, name: str, slot: int) -> Shape | None:
        node = level.graph.by_name[name]
        if node.type == INPUT and level.use is not None:
            return self.shape_at_port(level, node)
        facts = self._known.get(level.prefix + repeated_names(node.name, node.repeat)[-1])
        return facts.output_shapes[slot] if facts and slot < len(facts.output_shapes) else None

    def shape_at_port(self, level: Level, port: Node) -> Shape | None:
        """What passes an Input or Output of a block."""
        if port.type == OUTPUT:
            return self._fed(level, port.inputs[0]) if port.inputs else None
        assert level.outer is not None and level.use is not None
        index = level.graph.inputs.index(port)
        facts = self._known.get(level.prefix[:-1])
        if facts is not None and index < len(facts.input_shapes):
            return facts.input_shapes[index]
        # Where something inside is wrong nothing is known of the whole use, but still of what feeds it.
        known = level.use.repeat == 1 and index < len(level.use.inputs)
        return self._fed(level.outer, level.use.inputs[index]) if known else None

    def _fed(self, level: Level, reference: str) -> Shape | None:
        name, output = split_reference(reference)
        if name not in level.graph.by_name:
            return None
        outputs = self._outputs(level.graph.by_name[name].type)
        return self.shape(level, name, outputs.index(output) if output in outputs else 0)

    def _outputs(self, kind: str) -> Sequence[str]:
        return ports_of(kind, self._blocks).outputs


def _problems_by_card(level: Level, problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """Problems by the card that shows them: what is wrong inside a folded block is shown on its use."""
    found: dict[str, list[Problem]] = {}
    owners = Owners(level)
    for problem in problems:
        key = owners.card_of(problem.node)
        if key:
            found.setdefault(key, []).append(problem)
    return found


class Owners:
    """Finds the card for a path in the network written out (``layer1.0.conv1``)."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._tables: dict[int, dict[str, str]] = {}

    def card_of(self, path: str) -> str:
        """The key of the innermost card shown that has the path's node in it; empty where it is elsewhere."""
        if block_itself(self._level.prefix):
            return ""
        names = path.split(".")
        for use in reversed(list(_entered(self._level))):
            if not names or names.pop(0) not in repeated_names(use.name, use.repeat):
                return ""
        level, key = self._level, ""
        for name in names:
            owner = self._table(level).get(name)
            if owner is None:
                break
            key = under(level.key, owner)
            if owner not in level.inner:
                break
            level = level.inner[owner]
        return key

    def _table(self, level: Level) -> dict[str, str]:
        """The node by each name that it has written out."""
        table = self._tables.get(id(level))
        if table is None:
            table = {name: node.name for node in level.graph.nodes for name in repeated_names(node.name, node.repeat)}
            self._tables[id(level)] = table
        return table


def _entered(level: Level) -> Iterator[Node]:
    """The uses that were entered to come to a level, the innermost first."""
    while level.outer is not None and level.use is not None:
        yield level.use
        level = level.outer
