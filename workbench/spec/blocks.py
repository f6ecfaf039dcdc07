"""Edits of blocks: their names, their parameters, who has one of its own. The uses follow in the same step."""

import re
from collections.abc import Callable, Mapping

from workbench.spec.edits import node_of, replace_node, set_parameters
from workbench.spec.experiment import Architecture
from workbench.spec.graph import NAME_PATTERN, Graph, Node
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace
from workbench.spec.scopes import check_block_name, free_block_name, graph_at, held_blocks, with_graph_at


def rename_block(architecture: Architecture, old: str, new: str) -> Architecture:
    """The architecture with a block renamed, and all its uses following."""
    if new == old:
        return architecture
    graph_at(architecture, old)
    check_block_name(architecture.blocks, new)
    return _with_types(architecture, {old: new})


def _with_types(architecture: Architecture, names: Mapping[str, str]) -> Architecture:
    """Blocks under other names, and the types of their uses."""
    renamed = _map_nodes(architecture, lambda node: replace(node, type=names.get(node.type, node.type)))
    return replace(renamed, blocks={names.get(name, name): block for name, block in renamed.blocks.items()})


def make_own(architecture: Architecture, scope: str, name: str) -> tuple[Architecture, str]:
    """The architecture in which one use has a copy of its block to itself, and the copy's name."""
    use = _use(architecture, scope, name)
    own = free_block_name(architecture.blocks, use.type)
    blocks = {**architecture.blocks, own: architecture.blocks[use.type]}
    graph = replace_node(graph_at(architecture, scope), replace(use, type=own))
    return with_graph_at(replace(architecture, blocks=blocks), scope, graph), own


def set_unfolded(architecture: Architecture, scope: str, name: str, unfolded: bool) -> Architecture:
    """The architecture with one use of a block shown with what is in it, or as one card."""
    use = _use(architecture, scope, name)
    return with_graph_at(
        architecture, scope, replace_node(graph_at(architecture, scope), replace(use, unfolded=unfolded))
    )


def set_about(architecture: Architecture, block: str, words: str) -> Architecture:
    """The architecture with other words on what a block is."""
    return with_graph_at(architecture, block, replace(graph_at(architecture, block), about=words))


def without_unused(architecture: Architecture) -> Architecture:
    """The architecture without the blocks that its network never comes to."""
    reached = held_blocks(architecture.blocks, *(node.type for node in architecture.graph.nodes))
    return replace(architecture, blocks={name: block for name, block in architecture.blocks.items() if name in reached})


def with_blocks(architecture: Architecture, blocks: Mapping[str, Graph]) -> tuple[Architecture, dict[str, str]]:
    """The architecture with these blocks as well, and the names they have there.

    One that is there already, the same in all it holds, is not added again; where a name means another block, the
    newcomer takes a free one.
    """
    there = dict(architecture.blocks)
    names: dict[str, str] = {}
    for name in _innermost_first(blocks):
        block = _with_inner_names(blocks[name], names)
        names[name] = name if there.get(name, block) == block else free_block_name({*there, *blocks}, name)
        there[names[name]] = block
    return replace(architecture, blocks=there), names


def _innermost_first(blocks: Mapping[str, Graph]) -> list[str]:
    from graphlib import TopologicalSorter

    held = {name: {node.type for node in block.nodes} & blocks.keys() for name, block in blocks.items()}
    return list(TopologicalSorter(held).static_order())


def _with_inner_names(block: Graph, names: Mapping[str, str]) -> Graph:
    if not any(names.get(node.type, node.type) != node.type for node in block.nodes):
        return block
    return replace(block, nodes=tuple(replace(node, type=names.get(node.type, node.type)) for node in block.nodes))


# Parameters


def set_parameter(architecture: Architecture, scope: str, parameter: str, default: Value) -> Architecture:
    """The architecture in which a graph has this parameter with this default; a new one is added at the end."""
    graph = graph_at(architecture, scope)
    if parameter not in graph.parameters:
        _check_name(parameter)
    return with_graph_at(architecture, scope, replace(graph, parameters={**graph.parameters, parameter: default}))


def rename_parameter(architecture: Architecture, scope: str, old: str, new: str) -> Architecture:
    """The architecture with a graph's parameter renamed; what is bound to it inside and set by its uses follows."""
    graph = _check_parameter(architecture, scope, old)
    if new == old:
        return architecture
    _check_name(new)
    if new in graph.parameters:
        raise SpecError(f"there is already a parameter called {new}")
    parameters = {new if name == old else name: value for name, value in graph.parameters.items()}
    nodes = tuple(_rebound(node, f"${old}", f"${new}") for node in graph.nodes)
    changed = with_graph_at(architecture, scope, replace(graph, parameters=parameters, nodes=nodes))

    def follow(node: Node) -> Node:
        if not scope or node.type != scope or old not in node.parameters:
            return node
        return replace(node, parameters={new if key == old else key: value for key, value in node.parameters.items()})

    return _map_nodes(changed, follow)


def remove_parameter(architecture: Architecture, scope: str, parameter: str) -> Architecture:
    """The architecture without a graph's parameter: what was bound to it gets its default, uses no longer set it."""
    graph = _check_parameter(architecture, scope, parameter)
    parameters = {name: value for name, value in graph.parameters.items() if name != parameter}
    nodes = tuple(_rebound(node, f"${parameter}", graph.parameters[parameter]) for node in graph.nodes)
    changed = with_graph_at(architecture, scope, replace(graph, parameters=parameters, nodes=nodes))

    def follow(node: Node) -> Node:
        if not scope or node.type != scope or parameter not in node.parameters:
            return node
        return replace(node, parameters={key: value for key, value in node.parameters.items() if key != parameter})

    return _map_nodes(changed, follow)


def bind_parameter(
    architecture: Architecture, scope: str, name: str, parameter: str, to: str, default: Value
) -> Architecture:
    """The architecture with a node's parameter bound to its graph's parameter ``to``.

    A graph that has none of that name gets it, with ``default``; so nothing changes until somebody sets it.
    """
    if to not in graph_at(architecture, scope).parameters:
        architecture = set_parameter(architecture, scope, to, default)
    graph = set_parameters(graph_at(architecture, scope), name, {parameter: f"${to}"})
    return with_graph_at(architecture, scope, graph)


def _check_name(parameter: str) -> None:
    if not re.match(NAME_PATTERN, parameter):
        raise SpecError(f"“{parameter}” cannot be a parameter's name: use letters a to z, digits and _")


def _check_parameter(architecture: Architecture, scope: str, parameter: str) -> Graph:
    graph = graph_at(architecture, scope)
    if parameter not in graph.parameters:
        raise SpecError(f"{scope or 'the network'} has no parameter called {parameter}")
    return graph


def _rebound(node: Node, old: Value, new: Value) -> Node:
    if old not in node.parameters.values():
        return node
    return replace(node, parameters={key: new if value == old else value for key, value in node.parameters.items()})


def _use(architecture: Architecture, scope: str, name: str) -> Node:
    use = node_of(graph_at(architecture, scope), name)
    if use.type not in architecture.blocks:
        raise SpecError(f"{name} is not a block")
    return use


def _map_nodes(architecture: Architecture, change: Callable[[Node], Node]) -> Architecture:
    """Every node of every graph changed; graphs in which none is stay the same object."""

    def mapped(graph: Graph) -> Graph:
        nodes = tuple(map(change, graph.nodes))
        return graph if nodes == graph.nodes else replace(graph, nodes=nodes)

    return replace(
        architecture,
        graph=mapped(architecture.graph),
        blocks={name: mapped(block) for name, block in architecture.blocks.items()},
    )
