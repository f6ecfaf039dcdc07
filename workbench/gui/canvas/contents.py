"""What is drawn, made from a network and its analysis: cards, connections and their positions. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workbench.compiler.facts import Analysis
from workbench.gui.canvas.card_keys import note_under, under
from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level, block_itself
from workbench.gui.canvas.making import Edge, Maker
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Node, Note
from workbench.spec.paths import repeated_names
from workbench.spec.problems import Problem


class Contents:
    """Everything drawn for a level and the blocks expanded in it."""

    def __init__(self, architecture: Architecture, level: Level, analysis: Analysis | None, maker: Maker) -> None:
        maker.begin(architecture.blocks, analysis)
        self._maker = maker
        self.levels: dict[str, Level] = {shown.key: shown for shown in level.all()}
        self.cards: dict[str, Card] = {}
        self.edges: dict[tuple[str, int], Edge] = {}
        self.positions: dict[str, Point] = {}
        self.notes: dict[str, Note] = {}
        """By their keys, with the shown position and size."""
        problems = _problems_by_card(level, analysis.problems if analysis else ())
        for shown in self.levels.values():
            self._add_cards(shown, problems)
            for index, note in enumerate(shown.shown_notes()):
                self.notes[note_under(shown.key, index)] = note
        for shown in self.levels.values():
            for node in shown.graph.nodes:
                if node.inputs:
                    self.edges.update(maker.edges_into(shown, node, self.cards))

    def _add_cards(self, level: Level, problems: Mapping[str, list[Problem]]) -> None:
        none: list[Problem] = []
        for name, place, size in level.boxes():
            key = under(level.key, name)
            self.cards[key] = self._maker.card(level, level.graph.by_name[name], key, size, problems.get(key, none))
            self.positions[key] = place


def _problems_by_card(level: Level, problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """Group problems by the card that shows them; a problem inside a collapsed block is shown on the block's use."""
    found: dict[str, list[Problem]] = {}
    owners = Owners(level)
    for problem in problems:
        key = owners.card_of(problem.node)
        if key:
            found.setdefault(key, []).append(problem)
    return found


class Owners:
    """Finds the card for a path in the flattened network (``layer1.0.conv1``)."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._tables: dict[int, dict[str, str]] = {}

    def card_of(self, path: str) -> str:
        """Return the key of the innermost shown card that contains the path's node, or an empty string."""
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
        """Return a table from each name in the flattened network to the node's name."""
        table = self._tables.get(id(level))
        if table is None:
            table = {name: node.name for node in level.graph.nodes for name in repeated_names(node.name, node.repeat)}
            self._tables[id(level)] = table
        return table


def _entered(level: Level) -> Iterator[Node]:
    """Yield the uses that were opened to reach a level, the innermost first."""
    while level.outer is not None and level.use is not None:
        yield level.use
        level = level.outer
