"""Edits: pure functions from a graph to the changed graph. One gesture of the user is one edit is one undo step.

A mistake of the user (a circle, a taken name) raises ``SpecError`` with the sentence to show; the graph given
stays as it was.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from workbench.spec.component import Component
from workbench.spec.graph import INPUT, NAME_PATTERN, OUTPUT, Graph, Node, bound_to, renamed, split_reference
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace

MAX_REPEAT = 1000


def node_of(graph: Graph, name: str) -> Node:
    """The node called ``name``; SpecError where there is none."""
    try:
        return graph.by_name[name]
    except KeyError:
        raise SpecError(f"there is no node called {name}") from None


def unique_name(graph: Graph, base: str) -> str:
    """A free name: ``Conv2d`` gives conv1, then conv2; ``conv2`` gives the next free conv; Input gives input, then input2."""
    return free_name(graph.by_name.keys(), base)


def free_name(taken: Collection[str], base: str) -> str:
    """As ``unique_name``, clear of the names in ``taken``."""
    if base in (INPUT, OUTPUT) and base.lower() not in taken:
        return base.lower()
    stem = re.sub(r"(?<=[A-Za-z])\dd$", "", base)
    stem = re.sub(r"[^A-Za-z0-9_]", "", stem).rstrip("0123456789")
    stem = stem if base in taken else stem.lower()
    number = 2 if stem in (INPUT.lower(), OUTPUT.lower()) else 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def add_node(graph: Graph, node: Node) -> Graph:
    """The graph with ``node`` at its end. Its inputs must be there already."""
    _check_free(graph, node.name)
    for reference in node.inputs:
        _check_connection(graph, reference, node)
    return replace(graph, nodes=(*graph.nodes, node))


def remove_nodes(graph: Graph, names: Collection[str], *, close: bool = True) -> Graph:
    """The graph without these nodes.

    With ``close``, whatever took its input from a removed node of one input takes that input instead, so that
    a chain closes up; where it takes that input already, and behind joins and inputs, the connection goes.
    """
    for name in names:
        node_of(graph, name)
    gone = set(names)

    def heir(reference: str) -> str | None:
        while (source := split_reference(reference)[0]) in gone:
            inputs = graph.by_name[source].inputs
            if not close or len(inputs) != 1:
                return None
            reference = inputs[0]
        return reference

    def mend(node: Node) -> Node:
        if not any(split_reference(reference)[0] in gone for reference in node.inputs):
            return node
        kept: list[str] = []
        for reference in node.inputs:
            inherited = heir(reference)
            if inherited is not None and (inherited == reference or inherited not in (*kept, *node.inputs)):
                kept.append(inherited)
        return replace(node, inputs=tuple(kept))

    return replace(graph, nodes=tuple(mend(node) for node in graph.nodes if node.name not in gone))


def refusal(graph: Graph, source: str, target: str) -> str:
    """Why ``source`` cannot feed ``target``, in a sentence; empty where it can."""
    if node_of(graph, target).type == INPUT:
        return f"{target} is an Input: nothing can be connected to it"
    name, _ = split_reference(source)
    if node_of(graph, name).type == OUTPUT:
        return f"{name} is an Output: nothing can follow it"
    if target == name or target in ancestors(graph, name):
        return f"connecting {name} to {target} would create a cycle: {name} already depends on {target}"
    return ""


def ancestors(graph: Graph, name: str) -> frozenset[str]:
    """Names of all nodes that ``name`` depends on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for reference in graph.by_name[waiting.pop()].inputs:
            source, _ = split_reference(reference)
            if source not in found and source in graph.by_name:
                found.add(source)
                waiting.append(source)
    return frozenset(found)


def connect(graph: Graph, source: str, target: str, port: int | None = None) -> Graph:
    """``source`` (``name`` or ``name:port``) feeds input ``port`` of ``target``.

    What fed that input before is let go. Without a port, or with one past the last, it is a further input.
    """
    node = node_of(graph, target)
    _check_connection(graph, source, node)
    if port is None or port >= len(node.inputs):
        if node.type == OUTPUT and node.inputs:
            raise SpecError(f"{target} is an Output, which takes one connection")
        return replace_node(graph, replace(node, inputs=(*node.inputs, source)))
    inputs = (*node.inputs[:port], source, *node.inputs[port + 1 :])
    return replace_node(graph, replace(node, inputs=inputs))


def disconnect(graph: Graph, target: str, port: int) -> Graph:
    """The graph without the connection into input ``port`` of ``target``; later inputs move up."""
    node = node_of(graph, target)
    if not 0 <= port < len(node.inputs):
        raise SpecError(f"{target} has no connection at input {port + 1}")
    return replace_node(graph, replace(node, inputs=(*node.inputs[:port], *node.inputs[port + 1 :])))


