"""Finds the width that is the number of classes, so that an imported network can be used with other
classes unedited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node, split_reference
from workbench.spec.record import replace

CLASSES = "classes"
WIDTHS = {"Linear": "out_features", "Conv2d": "out_channels"}
"""The layers that may compute the output, and their parameter for the number of classes."""

PASSES_ON = frozenset(("Softmax", "LogSoftmax", "Identity", "Flatten", "Dropout", "Output", "ReLU", "AvgPool2d"))
"""Layers that keep the number of channels."""

OF_ALL_PIXELS = frozenset(("AdaptiveAvgPool2d", "Upsample"))
"""Those that average over the picture, or enlarge it: what a convolution before them computes is no picture itself."""

Step = tuple[str, Node]
"""A block (``""`` for the network) and one of its nodes."""


def bind_classes(architecture: Architecture) -> Architecture:
    """Return the architecture with the width of its outputs' last layers bound to the parameter ``classes``, if all
    have the same: as have a classifier and the heads that help to train it, or a segmentation's.

    Each is a Linear, or a convolution whose output is averaged over the picture, as in SqueezeNet, or enlarged to it.
    """
    ways = [_way(architecture, output) for output in architecture.graph.outputs]
    steps = {(block, node.name): node for way in ways for block, node in way}
    passed = Counter(node.type for node in steps.values())
    uses = Counter(node.type for graph in architecture.graphs for node in graph.nodes)
    elsewhere = any(passed[name] != uses[name] for name in passed if name in architecture.blocks)
    widths = [way[-1][1].parameters.get(WIDTHS[way[-1][1].type]) for way in ways if way]
    if not all(ways) or elsewhere or len(set(widths)) != 1 or not isinstance(widths[0], int):
        return architecture
    graphs = {name: _bound(name, graph, steps, widths[0]) for name, graph in _named(architecture).items()}
    return replace(architecture, graph=graphs.pop(""), blocks=graphs)


def _named(architecture: Architecture) -> dict[str, Graph]:
    return {"": architecture.graph, **architecture.blocks}


def _bound(name: str, graph: Graph, steps: Mapping[tuple[str, str], Node], value: int) -> Graph:
    def bound(node: Node) -> Node:
        if (name, node.name) not in steps:
            return node
        return replace(node, parameters={**node.parameters, WIDTHS.get(node.type, CLASSES): f"${CLASSES}"})

    nodes = tuple(map(bound, graph.nodes))
    changed = any(block == name for block, _ in steps)
    return replace(graph, nodes=nodes, parameters={**graph.parameters, CLASSES: value}) if changed else graph


def _way(architecture: Architecture, output: Node) -> list[Step]:
    """Return the path from an output to the last layer with a width: the block and the node, at each level.

    Empty if the output is another layer's, or a picture.
    """
    found: list[Step] = []
    block, graph, node = "", architecture.graph, output
    of_all_pixels = False
    while node.type not in WIDTHS:
        of_all_pixels |= node.type in OF_ALL_PIXELS
        inner = architecture.blocks.get(node.type)
        if inner is not None:
            if node.repeat > 1 or len(inner.outputs) != 1 or CLASSES in inner.parameters:
                return []
            found.append((block, node))
            block, graph, node = node.type, inner, inner.outputs[0]
        elif node.type in PASSES_ON | OF_ALL_PIXELS and node.inputs:
            node = graph.by_name[split_reference(node.inputs[0])[0]]
        else:
            return []
    return [*found, (block, node)] if node.repeat == 1 and (of_all_pixels or node.type == "Linear") else []
