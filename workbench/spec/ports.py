"""Edits that may affect the ports of a block: the connections to its uses are updated."""

from collections.abc import Callable, Collection

from workbench.spec import edits
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.graph import OUTPUT, Graph, Node, split_reference
from workbench.spec.record import replace
from workbench.spec.scopes import graph_at, map_graphs, with_graph_at


def rename_in(experiment: Experiment, scope: str, old: str, new: str) -> Experiment:
    """Return the experiment with a node of a scope renamed, along with heads and references to an
    Output of that name.
    """
    before, training = experiment.architecture, experiment.training
    graph = edits.rename(graph_at(before, scope), old, new)
    after = with_graph_at(before, scope, graph)
    if not scope:
        heads = tuple(replace(head, output=new) if head.output == old else head for head in training.heads)
        training = replace(training, heads=heads)
    elif graph.by_name[new].type == OUTPUT:
        after = _map_references(after, scope, lambda port: new if port == old else port)
    return replace(experiment, architecture=after, training=training)


def remove_nodes(architecture: Architecture, scope: str, names: Collection[str], *, close: bool = True) -> Architecture:
    """Return the architecture without these nodes of a scope, closing chains as in ``edits.remove_nodes``.

    If Inputs or Outputs of a block are removed, so are the connections to them at each of its uses.
    """
    block = graph_at(architecture, scope)
    after = with_graph_at(architecture, scope, edits.remove_nodes(block, names, close=close))
    if not scope or not any(port.name in names for port in (*block.inputs, *block.outputs)):
        return after
    gone = [index for index, port in enumerate(block.inputs) if port.name in names]
    after = _map_uses(after, scope, lambda use: replace(use, inputs=_without(use.inputs, gone)))
    first = block.outputs[0].name if block.outputs else ""
    return _map_references(after, scope, lambda port: None if (port or first) in names else port)


def _without(inputs: tuple[str, ...], gone: Collection[int]) -> tuple[str, ...]:
    return tuple(reference for index, reference in enumerate(inputs) if index not in gone)


def _map_uses(architecture: Architecture, scope: str, change: Callable[[Node], Node]) -> Architecture:
    def follow(node: Node) -> Node:
        return change(node) if node.type == scope else node

    return map_graphs(architecture, lambda graph: edits.map_nodes(graph, follow))


def _map_references(architecture: Architecture, scope: str, change: Callable[[str], str | None]) -> Architecture:
    """Map the ports of all references to uses of a block; None removes the connection."""

    def mapped(graph: Graph) -> Graph:
        uses = {node.name for node in graph.nodes if node.type == scope}

        def follow(node: Node) -> Node:
            kept: list[str] = []
            for reference in node.inputs:
                source, port = split_reference(reference)
                other = change(port) if source in uses else port
                if other is not None:
                    kept.append(f"{source}:{other}" if other else source)
            return node if tuple(kept) == node.inputs else replace(node, inputs=tuple(kept))

        return edits.map_nodes(graph, follow)

    return map_graphs(architecture, mapped)
