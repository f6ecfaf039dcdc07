"""Expands blocks and repeats: the graph becomes a flat list of layers with full paths. Imports no torch."""

import keyword
from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec

from workbench.compiler.offers import connecting, following, likely_source, only_end, reconnecting, renaming
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, split_reference
from workbench.spec.paths import bind, repeated_names
from workbench.spec.problems import Problem
from workbench.spec.record import Record, Value
from workbench.spec.remedy import SetRepeat
from workbench.spec.scopes import innermost_first
from workbench.spec.structure import check_structure, has_order, open_ends

MAX_NODES = 20_000
MAX_NESTING = 20
"""The maximum nesting depth of blocks."""

Source = tuple[str, str]
"""The source of a value: the path of a flat node and the name of its output port."""

Sources = tuple[Source | None, ...]
"""Those of a node's inputs, or of a block's outputs; None where a source is missing."""

encode = msgspec.msgpack.Encoder().encode


class FlatNode(Record):
    """One layer with its full path; ``inputs`` has None where a source is missing.

    ``chained`` is true for repeats after the first. ``candidate`` names, for a layer without inputs, the node of its
    graph that most likely should feed it, among those whose output is not used.
    """

    path: str
    type: str
    parameters: dict[str, Value]
    inputs: Sources
    chained: bool = False
    candidate: str = ""


class Enclosing(NamedTuple):
    """The parameters of the enclosing graph; ``encoded`` distinguishes 1 from True, which are equal in Python."""

    values: Mapping[str, Value]
    encoded: bytes


class BlockUse(Record):
    """One use of a block: its content, its inputs, and the sources of its outputs."""

    path: str
    type: str
    members: tuple[str, ...]
    inputs: Sources
    outputs: Sources


class FlatGraph(Record):
    """Layers in topological order, and the block uses that contained them.

    ``end`` names, for a network without an Output, the only node whose output is not used; empty if there is not
    exactly one.
    """

    nodes: tuple[FlatNode, ...]
    uses: tuple[BlockUse, ...]
    problems: tuple[Problem, ...]
    end: str = ""


class Written:
    """The flat layers of the previous network: an unchanged layer is the same object as before."""

    def __init__(self) -> None:
        self._nodes: dict[str, tuple[Node, bytes, FlatNode]] = {}
        self._before = self._nodes

    def begin(self) -> None:
        """Start expanding another network."""
        self._before, self._nodes = self._nodes, {}

    def layer(
        self, node: Node, enclosing: Enclosing, path: str, inputs: Sources, candidate: str, count: int
    ) -> FlatNode:
        """Return the layer of a node, or its ``count``-th repeat."""
        known = self._before.get(path)
        if (
            known is None
            or known[0] is not node
            or known[1] != enclosing.encoded
            or known[2].inputs != inputs
            or known[2].candidate != candidate
        ):
            parameters = bind(node.parameters, enclosing.values)
            flat = FlatNode(
                path=path,
                type=node.type,
                parameters=parameters,
                inputs=inputs,
                chained=count > 0,
                candidate=candidate,
            )
            known = (node, enclosing.encoded, flat)
        self._nodes[path] = known
        return known[2]


def flatten(
    architecture: Architecture,
    parameters: Mapping[str, Value] | None = None,
    reserved: Collection[str] = (),
    written: Written | None = None,
) -> FlatGraph:
    """Expand every block use and repeat.

    ``parameters`` replace the graph's defaults; no layer may have a ``reserved`` name. ``written`` is the result of an
    earlier expansion, if any.
    """
    problems = check_structure(architecture)
    if problems and not has_order(architecture):
        return FlatGraph(nodes=(), uses=(), problems=problems)
    too_large = check_extent(architecture)
    if too_large:
        return FlatGraph(nodes=(), uses=(), problems=(*problems, *too_large))
    flattener = _Flattener(architecture, reserved, problems, written or Written())
    return flattener.run({**architecture.graph.parameters, **(parameters or {})})


