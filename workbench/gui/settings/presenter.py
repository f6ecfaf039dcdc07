"""Edits of the recipes as pure functions from an experiment to an experiment, and the words of facts. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from workbench.data import SOURCES
from workbench.data.downloaded import DownloadedSet
from workbench.data.leave_out import with_source
from workbench.data.source import Loaded, SourceFacts, TakenFor
from workbench.spec.catalogue import Catalogue, Declared
from workbench.spec.column import CLASS, Column, named
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, TrainingRecipe
from workbench.spec.forms import starting_parameters
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.aims import heads_of
from workbench.training.schedule import Schedule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUM_SCHEDULE_POINTS = 200

SKIP = "skip"
ROLE_SETTINGS = {"input": "picture", "split": "split", "group": "group"}
"""What a table's column may be that nothing is learnt of, and the setting that names it."""

ROLE_WORDS = {
    "input": "The pictures the network gets as input.",
    "split": "Assigns rows to training, validation and test.",
    "group": "Rows with the same value stay in the same split.",
}

KIND_TITLES = {
    "input": "input",
    "class": "class",
    "number": "number",
    "labels": "labels",
    "picture": "picture",
    "mask": "mask",
    "split": "split",
    "group": "group",
    SKIP: "ignored",
}
"""What a column of a table is, as the setting says it, and for people."""

PictureShape = tuple[int, int, int]
"""(C, H, W)."""


class RunSettings(Declared):
    """The numbers of a training recipe, declared as a form."""

    epochs: Annotated[int, Meta(ge=1, le=100_000, description="passes over the training pictures")] = 10
    batch_size: Annotated[int, Meta(ge=1, le=65_536, description="pictures per step")] = 128
    seed: Annotated[
        int,
        Meta(ge=0, le=2**31 - 1, description="determines initial weights, picture order and augmentation"),
    ] = 0
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        Meta(description="where to train; auto uses a GPU if there is one"),
    ] = "auto"


class UpdateSettings(Declared):
    """How a step is made from gradients, and when it is enough, declared as a form."""

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
    compile: Annotated[
        Literal["automatic", "off", "on", "cuda_graphs"],
        Meta(
            description="torch.compile the network, which takes up to a minute; CUDA graphs launch a whole step at once"
        ),
    ] = "automatic"
    threads: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | None,
        Meta(
            description="cores of the CPU that compute together; small networks may be quicker on one, and other programs "
            "need some too"
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
            description="how to hold out: the same fraction of every class, at random, or whole groups; auto is by "
            "group if the source names groups, otherwise by class"
        ),
    ] = "auto"


def split_values(experiment: Experiment) -> dict[str, Value]:
    """The values of ``SplitSettings``."""
    return {name: getattr(experiment.data, name) for name in SplitSettings.__struct_fields__}


def run_values(experiment: Experiment) -> dict[str, Value]:
    """The values of ``RunSettings``."""
    recipe = experiment.training
    return {"epochs": recipe.epochs, "batch_size": recipe.batch_size, "seed": experiment.seed, "device": recipe.device}


def update_values(experiment: Experiment) -> dict[str, Value]:
    """The values of ``UpdateSettings``."""
    return {name: getattr(experiment.training, name) for name in UpdateSettings.__struct_fields__}


def with_run_value(experiment: Experiment, name: str, value: Value) -> Experiment:
    """One of the ``RunSettings`` changed."""
    if name == "seed":
        return msgspec.structs.replace(experiment, seed=value)
    return with_training(experiment, **{name: value})


def with_training(experiment: Experiment, **changes: object) -> Experiment:
    """Fields of the training recipe changed."""
    recipe: TrainingRecipe = msgspec.structs.replace(experiment.training, **changes)
    return msgspec.structs.replace(experiment, training=recipe)


def with_speed(experiment: Experiment, name: str, value: Value) -> Experiment:
    """One of the ``SpeedSettings`` changed."""
    return with_training(experiment, speed=msgspec.structs.replace(experiment.training.speed, **{name: value}))


