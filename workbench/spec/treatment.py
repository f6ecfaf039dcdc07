"""How training treats a layer: its initialiser, whether it is frozen, and its learning-rate factor."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from workbench.spec.catalogue import Declared
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node
from workbench.spec.paths import repeated_names


class Treatment(Declared):
    """What the inspector shows beside a node's own parameters; a block's applies to everything in it."""

    frozen: Annotated[
        bool, Meta(description="weights, and the running statistics of normalisation layers, stay fixed")
    ] = False
    lr_factor: Annotated[float, Meta(gt=0, le=1000, description="multiplies the learning rate")] = 1.0

    def within(self, node: Node) -> "Treatment":
        """Return the treatment of a node inside something with this treatment."""
        return Treatment(frozen=self.frozen or node.frozen, lr_factor=self.lr_factor * node.lr_factor)


PLAIN = Treatment()


def treatments(architecture: Architecture) -> dict[str, Treatment]:
    """Return layer path -> treatment, only for layers that have one."""
    return dict(_of_graph(architecture, architecture.graph, "", PLAIN))


def _of_graph(
    architecture: Architecture, graph: Graph, prefix: str, around: Treatment
) -> Iterator[tuple[str, Treatment]]:
    for node in graph.nodes:
        own = around.within(node)
        for name in repeated_names(node.name, node.repeat):
            if node.type in architecture.blocks:
                yield from _of_graph(architecture, architecture.blocks[node.type], f"{prefix}{name}.", own)
            elif own != PLAIN:
                yield prefix + name, own


def initialisers(architecture: Architecture) -> dict[str, Component]:
    """Return layer path -> initialiser, only for layers that do not use the recipe's.

    A node's own takes precedence over that of the block it is in.
    """
    return dict(_drawn_in(architecture, architecture.graph, "", None))


def _drawn_in(
    architecture: Architecture, graph: Graph, prefix: str, around: Component | None
) -> Iterator[tuple[str, Component]]:
    for node in graph.nodes:
        own = node.initialiser or around
        for name in repeated_names(node.name, node.repeat):
            if node.type in architecture.blocks:
                yield from _drawn_in(architecture, architecture.blocks[node.type], f"{prefix}{name}.", own)
            elif own is not None:
                yield prefix + name, own


def own_initialisers(architecture: Architecture) -> tuple[str, ...]:
    """Return the paths of the nodes, uses of blocks included, that have their own initialiser."""
    return tuple(_set_in(architecture, architecture.graph, ""))


def _set_in(architecture: Architecture, graph: Graph, prefix: str) -> Iterator[str]:
    for node in graph.nodes:
        for name in repeated_names(node.name, node.repeat):
            if node.initialiser is not None:
                yield prefix + name
            if node.type in architecture.blocks:
                yield from _set_in(architecture, architecture.blocks[node.type], f"{prefix}{name}.")
