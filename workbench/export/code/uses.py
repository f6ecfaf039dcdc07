"""Every use of every block, with the values of its parameters there: one class must serve them all."""

from collections.abc import Mapping, Sequence

from workbench.compiler.analysis import Resolution
from workbench.compiler.facts import NodeFacts
from workbench.export.code.calls import Call, call_of
from workbench.layers.base import Layer, Unpacking
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node
from workbench.spec.paths import bind, repeated_names
from workbench.spec.record import Record, Value
from workbench.spec.scopes import graph_at

NETWORK = ""
"""Stands for the whole network among the names of blocks."""


class Use(Record):
    """One use of a graph: the prefix of its nodes' paths (``layer1.0.``), and its parameters' values.

    ``way`` has the names of the drawn nodes on the path to it: a repeated node has one name for all copies.
    """

    prefix: str
    way: tuple[str, ...]
    parameters: dict[str, Value]


class Network(Record):
    """An architecture with every use of its graphs; layers and facts by path."""

    architecture: Architecture
    uses: dict[str, list[Use]]
    """By the block's name, the innermost blocks first, the whole network (``NETWORK``) last."""
    layers: dict[str, Layer]
    facts: Mapping[str, NodeFacts]
    unpacked: dict[str, Unpacking]
    """By path, how code takes the outputs of modules that return more; the same in every use of a node."""

    def graph(self, name: str) -> Graph:
        """Return the block of this name, or the whole network."""
        return graph_at(self.architecture, name)

    def paths(self, name: str, node: Node) -> list[str]:
        """Return the path of a node of this graph, or of its first copy, in each use."""
        first = repeated_names(node.name, node.repeat)[0]
        return [use.prefix + first for use in self.uses[name]]

    def call(self, path: str) -> Call:
        """Return the call that creates the module of a layer."""
        return call_of(self.layers[path], self.facts[path].input_shapes, self.unpacked.get(path))


def network_of(architecture: Architecture, resolution: Resolution, parameters: Mapping[str, Value]) -> Network:
    """Walk the valid ``architecture``, with these values of its own parameters."""
    uses: dict[str, list[Use]] = {}
    _walk(architecture, NETWORK, Use(prefix="", way=(), parameters=dict(parameters)), uses)
    layers = {each.node.path: each.layer for each in resolution.nodes}
    return Network(
        architecture=architecture,
        uses={name: uses[name] for name in _innermost_first(architecture, uses)},
        layers=layers,
        facts=resolution.analysis.nodes,
        unpacked=_unpacked(architecture, uses, layers),
    )


def inner_nodes(graph: Graph) -> list[Node]:
    """Return the nodes that compute, in order of execution."""
    return [node for node in graph.in_order if node.type not in (INPUT, OUTPUT)]


def _unpacked(
    architecture: Architecture, uses: Mapping[str, Sequence[Use]], layers: Mapping[str, Layer]
) -> dict[str, Unpacking]:
    found: dict[str, Unpacking] = {}
    for name, its_uses in uses.items():
        for node in inner_nodes(graph_at(architecture, name)):
            copies = repeated_names(node.name, node.repeat)
            paths = [use.prefix + copy for use in its_uses for copy in copies if use.prefix + copy in layers]
            ways = {layers[path].unpacking() for path in paths}
            if len(ways) == 1 and (way := ways.pop()) is not None:
                found |= dict.fromkeys(paths, way)
    return found


def _walk(architecture: Architecture, name: str, use: Use, uses: dict[str, list[Use]]) -> None:
    uses.setdefault(name, []).append(use)
    for node in inner_nodes(graph_at(architecture, name)):
        block = architecture.blocks.get(node.type)
        if block is None:
            continue
        bound = bind(node.parameters, use.parameters)
        known = {key: bound.get(key, default) for key, default in block.parameters.items()}
        for copy in repeated_names(node.name, node.repeat):
            inner = Use(prefix=f"{use.prefix}{copy}.", way=(*use.way, node.name), parameters=known)
            _walk(architecture, node.type, inner, uses)


def _innermost_first(architecture: Architecture, uses: Mapping[str, object]) -> list[str]:
    order: list[str] = []

    def visit(name: str) -> None:
        for node in inner_nodes(graph_at(architecture, name)):
            if node.type in architecture.blocks and node.type not in order:
                visit(node.type)
        order.append(name)

    visit(NETWORK)
    assert set(order) == set(uses)
    return order
