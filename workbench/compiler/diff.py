"""The differences between two networks: nodes added, removed and changed, block by block, and their costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from workbench.compiler.analysis import analyse
from workbench.compiler.facts import Analysis, NodeFacts
from workbench.layers import LAYERS
from workbench.layers.base import Shape
from workbench.spec.experiment import Architecture
from workbench.spec.forms import parameters_of
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, renamed, split_reference
from workbench.spec.matching import is_number, match
from workbench.spec.paths import repeated_names
from workbench.spec.problems import Problem, ProblemsFound
from workbench.spec.record import Record, Value, same
from workbench.spec.structure import check_structure

Mark = Literal["added", "removed", "changed", "affected", "same"]
"""``affected`` is an unchanged node whose shapes or costs differ because of its inputs."""


NETWORK = ("",)
"""The prefixes of the whole network's nodes."""


class Cost(Record):
    """The costs of a network, a node or a block use; see ``NodeFacts``."""

    parameters: int = 0
    macs: int = 0
    activation_bytes: int = 0

    @property
    def numbers(self) -> tuple[int, int, int]:
        return self.parameters, self.macs, self.activation_bytes

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            parameters=self.parameters + other.parameters,
            macs=self.macs + other.macs,
            activation_bytes=self.activation_bytes + other.activation_bytes,
        )

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(
            parameters=self.parameters - other.parameters,
            macs=self.macs - other.macs,
            activation_bytes=self.activation_bytes - other.activation_bytes,
        )


class Change(Record):
    """One difference: a setting, ``name``, ``type``, ``repeat`` or ``inputs``."""

    what: str
    before: Value
    after: Value

    @property
    def words(self) -> str:
        """``stride 1 → 2``."""
        return f"{self.what} {_words(self.before)} → {_words(self.after)}"


class Side(Record):
    """A node in one of the two networks; ``cost`` is that of all its copies, None if unknown."""

    name: str
    type: str
    output_shapes: tuple[Shape, ...] | None
    cost: Cost | None


class Row(Record):
    """One node in both networks, or in one. The differences inside a block follow it, one ``depth`` further in."""

    mark: Mark
    path: str
    """The names from the network to the node, separated by ``/``; for a removed node, the old ones."""
    depth: int
    before: Side | None
    after: Side | None
    changes: tuple[Change, ...] = ()

    @property
    def cost(self) -> Cost | None:
        """The increase in the node's costs; None if unknown."""
        sides = (self.before, self.after)
        old, new = (side.cost if side is not None else Cost() for side in sides)
        return new - old if old is not None and new is not None else None


class Difference(Record):
    """The comparison of two networks. If one has errors, the rows after them lack shapes and costs."""

    names: tuple[str, str]
    rows: tuple[Row, ...]
    """In the order of the second network; a removed node is where it was. Includes equal nodes."""
    costs: tuple[Cost, Cost]
    problems: tuple[tuple[Problem, ...], tuple[Problem, ...]]

    @property
    def equal(self) -> bool:
        """Whether the networks are equal, except for block names and positions on the canvas."""
        return all(row.mark == "same" for row in self.rows)


def compare(before: Architecture, after: Architecture) -> Difference:
    """Compare two networks. Raises ProblemsFound if the structure of one is invalid: duplicate names, cycles."""
    for architecture in (before, after):
        problems = check_structure(architecture)
        if problems:
            raise ProblemsFound(problems)
    old, new = _Network(before), _Network(after)
    return Difference(
        names=(before.name, after.name),
        rows=tuple(_Comparison(old, new).rows(_Scope(before.graph, NETWORK), _Scope(after.graph, NETWORK), "", 0)),
        costs=(old.total, new.total),
        problems=(old.problems, new.problems),
    )


class _Scope:
    """A graph, and the prefixes of the paths of all its uses (``layer1.0.``); empty for the network."""

    def __init__(self, graph: Graph, prefixes: Sequence[str]) -> None:
        self.graph = graph
        self.prefixes = prefixes

    def paths(self, node: Node) -> list[str]:
        """Return the full paths of all copies of the node."""
        return [prefix + name for prefix in self.prefixes for name in repeated_names(node.name, node.repeat)]


class _Network:
    """An architecture and its analysis."""

    def __init__(self, architecture: Architecture) -> None:
        self.blocks = architecture.blocks
        analysis: Analysis = analyse(architecture)
        self.facts: Mapping[str, NodeFacts] = analysis.nodes
        self.total = Cost(
            parameters=analysis.parameters, macs=analysis.macs, activation_bytes=analysis.activation_bytes
        )
        self.problems = analysis.errors

    def side(self, scope: _Scope, node: Node) -> Side:
        """Return the node with the costs of all its copies."""
        if node.type in (INPUT, OUTPUT) and scope.prefixes != NETWORK:
            return Side(name=node.name, type=node.type, output_shapes=None, cost=Cost())
        paths = scope.paths(node)
        known = [self.facts[path] for path in paths if path in self.facts]
        cost = sum((_cost(facts) for facts in known), Cost()) if len(known) == len(paths) else None
        shapes = known[-1].output_shapes if cost is not None else None
        return Side(name=node.name, type=node.type, output_shapes=shapes, cost=cost)

    def inside(self, scope: _Scope, node: Node) -> _Scope:
        """Return the graph of the block that the node uses."""
        return _Scope(self.blocks[node.type], [f"{path}." for path in scope.paths(node)])

    def parameters(self, node: Node) -> dict[str, Value]:
        """Return the node's parameters, including those at their default."""
        if node.type in self.blocks:
            return {**self.blocks[node.type].parameters, **node.parameters}
        if node.type not in LAYERS:
            return node.parameters
        return {**{each.name: each.default for each in parameters_of(LAYERS[node.type])}, **node.parameters}


