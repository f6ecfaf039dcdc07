"""Groups nodes into a block and ungroups it again; ungrouping restores exactly what was grouped."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from workbench.spec.edits import bound_names, free_name, node_of, unique_name
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, Note, renamed, split_reference
from workbench.spec.paths import bind
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace
from workbench.spec.scopes import check_block_name, graph_at, num_uses, with_graph_at

Place = tuple[float, float]

GRID = 8.0
"""The grid of the canvas, to which the position of a new use is rounded."""


def group(
    architecture: Architecture, scope: str, names: Collection[str], block_name: str, notes: Collection[int] = ()
) -> tuple[Architecture, str]:
    """Return the architecture with these nodes and notes of a scope grouped into a new block, and the name of its use.

    Each outside value that the nodes use becomes an Input of the block, each value used outside an Output; the
    ``$parameters`` they are bound to become the block's. Inputs and Outputs among ``names`` stay outside. Raises
    SpecError if no nodes remain, or if an outside node would be between two inside.
    """
    graph = graph_at(architecture, scope)
    check_block_name(architecture.blocks, block_name)
    inside = {name for name in names if node_of(graph, name).type not in (INPUT, OUTPUT)}
    if not inside:
        raise SpecError("first select the layers to group into a block")
    _refuse_between(graph, inside)
    members = [node for node in graph.nodes if node.name in inside]
    feeds = _distinct(reference for node in members for reference in node.inputs if _source(reference) not in inside)
    values = _distinct(
        reference
        for node in graph.nodes
        if node.name not in inside
        for reference in node.inputs
        if _source(reference) in inside
    )
    block, given = _block(members, feeds, values or _ends(members), graph.parameters)
    inner, outer = _parted(graph.notes, notes)
    block = replace(block, notes=inner)
    name = unique_name(replace(graph, nodes=tuple(node for node in graph.nodes if node.name not in inside)), block_name)
    bound: dict[str, Value] = {parameter: f"${parameter}" for parameter in block.parameters}
    use = Node(name=name, type=block_name, inputs=tuple(feeds), parameters=bound, position=anchor(members))
    given = {value: f"{name}:{port}" if len(given) > 1 else name for value, port in given.items()}
    nodes = [
        use if node is members[0] else replace(node, inputs=tuple(given.get(each, each) for each in node.inputs))
        for node in graph.nodes
        if node is members[0] or node.name not in inside
    ]
    grown = replace(architecture, blocks={**architecture.blocks, block_name: block})
    return with_graph_at(grown, scope, replace(graph, nodes=tuple(nodes), notes=outer)), name


def _parted(notes: Sequence[Note], chosen: Collection[int]) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Split the notes into those chosen, and the others."""
    inner = tuple(note for index, note in enumerate(notes) if index in chosen)
    return inner, tuple(note for index, note in enumerate(notes) if index not in chosen)


def _refuse_between(graph: Graph, inside: set[str]) -> None:
    """Raise SpecError if an outside node both depends on the block and feeds it, since a block is
    computed as a whole.
    """
    after: set[str] = set()
    for node in graph.in_order:
        sources = {_source(reference) for reference in node.inputs}
        if node.name not in inside and not sources.isdisjoint(after | inside):
            after.add(node.name)
        elif node.name in inside and (between := sorted(sources & after)):
            raise SpecError(f"{between[0]} lies between two of these nodes: select it too, or select fewer")


def _block(
    members: Sequence[Node], feeds: Sequence[str], values: Sequence[str], enclosing: Mapping[str, Value]
) -> tuple[Graph, dict[str, str]]:
    """Return the block's graph, and the name of its Output for each value used outside."""
    graph = Graph(nodes=tuple(members))
    inputs = [Node(name=name, type=INPUT) for name in _port_names(graph, INPUT, len(feeds))]
    taken = {reference: port.name for reference, port in zip(feeds, inputs, strict=True)}
    inner = [replace(node, inputs=tuple(taken.get(each, each) for each in node.inputs)) for node in members]
    ports = dict(zip(values, _port_names(graph, OUTPUT, len(values)), strict=True))
    outputs = [Node(name=name, type=OUTPUT, inputs=(value,)) for value, name in ports.items()]
    parameters = {name: enclosing.get(name) for name in bound_names(members)}
    return Graph(nodes=(*inputs, *inner, *outputs), parameters=parameters), ports


def _port_names(graph: Graph, kind: str, count: int) -> list[str]:
    taken = set(graph.by_name)
    names: list[str] = []
    for _ in range(count):
        names.append(free_name(taken, kind))
        taken.add(names[-1])
    return names


def _ends(members: Sequence[Node]) -> list[str]:
    """Return the members that feed none of the others."""
    used = {_source(reference) for node in members for reference in node.inputs}
    return [node.name for node in members if node.name not in used]


