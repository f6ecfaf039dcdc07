"""The part of a network that one of its nodes depends on, and the part behind a node that all paths pass through."""

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


def behind(module: fx.GraphModule, path: str, output: str) -> fx.GraphModule:
    """Return the part of the network from what the node of this path gives, which becomes its only input, to an Output;
    its layers are the module's own, not copies. No path from an Input to that Output may lead around the node.
    """
    graph = fx.Graph()
    (outputs,) = next(node for node in module.graph.nodes if node.op == "output").args
    assert isinstance(outputs, dict)
    end = outputs[output]
    begin = next(node for node in module.graph.nodes if node.meta.get("path") == path)
    copies = {begin: graph.placeholder("code")}
    needed = ancestors(end, until=begin)
    for original in module.graph.nodes:
        if original in needed and original not in copies:
            copies[original] = graph.node_copy(original, copies.__getitem__)
    graph.output(copies[end])
    return fx.GraphModule(module, graph)


def ancestors(node: fx.Node, until: fx.Node | None = None) -> set[fx.Node]:
    """Return the node and everything it depends on; of ``until``, nothing."""
    found: set[fx.Node] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += current.all_input_nodes if current is not until else ()
    return found
