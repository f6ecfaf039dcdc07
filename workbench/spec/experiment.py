"""What is trained, on what, and how: the records that a file, a run folder and the window share."""

from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.component import Component
from workbench.spec.graph import Graph
from workbench.spec.record import Record
from workbench.spec.words import plural


class Published(Record):
    """What was reported of an architecture, and where it stands written.

    ``top1`` and ``top5`` are percent of pictures whose class was the first answer, or among the first five:
    of ImageNet's validation pictures, unless ``source`` names others. ``macs`` are multiply-accumulates of
    one picture. None stands for what was not reported.
    """

    source: str
    top1: Annotated[float, Meta(ge=0, le=100)] | None = None
    top5: Annotated[float, Meta(ge=0, le=100)] | None = None
    parameters: Annotated[int, Meta(ge=0)] | None = None
    macs: Annotated[int, Meta(ge=0)] | None = None


class Reference(Record):
    """Where an architecture comes from, what is new in it, and what was reported of it."""

    paper: str
    year: int
    novelty: str = ""
    url: str = ""
    published: Published | None = None


class Architecture(Record):
    """A network: its graph, and the blocks that the graph (and the blocks themselves) use by name.

    The graph's parameter ``classes``, where it has one, is set to the data's number of classes.
    """

    name: str
    graph: Graph
    blocks: dict[str, Graph] = {}
    about: str = ""
    reference: Reference | None = None
    format: Literal["workbench/architecture"] = "workbench/architecture"
    version: Literal[1] = 1

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """That of the first Input; None where it has none, or where there is no Input."""
        inputs = self.graph.inputs
        shape = inputs[0].parameters.get("shape") if inputs else None
        return tuple(int(side) for side in shape) if isinstance(shape, list | tuple) else None

    @property
    def graphs(self) -> tuple[Graph, ...]:
        """The network's own and those of all blocks."""
        return (self.graph, *self.blocks.values())


class DataRecipe(Record):
    """Which pictures, how they are split, and how they are varied in training.

    ``validation_share`` of the training split, drawn by the seed, is held out for validation where the source has no
    validation split of its own: by ``split``, of every class the same share ("stratified"), of all together ("random"),
    or by whole groups ("grouped"); "auto" is by groups where the data has them, else stratified. ``mixing`` makes the
    pictures of a batch partly each other. ``corruption`` is done to the input, in training and in measuring; the picture
    as it was before is the column ``picture``. ``leave_out`` names pictures that are not to be used (see
    ``workbench.data.leave_out``).
    """

    source: Component
    augmentation: tuple[Component, ...] = ()
    mixing: Component | None = None
    corruption: Component | None = None
    validation_share: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.1
    split: Literal["auto", "stratified", "random", "grouped"] = "auto"
    leave_out: tuple[str, ...] = ()


class Head(Record):
    """Joins an ``Output`` node to a target column of the data, with the loss and its weight in the sum.

    No ``measures`` means: those that go without saying for the kind of the column.
    """

    output: str
    target: str = "class"
    loss: Component = Component(type="CrossEntropy")
    weight: Annotated[float, Meta(ge=0)] = 1.0
    measures: tuple[Component, ...] = ()


class StartWeights(Record):
    """A safetensors file whose tensors, as far as they match by name and shape, are the initial weights.

    ``sha256`` is the file's, so that a run begins with those weights or not at all; empty where it was not looked up.
    """

    file: str
    sha256: str = ""


class Speed(Record):
    """How the machine computes a step: in which numbers, laid out how in memory, compiled or not, on how many threads.

    What is "automatic", or None, is settled before the run begins, by a short trial where that pays
    (``training.speed_trial``), and is then recorded in the run's log. "cuda_graphs" is compiled, and all of a step's
    kernels are launched at once. Where a GPU computes the steps, ``threads`` only prepare its batches.
    """

    precision: Literal["automatic", "float32", "tf32", "bf16", "fp16"] = "automatic"
    memory_layout: Literal["automatic", "contiguous", "channels_last"] = "automatic"
    compile: Literal["automatic", "off", "on", "cuda_graphs"] = "automatic"
    threads: Annotated[int, Meta(ge=1, le=1024)] | None = None

    def words(self) -> str:
        """``bf16, channels last, compiled, 2 threads``; what is automatic is left out."""
        compiled = {"on": "compiled", "cuda_graphs": "compiled with CUDA graphs"}.get(self.compile, "")
        threads = "" if self.threads is None else plural(self.threads, "thread")
        chosen = (self.precision, self.memory_layout.replace("_", " "), compiled, threads)
        return ", ".join(word for word in chosen if word not in ("", "automatic"))


SIXTEEN_BITS = {"bf16": "bfloat16", "fp16": "float16"}
"""The precisions of 16 bits, and what torch calls them."""


class TrainingRecipe(Record):
    """How the weights are found. No heads means: each of the graph's outputs at a column that no other aims at, the
    ``class`` first, by the loss for its kind.

    ``initialiser`` draws the weights of all nodes that have none of their own; ``weights`` take the place of what was
    drawn. ``accumulate`` batches make one step. ``clip_norm`` is the greatest length of the gradient. ``average`` is
    how much of the weights' moving average a step keeps; what is measured and exported then is the average. Without
    ``decay_all``, weight decay spares biases and norms. The run ends early after ``patience`` epochs without a better
    one.
    """

    epochs: Annotated[int, Meta(ge=1)] = 10
    batch_size: Annotated[int, Meta(ge=1)] = 128
    accumulate: Annotated[int, Meta(ge=1)] = 1
    initialiser: Component = Component(type="Default")
    weights: StartWeights | None = None
    optimizer: Component = Component(type="SGD", parameters={"lr": 0.05, "momentum": 0.9})
    schedule: Component = Component(type="Constant")
    decay_all: bool = True
    clip_norm: Annotated[float, Meta(gt=0)] | None = None
    average: Annotated[float, Meta(gt=0, lt=1)] | None = None
    patience: Annotated[int, Meta(ge=1)] | None = None
    heads: tuple[Head, ...] = ()
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    speed: Speed = Speed()


class Experiment(Record):
    """Everything a run needs. The same experiment gives the same curve on the same machine's CPU."""

    name: str
    architecture: Architecture
    data: DataRecipe
    training: TrainingRecipe = TrainingRecipe()
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    about: str = ""
    format: Literal["workbench/experiment"] = "workbench/experiment"
    version: Literal[1] = 1
