"""The network as drawn: nodes that name their inputs, graphs of nodes, and blocks (graphs used by name).

A ``Graph`` is immutable. Its ``Input`` nodes, in order, are its input ports and its ``Output`` nodes its output ports,
so the whole network and a block inside it are the same kind of thing.
"""

import heapq
from collections.abc import Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.component import Component
from workbench.spec.record import Record, Value

INPUT = "Input"
OUTPUT = "Output"
NAME_PATTERN = r"^[A-Za-z0-9_]{1,100}\Z"
"""The pattern of a node's name. ``\\Z``, since ``$`` allows a trailing line break."""


class Node(Record):
    """One use of a layer or a block.

    ``type`` is a layer's class name (``Conv2d``) or a block's name. ``inputs`` name the nodes that feed it, in the
    order of its ports; ``name:port`` refers to a named output of a node that has several. ``repeat`` chains the node N
    times; a name that ends in a number counts on from it (``1`` ×2 gives ``1``, ``2``), any other name counts from 0
    (``block`` ×2 gives ``block0``, ``block1``). ``position`` is the node's place on the canvas in scene units, or None
    if not chosen. An ``unfolded`` use of a block shows the block's content on the canvas. The weights of a ``frozen``
    node are not trained; ``lr_factor`` multiplies its learning rate; ``initialiser`` replaces the recipe's. All three
    apply to everything in a block.
    """

    name: Annotated[str, Meta(pattern=NAME_PATTERN)]
    type: str
    inputs: tuple[str, ...] = ()
    parameters: dict[str, Value] = {}
    repeat: Annotated[int, Meta(ge=1, le=1000)] = 1
    position: tuple[float, float] | None = None
    unfolded: bool = False
    frozen: bool = False
    lr_factor: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    initialiser: Component | None = None


def bound_to(value: Value) -> str | None:
    """Return the parameter of the enclosing graph that a value is bound to: ``width`` for ``$width``, None for any
    other.
    """
    return value[1:] if isinstance(value, str) and value.startswith("$") else None


Colour = Literal["grey", "blue", "green", "yellow", "red", "purple"]
"""The colours of a note; the window has a shade of each for its light and dark themes."""


class Note(Record):
    """Text on the canvas: a comment or, with a ``size`` (width, height), a frame behind the nodes it surrounds.

    ``position`` is its upper left corner; both are in scene units. The network ignores it.
    """

    position: tuple[float, float]
    text: str = ""
    size: tuple[float, float] | None = None
    colour: Colour = "grey"


class Graph(Record, dict=True):
    """Nodes in the order written, and the parameters (with defaults) that ``$name`` refers to."""

    nodes: tuple[Node, ...] = ()
    parameters: dict[str, Value] = {}
    notes: tuple[Note, ...] = ()
    about: str = ""

    @cached_property
    def by_name(self) -> dict[str, Node]:
        """Node by name. Names are unique in a valid graph; see ``structure.check_structure``."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def in_order(self) -> tuple[Node, ...]:
        """The nodes, each after its inputs, otherwise in the order written. Raises CycleError."""
        place = {node.name: index for index, node in enumerate(self.nodes)}
        if _is_in_order(self.nodes, place):
            return self.nodes
        followers: list[list[int]] = [[] for _ in self.nodes]
        num_awaited = []
        for index, node in enumerate(self.nodes):
            sources = {place[name] for name in source_names(node) if name in place}
            num_awaited.append(len(sources))
            for source in sources:
                followers[source].append(index)
        ready = [index for index, number in enumerate(num_awaited) if not number]
        order: list[Node] = []
        while ready:
            index = heapq.heappop(ready)
            order.append(self.nodes[index])
            for follower in followers[index]:
                num_awaited[follower] -= 1
                if not num_awaited[follower]:
                    heapq.heappush(ready, follower)
        if len(order) < len(self.nodes):
            TopologicalSorter(
                {node.name: source_names(node) for node in self.nodes}
            ).prepare()  # raises CycleError, which names the cycle
        return tuple(order)

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The graph's input ports, in order."""
        return tuple(node for node in self.nodes if node.type == INPUT)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The graph's output ports, in order."""
        return tuple(node for node in self.nodes if node.type == OUTPUT)


def _is_in_order(nodes: Sequence[Node], place: Mapping[str, int]) -> bool:
    """Return whether each node is written after its inputs, as in most networks; ``place`` is the
    index of each name.
    """
    if len(place) < len(nodes):
        return False
    for index, node in enumerate(nodes):
        for reference in node.inputs:
            source = place.get(reference)
            if source is None:
                source = place.get(split_reference(reference)[0], -1)
            if source >= index:
                return False
    return True


def split_reference(reference: str) -> tuple[str, str]:
    """Split ``"name:port"`` into ``("name", "port")``; without a port, ``("name", "")``."""
    name, _, port = reference.partition(":")
    return name, port


def renamed(reference: str, names: Mapping[str, str]) -> str:
    """Return the reference with its node renamed and its port kept."""
    name, port = split_reference(reference)
    name = names.get(name, name)
    return f"{name}:{port}" if port else name


def source_names(node: Node) -> tuple[str, ...]:
    """Return the names of the nodes that feed a node, in the order of its ports."""
    return tuple(split_reference(reference)[0] for reference in node.inputs)
