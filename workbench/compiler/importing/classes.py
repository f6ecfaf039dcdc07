"""Finds the width that is the number of classes, so that an imported network can be used with other
classes unedited.
"""

from __future__ import annotations

from collections import Counter

from workbench.spec.experiment import Architecture
from workbench.spec.graph import Node, split_reference
from workbench.spec.record import replace

CLASSES = "classes"
WIDTHS = {"Linear": "out_features", "Conv2d": "out_channels"}
"""The layers that may compute the output, and their parameter for the number of classes."""

PASSES_ON = frozenset(("Softmax", "Identity", "Flatten", "Dropout", "Output", "ReLU", "AdaptiveAvgPool2d", "AvgPool2d"))
"""Layers that keep the number of channels, possibly averaging over the picture."""


def bind_classes(architecture: Architecture) -> Architecture:
    """Return the architecture with the last layer's width bound to the parameter ``classes``, if one layer computes its
    only output.

    That is a Linear, or a convolution whose output is averaged over the picture, as in SqueezeNet.
    """
    if len(architecture.graph.outputs) != 1:
        return architecture
    uses = Counter(node.type for graph in architecture.graphs for node in graph.nodes)
    way = _way(architecture, uses)
    width = WIDTHS[way[-1][1].type] if way else ""
    value = way[-1][1].parameters.get(width) if way else None
    if not isinstance(value, int):
        return architecture
    graph, blocks, inner = architecture.graph, dict(architecture.blocks), ""
    for name, node in reversed(way):
        parameter = width if not inner else CLASSES
        bound = replace(node, parameters={**node.parameters, parameter: f"${CLASSES}"})
        old = blocks[name] if name else architecture.graph
        nodes = tuple(bound if other is node else other for other in old.nodes)
        new = replace(old, nodes=nodes, parameters={**old.parameters, CLASSES: value})
        if name:
            blocks[name] = new
        else:
            graph = new
        inner = name
    return replace(architecture, graph=graph, blocks=blocks)


def _way(architecture: Architecture, uses: Counter[str]) -> list[tuple[str, Node]]:
    """Return the path to the last layer with a width: the block (``""`` for the network) and the node, at each level.

    Empty if the output is another layer's, or a picture, or if the layer is used more than once.
    """
    found: list[tuple[str, Node]] = []
    block, graph, node = "", architecture.graph, architecture.graph.outputs[0]
    averaged = False
    while node.type not in WIDTHS:
        averaged |= node.type == "AdaptiveAvgPool2d"
        inner = architecture.blocks.get(node.type)
        if inner is not None:
            if uses[node.type] > 1 or node.repeat > 1 or len(inner.outputs) != 1 or CLASSES in inner.parameters:
                return []
            found.append((block, node))
            block, graph, node = node.type, inner, inner.outputs[0]
        elif node.type in PASSES_ON and node.inputs:
            node = graph.by_name[split_reference(node.inputs[0])[0]]
        else:
            return []
    return [*found, (block, node)] if node.repeat == 1 and (averaged or node.type == "Linear") else []
