"""What a script is written from: the parts of an experiment's training, made and settled."""

from workbench.data.augmentation import Augmentation
from workbench.data.corruption import Corruption
from workbench.data.mixing import Mixing
from workbench.spec.catalogue import Declared
from workbench.spec.column import Column
from workbench.spec.experiment import Speed
from workbench.spec.record import Record


class Measured(Record):
    """How a number is measured, in lines: before a pass, for each of its batches, and in the end by the number's name."""

    begin: tuple[str, ...]
    update: tuple[str, ...]
    results: dict[str, str]
    imports: tuple[str, ...] = ()


class Head(Record):
    """What an output is trained for: its place among the network's outputs, its column, loss, and the loss's weight."""

    output: str
    place: int
    column: Column
    is_stored: bool
    """Whether the column is in the data; else it is the picture itself."""
    loss: Declared
    weight: float
    measures: tuple[Measured, ...]


class FirstWeights(Record):
    """What draws the weights of some layers; no ``initialiser`` leaves them as torch draws them.

    ``start`` is how the full names of the layers begin, each with a dot at its end; it is empty for all. ``scaling`` says
    to what (tolerance, most passes) they are scaled then, so that answers have variance 1, or nearly so.
    """

    start: str
    initialiser: Declared | None
    scaling: tuple[float, int] | None


class Data(Record):
    """Of what the data is, and how it is varied. ``mean`` and ``std`` are empty for points."""

    input_shape: tuple[int, ...]
    picture_shape: tuple[int, ...]
    """As they lie in the data, before they are corrupted."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augmentation: tuple[Augmentation, ...]
    mixing: Mixing | None
    corruption: Corruption | None
    splits: tuple[str, ...]
    """Those there are of train, val and test."""


class Recipe(Record):
    """The parts of an experiment's training, made."""

    data: Data
    heads: tuple[Head, ...]
    num_outputs: int
    optimizer: Declared
    schedule: Declared
    warms_up: bool
    looks_back: bool
    evaluation_batch: int
    """How many pictures are measured together."""
    speed: Speed
    has_convolutions: bool
    """Whether there are weights that can lie in memory one way or the other."""
    has_attention: bool
    """Whether a layer calls the weight of its queries, keys and values ``in_proj_weight``."""
    first_weights: tuple[FirstWeights, ...]
    """The first whose start a layer's name has counts; the last is for all. None where all weights are as torch draws them."""
    starts_with: str
    """"all" of the weights, or "some", are read from a file; empty for none."""


class Names(Record):
    """What the script calls things that lie outside it."""

    module: str
    class_name: str
    data: str
    weights: str
