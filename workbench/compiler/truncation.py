"""The part of a network that one of its nodes depends on."""

from torch import fx


def truncate(module: fx.GraphModule, node: str) -> fx.GraphModule:
    """Return the part of the network that ``node`` depends on; its layers are the module's own, not copies."""
    graph = fx.Graph()
    end = next(candidate for candidate in module.graph.nodes if candidate.name == node)
    needed = ancestors(end)
    copies: dict[fx.Node, fx.Node] = {}
    for original in module.graph.nodes:
        if original in needed:
            copies[original] = graph.node_copy(original, copies.__getitem__)
    graph.output(copies[end])
    return fx.GraphModule(module, graph)


def ancestors(node: fx.Node) -> set[fx.Node]:
    """Return the node and everything it depends on."""
    found: set[fx.Node] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += current.all_input_nodes
    return found
