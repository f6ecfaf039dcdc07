"""Paths: how a node is called once blocks and repeats are written out (``layer1.0.conv1``), and where it is drawn."""

import re

from workbench.spec.experiment import Architecture
from workbench.spec.graph import Node
from workbench.spec.problems import SpecError
from workbench.spec.scopes import graph_at


def repeated_names(name: str, repeat: int) -> tuple[str, ...]:
    """Names of a node repeated N times: ``1`` ×3 -> 1, 2, 3; ``block`` ×2 -> block0, block1."""
    if repeat == 1:
        return (name,)
    stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]  # matches anything
    return tuple(f"{stem}{int(number or 0) + count}" for count in range(repeat))


def drawn_along(architecture: Architecture, path: str) -> tuple[tuple[str, Node], ...]:
    """The nodes as drawn that a path leads through, each with its scope; the last is the node itself.

    SpecError where the path leads nowhere, as that of a node which is no longer there.
    """
    scope = ""
    steps: list[tuple[str, Node]] = []
    for name in path.split("."):
        nodes = graph_at(architecture, scope).nodes
        node = next((node for node in nodes if name in repeated_names(node.name, node.repeat)), None)
        if node is None:
            raise SpecError(f"{path} is no longer there")
        steps.append((scope, node))
        scope = node.type
    return tuple(steps)
