"""Settings of the recipes, declared as forms: each field's type, bounds and help. No Qt."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.catalogue import Declared
from workbench.spec.experiment import Device


class NameSettings(Declared):
    """The name of an experiment, declared as a form."""

    name: Annotated[
        str,
        Meta(description="what the experiment, its runs and its exports are called", extra={"start": ""}),
    ]


class RunSettings(Declared):
    """The numbers of a training recipe, declared as a form."""

    epochs: Annotated[
        int, Meta(ge=1, le=100_000, description="how often every training picture is seen; usually 10 to 100")
    ] = 10
    batch_size: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="pictures per step: usually 32 to 256, and more need a larger learning rate. A single picture left over "
            "at the end of an epoch is omitted, another one each time",
        ),
    ] = 128
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**31 - 1,
            description="determines initial weights, picture order and augmentation: the same number repeats the run, another "
            "one shows how much is chance",
        ),
    ] = 0
    device: Annotated[
        Device,
        Meta(description="where to train; auto uses a GPU if there is one"),
    ] = "auto"


class UpdateSettings(Declared):
    """How steps are made from gradients, and when to stop early, declared as a form."""

    accumulate: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            title="batches per step",
            description="gradient accumulation: one step from the mean gradient of several batches, as from a large one "
            "that memory cannot hold; usually 1",
        ),
    ] = 1
    per_class: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            title="pictures per class",
            description="how many pictures of a class come together in a batch, for losses that compare them (Triplet, "
            "SupCon, Contrastive): with 8, a batch of 80 has about 10 classes. Usually 1, then 4 to 8",
        ),
    ] = 1
    clip_norm: Annotated[
        Annotated[float, Meta(gt=0, le=1e6)] | None,
        Meta(
            title="clip gradients at",
            description="largest norm of the gradient; a larger one is scaled down to it, so that no batch can throw the "
            "weights off. Usually off, or 1 for Transformers",
            extra={"nothing": "off"},
        ),
    ] = None
    decay_all: Annotated[
        bool,
        Meta(
            title="decay all weights",
            description="whether weight decay applies to biases and normalisation layers, too. On is torch's default; "
            "most recent recipes spare them, since they hardly overfit",
        ),
    ] = True
    average: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None,
        Meta(
            title="average weights",
            description="EMA: evaluate and export an exponential moving average of the weights, which is smoother than "
            "the last ones. This is its decay: usually off, 0.999, or 0.9999 in long runs",
            extra={"nothing": "off"},
        ),
    ] = None
    patience: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(
            title="early stopping",
            description="end the run after this many epochs in a row without a lower validation loss (the patience); "
            "usually 5 to 20. The best weights are kept in any case",
            extra={"unit": "epochs", "nothing": "off"},
        ),
    ] = None


class HeadSettings(Declared):
    """The weight of one loss among several, declared as a form."""

    weight: Annotated[
        float,
        Meta(
            ge=0,
            le=1e6,
            title="loss weight",
            description="factor of this loss in the total; usually 1, more for an output that learns too little",
        ),
    ] = 1.0


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
    fold: Annotated[
        str | None,
        Meta(
            description="for cross-validation, the part of the training pictures that is held out instead: 1/5 is the first "
            "of five parts of equal size that do not overlap, drawn by the seed; Queue → Cross-validate queues a run for each",
            extra={"nothing": "none"},
        ),
    ] = None
