"""What is trained, on what, and how: the records shared by files, run folders and the window."""

from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.component import Component
from workbench.spec.folds import fold_of
from workbench.spec.graph import Graph
from workbench.spec.record import Record, replace
from workbench.spec.words import plural

Device = Literal["auto", "cpu", "cuda", "mps"]
"""Where to train; ``auto`` is a GPU if there is one."""


class Published(Record):
    """The published results of an architecture, and their source.

    ``top1`` and ``top5`` are accuracies in percent on ImageNet's validation pictures, unless ``source`` names others.
    ``macs`` are multiply-accumulates per picture. None if not reported.
    """

    source: str
    top1: Annotated[float, Meta(ge=0, le=100)] | None = None
    top5: Annotated[float, Meta(ge=0, le=100)] | None = None
    parameters: Annotated[int, Meta(ge=0)] | None = None
    macs: Annotated[int, Meta(ge=0)] | None = None


class Reference(Record):
    """The origin of an architecture, what was new in it, and its published results."""

    paper: str
    year: int
    novelty: str = ""
    url: str = ""
    published: Published | None = None


class Architecture(Record):
    """A network: its graph, and the blocks that the graph (and the blocks themselves) use by name.

    The graph's parameter ``classes``, if it has one, is set to the data's number of classes.
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
        """The shape of the first Input; None if it has no shape, or there is no Input."""
        inputs = self.graph.inputs
        shape = inputs[0].parameters.get("shape") if inputs else None
        return tuple(int(side) for side in shape) if isinstance(shape, list | tuple) else None

    @property
    def graphs(self) -> tuple[Graph, ...]:
        """The network's own graph and those of all blocks."""
        return (self.graph, *self.blocks.values())


class DataRecipe(Record):
    """Which pictures are used, how they are split, and how they are varied in training.

    If the source has no validation split, ``validation_share`` of its training split, drawn by the seed, is held out;
    or, for cross-validation, the ``fold``, such as "2/5": the second of five parts that do not overlap.
    ``split`` draws the same share of every class ("stratified"; of the first head that predicts one), from all together
    ("random"), or whole groups ("grouped"); "auto" is by groups if the data has them, else stratified. ``mixing``
    blends pictures of a batch with each other. ``corruption`` applies to the input in training and evaluation; the
    picture before it is the column ``picture``. ``leave_out`` names excluded pictures (see
    ``workbench.data.leave_out``); ``relabel`` has, for a column of classes, the names of pictures with a wrong label
    and the class of each.
    """

    source: Component
    augmentation: tuple[Component, ...] = ()
    mixing: Component | None = None
    corruption: Component | None = None
    validation_share: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.1
    split: Literal["auto", "stratified", "random", "grouped"] = "auto"
    fold: str | None = None
    leave_out: tuple[str, ...] = ()
    relabel: dict[str, Annotated[dict[str, str], Meta(min_length=1)]] = {}

    @property
    def held_out(self) -> float:
        """The share of the training split that is for validation, if the source has no such split."""
        fold = fold_of(self.fold)
        return self.validation_share if fold is None else 1 / fold.of

    def with_others(self, source: Component) -> "DataRecipe":
        """Return the recipe for other pictures, among which names mean nothing: none is excluded or corrected."""
        return replace(self, source=source, leave_out=(), relabel={})


class Head(Record):
    """Connects an ``Output`` node to a target column of the data, with a loss and its weight in the total.

    Without ``measures``, the defaults for the column's kind are used.
    """

    output: str
    target: str = "class"
    loss: Component = Component(type="CrossEntropy")
    weight: Annotated[float, Meta(ge=0)] = 1.0
    measures: tuple[Component, ...] = ()


class StartWeights(Record):
    """A safetensors file whose tensors, if they match by name and shape, are the initial weights.

    ``sha256`` is the file's, so that a run starts with those weights or not at all; empty if it was not computed.
    """

    file: str
    sha256: str = ""


Precision = Literal["automatic", "float32", "tf32", "bf16", "fp16"]
"""The number format of a step's arithmetic."""


