"""Turns scopes into blocks: similar ones become one block with parameters, consecutive equal ones one node ×N."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from workbench.compiler.importing.layering import Layered, Leaf
from workbench.compiler.importing.mining import content_word
from workbench.compiler.importing.operations import ModulePath
from workbench.compiler.importing.scopes import Scope, scopes
from workbench.layers import LAYERS
from workbench.spec.edits import MAX_REPEAT
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node
from workbench.spec.paths import repeated_names
from workbench.spec.record import replace

MOST_PARAMETERS = 8
"""A block that would need more parameters is split into several."""

UNTOLD = frozenset(("", "Sequential", "ModuleList", "ModuleDict", "Module"))
"""Classes whose names say nothing about their content."""


def fold(layered: Layered, name: str) -> Architecture:
    """Return the layers as an architecture. Their paths are then those in the compiled module."""
    root = scopes(layered)
    blocks = _Blocks(layered.kinds)
    for height in range(root.height):
        blocks.add([scope for scope in _all_scopes(root) if scope.height == height])
    body = blocks.body(root)
    ports = [leaf for leaf in layered.leaves if leaf.type == INPUT]
    inputs = tuple(
        replace(node, name=leaf.path[-1], parameters=leaf.parameters)
        for node, leaf in zip(body[: len(root.inputs)], root.inputs, strict=True)
    )
    missing = [leaf for leaf in ports if leaf not in root.inputs]
    inputs += tuple(Node(name=leaf.path[-1], type=INPUT, parameters=leaf.parameters) for leaf in missing)
    refs = {node.name: leaf.path[-1] for node, leaf in zip(body, root.inputs, strict=False)}
    nodes = [
        replace(node, inputs=tuple(refs.get(source, source) for source in node.inputs))
        for node in body[len(root.inputs) :]
        if node.type != OUTPUT
    ]
    known = blocks.references(root)
    taken = {node.name for node in (*inputs, *nodes)}
    outputs = []
    for said, leaf in layered.outputs.items():
        free = _free(re.sub(r"[^A-Za-z0-9_]", "_", said)[:90] or "output", taken)
        taken.add(free)
        outputs.append(Node(name=free, type=OUTPUT, inputs=(refs.get(known[leaf], known[leaf]),)))
    whole = Graph(nodes=Graph(nodes=(*inputs, *nodes, *outputs)).in_order)
    return Architecture(name=name, graph=whole, blocks=dict(reversed(blocks.made.items())))


def _all_scopes(scope: Scope) -> list[Scope]:
    inner = [child for child in scope.children if isinstance(child, Scope)]
    return [found for child in inner for found in (child, *_all_scopes(child))]


def _free(stem: str, taken: set[str]) -> str:
    number, free = 1, stem
    while free in taken:
        number += 1
        free = f"{stem}{number}"
    return free


@dataclass
class _Use:
    """A scope that has become the use of a block."""

    block: str
    outputs: tuple[str, ...]
    parameters: dict[str, Any] = field(default_factory=dict)


class _Blocks:
    """The blocks created so far, and which scope uses which."""

    def __init__(self, kinds: dict[ModulePath, str]) -> None:
        self.kinds = kinds
        self.made: dict[str, Graph] = {}
        self.uses: dict[Scope, _Use] = {}
        self.merged: dict[Scope, dict[str, str]] = {}
        self._usual: dict[str, list[Node]] = {}

    def add(self, scopes: list[Scope]) -> None:
        """Create blocks from scopes whose inner scopes are blocks already."""
        alike: dict[Any, list[tuple[Scope, list[Node]]]] = {}
        for scope in scopes:
            nodes = self.body(scope)
            shape = tuple((node.name, node.type, node.inputs, node.repeat) for node in nodes)
            alike.setdefault(shape, []).append((scope, nodes))
        groups = [part for members in alike.values() for part in self._parts(members)]
        names = self._names(groups)
        for members, name in zip(groups, names, strict=True):
            self._make(members, name)

    def _parts(self, members: list[tuple[Scope, list[Node]]]) -> list[list[tuple[Scope, list[Node]]]]:
        if len(self._columns([nodes for _, nodes in members])) <= MOST_PARAMETERS:
            return [members]
        equal: dict[str, list[tuple[Scope, list[Node]]]] = {}
        for scope, nodes in members:
            equal.setdefault(repr([node.parameters for node in nodes]), []).append((scope, nodes))
        return list(equal.values())

    def _columns(self, bodies: list[list[Node]]) -> dict[tuple[str, ...], list[tuple[int, str]]]:
        """Return the places (node, parameter) whose values differ among the bodies, grouped by those values."""
        columns: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for index, nodes in enumerate(zip(*bodies, strict=True)):
            for name in dict.fromkeys(name for node in nodes for name in node.parameters):
                values = tuple(repr(self._value(node, name)) for node in nodes)
                if len(set(values)) > 1:
                    columns.setdefault(values, []).append((index, name))
        return columns

    def _value(self, node: Node, parameter: str) -> Any:
        if parameter in node.parameters:
            return node.parameters[parameter]
        fields = msgspec.structs.fields(LAYERS[node.type])
        return next(one.default for one in fields if one.encode_name == parameter)

    def _make(self, members: list[tuple[Scope, list[Node]]], name: str) -> None:
        bodies = [nodes for _, nodes in members]
        columns = self._columns(bodies)
        nodes = list(bodies[0])
        fields = Counter(name for places in columns.values() for name in {places[0][1]})
        said: dict[str, list[Any]] = {}
        for places in columns.values():
            index, parameter = places[0]
            word = parameter if fields[parameter] == 1 else f"{parameter}_of_{nodes[index].name}"
            word = _free(word, set(said))
            said[word] = [self._value(body[index], parameter) for body in bodies]
            for place, inner in places:
                nodes[place] = replace(nodes[place], parameters={**nodes[place].parameters, inner: f"${word}"})
        defaults = {word: values[0] for word, values in said.items()}
        ordered = Graph(nodes=tuple(nodes)).in_order
        self.made[name] = Graph(nodes=tuple(map(self._plain, ordered)), parameters=defaults)
        for number, (scope, body) in enumerate(members):
            given = {word: values[number] for word, values in said.items()}
            outputs = tuple(node.name for node in body if node.type == OUTPUT)
            self.uses[scope] = _Use(name, outputs, given)

    def _plain(self, node: Node) -> Node:
        """Return the node without the parameters of a block that are at its default."""
        block = self.made.get(node.type)
        if block is None:
            return node
        kept = {name: value for name, value in node.parameters.items() if block.parameters.get(name) != value}
        return replace(node, parameters=kept)

    # The nodes of a scope

    def references(self, scope: Scope) -> dict[Leaf, str]:
        """Return how a node of this scope's graph refers to each leaf that it can see."""
        taken = {child.name if isinstance(child, Scope) else child.path[-1] for child in scope.children}
        found: dict[Leaf, str] = {}
        for leaf in scope.inputs:
            found[leaf] = _free("input", taken)
            taken.add(found[leaf])
        for child in scope.children:
            if isinstance(child, Leaf):
                found[child] = child.path[-1]
                continue
            for index, leaf in enumerate(child.outputs):
                found[leaf] = f"{child.name}:{self.uses[child].outputs[index]}" if index else child.name
        merged = self.merged.get(scope, {})
        return {leaf: merged.get(reference, reference) for leaf, reference in found.items()}

    def body(self, scope: Scope) -> list[Node]:
        """Return the scope's nodes: Inputs, layers and block uses, Outputs; equal ones in a row are merged."""
        self.merged.pop(scope, None)
        known = self.references(scope)
        inputs = [Node(name=known[leaf], type=INPUT) for leaf in scope.inputs]
        nodes = [self._node(child, known) for child in scope.children]
        answers = [known[leaf] for leaf in scope.outputs]
        nodes, merged = _in_rows(nodes, set(answers))
        self.merged[scope] = merged
        taken = {node.name for node in (*inputs, *nodes)} | set(merged)
        outputs = []
        for answer in answers:
            name = _free("output", taken)
            taken.add(name)
            outputs.append(Node(name=name, type=OUTPUT, inputs=(merged.get(answer, answer),)))
        return [*inputs, *map(self._plain, nodes), *outputs] if not scope.path else [*inputs, *nodes, *outputs]

    def _node(self, child: Leaf | Scope, known: dict[Leaf, str]) -> Node:
        if isinstance(child, Leaf):
            sources = tuple(known[source] for source in child.inputs)
            return Node(name=child.path[-1], type=child.type, inputs=sources, parameters=child.parameters)
        use = self.uses[child]
        sources = tuple(known[source] for source in child.inputs)
        return Node(name=child.name, type=use.block, inputs=sources, parameters=use.parameters)

    # Names

    def _names(self, groups: list[list[tuple[Scope, list[Node]]]]) -> list[str]:
        """Return a name for each block: its class, else its path; if several share a class, the most used has the plain
        name.
        """
        names = [""] * len(groups)
        for index in sorted(range(len(groups)), key=lambda index: -len(groups[index])):
            scope, nodes = groups[index][0]
            word = self._word(scope)
            if word in self._usual:
                word = self._distinguished(word, nodes, self._usual[word])
            else:
                self._usual[word] = nodes
            names[index] = _free(f"{word}Block" if word in LAYERS else word, {*self.made, *names})
        return names

    def _word(self, scope: Scope) -> str:
        kind = self.kinds.get(scope.path, "")
        if kind not in UNTOLD:
            return re.sub(r"[^A-Za-z0-9_]", "", kind).lstrip("_") or "Block"
        if scope.name.isdigit():
            return content_word(list(scope.leaves()))
        parts = [scope.name]
        for part in reversed(scope.path[:-1]):
            if not parts[0][:1].isdigit():
                break
            parts.insert(0, part)
        word = "".join(piece[:1].upper() + piece[1:] for part in parts for piece in part.split("_"))
        return word if word[:1].isalpha() else f"Block{word}"

    @staticmethod
    def _distinguished(word: str, nodes: list[Node], usual: list[Node]) -> str:
        """Return a name like ``BottleneckWithDownsample`` if the block has just one node more than the usual one."""
        more = [node for node in nodes if node.name not in {other.name for other in usual} and node.type != INPUT]
        if len(more) != 1 or more[0].name[:1].isdigit():
            return word
        return f"{word}With{more[0].name[:1].upper()}{more[0].name[1:]}"