def insert_on_edge(graph: Graph, name: str, target: str, port: int) -> Graph:
    """Put the node ``name`` between ``target`` and what feeds its input ``port``."""
    node, receiver = node_of(graph, name), node_of(graph, target)
    if not 0 <= port < len(receiver.inputs):
        raise SpecError(f"{target} has no connection at input {port + 1}")
    if node.type in (INPUT, OUTPUT):
        raise SpecError(f"an {node.type} cannot be inserted between two layers")
    source = receiver.inputs[port]
    graph = replace_node(graph, replace(node, inputs=()))
    graph = connect(graph, source, name)
    return connect(graph, name, target, port)


def set_treatment(graph: Graph, names: Collection[str], **changes: Value | Component) -> Graph:
    """The graph with ``frozen``, ``lr_factor`` or ``initialiser`` of these nodes changed. SpecError where a value cannot be."""
    nodes = tuple(
        msgspec.convert({**msgspec.structs.asdict(node), **changes}, Node) if node.name in names else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes)


def set_parameters(graph: Graph, name: str, values: Mapping[str, Value]) -> Graph:
    """The graph with these parameters of one node set; its others stay."""
    node = node_of(graph, name)
    return replace_node(graph, replace(node, parameters={**node.parameters, **values}))


def reset_parameter(graph: Graph, name: str, parameter: str) -> Graph:
    """The graph with one parameter back at its default, which is: not written."""
    node = node_of(graph, name)
    return replace_node(
        graph, replace(node, parameters={key: value for key, value in node.parameters.items() if key != parameter})
    )


def set_repeat(graph: Graph, name: str, repeat: int) -> Graph:
    """The graph with one node chained ``repeat`` times."""
    if not 1 <= repeat <= MAX_REPEAT:
        raise SpecError(f"{name} cannot repeat {repeat} times; 1 to {MAX_REPEAT} are allowed")
    return replace_node(graph, replace(node_of(graph, name), repeat=repeat))


def rename(graph: Graph, old: str, new: str) -> Graph:
    """The graph with one node renamed, and every connection to it following."""
    node = node_of(graph, old)
    if new == old:
        return graph
    if not re.match(NAME_PATTERN, new):
        raise SpecError(f"“{new}” cannot be a name: use letters a to z, digits and _, at most 100")
    _check_free(graph, new)
    return replace(
        graph,
        nodes=tuple(
            replace(node, name=new)
            if other is node
            else replace(other, inputs=tuple(renamed(reference, {old: new}) for reference in other.inputs))
            for other in graph.nodes
        ),
    )


def retype(graph: Graph, name: str, kind: str, parameters: Mapping[str, Value]) -> Graph:
    """The graph with a node of another type in the place of one: its name, connections, place and repeat stay.

    SpecError for an Input or an Output.
    """
    node = node_of(graph, name)
    if node.type in (INPUT, OUTPUT):
        raise SpecError(f"{name} is an {node.type}: only layers and blocks can be replaced")
    other = Node(name=name, type=kind, inputs=node.inputs, parameters=dict(parameters), repeat=node.repeat)
    return replace_node(graph, replace(other, position=node.position))


def name_as(graph: Graph, name: str, kind: str) -> str:
    """What a node is called once it is of another type: ``relu2`` becomes ``sigmoid2``. A name not made from the type stays."""
    stem = name.rstrip("0123456789")
    if f"{stem}1" != unique_name(Graph(), node_of(graph, name).type):
        return name
    new = unique_name(Graph(), kind).removesuffix("1") + name.removeprefix(stem)
    return new if new == name or new not in graph.by_name else unique_name(graph, kind)


def move(graph: Graph, positions: Mapping[str, tuple[float, float]]) -> Graph:
    """The graph with these nodes at these places on the canvas."""
    for name in positions:
        node_of(graph, name)
    return _map_nodes(
        graph, lambda node: replace(node, position=positions[node.name]) if node.name in positions else node
    )


def extract(graph: Graph, names: Collection[str], notes: Collection[int] = ()) -> Graph:
    """These nodes and notes alone, in the graph's order, with the connections among them: what the clipboard takes.

    The parameters that the nodes are bound to come along.
    """
    kept = set(names)
    nodes = tuple(_only_within(node, kept) for node in graph.nodes if node.name in kept)
    return Graph(
        nodes=nodes,
        parameters={name: graph.parameters[name] for name in bound_names(nodes) if name in graph.parameters},
        notes=tuple(note for index, note in enumerate(graph.notes) if index in notes),
    )