def with_data(experiment: Experiment, **changes: object) -> Experiment:
    """Fields of the data recipe changed; another ``source`` takes along what was left out of the one before."""
    source = changes.pop("source", None)
    if isinstance(source, Component):
        experiment = msgspec.structs.replace(experiment, data=with_source(experiment.data, source))
    recipe: DataRecipe = msgspec.structs.replace(experiment.data, **changes)
    return msgspec.structs.replace(experiment, data=recipe)


def with_head(experiment: Experiment, index: int, columns: Sequence[Column] = (), **changes: object) -> Experiment:
    """A head changed. From then on the recipe names its heads, those that the data's columns made it stand for."""
    all_heads = list(heads_of(experiment, columns))
    all_heads[index] = msgspec.structs.replace(all_heads[index], **changes)
    return with_training(experiment, heads=tuple(all_heads))


def with_augmentation(experiment: Experiment, index: int, component: Component) -> Experiment:
    """The settings of one augmentation changed."""
    steps = list(experiment.data.augmentation)
    steps[index] = component
    return with_data(experiment, augmentation=tuple(steps))


def without_augmentation(experiment: Experiment, index: int) -> Experiment:
    """One augmentation taken out."""
    steps = experiment.data.augmentation
    return with_data(experiment, augmentation=steps[:index] + steps[index + 1 :])


def new_component(catalogue: Catalogue[Any], type_name: str) -> Component:
    """A choice from a catalogue as it begins."""
    return Component(type=type_name, parameters=starting_parameters(catalogue[type_name]))


def with_parameter(component: Component, name: str, value: Value) -> Component:
    """A component with one parameter set."""
    return msgspec.structs.replace(component, parameters=component.parameters | {name: value})


def without_parameter(component: Component, name: str) -> Component:
    """A component with one parameter at its default again."""
    rest = {key: value for key, value in component.parameters.items() if key != name}
    return msgspec.structs.replace(component, parameters=rest)


def source_titles() -> dict[str, str]:
    """What the list of sources says of each, by type: first what is there at once, last what must be downloaded."""
    ranked: list[tuple[int, str, str]] = []
    for name, source in SOURCES.table.items():
        if issubclass(source, DownloadedSet):
            assert source.known.download_bytes is not None
            ranked.append((2, name, f"{source.title()} — downloads {size_words(source.known.download_bytes)}"))
        elif source.is_own:
            ranked.append((1, name, source.title()))
        else:
            ranked.append((0, name, f"{source.title()} — built in"))
    return {name: title for _, name, title in sorted(ranked, key=lambda entry: entry[0])}


def picture_shape(experiment: Experiment) -> PictureShape | None:
    """(C, H, W) of the network's Input, where it takes pictures, grey or in colour."""
    inputs = experiment.architecture.graph.inputs
    shape = inputs[0].parameters.get("shape") if inputs else None
    match shape:
        case [1 | 3 as channels, int(height), int(width)]:
            return channels, height, width
    return None


def fact_rows(facts: SourceFacts, seen: Loaded | None, shape: PictureShape | None) -> Iterator[tuple[str, str]]:
    """What is known of a source, as (label, words), where some of it was ``seen``, and the network takes ``shape``."""
    for column in facts.columns if facts.columns and not facts.taken_for else ():
        only = column.name == CLASS
        yield "Classes" if only else column.name, f"{len(column.names)}: {column.listed()}" if only else column.words()
    if facts.num_train is not None:
        test = f" for training, {facts.num_test:,} for testing" if facts.num_test else ""
        share = f", of which {facts.test_share:.0%} are held out for testing" if facts.test_share else ""
        yield "Points" if facts.num_features else "Pictures", f"{facts.num_train:,}{test}{share}"
    if facts.picture_shape is not None:
        yield "Size", _shape_words(facts.picture_shape)
    elif seen is not None and seen.train.sizes is not None:
        yield "Size", _size_words(seen.train.sizes)
    if facts.num_features is None and shape not in (None, facts.picture_shape):
        yield "Network input", _shape_words(shape)
    if facts.num_features is not None:
        yield "Size", f"{facts.num_features} numbers each"
    yield "Licence", facts.licence
    if facts.download_bytes:
        yield "Download", f"{size_words(facts.download_bytes)}, once"