def check_extent(architecture: Architecture) -> tuple[Problem, ...]:
    """Return a problem if the network is too large or too deeply nested to be expanded; computed by counting only."""
    blocks = architecture.blocks
    num_nodes: dict[str, int] = {}
    depths: dict[str, int] = {}
    for name in innermost_first(blocks):
        num_nodes[name] = _count(blocks[name], num_nodes)
        depths[name] = 1 + _depth(blocks[name], depths)
    depth = _depth(architecture.graph, depths)
    if depth > MAX_NESTING:
        what = f"blocks are nested {depth:,} deep; at most {MAX_NESTING} levels are allowed"
        return (Problem(node="", what=what, mend="ungroup some of them"),)
    total = _count(architecture.graph, num_nodes)
    if total > MAX_NODES:
        what = f"the network expands to {total:,} nodes; at most {MAX_NODES:,} are allowed"
        return (Problem(node=_largest(architecture.graph, num_nodes), what=what, mend="reduce the repeats"),)
    return ()


def _count(graph: Graph, num_nodes: Mapping[str, int]) -> int:
    """Return the number of nodes in the expanded graph: layers, ports and block uses."""
    return sum(node.repeat * (1 + num_nodes.get(node.type, 0)) for node in graph.nodes)


def _depth(graph: Graph, depths: Mapping[str, int]) -> int:
    """Return how deeply blocks are nested in the graph; 0 without blocks."""
    return max((depths.get(node.type, 0) for node in graph.nodes), default=0)


def _largest(graph: Graph, num_nodes: Mapping[str, int]) -> str:
    return max(graph.nodes, key=lambda node: node.repeat * (1 + num_nodes.get(node.type, 0))).name


