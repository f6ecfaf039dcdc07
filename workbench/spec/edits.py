"""Edits: pure functions from a graph to the changed graph. One user gesture is one edit and one undo step.

A user's mistake (a cycle, a taken name) raises ``SpecError`` with the sentence to show; the given graph is never
changed.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import is_

import msgspec

from workbench.spec.catalogue import plain_validation
from workbench.spec.component import Component
from workbench.spec.graph import INPUT, NAME_PATTERN, OUTPUT, Graph, Node, bound_to, renamed, split_reference
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace

MAX_REPEAT = 1000


def node_of(graph: Graph, name: str) -> Node:
    """Return the node called ``name``. Raises SpecError if there is none."""
    try:
        return graph.by_name[name]
    except KeyError:
        raise SpecError(f"there is no node called {name}") from None


def unique_name(graph: Graph, base: str) -> str:
    """Return a free name: ``Conv2d`` gives conv1, then conv2; ``conv2`` the next free conv; Input
    input, then input2.
    """
    return free_name(graph.by_name.keys(), base)


def free_name(taken: Collection[str], base: str) -> str:
    """Return a free name like ``unique_name``, given the names in ``taken``."""
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
    """Return the graph with ``node`` appended. Its inputs must exist already."""
    _check_free(graph, node.name)
    for reference in node.inputs:
        _check_connection(graph, reference, node)
    return replace(graph, nodes=(*graph.nodes, node))


def remove_nodes(graph: Graph, names: Collection[str], *, close: bool = True) -> Graph:
    """Return the graph without these nodes.

    With ``close``, a node fed by a removed node with one input is fed by that input instead, so that the chain closes.
    If it already has that input, or the removed node has several or none, the connection is removed.
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
    """Return why ``source`` cannot feed ``target``, in a sentence; empty if it can."""
    if node_of(graph, target).type == INPUT:
        return f"{target} is an Input: nothing can be connected to it"
    name, _ = split_reference(source)
    if node_of(graph, name).type == OUTPUT:
        return f"{name} is an Output: nothing can follow it"
    if target == name or target in ancestors(graph, name):
        return f"connecting {name} to {target} would create a cycle: {name} already depends on {target}"
    return ""


def ancestors(graph: Graph, name: str) -> frozenset[str]:
    """Return the names of all nodes that ``name`` depends on."""
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
    """Return the graph in which ``source`` (``name`` or ``name:port``) feeds input ``port`` of ``target``.

    It replaces the previous source of that input. Without a port, or with one past the last, an input is added.
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
    """Return the graph without the connection to input ``port`` of ``target``; later inputs move up."""
    node = node_of(graph, target)
    if not 0 <= port < len(node.inputs):
        raise SpecError(f"{target} has no connection at input {port + 1}")
    return replace_node(graph, replace(node, inputs=(*node.inputs[:port], *node.inputs[port + 1 :])))


def insert_on_edge(graph: Graph, name: str, target: str, port: int) -> Graph:
    """Return the graph with the node ``name`` inserted between ``target`` and the source of its input ``port``."""
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
    """Return the graph with ``frozen``, ``lr_factor`` or ``initialiser`` of these nodes changed."""

    def treated(node: Node) -> Node:
        try:
            return msgspec.convert({**msgspec.structs.asdict(node), **changes}, Node)
        except msgspec.ValidationError as error:
            raise SpecError(f"{node.name}: {plain_validation(str(error), Node)}") from None

    return map_nodes(graph, lambda node: treated(node) if node.name in names else node)


def set_parameters(graph: Graph, name: str, values: Mapping[str, Value]) -> Graph:
    """Return the graph with these parameters of one node set; its others stay."""
    node = node_of(graph, name)
    return replace_node(graph, replace(node, parameters={**node.parameters, **values}))


def reset_parameter(graph: Graph, name: str, parameter: str) -> Graph:
    """Return the graph with one parameter reset to its default, that is, not written."""
    node = node_of(graph, name)
    return replace_node(
        graph, replace(node, parameters={key: value for key, value in node.parameters.items() if key != parameter})
    )


def set_repeat(graph: Graph, name: str, repeat: int) -> Graph:
    """Return the graph with one node repeated ``repeat`` times in a chain."""
    if not 1 <= repeat <= MAX_REPEAT:
        raise SpecError(f"{name} cannot repeat {repeat} times; 1 to {MAX_REPEAT} are allowed")
    return replace_node(graph, replace(node_of(graph, name), repeat=repeat))


def rename(graph: Graph, old: str, new: str) -> Graph:
    """Return the graph with one node, and every reference to it, renamed."""
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
    """Return the graph with one node's type replaced; its name, connections, position and repeat stay.

    Raises SpecError for an Input or an Output.
    """
    node = node_of(graph, name)
    if node.type in (INPUT, OUTPUT):
        raise SpecError(f"{name} is an {node.type}: only layers and blocks can be replaced")
    other = Node(name=name, type=kind, inputs=node.inputs, parameters=dict(parameters), repeat=node.repeat)
    return replace_node(graph, replace(other, position=node.position))


def name_as(graph: Graph, name: str, kind: str) -> str:
    """Return a node's name for another type: ``relu2`` becomes ``sigmoid2``. A name not derived from the type stays."""
    stem = name.rstrip("0123456789")
    if f"{stem}1" != unique_name(Graph(), node_of(graph, name).type):
        return name
    new = unique_name(Graph(), kind).removesuffix("1") + name.removeprefix(stem)
    return new if new == name or new not in graph.by_name else unique_name(graph, kind)


