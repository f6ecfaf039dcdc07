"""Small networks shared by several tests."""

from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node
from workbench.spec.record import Value


def node(name: str, type: str, *inputs: str, repeat: int = 1, **parameters: Value) -> Node:
    """A node in one line."""
    return Node(name=name, type=type, inputs=inputs, parameters=parameters, repeat=repeat)


def network(*nodes: Node, blocks: dict[str, Graph] | None = None, **parameters: Value) -> Architecture:
    """An architecture of these nodes."""
    return Architecture(name="test", graph=Graph(nodes=nodes, parameters=parameters), blocks=blocks or {})


def picture(channels: int = 3, side: int = 32) -> Node:
    """An Input for square pictures."""
    return node("input", "Input", shape=[channels, side, side])


RESIDUAL = Graph(
    parameters={"width": 8},
    nodes=(
        node("x", "Input"),
        node("conv1", "Conv2d", "x", out_channels="$width", kernel_size=3, padding=1),
        node("relu", "ReLU", "conv1"),
        node("conv2", "Conv2d", "relu", out_channels="$width", kernel_size=3, padding=1),
        node("add", "Add", "conv2", "x"),
        node("y", "Output", "add"),
    ),
)


def block(*nodes: Node, **parameters: Value) -> Graph:
    """A block of these nodes; ``parameters`` are its own, with their defaults."""
    return Graph(nodes=nodes, parameters=parameters)


def residual_network() -> Architecture:
    return network(
        picture(3, 16),
        node("stem", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1),
        node("1", "Residual", "stem", repeat=2, width="$width"),
        node("side", "Conv2d", "stem", out_channels=8, kernel_size=1),
        node("add", "Add", "1", "side"),
        node("flatten", "Flatten", "add"),
        node("fc", "Linear", "flatten", out_features="$classes"),
        node("output", "Output", "fc"),
        blocks={"Residual": RESIDUAL},
        classes=10,
        width=8,
    )
