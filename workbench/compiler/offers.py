"""Remedies for structural problems: only offered if there is exactly one thing to do."""

import itertools
import re

from workbench.layers import LAYERS
from workbench.spec.edits import ancestors
from workbench.spec.forms import starting_parameters
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node
from workbench.spec.paths import repeated_names
from workbench.spec.remedy import Connect, Delete, Disconnect, Feed, Follow, NewLayer, Remedy, Rename

MAX_STEM = 90
"""The maximum length of a name to which a number can be appended."""


def only_end(graph: Graph, ends: tuple[str, ...], target: str = "") -> str:
    """Return the only open end that could feed ``target``; empty if there is not exactly one, or it would create a
    cycle.
    """
    others = [end for end in ends if end != target] if len(ends) <= 2 else []  # the target may be one itself
    return others[0] if len(others) == 1 and target not in ancestors(graph, others[0]) else ""


def following(prefix: str, end: str) -> Remedy | None:
    """Return a remedy that adds an Output after the only node whose output is not used."""
    words = f"Add an Output after {end}"
    return Follow(words=words, path=prefix + end, layer=NewLayer(type=OUTPUT)) if end else None


def connecting(path: str, candidate: str) -> Remedy | None:
    """Return a remedy that connects the only node whose output is not used."""
    return Connect(words=f"Connect {candidate}", path=path, source=candidate) if candidate else None


def reconnecting(path: str, num_inputs: int, wanted: int, candidate: str, *, chained: bool) -> Remedy | None:
    """Return a remedy that brings a node to its ``wanted`` connections, if there is only one way."""
    if num_inputs > wanted and not chained:
        return Disconnect(words="Remove the extra connections", path=path, keep=wanted)
    return connecting(path, candidate) if wanted == 1 and not num_inputs else None


def renaming(graph: Graph, node: Node, prefix: str) -> Rename:
    """Return a remedy that renames the node to a free, valid name with a number."""
    others = {name for other in graph.nodes for name in repeated_names(other.name, other.repeat)}
    stem = re.sub(r"_?\d*$", "", node.name)[:MAX_STEM] or "node"
    names = (f"{stem}_{number}" for number in itertools.count(1))
    free = next(name for name in names if not others.intersection(repeated_names(name, node.repeat)))
    path = prefix + repeated_names(node.name, node.repeat)[0]
    return Rename(words=f"Rename it to {free}", path=path, name=free)


def feeding(path: str) -> Remedy | None:
    """Return a remedy that adds an Input before a layer of the network's graph."""
    layer = NewLayer(type=INPUT, parameters=starting_parameters(LAYERS[INPUT]))
    return Feed(words=f"Add an Input before {path}", path=path, layer=layer)


def deleting(path: str) -> Delete:
    """Return a remedy that deletes the node."""
    return Delete(words=f"Delete {path.rpartition('.')[2]}", path=path)