class _Flattener:
    """Walks the graph once; holds what has been expanded so far."""

    def __init__(
        self, architecture: Architecture, reserved: Collection[str], problems: Collection[Problem], written: Written
    ) -> None:
        self.written = written
        self.written.begin()
        self.unbearable = {*reserved, *keyword.kwlist}
        self.checked: set[str] = set()
        self.blocks = architecture.blocks
        self.graph = architecture.graph
        self.nodes: list[FlatNode] = []
        self.uses: list[BlockUse] = []
        self.problems = list(problems)

    def run(self, parameters: Mapping[str, Value]) -> FlatGraph:
        self._check_names(self.graph, "")
        self._expand(self.graph, "", parameters, None)
        end = "" if self.graph.outputs else only_end(open_ends(self.graph))
        return FlatGraph(nodes=tuple(self.nodes), uses=tuple(self.uses), problems=tuple(self.problems), end=end)

    def _expand(
        self, graph: Graph, prefix: str, parameters: Mapping[str, Value], feeds: Sources | None
    ) -> dict[str, Source | None]:
        """Expand ``graph`` under ``prefix`` and return its outputs by name. ``feeds`` is None for the whole network."""
        values: dict[str, dict[str, Source | None]] = {}
        first: dict[str, Source | None] = {}
        """The first value of each node, for references without a port."""
        outputs: dict[str, Source | None] = {}
        remaining = iter(feeds or ())
        enclosing = Enclosing(parameters, encode(parameters))
        unfed = any(not node.inputs and node.type != INPUT for node in graph.nodes)
        ends = open_ends(graph) if unfed else ()
        for node in graph.in_order:
            if node.type == INPUT and feeds is not None:
                first[node.name] = next(remaining, None)
                values[node.name] = {"": first[node.name]}
                continue
            sources = tuple(
                [
                    first[reference] if reference in first else self._source(reference, values, prefix + node.name)
                    for reference in node.inputs
                ]
            )
            if node.type == OUTPUT and feeds is not None:
                outputs[node.name] = sources[0] if sources else None
                continue
            for count, name in enumerate(repeated_names(node.name, node.repeat)):
                candidate = "" if node.inputs else likely_source(graph, ends, node.name)
                flat = self.written.layer(node, enclosing, prefix + name, sources, candidate, count)
                values[node.name] = self._use(flat)
                first[node.name] = next(iter(values[node.name].values()), None)
                sources = (first[node.name], *sources[1:])
        return outputs

    def _source(self, reference: str, values: dict[str, dict[str, Source | None]], path: str) -> Source | None:
        name, port = split_reference(reference)
        ports = values.get(name, {})
        if port == "" or not ports:
            return next(iter(ports.values()), None)
        if "" in ports and ports[""] is not None and len(ports) == 1:
            return (ports[""][0], port)
        if port not in ports:
            known = ", ".join(ports)
            self.problems.append(Problem(node=path, what=f"{name} has no output called {port}", mend=f"it has {known}"))
            return None
        return ports[port]

    def _use(self, node: FlatNode) -> dict[str, Source | None]:
        """Expand one node, a layer or a block use, and return its outputs by name."""
        if node.type not in self.blocks:
            self.nodes.append(node)
            return {"": (node.path, "")}
        path, parameters, sources = node.path, node.parameters, node.inputs
        block = self.blocks[node.type]
        self._check_use(node, block)
        first = len(self.nodes)
        if node.type not in self.checked:
            self.checked.add(node.type)
            self._check_block(path, node.type, block)
        known = {name: parameters.get(name, default) for name, default in block.parameters.items()}
        outputs = self._expand(block, f"{path}.", known, sources)
        members = tuple(flat.path for flat in self.nodes[first:])
        use = BlockUse(path=path, type=node.type, members=members, inputs=sources, outputs=tuple(outputs.values()))
        self.uses.append(use)
        return outputs

    def _check_block(self, path: str, name: str, block: Graph) -> None:
        """Report the problems within a block once, at its first use."""
        self._check_names(block, f"{path}.")
        if not block.outputs:
            what = f"the block {name} has no Output"
            remedy = following(f"{path}.", only_end(open_ends(block)))
            self.problems.append(Problem(node=path, what=what, mend="add one after its last layer", remedy=remedy))
        for output in block.outputs:
            if not output.inputs:
                what = f"nothing is connected to this Output of the block {name}"
                mend = "connect the layer it should output"
                place = f"{path}.{output.name}"
                remedy = connecting(place, likely_source(block, open_ends(block), output.name))
                self.problems.append(Problem(node=place, what=what, mend=mend, remedy=remedy))

    def _check_names(self, graph: Graph, prefix: str) -> None:
        """Check that every expanded node has a unique name, and every layer one that a module allows."""
        written = [name for node in graph.nodes for name in repeated_names(node.name, node.repeat)]
        repeats_port = any(node.repeat > 1 and node.type in (INPUT, OUTPUT) for node in graph.nodes)
        if len(set(written)) == len(written) and self.unbearable.isdisjoint(written) and not repeats_port:
            return
        owners: dict[str, str] = {}
        for node in graph.nodes:
            is_port = node.type in (INPUT, OUTPUT)
            names = repeated_names(node.name, node.repeat)
            if is_port and node.repeat > 1:
                what = f"an {node.type} cannot be repeated"
                once = SetRepeat(words="Set its repeat to 1", path=prefix + names[0], repeat=1)
                problem = Problem(node=prefix + node.name, what=what, mend="set its repeat to 1", remedy=once)
                self.problems.append(problem)
            twice = next((name for name in names if name in owners), None)
            if twice is not None:
                what = f"once expanded, {owners[twice]} and {node.name} both contain a node called {twice}"
                self.problems.append(Problem(node=prefix + node.name, what=what, mend="rename one of them"))
            owners.update(dict.fromkeys(names, node.name))
            taken = next((name for name in names if name in self.unbearable), None)
            if taken is not None and not is_port:
                what = f"a layer cannot be called {taken}: torch modules reserve that name"
                remedy = renaming(graph, node, prefix)
                self.problems.append(Problem(node=prefix + node.name, what=what, mend="rename it", remedy=remedy))

    def _check_use(self, node: FlatNode, block: Graph) -> None:
        path, name, parameters, sources = node.path, node.type, node.parameters, node.inputs
        wanted = len(block.inputs)
        if len(sources) != wanted:
            self.problems.append(
                Problem(
                    node=path,
                    what=f"the block {name} {arriving(connections(wanted), len(sources))}",
                    mend="connect what is missing" if len(sources) < wanted else "remove the extra connections",
                    remedy=reconnecting(path, len(sources), wanted, node.candidate, chained=node.chained),
                )
            )
        for parameter in parameters.keys() - block.parameters.keys():
            self.problems.append(
                Problem(
                    node=path,
                    what=f"the block {name} has no parameter called {parameter}",
                    mend=f"it has {', '.join(block.parameters) or 'none'}",
                )
            )


def connections(number: int) -> str:
    """Return ``number`` connections in words."""
    return {0: "no connection", 1: "one connection", 2: "two connections"}.get(number, f"{number} connections")


def arriving(wanted: str, number: int) -> str:
    """What is expected, and how many arrive instead, in words."""
    return f"expects {wanted}, but gets {number or 'none'}"
