"""Remedies for structural problems: only offered if there is one thing to do, or one that is most likely meant."""

import itertools
import math
import re
from collections.abc import Sequence

from workbench.layers import LAYERS
from workbench.spec.edits import ancestors
from workbench.spec.forms import starting_parameters
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node
from workbench.spec.paths import repeated_names
from workbench.spec.remedy import Connect, Delete, Disconnect, Feed, Follow, NewLayer, Remedy, Rename

MAX_STEM = 90
"""The maximum length of a name to which a number can be appended."""


MOST_ENDS = 20
"""With more open ends, none of them is likely."""


def only_end(ends: tuple[str, ...]) -> str:
    """Return the only open end; empty if there is not exactly one."""
    return ends[0] if len(ends) == 1 else ""


def likely_source(graph: Graph, ends: tuple[str, ...], target: str) -> str:
    """Return the open end that most likely should feed ``target``: the only one, or the nearest above it on the canvas.

    Empty if there is none, or only such that would create a cycle.
    """
    others = [end for end in ends if end != target] if len(ends) <= MOST_ENDS else []
    nearest = _nearest_above(graph, others, target) if len(others) > 1 else others
    return next((end for end in nearest if target not in ancestors(graph, end)), "")


def _nearest_above(graph: Graph, names: Sequence[str], target: str) -> list[str]:
    """Return those of the nodes that lie above the target on the canvas, the nearest first."""
    place = graph.by_name[target].position
    places = {name: graph.by_name[name].position for name in names}
    far = {name: math.dist(at, place) for name, at in places.items() if at and place and at[1] < place[1]}
    return sorted(far, key=lambda name: far[name])


def following(prefix: str, end: str) -> Remedy | None:
    """Return a remedy that adds an Output after the only node whose output is not used."""
    words = f"Add an Output after {end}"
    return Follow(words=words, path=prefix + end, layer=NewLayer(type=OUTPUT)) if end else None


def connecting(path: str, candidate: str) -> Remedy | None:
    """Return a remedy that connects the candidate, if there is one."""
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


def feeding(path: str) -> Feed:
    """Return a remedy that adds an Input before a layer of the network's graph."""
    layer = NewLayer(type=INPUT, parameters=starting_parameters(LAYERS[INPUT]))
    return Feed(words=f"Add an Input before {path}", path=path, layer=layer)


def deleting(path: str) -> Delete:
    """Return a remedy that deletes the node."""
    return Delete(words=f"Delete {path.rpartition('.')[2]}", path=path)
