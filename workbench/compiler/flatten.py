"""Blocks and repeats written out: the drawing becomes a flat list of layers with full paths. No torch here."""

import re
from collections.abc import Mapping

from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, split_reference
from workbench.spec.problems import Problem
from workbench.spec.record import Record, Value
from workbench.spec.structure import check_structure, topological

Source = tuple[str, str]
"""Where a value comes from: the path of a flat node and the name of its output port."""


class FlatNode(Record):
    """One layer with its full path; ``inputs`` holds None where what should feed it is missing."""

    path: str
    type: str
    parameters: dict[str, Value]
    inputs: tuple[Source | None, ...]


class BlockUse(Record):
    """One use of a block: what is in it, what feeds it, and where its outputs come from."""

    path: str
    type: str
    members: tuple[str, ...]
    inputs: tuple[Source | None, ...]
    outputs: tuple[Source | None, ...]


class FlatGraph(Record):
    """Layers in topological order, and the block uses that held them."""

    nodes: tuple[FlatNode, ...]
    uses: tuple[BlockUse, ...]
    problems: tuple[Problem, ...]


def flatten(architecture: Architecture, parameters: Mapping[str, Value] | None = None) -> FlatGraph:
    """Write out every block use and repeat; ``parameters`` take the place of the graph's defaults."""
    problems = check_structure(architecture)
    if problems:
        return FlatGraph(nodes=(), uses=(), problems=problems)
    return _Flattener(architecture).run({**architecture.graph.parameters, **(parameters or {})})


def repeated_names(name: str, repeat: int) -> tuple[str, ...]:
    """Names of a node repeated N times: ``1`` ×3 -> 1, 2, 3; ``block`` ×2 -> block0, block1."""
    if repeat == 1:
        return (name,)
    stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]  # matches anything
    return tuple(f"{stem}{int(number or 0) + count}" for count in range(repeat))


class _Flattener:
    """Walks the graph once; holds what has been written out so far."""

    def __init__(self, architecture: Architecture) -> None:
        self.blocks = architecture.blocks
        self.graph = architecture.graph
        self.nodes: list[FlatNode] = []
        self.uses: list[BlockUse] = []
        self.problems: list[Problem] = []

    def run(self, parameters: Mapping[str, Value]) -> FlatGraph:
        self._expand(self.graph, "", parameters, None)
        return FlatGraph(nodes=tuple(self.nodes), uses=tuple(self.uses), problems=tuple(self.problems))

    def _expand(
        self, graph: Graph, prefix: str, parameters: Mapping[str, Value], feeds: tuple[Source | None, ...] | None
    ) -> dict[str, Source | None]:
        """Write out ``graph`` under ``prefix``; gives its outputs by name. ``feeds`` is None for the whole network."""
        values: dict[str, dict[str, Source | None]] = {}
        outputs: dict[str, Source | None] = {}
        remaining = iter(feeds or ())
        for node in topological(graph):
            if node.type == INPUT and feeds is not None:
                values[node.name] = {"": next(remaining, None)}
                continue
            sources = tuple(self._source(reference, values, prefix + node.name) for reference in node.inputs)
            if node.type == OUTPUT and feeds is not None:
                outputs[node.name] = sources[0] if sources else None
                continue
            for name in repeated_names(node.name, node.repeat):
                values[node.name] = self._use(node, prefix + name, bind(node.parameters, parameters), sources)
                sources = (next(iter(values[node.name].values())), *sources[1:])
        return outputs

    def _source(self, reference: str, values: dict[str, dict[str, Source | None]], path: str) -> Source | None:
        name, port = split_reference(reference)
        ports = values[name]
        if port == "":
            return next(iter(ports.values()), None)
        if "" in ports and ports[""] is not None and len(ports) == 1:
            return (ports[""][0], port)
        if port not in ports:
            known = ", ".join(ports)
            self.problems.append(Problem(node=path, what=f"{name} has no output called {port}", mend=f"it has {known}"))
            return None
        return ports[port]

    def _use(
        self, node: Node, path: str, parameters: dict[str, Value], sources: tuple[Source | None, ...]
    ) -> dict[str, Source | None]:
        if node.type not in self.blocks:
            self.nodes.append(FlatNode(path=path, type=node.type, parameters=parameters, inputs=sources))
            return {"": (path, "")}
        block = self.blocks[node.type]
        self._check_use(path, node.type, block, parameters, sources)
        first = len(self.nodes)
        known = {name: parameters.get(name, default) for name, default in block.parameters.items()}
        outputs = self._expand(block, f"{path}.", known, sources)
        members = tuple(flat.path for flat in self.nodes[first:])
        use = BlockUse(path=path, type=node.type, members=members, inputs=sources, outputs=tuple(outputs.values()))
        self.uses.append(use)
        return outputs

    def _check_use(
        self, path: str, name: str, block: Graph, parameters: dict[str, Value], sources: tuple[Source | None, ...]
    ) -> None:
        wanted = len(block.inputs)
        if len(sources) != wanted:
            self.problems.append(
                Problem(
                    node=path,
                    what=f"the block {name} takes {wanted} connection{'s' * (wanted != 1)}, and {len(sources)} come in",
                    mend="connect what is missing" if len(sources) < wanted else "remove what is too much",
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


def bind(parameters: Mapping[str, Value], enclosing: Mapping[str, Value]) -> dict[str, Value]:
    """Put the enclosing graph's values where ``$name`` stands."""
    return {
        name: enclosing[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        for name, value in parameters.items()
    }
