"""Edits of blocks: their names, their parameters, and own copies for single uses. The uses change in the same step."""

import re
from collections.abc import Mapping

from workbench.spec.edits import map_nodes, node_of, replace_node, set_parameters
from workbench.spec.experiment import Architecture
from workbench.spec.graph import NAME_PATTERN, Graph, Node, bound_to
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace
from workbench.spec.scopes import (
    check_block_name,
    free_block_name,
    graph_at,
    held_blocks,
    innermost_first,
    map_graphs,
    with_graph_at,
)


def rename_block(architecture: Architecture, old: str, new: str) -> Architecture:
    """Return the architecture with a block, and the type of all its uses, renamed."""
    if new == old:
        return architecture
    graph_at(architecture, old)
    check_block_name(architecture.blocks, new)
    return _with_types(architecture, {old: new})


def _with_types(architecture: Architecture, names: Mapping[str, str]) -> Architecture:
    """Return the architecture with blocks renamed, and the types of their uses."""
    renamed = map_graphs(architecture, lambda graph: _with_inner_names(graph, names))
    return replace(renamed, blocks={names.get(name, name): block for name, block in renamed.blocks.items()})


def make_own(architecture: Architecture, scope: str, name: str) -> tuple[Architecture, str]:
    """Return the architecture in which one use has its own copy of its block, and the copy's name."""
    use = _use(architecture, scope, name)
    own = free_block_name(architecture.blocks, use.type)
    blocks = {**architecture.blocks, own: architecture.blocks[use.type]}
    graph = replace_node(graph_at(architecture, scope), replace(use, type=own))
    return with_graph_at(replace(architecture, blocks=blocks), scope, graph), own


def set_unfolded(architecture: Architecture, scope: str, name: str, unfolded: bool) -> Architecture:
    """Return the architecture with one use of a block expanded on the canvas, or collapsed."""
    use = _use(architecture, scope, name)
    return with_graph_at(
        architecture, scope, replace_node(graph_at(architecture, scope), replace(use, unfolded=unfolded))
    )


def set_about(architecture: Architecture, block: str, words: str) -> Architecture:
    """Return the architecture with another description of a block."""
    return with_graph_at(architecture, block, replace(graph_at(architecture, block), about=words))


def without_unused(architecture: Architecture) -> Architecture:
    """Return the architecture without the blocks that its network does not use."""
    reached = held_blocks(architecture.blocks, *(node.type for node in architecture.graph.nodes))
    return replace(architecture, blocks={name: block for name, block in architecture.blocks.items() if name in reached})


def with_blocks(architecture: Architecture, blocks: Mapping[str, Graph]) -> tuple[Architecture, dict[str, str]]:
    """Return the architecture with these blocks added, and their names there.

    A block that is already there, with equal content, is not added again; if a name is taken by another block, the new
    one gets a free name.
    """
    there = dict(architecture.blocks)
    names: dict[str, str] = {}
    for name in innermost_first(blocks):
        block = _with_inner_names(blocks[name], names)
        names[name] = name if there.get(name, block) == block else free_block_name({*there, *blocks}, name)
        there[names[name]] = block
    return replace(architecture, blocks=there), names


def _with_inner_names(block: Graph, names: Mapping[str, str]) -> Graph:
    def renamed(node: Node) -> Node:
        kind = names.get(node.type, node.type)
        return node if kind == node.type else replace(node, type=kind)

    return map_nodes(block, renamed)


# Parameters


def set_parameter(architecture: Architecture, scope: str, parameter: str, default: Value) -> Architecture:
    """Return the architecture with the default of a graph's parameter set; a new parameter is added at the end.

    Raises SpecError for a default that is itself bound to a parameter.
    """
    graph = graph_at(architecture, scope)
    if bound_to(default) is not None:
        raise SpecError(f"the default of {parameter} must be a value, and {default} is bound to a parameter")
    if parameter not in graph.parameters:
        _check_name(parameter)
    return with_graph_at(architecture, scope, replace(graph, parameters={**graph.parameters, parameter: default}))


def rename_parameter(architecture: Architecture, scope: str, old: str, new: str) -> Architecture:
    """Return the architecture with a graph's parameter renamed, along with bindings inside it and
    settings of its uses.
    """
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

    return map_graphs(changed, lambda graph: map_nodes(graph, follow))


def remove_parameter(architecture: Architecture, scope: str, parameter: str) -> Architecture:
    """Return the architecture without a graph's parameter: values bound to it become its default, uses no longer set
    it.
    """
    graph = _check_parameter(architecture, scope, parameter)
    parameters = {name: value for name, value in graph.parameters.items() if name != parameter}
    nodes = tuple(_rebound(node, f"${parameter}", graph.parameters[parameter]) for node in graph.nodes)
    changed = with_graph_at(architecture, scope, replace(graph, parameters=parameters, nodes=nodes))

    def follow(node: Node) -> Node:
        if not scope or node.type != scope or parameter not in node.parameters:
            return node
        return replace(node, parameters={key: value for key, value in node.parameters.items() if key != parameter})

    return map_graphs(changed, lambda graph: map_nodes(graph, follow))


def bind_parameter(
    architecture: Architecture, scope: str, name: str, parameter: str, to: str, default: Value
) -> Architecture:
    """Return the architecture with a node's parameter bound to its graph's parameter ``to``.

    If the graph has no parameter of that name, it gets one with ``default``, so that nothing changes until it is set.
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
