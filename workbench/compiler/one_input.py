"""A network with several Inputs, as one to which a single picture is shown: each Input gets it."""

import operator

from torch import fx


def one_input(module: fx.GraphModule) -> fx.GraphModule:
    """Return the network with its first Input alone, whose tensor takes the place of all others; its layers are the
    module's own, not copies.
    """
    first, *others = [node for node in module.graph.nodes if node.op == "placeholder"]
    if not others:
        return module
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    for node in module.graph.nodes:
        if node in others:
            copies[node] = graph.call_function(operator.pos, (copies[first],))
            copies[node].meta = dict(node.meta)  # its path
        elif node.op == "output":
            graph.output(fx.map_arg(node.args[0], copies.__getitem__))
        else:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    return fx.GraphModule(module, graph, class_name=type(module).__name__)
