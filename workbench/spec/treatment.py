"""How training treats a layer: its initialiser, whether it is frozen, and its learning-rate factor."""

from collections.abc import Iterator
from functools import reduce
from typing import Annotated

from msgspec import Meta

from workbench.spec.catalogue import Declared
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node
from workbench.spec.paths import repeated_names


class Treatment(Declared):
    """What the inspector shows beside a node's own parameters; a block's applies to everything in it."""

    frozen: Annotated[
        bool,
        Meta(
            description="training leaves the weights, and the running statistics of normalisation layers, as they are"
        ),
    ] = False
    lr_factor: Annotated[
        float,
        Meta(
            gt=0,
            le=1000,
            title="rate factor",
            description="factor on the learning rate here; usually 1, or 0.1 for layers that are pretrained",
        ),
    ] = 1.0

    def within(self, node: Node) -> "Treatment":
        """Return the treatment of a node inside something with this treatment."""
        return Treatment(frozen=self.frozen or node.frozen, lr_factor=self.lr_factor * node.lr_factor)


PLAIN = Treatment()


def treatments(architecture: Architecture) -> dict[str, Treatment]:
    """Return layer path -> treatment, only for layers that have one."""
    found = {path: reduce(Treatment.within, nodes, PLAIN) for path, nodes in _layers(architecture)}
    return {path: treatment for path, treatment in found.items() if treatment != PLAIN}


def initialisers(architecture: Architecture) -> dict[str, Component]:
    """Return layer path -> initialiser, only for layers that do not use the recipe's.

    A node's own takes precedence over that of the block it is in.
    """
    own = {path: [node.initialiser for node in nodes if node.initialiser] for path, nodes in _layers(architecture)}
    return {path: chosen[-1] for path, chosen in own.items() if chosen}


def own_initialisers(architecture: Architecture) -> tuple[str, ...]:
    """Return the paths of the nodes, uses of blocks included, that have their own initialiser."""
    return tuple(path for path, nodes in _nodes(architecture, architecture.graph) if nodes[-1].initialiser)


def _layers(architecture: Architecture) -> Iterator[tuple[str, tuple[Node, ...]]]:
    """Yield the path of each layer, and the uses of blocks that it is in, from the outermost to the layer itself."""
    others = {INPUT, OUTPUT, *architecture.blocks}
    return (each for each in _nodes(architecture, architecture.graph) if each[1][-1].type not in others)


def _nodes(
    architecture: Architecture, graph: Graph, prefix: str = "", around: tuple[Node, ...] = ()
) -> Iterator[tuple[str, tuple[Node, ...]]]:
    """Yield what ``_layers`` does, and the same for the uses of blocks."""
    for node in graph.nodes:
        nodes = (*around, node)
        for name in repeated_names(node.name, node.repeat):
            yield prefix + name, nodes
            if node.type in architecture.blocks:
                yield from _nodes(architecture, architecture.blocks[node.type], f"{prefix}{name}.", nodes)