class Speed(Record):
    """How the machine computes a step: precision, memory layout, compilation and threads.

    "automatic" and None are resolved before the run begins, by a short trial if that pays (``training.speed_trial``),
    and recorded in the run's log. "cuda_graphs" means compiled, with all of a step's kernels launched at once.
    ``convolutions`` is how cuDNN chooses an NVIDIA GPU's algorithms for them: by its heuristic, or benchmarked for each
    shape. If a GPU computes the steps, ``threads`` only prepare its batches.
    """

    precision: Annotated[
        Precision,
        Meta(
            description="number format of a step's arithmetic; 16 bits halve memory, and time where the hardware supports "
            "them. Automatic is bf16 where that is benchmarked clearly faster, otherwise tf32 on a GPU or float32"
        ),
    ] = "automatic"
    memory_layout: Annotated[
        Literal["automatic", "contiguous", "channels_last"],
        Meta(
            description="the order of a picture's numbers in memory; convolutions are often faster with channels_last"
        ),
    ] = "automatic"
    convolutions: Annotated[
        Literal["automatic", "heuristic", "benchmarked"],
        Meta(
            description="how algorithms for convolutions are chosen on an NVIDIA GPU: by cuDNN's heuristic, or benchmarked, "
            "which takes a moment for each new shape. No effect on a CPU"
        ),
    ] = "automatic"
    compile: Annotated[
        Literal["automatic", "off", "on", "cuda_graphs"],
        Meta(
            title="compilation",
            description="whether torch.compile makes faster code of the network, which takes up to a minute; "
            "cuda_graphs also launch a whole step at once on an NVIDIA GPU",
        ),
    ] = "automatic"
    threads: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | None,
        Meta(
            title="CPU threads",
            description="cores that compute a step; small networks may be faster with one, and other programs need "
            "some too",
        ),
    ] = None

    def words(self) -> str:
        """Return the settings in words: ``bf16, channels last, compiled, 2 threads``; automatic ones are omitted."""
        compiled = {"on": "compiled", "cuda_graphs": "compiled with CUDA graphs"}.get(self.compile, "")
        convolutions = "benchmarked convolutions" if self.convolutions == "benchmarked" else ""
        threads = "" if self.threads is None else plural(self.threads, "thread")
        chosen = (self.precision, self.memory_layout.replace("_", " "), convolutions, compiled, threads)
        return ", ".join(word for word in chosen if word not in ("", "automatic"))


SIXTEEN_BITS = {"bf16": "bfloat16", "fp16": "float16"}
"""The 16-bit precisions, with torch's names for them."""


class TrainingRecipe(Record):
    """How the network is trained.

    Without ``heads``, each of the graph's outputs predicts another column, ``class`` first, with the default loss for
    its kind. ``initialiser`` draws the weights of all nodes without their own; ``weights`` then replace what matches.
    ``accumulate`` batches make one step. In training, pictures of a class come in groups of ``per_class``, for losses
    that compare them. ``clip_norm`` is the maximum norm of the gradient. ``average`` is the decay of
    the weights' moving average, which is then evaluated and exported. Without ``decay_all``, weight decay spares biases
    and norms. The run ends early after ``patience`` epochs without improvement.
    """

    epochs: Annotated[int, Meta(ge=1)] = 10
    batch_size: Annotated[int, Meta(ge=1)] = 128
    accumulate: Annotated[int, Meta(ge=1)] = 1
    per_class: Annotated[int, Meta(ge=1)] = 1
    initialiser: Component = Component(type="Default")
    weights: StartWeights | None = None
    optimizer: Component = Component(type="SGD", parameters={"lr": 0.05, "momentum": 0.9})
    schedule: Component = Component(type="Constant")
    decay_all: bool = True
    clip_norm: Annotated[float, Meta(gt=0)] | None = None
    average: Annotated[float, Meta(gt=0, lt=1)] | None = None
    patience: Annotated[int, Meta(ge=1)] | None = None
    heads: tuple[Head, ...] = ()
    device: Device = "auto"
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


def listed_heads(experiment: Experiment) -> tuple[Head, ...]:
    """Return the recipe's heads, to be edited one by one; if it has none, one for each Output."""
    return experiment.training.heads or tuple(Head(output=node.name) for node in experiment.architecture.graph.outputs)


def experiment_of(architecture: Architecture, weights: StartWeights | None = None) -> Experiment:
    """Return an experiment that trains a network on the shipped pictures, from these weights if given."""
    data = DataRecipe(source=Component(type="FashionMnistSmall"))
    # Adam trains most networks as they are first drawn; SGD at its usual learning rate often diverges.
    training = TrainingRecipe(weights=weights, optimizer=Component(type="Adam", parameters={"lr": 0.001}))
    return Experiment(name=architecture.name, architecture=architecture, data=data, training=training)