def _in_rows(nodes: list[Node], answers: set[str]) -> tuple[list[Node], dict[str, str]]:
    """Merge equal nodes that feed each other in a row and have consecutive names; return the nodes and old -> new
    names.
    """
    users: dict[str, list[str]] = {}
    for node in nodes:
        for source in node.inputs:
            users.setdefault(source.partition(":")[0], []).append(node.name)
    by_name = {node.name: node for node in nodes}
    merged: dict[str, str] = {}
    rows: dict[str, int] = {}
    for node in nodes:
        if node.name in merged or not node.name[-1].isdigit() or not node.inputs:
            continue
        length, last = 1, node
        while (following := _next_in_row(node, last, length, by_name, users, answers)) is not None:
            length, last = length + 1, following
            merged[last.name] = node.name
        rows[node.name] = length
    kept = [
        replace(
            node,
            inputs=tuple(merged.get(source, source) for source in node.inputs),
            repeat=rows.get(node.name, 1),
        )
        for node in nodes
        if node.name not in merged
    ]
    return kept, merged


def _next_in_row(
    first: Node, last: Node, length: int, by_name: dict[str, Node], users: dict[str, list[str]], answers: set[str]
) -> Node | None:
    following = by_name.get(repeated_names(first.name, length + 1)[-1]) if length < MAX_REPEAT else None
    if following is None or repeated_names(first.name, length)[-1] != last.name or last.name in answers:
        return None
    alike = following.type == first.type and following.parameters == first.parameters
    fed = following.inputs == (last.name, *first.inputs[1:]) and last.name not in first.inputs[1:]
    return following if alike and fed and users.get(last.name) == [following.name] else None