def kinds_for(column: TakenFor) -> dict[str, str]:
    """What a column can be taken for, as its source's setting says it, and for people; its guess is called one."""
    guessed = column.guessed or SKIP
    return {kind: f"{title} (guessed)" if kind == guessed else title for kind, title in KIND_TITLES.items()}


def kind_words(column: TakenFor, columns: Sequence[Column]) -> str:
    """The names of its classes or labels, what its role is, or why it is left out; empty where there is nothing to say."""
    if column.kind is None:
        return column.why
    found = named(columns, column.name)
    return f"{len(found.names)}: {found.listed()}" if found and found.names else ROLE_WORDS.get(column.kind, "")


def with_kind(source: Component, column: TakenFor, kind: str) -> Component:
    """The source with this column taken for something else; for what is guessed, nothing need be said."""
    said = source.parameters.get("types", ())
    assert isinstance(said, list | tuple)
    types = [text for text in map(str, said) if text.partition("=")[0].strip() != column.name]
    for setting in ROLE_SETTINGS.values():
        if source.parameters.get(setting) == column.name:
            source = without_parameter(source, setting)
    if kind != (column.guessed or SKIP):
        if kind in ROLE_SETTINGS:
            source = with_parameter(source, ROLE_SETTINGS[kind], column.name)
        else:
            types.append(f"{column.name}={kind}")
    return with_parameter(source, "types", types) if types else without_parameter(source, "types")


def _shape_words(shape: PictureShape) -> str:
    channels, height, width = shape
    return f"{width}×{height}, {'grey' if channels == 1 else 'colour'}"


def _size_words(sizes: NDArray[np.int64]) -> str:
    """Of widths and heights, int [N, 2]."""
    (least_width, least_height), (width, height) = sizes.min(axis=0).tolist(), sizes.max(axis=0).tolist()
    largest = f"{width}×{height}"
    return largest if (least_width, least_height) == (width, height) else f"{least_width}×{least_height} to {largest}"


def size_words(num_bytes: float) -> str:
    """A size in the unit that suits it: ``11.6 MB``."""
    for unit in ("bytes", "kB", "MB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "bytes" or num_bytes >= 100 else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} GB"


def schedule_of(recipe: TrainingRecipe) -> Schedule:
    """The recipe's schedule. SpecError where it cannot be made."""
    return SCHEDULES.make(recipe.schedule.type, recipe.schedule.parameters)


def schedule_points(recipe: TrainingRecipe) -> tuple[tuple[float, float], ...]:
    """How the learning rate goes over the run: (share of the run, share of the rate). SpecError where it cannot be made."""
    schedule = schedule_of(recipe)
    num_steps = recipe.epochs * NUM_SCHEDULE_POINTS
    picked = range(0, num_steps, recipe.epochs)
    return tuple((step / num_steps, schedule.factor(step, NUM_SCHEDULE_POINTS, num_steps)) for step in picked)


def with_scaled_rate(experiment: Experiment, factor: float) -> Experiment | None:
    """The experiment with its learning rate times ``factor``; None where its optimizer has none to speak of."""
    optimizer = experiment.training.optimizer
    try:
        rate = OPTIMIZERS.make(optimizer.type, optimizer.parameters).lr
        scaled = with_parameter(optimizer, "lr", float(f"{rate * factor:.6g}"))
        OPTIMIZERS.make(scaled.type, scaled.parameters)
    except SpecError:
        return None
    return with_training(experiment, optimizer=scaled)


def component_error(catalogue: Catalogue[Any], component: Component) -> str:
    """What is wrong with a component, in one sentence; empty where nothing is."""
    try:
        catalogue.make(component.type, component.parameters)
    except SpecError as error:
        return str(error)
    return ""
