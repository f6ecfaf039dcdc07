"""The compiler's findings about a network: plain numbers by node path, ready to be shown. Imports no torch."""

from workbench.layers.base import Layer, Shape
from workbench.spec.problems import Problem, errors_of
from workbench.spec.record import Record

FLOAT_BYTES = 4
"""The size of a float32 number."""


class Curve(Record):
    """A function of one number and its derivative, at increasing ``inputs``: tuples of equal length."""

    inputs: tuple[float, ...]
    outputs: tuple[float, ...]
    slopes: tuple[float, ...]


class NodeFacts(Record):
    """The facts about one node, or one use of a block (sums over its content).

    Shapes exclude the batch. ``parameters`` counts learnt numbers. ``macs`` are multiply-accumulates per picture in a
    forward pass. ``receptive_field`` is (height, width) in input pixels, None if the node sees everything or the input
    is no picture. ``activation_bytes`` is the size of the outputs for one picture in float32. ``layer`` has every
    parameter bound; None for a block use. ``mixes`` says whether it has a weight that mixes inputs, which initialisers
    draw. ``curve`` is that of an elementwise layer.
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
    curve: Curve | None = None


class Analysis(Record):
    """The analysis of a network. Nodes after an error are absent, those before it are present."""

    nodes: dict[str, NodeFacts]
    """Facts by path, in topological order; a node inside a block use has the path ``use.node``."""

    leaves: tuple[str, ...]
    """Paths of the layers (without block uses), in order: the rows of a summary table."""

    problems: tuple[Problem, ...]
    parameters: int
    macs: int
    activation_bytes: int

    kept_bytes: int
    """The bytes that training keeps of one picture's forward pass for its backward pass (``compiler.kept_memory``)."""

    passing_bytes: int
    """The bytes that a CPU needs in passing beyond as much as it keeps: for recurrent layers alone."""

    weight_shapes: tuple[Shape, ...]
    """The shapes of all learnt weights."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that prevent it from being built."""
        return errors_of(self.problems)

    @property
    def sound(self) -> bool:
        """Whether the network can be built."""
        return not self.errors