def anchor(nodes: Sequence[Node]) -> Place | None:
    """Return the position of a block's use in place of these nodes: level with the highest, horizontally centred.

    Inputs and Outputs are ignored, since a use shows them as its ports. None if no node has a position.
    """
    places = [node.position for node in nodes if node.position is not None and node.type not in (INPUT, OUTPUT)]
    if not places:
        return None
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    return (round((left + right) / 2 / GRID) * GRID, min(y for _, y in places))


def ungroup(
    architecture: Architecture, scope: str, name: str, row: float = 72.0
) -> tuple[Architecture, tuple[str, ...]]:
    """Return the architecture with a block's content in place of its use, and the names of the nodes.

    A repeated use gives one copy per repeat, each ``row`` below the previous. Nodes whose names are taken get free
    ones; ``$parameters`` are replaced by what the use set them to. Its notes are appended to the graph's. A block that
    is not used any more is removed.
    """
    graph = graph_at(architecture, scope)
    use = node_of(graph, name)
    block = architecture.blocks.get(use.type)
    if block is None:
        raise SpecError(f"{name} is not a block and cannot be ungrouped")
    writer = _Writer(graph, use, block, row)
    for _ in range(use.repeat):
        writer.write()
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes += (
            writer.nodes if node is use else [replace(node, inputs=tuple(_through(node.inputs, name, writer.values)))]
        )
    notes = (*graph.notes, *writer.notes)
    result = with_graph_at(architecture, scope, replace(graph, nodes=tuple(nodes), notes=notes))
    if not num_uses(result, use.type):
        result = replace(result, blocks={key: value for key, value in result.blocks.items() if key != use.type})
    return result, tuple(node.name for node in writer.nodes)


class _Writer:
    """Expands one use, copy after copy; ``values`` are those of the latest copy, by the Output's name."""

    def __init__(self, graph: Graph, use: Node, block: Graph, row: float) -> None:
        self.use = use
        self.block = block
        self.members = [node for node in block.nodes if node.type not in (INPUT, OUTPUT)]
        self.sources: list[str | None] = [*use.inputs]
        self.parameters = {key: use.parameters.get(key, default) for key, default in block.parameters.items()}
        self.taken = set(graph.by_name) - {use.name}
        self.nodes: list[Node] = []
        self.notes: list[Note] = []
        self.values: dict[str, str | None] = {}
        start, heights = anchor(self.members), [node.position[1] for node in self.members if node.position]
        self.offset = (use.position[0] - start[0], use.position[1] - start[1]) if start and use.position else None
        self.step = max(heights, default=0.0) - min(heights, default=0.0) + row

    def write(self) -> None:
        """Write one more copy, fed by the previous one."""
        # Also distinct from the names of later copies.
        clear = self.taken | {node.name for node in self.members}
        names: dict[str, str] = {}
        for node in self.members:
            names[node.name] = free_name(clear, node.name) if node.name in self.taken else node.name
            clear.add(names[node.name])
        feeds = {
            port.name: self.sources[index] if index < len(self.sources) else None
            for index, port in enumerate(self.block.inputs)
        }
        self.nodes += [self._copy(node, names, feeds) for node in self.members]
        self.notes += [replace(note, position=self._outside(note.position)) for note in self.block.notes]
        self.taken |= set(names.values())
        self.values = {
            port.name: next(iter(_inner(port.inputs, names, feeds)), None) if port.inputs else None
            for port in self.block.outputs
        }
        self.sources = [next(iter(self.values.values()), None), *self.sources[1:]]
        if self.offset is not None:
            self.offset = (self.offset[0], self.offset[1] + self.step)

    def _outside(self, place: Place) -> Place:
        x, y = self.offset or (0.0, 0.0)
        return (place[0] + x, place[1] + y)

    def _copy(self, node: Node, names: Mapping[str, str], feeds: Mapping[str, str | None]) -> Node:
        parameters = bind(node.parameters, self.parameters)
        place = self._outside(node.position) if node.position is not None and self.offset else None
        inputs = tuple(_inner(node.inputs, names, feeds))
        return replace(
            node,
            name=names[node.name],
            inputs=inputs,
            parameters=parameters,
            position=place,
            frozen=self.use.frozen or node.frozen,
            lr_factor=self.use.lr_factor * node.lr_factor,
            initialiser=node.initialiser or self.use.initialiser,
        )


def _inner(references: Sequence[str], names: Mapping[str, str], feeds: Mapping[str, str | None]) -> Iterator[str]:
    """Yield references within the block as seen from outside; those to an Input that nothing feeds are omitted."""
    for reference in references:
        source = _source(reference)
        outside = feeds[source] if source in feeds else renamed(reference, names)
        if outside is not None:
            yield outside


def _through(references: Sequence[str], use: str, values: Mapping[str, str | None]) -> Iterator[str]:
    """Yield references to the use as references to the values of its Outputs."""
    for reference in references:
        source, port = split_reference(reference)
        if source != use:
            yield reference
        elif (value := values.get(port) if port else next(iter(values.values()), None)) is not None:
            yield value


def _source(reference: str) -> str:
    return split_reference(reference)[0]


def _distinct(items: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(items))
