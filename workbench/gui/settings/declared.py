"""Settings of the recipes, declared as forms: each field's type, bounds and help. No Qt."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.catalogue import Declared


class NameSettings(Declared):
    """The name of an experiment, declared as a form."""

    name: Annotated[
        str,
        Meta(description="what the experiment, its runs and its exports are called", extra={"start": ""}),
    ]


class RunSettings(Declared):
    """The numbers of a training recipe, declared as a form."""

    epochs: Annotated[int, Meta(ge=1, le=100_000, description="passes over the training pictures")] = 10
    batch_size: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="pictures per step; one left over for the epoch's last step is omitted, another one each time",
        ),
    ] = 128
    seed: Annotated[
        int,
        Meta(ge=0, le=2**31 - 1, description="determines initial weights, picture order and augmentation"),
    ] = 0
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        Meta(description="where to train; auto uses a GPU if there is one"),
    ] = "auto"


class UpdateSettings(Declared):
    """How steps are made from gradients, and when to stop early, declared as a form."""

    accumulate: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description="batches whose gradients are summed into one step: a large batch in less memory",
        ),
    ] = 1
    clip_norm: Annotated[
        Annotated[float, Meta(gt=0, le=1e6)] | None,
        Meta(description="gradients with a larger norm are scaled down to this", extra={"nothing": "off"}),
    ] = None
    decay_all: Annotated[bool, Meta(description="also apply weight decay to biases and normalisation layers")] = True
    average: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None,
        Meta(
            description="decay of an exponential moving average of the weights, used for validation and test: 0.999",
            extra={"nothing": "off"},
        ),
    ] = None
    patience: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(
            description="stop early after this many epochs without improvement",
            extra={"unit": "epochs", "nothing": "off"},
        ),
    ] = None


class SpeedSettings(Declared):
    """How the machine computes a step, declared as a form."""

    precision: Annotated[
        Literal["automatic", "float32", "tf32", "bf16", "fp16"],
        Meta(
            description="number format; 16 bits halve memory, and time where the hardware supports them. Automatic is "
            "float32 on a CPU, tf32 or bf16 on a GPU"
        ),
    ] = "automatic"
    memory_layout: Annotated[
        Literal["automatic", "contiguous", "channels_last"],
        Meta(description="memory layout; convolutions are often faster with channels last"),
    ] = "automatic"
    convolutions: Annotated[
        Literal["automatic", "heuristic", "benchmarked"],
        Meta(
            description="how cuDNN chooses algorithms on an NVIDIA GPU; benchmarking takes a moment for each new shape"
        ),
    ] = "automatic"
    compile: Annotated[
        Literal["automatic", "off", "on", "cuda_graphs"],
        Meta(
            description="torch.compile the network, which takes up to a minute; CUDA graphs launch a whole step at once"
        ),
    ] = "automatic"
    threads: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | None,
        Meta(
            description="number of CPU threads; small networks may be faster with one, and other programs need some too"
        ),
    ] = None


class HeadSettings(Declared):
    """The weight of one loss among several, declared as a form."""

    weight: Annotated[float, Meta(ge=0, le=1e6, description="weight of this loss in the total")] = 1.0


class SplitSettings(Declared):
    """How the training pictures are split, declared as a form."""

    validation_share: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            description="fraction held out for validation, chosen by the seed, if the source has no validation split",
        ),
    ] = 0.1
    split: Annotated[
        Literal["auto", "stratified", "random", "grouped"],
        Meta(
            description="how to hold out: the same fraction of every class (of the first output that predicts one), at "
            "random, or whole groups; auto is by group if the source names groups, otherwise by class"
        ),
    ] = "auto"
