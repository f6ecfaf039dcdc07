"""How a network's answer is brought to the number of classes. No torch here."""

from workbench.compiler.facts import Analysis
from workbench.spec.graph import Graph, split_reference
from workbench.spec.record import Value
from workbench.spec.remedy import Insert, NewLayer, Remedy, SetParameters


def giving_classes(graph: Graph, output: str, analysis: Analysis, num_classes: int) -> Remedy:
    """The last Linear gives as many numbers; where there is none on the way to the Output, a new one does."""
    width: Value = "$classes" if "classes" in graph.parameters else num_classes
    last = _last_linear(graph, output, analysis)
    if last:
        words = f"Let {last} give {num_classes}"
        return SetParameters(words=words, path=last, values={"out_features": width})
    linear = NewLayer(type="Linear", parameters={"out_features": width})
    if len(analysis.nodes[output].output_shapes[0]) == 1:
        return Insert(words=f"Insert a Linear with {num_classes} units", path=output, port=0, layers=(linear,))
    words = f"Insert Flatten and a Linear with {num_classes} units"
    return Insert(words=words, path=output, port=0, layers=(NewLayer(type="Flatten"), linear))


def _last_linear(graph: Graph, output: str, analysis: Analysis) -> str:
    """The Linear behind which nothing changes the answer's size any more; empty where there is none."""
    shape = analysis.nodes[output].output_shapes[0]
    node = graph.by_name[output]
    while len(node.inputs) == 1 and len(shape) == 1:
        node = graph.by_name[split_reference(node.inputs[0])[0]]
        facts = analysis.nodes.get(node.name)
        if node.repeat > 1 or facts is None or facts.layer is None or facts.output_shapes[0] != shape:
            return ""
        if node.type == "Linear":
            return node.name
    return ""
