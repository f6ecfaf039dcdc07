"""Checks that a graph is a valid network (names, references, cycles) without knowing its layers."""

from collections.abc import Iterator
from graphlib import CycleError

from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, bound_to, source_names, split_reference
from workbench.spec.problems import Problem
from workbench.spec.remedy import Disconnect
from workbench.spec.scopes import innermost_first


def check_structure(architecture: Architecture) -> tuple[Problem, ...]:
    """Return every structural problem of the graph and its blocks; empty if it is a valid network."""
    problems = list(check_graph(architecture.graph))
    for name, block in architecture.blocks.items():
        problems += [
            Problem(node=problem.node, what=f"in block {name}: {problem.what}", mend=problem.mend)
            for problem in check_graph(block)
        ]
    problems += _check_block_cycle(architecture)
    return tuple(problems)


def has_order(architecture: Architecture) -> bool:
    """Return whether its nodes can be ordered, whatever else is wrong: no cycles, no duplicate names."""
    graphs = architecture.graphs
    doubled = any(len(graph.by_name) < len(graph.nodes) for graph in graphs)
    return not doubled and not any(map(find_cycle, graphs)) and not _check_block_cycle(architecture)


def check_graph(graph: Graph) -> Iterator[Problem]:
    """Yield the problems within one graph: duplicate names, unknown or invalid inputs, cycles, unknown ``$parameters``,
    and parameters whose default is one.
    """
    for parameter, default in graph.parameters.items():
        if bound_to(default) is not None:
            what = f"the default of the parameter {parameter} is {default}, which is no value"
            yield Problem(node="", what=what, mend=f"set {parameter} to a value")
    seen: set[str] = set()
    for node in graph.nodes:
        if node.name in seen:
            yield Problem(node=node.name, what="two nodes have this name", mend="rename one of them")
        seen.add(node.name)
        if not _is_plainly_fed(node, graph):
            yield from _check_inputs(node, graph)
        for parameter, value in node.parameters.items():
            name = bound_to(value)
            if name is not None and name not in graph.parameters:
                yield Problem(
                    node=node.name,
                    what=f"{parameter} is bound to {value}, and the graph has no parameter of that name",
                    mend=f"add {name} to the graph's parameters, or set {parameter} to a value",
                )
    cycle = find_cycle(graph)
    if cycle:
        yield Problem(
            node=cycle[0],
            what=f"the connections form a cycle: {' → '.join(cycle)}",
            mend="remove one of these connections",
        )


def _is_plainly_fed(node: Node, graph: Graph) -> bool:
    """Return whether a quick check finds nothing wrong with its inputs, as for nearly all nodes."""
    if node.type in (INPUT, OUTPUT):
        return False
    for reference in node.inputs:
        source = graph.by_name.get(reference)
        if source is None or source.type == OUTPUT:
            return False
    return True


def _check_inputs(node: Node, graph: Graph) -> Iterator[Problem]:
    if node.type == INPUT and node.inputs:
        remedy = Disconnect(words="Remove the connection", path=node.name, keep=0)
        yield Problem(node=node.name, what="an Input takes no connection", mend="remove it", remedy=remedy)
    if node.type == OUTPUT and len(node.inputs) > 1:
        remedy = Disconnect(words="Keep only the first connection", path=node.name, keep=1)
        yield Problem(node=node.name, what="an Output takes one connection", mend="remove the others", remedy=remedy)
    for reference in node.inputs:
        source, _ = split_reference(reference)
        if source not in graph.by_name:
            yield Problem(
                node=node.name,
                what=f"its input {reference} is missing: there is no node called {source}",
                mend="connect it to an existing node",
            )
        elif graph.by_name[source].type == OUTPUT:
            yield Problem(
                node=node.name, what=f"it is connected to the Output {source}", mend="connect it before the Output"
            )


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Return the names of nodes that form a cycle, the first repeated at the end; empty if there is none."""
    try:
        _ = graph.in_order
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def open_ends(graph: Graph) -> tuple[str, ...]:
    """Return the names of nodes that feed nothing, except Outputs."""
    taken = {name for node in graph.nodes for name in source_names(node)}
    return tuple(node.name for node in graph.nodes if node.name not in taken and node.type != OUTPUT)


def _check_block_cycle(architecture: Architecture) -> list[Problem]:
    try:
        innermost_first(architecture.blocks)
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        return [
            Problem(
                node="",
                what=f"blocks contain each other: {circle}",
                mend="a block cannot contain itself: remove one use",
            )
        ]
    return []
