"""What the compiler finds out about a network: plain numbers by node path, ready to be shown. No torch here."""

from workbench.layers.base import Layer, Shape
from workbench.spec.problems import Problem
from workbench.spec.record import Record

FLOAT_BYTES = 4
"""Of a number in float32."""


class NodeFacts(Record):
    """One node, or one use of a block (then the sums over what is inside it).

    Shapes are without the batch. ``parameters`` are learned numbers. ``macs`` are multiply-accumulates of
    one forward pass of one picture. ``receptive_field`` is (height, width) in input pixels, None where
    the node sees everything or where the input is no picture. ``activation_bytes`` is what the outputs
    take for one picture in float32. ``layer`` has every parameter bound; a block use has none. ``mixes`` says
    that there is a weight in it which mixes inputs, and so is drawn by initialisers.
    """

    path: str
    type: str
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    parameters: int
    macs: int
    receptive_field: tuple[int, int] | None
    activation_bytes: int
    layer: Layer | None = None
    weight_shapes: tuple[Shape, ...] = ()
    mixes: bool = False


class Analysis(Record):
    """All that is known of a network. Nodes after an error are absent, those before it are there."""

    nodes: dict[str, NodeFacts]
    """Facts by path, in topological order; the path of a node inside a block use is ``use.node``."""

    leaves: tuple[str, ...]
    """Paths of the layers proper (no block uses), in order: the rows of a summary table."""

    problems: tuple[Problem, ...]
    parameters: int
    macs: int
    activation_bytes: int

    kept_bytes: int
    """What training keeps of one picture's forward pass for its backward pass; see ``compiler.kept``."""

    weight_shapes: tuple[Shape, ...]
    """Shapes of all that is learned."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which it cannot be built."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def sound(self) -> bool:
        """Whether the network can be built."""
        return not self.errors