def bound_names(nodes: Iterable[Node]) -> list[str]:
    """The graph's parameters that nodes are bound to, in the order in which they come up."""
    values = (value for node in nodes for value in node.parameters.values())
    return list(dict.fromkeys(name for value in values if (name := bound_to(value)) is not None))


def paste(graph: Graph, fragment: Graph, offset: tuple[float, float] = (0.0, 0.0)) -> Graph:
    """The graph with copies of the fragment's nodes and notes at its end, renamed where their names are taken.

    A parameter that copies are bound to and the graph lacks is added as the fragment has it; where that lacks it too,
    what was bound to it is no longer set.
    """
    given = set(graph.by_name)
    # Also clear of the fragment's own names, so that a copy never takes the name of a copy to come.
    taken = given | fragment.by_name.keys()
    parameters = {**graph.parameters, **{name: fragment.parameters[name] for name in _lacking(graph, fragment)}}
    names: dict[str, str] = {}
    for node in fragment.nodes:
        names[node.name] = free_name(taken, node.name) if node.name in given else node.name
        given.add(names[node.name])
        taken.add(names[node.name])
    copies = (
        replace(
            _only_within(node, names.keys()),
            parameters={key: value for key, value in node.parameters.items() if not _is_unknown(value, parameters)},
            name=names[node.name],
            inputs=tuple(renamed(reference, names) for reference in _only_within(node, names.keys()).inputs),
            position=None if node.position is None else _shifted(node.position, offset),
        )
        for node in fragment.nodes
    )
    notes = (replace(note, position=_shifted(note.position, offset)) for note in fragment.notes)
    return replace(graph, nodes=(*graph.nodes, *copies), parameters=parameters, notes=(*graph.notes, *notes))


def _lacking(graph: Graph, fragment: Graph) -> list[str]:
    bound = bound_names(fragment.nodes)
    return [name for name in bound if name in fragment.parameters and name not in graph.parameters]


def _is_unknown(value: Value, parameters: Mapping[str, Value]) -> bool:
    name = bound_to(value)
    return name is not None and name not in parameters


def duplicate(graph: Graph, names: Collection[str], offset: tuple[float, float], notes: Collection[int] = ()) -> Graph:
    """The graph with copies of these nodes and notes at its end, the nodes fed as the originals are."""
    copied = paste(graph, extract(graph, names, notes), offset)
    originals = [node for node in graph.nodes if node.name in set(names)]
    copies = copied.nodes[len(graph.nodes) :]
    new_names = {original.name: copy.name for original, copy in zip(originals, copies, strict=True)}
    fed = tuple(
        replace(copy, inputs=tuple(renamed(reference, new_names) for reference in original.inputs))
        for original, copy in zip(originals, copies, strict=True)
    )
    return replace(copied, nodes=(*graph.nodes, *fed))


def connections(graph: Graph) -> Iterator[tuple[str, str, int]]:
    """Every connection as (reference of the source, name of the target, index of the input)."""
    for node in graph.nodes:
        for port, reference in enumerate(node.inputs):
            yield reference, node.name, port


def renames(before: Graph, after: Graph) -> dict[str, str]:
    """New name by old, where the two graphs differ in names: so a selection survives a renaming and its undoing."""
    if len(before.nodes) != len(after.nodes):
        return {}
    pairs = zip(before.nodes, after.nodes, strict=True)
    return {old.name: new.name for old, new in pairs if old.name != new.name and old.type == new.type}


def _shifted(point: tuple[float, float], offset: tuple[float, float]) -> tuple[float, float]:
    return (point[0] + offset[0], point[1] + offset[1])


def _only_within(node: Node, names: Collection[str]) -> Node:
    return replace(node, inputs=tuple(reference for reference in node.inputs if split_reference(reference)[0] in names))


def _check_free(graph: Graph, name: str) -> None:
    if name in graph.by_name:
        raise SpecError(f"there is already a node called {name}")


def _check_connection(graph: Graph, source: str, target: Node) -> None:
    if target.name in graph.by_name:
        reason = refusal(graph, source, target.name)
    else:
        reason = refusal(replace(graph, nodes=(*graph.nodes, target)), source, target.name)
    if reason:
        raise SpecError(reason)


def replace_node(graph: Graph, node: Node) -> Graph:
    """The graph with ``node`` in place of the one that has its name."""
    return _map_nodes(graph, lambda other: node if other.name == node.name else other)


def _map_nodes(graph: Graph, change: Callable[[Node], Node]) -> Graph:
    return replace(graph, nodes=tuple(map(change, graph.nodes)))
