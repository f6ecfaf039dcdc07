"""Paths: the name of a node once blocks and repeats are expanded (``layer1.0.conv1``), and where it is drawn."""

import re
from collections.abc import Mapping, Sequence

from workbench.spec.experiment import Architecture
from workbench.spec.graph import Node, bound_to
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.spec.scopes import graph_at


def repeated_names(name: str, repeat: int) -> tuple[str, ...]:
    """Return the names of a node repeated N times: ``1`` ×3 -> 1, 2, 3; ``block`` ×2 -> block0, block1."""
    if repeat == 1:
        return (name,)
    stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]  # always matches
    return tuple(f"{stem}{int(number or 0) + count}" for count in range(repeat))


def drawn_along(architecture: Architecture, path: str) -> tuple[tuple[str, Node], ...]:
    """Return the drawn nodes along a path, each with its scope; the last is the node itself.

    A repeated node matches each of its expanded names and the drawn one. Raises SpecError if the path does not exist,
    for instance because the node was removed.
    """
    scope = ""
    steps: list[tuple[str, Node]] = []
    for name in path.split("."):
        nodes = graph_at(architecture, scope).nodes
        called = (node for node in nodes if name in (*repeated_names(node.name, node.repeat), node.name))
        node = next(called, None)
        if node is None:
            raise SpecError(f"{path} no longer exists")
        steps.append((scope, node))
        scope = node.type
    return tuple(steps)


def values_along(architecture: Architecture, steps: Sequence[tuple[str, Node]]) -> dict[str, Value]:
    """Return the values of the parameters, by name, in the graph of the last step."""
    values = dict(architecture.graph.parameters)
    for _, use in steps[:-1]:
        given = bind(use.parameters, values)
        values = {name: given.get(name, default) for name, default in architecture.blocks[use.type].parameters.items()}
    return values


def bind(parameters: Mapping[str, Value], enclosing: Mapping[str, Value]) -> dict[str, Value]:
    """Replace each ``$name`` by the enclosing graph's value, if it has a parameter of that name."""
    return {
        name: value if (source := bound_to(value)) is None else enclosing.get(source, value)
        for name, value in parameters.items()
    }
