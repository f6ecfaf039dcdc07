"""Networks for the canvas's tests."""

from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment
from workbench.spec.graph import Graph, Node


def chain(*types: str) -> Graph:
    """input -> n0 -> n1 ... -> output, without positions."""
    nodes = [Node(name="input", type="Input", parameters={"shape": [1, 28, 28]})]
    for index, kind in enumerate(types):
        nodes.append(Node(name=f"n{index}", type=kind, inputs=(nodes[-1].name,)))
    nodes.append(Node(name="output", type="Output", inputs=(nodes[-1].name,)))
    return Graph(nodes=tuple(nodes))


def experiment(graph: Graph, blocks: dict[str, Graph] | None = None) -> Experiment:
    """An experiment with this graph."""
    architecture = Architecture(name="drawn", graph=graph, blocks=blocks or {})
    return Experiment(name="drawn", architecture=architecture, data=DataRecipe(source=Component(type="Digits")))


TWO_WAYS = Graph(
    nodes=(
        Node(name="left", type="Input"),
        Node(name="right", type="Input"),
        Node(name="sum", type="Add", inputs=("left", "right")),
        Node(name="mean", type="Output", inputs=("sum",)),
        Node(name="copy", type="Output", inputs=("left",)),
    )
)
"""A block with two inputs and two outputs."""
