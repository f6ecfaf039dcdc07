"""Scopes: the graphs of an architecture. A scope is a block's name, or ``""`` for the network itself."""

import re
from collections.abc import Callable, Collection, Mapping
from graphlib import TopologicalSorter

from workbench.spec.experiment import Architecture
from workbench.spec.graph import NAME_PATTERN, Graph
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def graph_at(architecture: Architecture, scope: str) -> Graph:
    """Return the graph of a scope. Raises SpecError if there is no such block."""
    if not scope:
        return architecture.graph
    try:
        return architecture.blocks[scope]
    except KeyError:
        raise SpecError(f"there is no block called {scope}") from None


def with_graph_at(architecture: Architecture, scope: str, graph: Graph) -> Architecture:
    """Return the architecture with the graph of a scope replaced. Raises SpecError if a block would contain itself."""
    before = graph_at(architecture, scope)
    if not scope:
        return replace(architecture, graph=graph)
    for kind in {node.type for node in graph.nodes} - {node.type for node in before.nodes}:
        if scope in held_blocks(architecture.blocks, kind):
            raise SpecError(f"a block cannot contain itself: {scope} is in {kind}" if kind != scope else _IN_ITSELF)
    return replace(architecture, blocks={**architecture.blocks, scope: graph})


_IN_ITSELF = "a block cannot contain itself: place it next to its other uses"


def map_graphs(architecture: Architecture, change: Callable[[Graph], Graph]) -> Architecture:
    """Return the architecture with the graphs of all scopes mapped."""
    return replace(
        architecture,
        graph=change(architecture.graph),
        blocks={name: change(block) for name, block in architecture.blocks.items()},
    )


def held_blocks(blocks: Mapping[str, Graph], *names: str) -> frozenset[str]:
    """Return those of ``names`` that are blocks, and all blocks used inside them."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in blocks and name not in found:
            found.add(name)
            waiting += [node.type for node in blocks[name].nodes]
    return frozenset(found)


def innermost_first(blocks: Mapping[str, Graph]) -> tuple[str, ...]:
    """Return the blocks' names, each after those of the blocks inside it. Raises CycleError if one contains itself."""
    held = {name: {node.type for node in block.nodes} & blocks.keys() for name, block in blocks.items()}
    return tuple(TopologicalSorter(held).static_order())


def num_uses(architecture: Architecture, block: str) -> int:
    """Return the number of nodes that use a block, in the network and in all blocks; a repeated node counts once."""
    return sum(node.type == block for graph in architecture.graphs for node in graph.nodes)


def used(times: int) -> str:
    """Return how often a block is used, in words."""
    return {0: "not used", 1: "used once", 2: "used twice"}.get(times, f"used {times} times")


def free_block_name(blocks: Collection[str], base: str) -> str:
    """Return ``base`` if no block has that name, else the first free one of base2, base3 ..."""
    stem, number, name = base.rstrip("0123456789") or base, 2, base
    while name in blocks:
        name, number = f"{stem}{number}", number + 1
    return name


def check_block_name(blocks: Collection[str], name: str) -> None:
    """Raise SpecError if a block cannot have this name."""
    if not re.match(NAME_PATTERN, name):
        raise SpecError(f"“{name}” cannot be a block's name: use letters a to z, digits and _, at most 100")
    if name in blocks:
        raise SpecError(f"there is already a block called {name}")