def move(graph: Graph, positions: Mapping[str, tuple[float, float]]) -> Graph:
    """Return the graph with these nodes at these positions on the canvas."""
    for name in positions:
        node_of(graph, name)
    return map_nodes(
        graph, lambda node: replace(node, position=positions[node.name]) if node.name in positions else node
    )


def extract(graph: Graph, names: Collection[str], notes: Collection[int] = ()) -> Graph:
    """Return only these nodes and notes, in the graph's order, with the connections among them, for the clipboard.

    The parameters that the nodes are bound to are included.
    """
    kept = set(names)
    nodes = tuple(_only_within(node, kept) for node in graph.nodes if node.name in kept)
    return Graph(
        nodes=nodes,
        parameters={name: graph.parameters[name] for name in bound_names(nodes) if name in graph.parameters},
        notes=tuple(note for index, note in enumerate(graph.notes) if index in notes),
    )


def bound_names(nodes: Iterable[Node]) -> list[str]:
    """Return the graph's parameters that nodes are bound to, in order of appearance."""
    values = (value for node in nodes for value in node.parameters.values())
    return list(dict.fromkeys(name for value in values if (name := bound_to(value)) is not None))


def paste(graph: Graph, fragment: Graph, offset: tuple[float, float] = (0.0, 0.0)) -> Graph:
    """Return the graph with copies of the fragment's nodes and notes appended, renamed if their names are taken.

    A parameter that copies are bound to and the graph lacks is added from the fragment; if that lacks it too, what was
    bound to it is no longer set.
    """
    given = set(graph.by_name)
    # Also distinct from the fragment's own names, so that no copy takes the name of a later one.
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
    """Return the graph with copies of these nodes and notes appended; the copies have the originals' sources."""
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
    """Yield every connection as (source reference, target name, input index)."""
    for node in graph.nodes:
        for port, reference in enumerate(node.inputs):
            yield reference, node.name, port


def renames(before: Graph, after: Graph) -> dict[str, str]:
    """Return old name -> new name where the two graphs differ in names, so that a selection survives renaming and its
    undo.
    """
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
    """Return the graph with ``node`` replacing the one of the same name."""
    return map_nodes(graph, lambda other: node if other.name == node.name else other)


def map_nodes(graph: Graph, change: Callable[[Node], Node]) -> Graph:
    """Return the graph with every node mapped; the same object if ``change`` returns each node itself.

    Equal nodes may differ, since 1 and True are equal in Python.
    """
    nodes = tuple(map(change, graph.nodes))
    return graph if all(map(is_, nodes, graph.nodes)) else replace(graph, nodes=nodes)