class _Comparison:
    """Walks both networks at once."""

    def __init__(self, old: _Network, new: _Network) -> None:
        self.old = old
        self.new = new
        self._alike: dict[tuple[str, str], bool] = {}

    def rows(self, before: _Scope, after: _Scope, path: str, depth: int) -> Iterator[Row]:
        """Yield the rows of two graphs, in the order of the second; a removed node comes before its next remaining
        successor.
        """
        names = match(before.graph, after.graph)
        twins = {new: before.graph.by_name[old] for old, new in names.items()}
        removed = [node for node in before.graph.in_order if node.name not in names]
        places = {node.name: place for place, node in enumerate(before.graph.in_order)}
        for node in after.graph.in_order:
            twin = twins.get(node.name)
            while twin is not None and removed and places[removed[0].name] < places[twin.name]:
                yield self._removed(before, removed.pop(0), path, depth)
            if twin is None:
                side = self.new.side(after, node)
                yield Row(mark="added", path=path + node.name, depth=depth, before=None, after=side)
            else:
                yield from self._pair(before, twin, after, node, names, path, depth)
        for node in removed:
            yield self._removed(before, node, path, depth)

    def _removed(self, before: _Scope, node: Node, path: str, depth: int) -> Row:
        side = self.old.side(before, node)
        return Row(mark="removed", path=path + node.name, depth=depth, before=side, after=None)

    def _pair(
        self, before: _Scope, twin: Node, after: _Scope, node: Node, names: Mapping[str, str], path: str, depth: int
    ) -> Iterator[Row]:
        changes = tuple(self._changes(twin, node, names))
        blocks = twin.type in self.old.blocks and node.type in self.new.blocks
        alike = not blocks or self._are_alike(twin.type, node.type)
        old, new = self.old.side(before, twin), self.new.side(after, node)
        moved = (old.output_shapes, old.cost) != (new.output_shapes, new.cost)
        mark: Mark = "changed" if changes or not alike else "affected" if moved else "same"
        yield Row(mark=mark, path=path + node.name, depth=depth, before=old, after=new, changes=changes)
        if not alike:
            inside = self.old.inside(before, twin), self.new.inside(after, node)
            yield from self.rows(*inside, f"{path}{node.name}/", depth + 1)

    def _changes(self, twin: Node, node: Node, names: Mapping[str, str]) -> Iterator[Change]:
        if twin.name != node.name and not (is_number(twin.name) and is_number(node.name)):
            yield Change(what="name", before=twin.name, after=node.name)
        both_blocks = twin.type in self.old.blocks and node.type in self.new.blocks
        if twin.type != node.type and not both_blocks:
            yield Change(what="type", before=twin.type, after=node.type)
        if twin.repeat != node.repeat:
            yield Change(what="repeat", before=twin.repeat, after=node.repeat)
        old, new = self.old.parameters(twin), self.new.parameters(node)
        for name in dict.fromkeys((*old, *new)) if twin.type == node.type or both_blocks else ():
            if not same(old.get(name), new.get(name)):
                yield Change(what=name, before=old.get(name), after=new.get(name))
        inputs = [renamed(reference, names) for reference in twin.inputs]
        left = {split_reference(reference)[0] for reference in twin.inputs} <= names.keys()
        there = {split_reference(reference)[0] for reference in node.inputs} <= set(names.values())
        # A node inserted or removed in between has its own row.
        if inputs != list(node.inputs) and left and there:
            yield Change(what="inputs", before=inputs, after=list(node.inputs))

    def _are_alike(self, before: str, after: str) -> bool:
        """Return whether two blocks have the same content, including the blocks inside them."""
        key = (before, after)
        if key not in self._alike:
            self._alike[key] = self._hold_the_same(self.old.blocks[before], self.new.blocks[after])
        return self._alike[key]

    def _hold_the_same(self, before: Graph, after: Graph) -> bool:
        names = match(before, after)
        if not len(names) == len(before.nodes) == len(after.nodes):
            return False
        for old, new in names.items():
            twin, node = before.by_name[old], after.by_name[new]
            if any(self._changes(twin, node, names)):
                return False
            blocks = twin.type in self.old.blocks and node.type in self.new.blocks
            if blocks and not self._are_alike(twin.type, node.type):
                return False
        return True


def _cost(facts: NodeFacts) -> Cost:
    return Cost(parameters=facts.parameters, macs=facts.macs, activation_bytes=facts.activation_bytes)


def _words(value: Value) -> str:
    """Return a value in words: ``3×3``, ``channels``."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            numbers = all(isinstance(each, int | float) for each in value)
            return ("×" if numbers else ", ").join(map(_words, value))
    return str(value).removeprefix("$")
