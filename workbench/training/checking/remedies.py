"""Remedies that change a network's output to the size that a column needs. Imports no torch."""

from collections import Counter

from workbench.compiler.facts import Analysis
from workbench.spec.graph import Graph, split_reference
from workbench.spec.record import Value
from workbench.spec.remedy import Insert, NewLayer, Remedy, SetParameters
from workbench.spec.words import plural


def giving(
    graph: Graph, output: str, analysis: Analysis, answer: tuple[int, ...], *, is_classes: bool
) -> Remedy | None:
    """Return what makes the output give ``answer``: a length, or (channels, height, width); None if no single layer
    would.

    ``is_classes`` says that the graph's parameter ``classes``, if it has one, equals this number.
    """
    shape, number = analysis.nodes[output].output_shapes[0], answer[0]
    width: Value = "$classes" if is_classes and "classes" in graph.parameters else number
    if len(answer) == 1:
        return _by_linear(graph, output, analysis, width)
    if len(shape) != 3 or shape[1:] != answer[1:]:
        return None
    last = _last(graph, output, analysis, "Conv2d")
    if last:
        return _widened(last, "out_channels", width, "filter")
    conv = NewLayer(type="Conv2d", parameters={"out_channels": width, "kernel_size": 1})
    return Insert(words=f"Insert a Conv2d with {_counted(width, 'filter')}", path=output, port=0, layers=(conv,))


def _widened(layer: str, parameter: str, width: Value, one: str) -> Remedy:
    words = f"Make {layer} output {width}" if isinstance(width, int) else f"Set {layer} to {_counted(width, one)}"
    return SetParameters(words=words, path=layer, values={parameter: width})


def _counted(width: Value, one: str) -> str:
    """Return a width as a card says it: ``10 units``, or ``units = classes`` where it follows the data."""
    return plural(width, one) if isinstance(width, int) else f"{one}s = classes"


def _by_linear(graph: Graph, output: str, analysis: Analysis, width: Value) -> Remedy:
    """Resize the last Linear, or insert one if there is none before the Output, or only one of each token."""
    is_vector = len(analysis.nodes[output].output_shapes[0]) == 1
    last = _last(graph, output, analysis, "Linear")
    units = _counted(width, "unit")
    if last and is_vector:
        return _widened(last, "out_features", width, "unit")
    linear = NewLayer(type="Linear", parameters={"out_features": width})
    if is_vector:
        return Insert(words=f"Insert a Linear with {units}", path=output, port=0, layers=(linear,))
    words = f"Insert Flatten and a Linear with {units}"
    return Insert(words=words, path=output, port=0, layers=(NewLayer(type="Flatten"), linear))


def _last(graph: Graph, output: str, analysis: Analysis, kind: str) -> str:
    """Return the layer of type ``kind`` that determines the output's size and that nothing else reads; empty if there
    is none.
    """
    shape = analysis.nodes[output].output_shapes[0]
    node = graph.by_name[output]
    read = Counter(split_reference(reference)[0] for each in graph.nodes for reference in each.inputs)
    while len(node.inputs) == 1:
        node = graph.by_name[split_reference(node.inputs[0])[0]]
        facts = analysis.nodes.get(node.name)
        if node.repeat > 1 or facts is None or facts.layer is None or facts.output_shapes[0] != shape:
            return ""
        if read[node.name] > 1:
            return ""
        if node.type == kind:
            return node.name
    return ""
