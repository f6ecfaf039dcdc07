"""Recipes drawn from all catalogues at once: a stopped run goes on to the last bit, its exported script trains alike.

Each setting has tests of its own; here they meet.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, note, reject, settings
from hypothesis import strategies as st

from tests.compiler.networks import block, network, node
from tests.training.trained import losses, run, stopping_at
from workbench.data import AUGMENTATIONS, CORRUPTIONS, MIXINGS
from workbench.data.preparation import prepare
from workbench.events import AnyEvent, EpochFinished, RunFinished
from workbench.session.exchange.script import export_training
from workbench.session.prepared import input_shape
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment, Head, Speed, TrainingRecipe
from workbench.spec.files import to_json
from workbench.spec.graph import Node
from workbench.spec.problems import ProblemsFound
from workbench.spec.record import replace
from workbench.training import INITIALISERS, LOSSES, MEASURES, OPTIMIZERS, SCHEDULES
from workbench.training.state import TrainingState, capture
from workbench.training.trouble.failures import Diverged

SIDE = 8
KINDS = {"class": "class", "size": "number", "pair": "number", "tags": "labels", "mask": "mask", "picture": "picture"}
"""The columns that are predicted, and what they hold."""

ENDS = {
    "class": lambda _: ("Linear", {"out_features": "$classes"}),
    "size": lambda _: ("Linear", {"out_features": 1}),
    "pair": lambda _: ("Linear", {"out_features": 2}),
    "tags": lambda _: ("Linear", {"out_features": 3}),
    "mask": lambda _: ("Conv2d", {"out_channels": 3, "kernel_size": 1}),
    "picture": lambda channels: ("Conv2d", {"out_channels": channels, "kernel_size": 3, "padding": 1}),
}
"""The last layer before each column's output, given the pictures' channels."""

SHORT: dict[str, dict[str, Any]] = {
    "Plateau": {"patience": 0, "threshold": 0.9},
    "Step": {"every_epochs": 1},
    "MultiStep": {"at_epochs": [1, 2]},
    "CosineRestarts": {"first_epochs": 1},
}
"""Settings with which schedules do something within two epochs."""


class Drawn(NamedTuple):
    """An experiment, and the step after which it is to be stopped."""

    experiment: Experiment
    stop_after: int


def component(catalogue: Any, *, but: str = "") -> st.SearchStrategy[Component]:
    return st.sampled_from([Component(type=name) for name in catalogue.table if name != but])


def maybe(value: Any) -> st.SearchStrategy[Any]:
    return st.none() | (value if isinstance(value, st.SearchStrategy) else st.just(value))


def write_pictures(file: Path, num_pictures: int, channels: int, num_classes: int) -> None:
    """Write pictures with a column of each of ``KINDS``; some of the masks' pixels have no class."""
    random = np.random.default_rng(num_pictures)
    shape = (num_pictures, SIDE, SIDE) if channels == 1 else (num_pictures, SIDE, SIDE, channels)
    pictures = random.integers(0, 256, shape, dtype=np.uint8)
    classes = np.arange(num_pictures) % num_classes
    mask = (pictures if channels == 1 else pictures[..., 0]) // 100
    mask[random.random(mask.shape) < 0.1] = 255
    tags = random.integers(0, 2, (num_pictures, 3))
    tags[:2] = [[0, 0, 0], [1, 1, 1]]
    numbers = {"size": random.normal(size=num_pictures), "pair": random.normal(size=(num_pictures, 2))}
    np.savez(file, x=pictures, y=random.permutation(classes), tags=tags, mask=mask, **numbers)


@st.composite
def treated(draw: st.DrawFn, each: Node) -> Node:
    """The node, in some cases frozen, with a rate of its own, or with an initialiser of its own."""
    if each.type in ("Input", "Output"):
        return each
    how = draw(st.sampled_from([{}] * 7 + [{"frozen": True}, {"lr_factor": 0.1}, {"initialiser": 1}]))
    if "initialiser" in how:
        how = {"initialiser": draw(component(INITIALISERS))} if each.type in ("Conv2d", "Linear") else {}
    return replace(each, **how)


@st.composite
def networks(draw: st.DrawFn, channels: int, columns: list[str], *, has_code: bool) -> Architecture:
    """A small network with dropout and norms, some in a repeated block, and an output for each column; some have one
    for the code they draw from.
    """
    nodes = [
        node("input", "Input", shape=[channels, SIDE, SIDE]),
        node("conv", "Conv2d", "input", out_channels=4, kernel_size=3, padding=1, bias=draw(st.booleans())),
        node("norm", draw(st.sampled_from(["BatchNorm", "LayerNorm", "Identity"])), "conv"),
        node("act", draw(st.sampled_from(["ReLU", "GELU"])), "norm"),
        node("res1", "Residual", "act", repeat=draw(st.integers(1, 2)), width=4),
        node("pool", draw(st.sampled_from(["MaxPool2d", "AvgPool2d"])), "res1", kernel_size=2),
        node("flatten", "Flatten", "pool"),
        node("hidden", "Linear", "flatten", out_features=8),
        node(
            "last", "GaussianSample" if has_code else draw(st.sampled_from(["BatchNorm", "ReLU", "Dropout"])), "hidden"
        ),
        *([node("out_code", "Output", "hidden")] if has_code else []),
    ]
    for column in columns:
        kind, parameters = ENDS[column](channels)
        nodes.append(node(f"to_{column}", kind, "last" if kind == "Linear" else "res1", **parameters))
        nodes.append(node(f"out_{column}", "Output", f"to_{column}"))
    inside = [
        node("x", "Input"),
        node("conv", "Conv2d", "x", out_channels="$width", kernel_size=3, padding=1, bias=False),
        node("norm", "BatchNorm", "conv"),
        node("depth", "StochasticDepth", "norm", p=0.3),
        node("add", "Add", "depth", "x"),
        node("y", "Output", "add"),
    ]
    residual = block(*[draw(treated(each)) for each in inside], width=4)
    parameters = {"classes": 2} if "class" in columns else {}
    return network(*[draw(treated(each)) for each in nodes], blocks={"Residual": residual}, **parameters)


@st.composite
def heads(draw: st.DrawFn, column: str) -> Head:
    def fitting(catalogue: Any) -> list[str]:
        return [name for name, each in catalogue.table.items() if KINDS[column] in each.takes]

    loss = draw(st.sampled_from(fitting(LOSSES)))
    measured = [name for name in fitting(MEASURES) if MEASURES[name].embeds == LOSSES[loss].embeds]
    measures = draw(st.lists(st.sampled_from(measured), unique=True))
    return Head(
        output=f"out_{column}",
        target=column,
        loss=Component(type=loss, parameters={"label_smoothing": 0.1} if loss == "CrossEntropy" else {}),
        weight=draw(st.sampled_from([1.0, 0.3])),
        measures=tuple(Component(type=name) for name in measures),
    )


def compares(chosen: tuple[Head, ...]) -> bool:
    """Whether a loss compares the pictures of a batch, which must then be unmixed and the only one of its step."""
    return any(LOSSES[head.loss.type].embeds for head in chosen)


@st.composite
def recipes(draw: st.DrawFn, columns: list[str], *, has_code: bool) -> TrainingRecipe:
    optimizer = draw(component(OPTIMIZERS))
    has_decay = "weight_decay" in OPTIMIZERS.table[optimizer.type].__struct_fields__
    schedule = draw(component(SCHEDULES))
    warmup = draw(st.sampled_from([{}, {"warmup_epochs": 0.7}]))
    drawn_heads = tuple(draw(heads(column)) for column in [*columns, *draw(st.sampled_from([[], columns[:1]]))])
    if has_code:
        drawn_heads += (Head(output="out_code", target="prior", loss=Component(type="KLDivergence"), weight=0.3),)
    return TrainingRecipe(
        epochs=draw(st.integers(1, 3)),
        batch_size=draw(st.sampled_from([3, 8, 16, 200])),
        accumulate=1 if compares(drawn_heads) else draw(st.integers(1, 3)),
        per_class=draw(st.sampled_from([1, 2, 4])) if "class" in columns else 1,
        initialiser=draw(component(INITIALISERS)),
        optimizer=replace(optimizer, parameters={"lr": 0.01} | ({"weight_decay": 0.05} if has_decay else {})),
        schedule=replace(schedule, parameters=SHORT.get(schedule.type, {}) | warmup),
        decay_all=draw(st.booleans()),
        clip_norm=draw(maybe(0.5)),
        average=draw(maybe(0.9)),
        patience=draw(maybe(1)),
        heads=drawn_heads,
        device="cpu",
        speed=Speed(
            precision=draw(st.sampled_from(["float32", "float32", "bf16", "fp16"])),
            memory_layout=draw(st.sampled_from(["contiguous", "channels_last"])),
            compile="off",
            threads=1,
        ),
    )


@st.composite
def drawn(draw: st.DrawFn, folder: Path) -> Drawn:
    """An experiment whose data is written into ``folder``."""
    channels = draw(st.sampled_from([1, 3]))
    columns = draw(st.lists(st.sampled_from([*KINDS]), unique=True, min_size=1, max_size=3))
    write_pictures(folder / "data.npz", draw(st.sampled_from([23, 41, 60])), channels, draw(st.sampled_from([2, 7])))
    has_code = draw(st.booleans())
    architecture = draw(networks(channels, columns, has_code=has_code))
    training = draw(recipes(columns, has_code=has_code))
    is_mixable = not {"mask", "picture"} & {*columns} and not compares(training.heads)
    data = DataRecipe(
        source=Component(type="ArrayFile", parameters={"file": str(folder / "data.npz"), "picture": "x"}),
        augmentation=tuple(draw(st.lists(component(AUGMENTATIONS), max_size=2))),
        mixing=draw(maybe(component(MIXINGS))) if is_mixable else None,
        corruption=draw(maybe(component(CORRUPTIONS, but="Downscale"))),
        validation_share=draw(st.sampled_from([0.0, 0.2])),
        fold=draw(st.sampled_from([None, "2/3"])),
    )
    experiment = Experiment(name="drawn", architecture=architecture, data=data, training=training)
    return Drawn(experiment, draw(st.integers(1, 12)))


def check(case: Drawn, folder: Path, script_runner: Any) -> bool:
    """Train it unbroken, with a stop, and by its script: all that is learnt and measured must be the same.

    Return whether it was stopped before its end, and so resumed.
    """
    experiment = case.experiment
    note(to_json(experiment))
    data = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    try:
        events, whole = run(experiment, data, folder / "whole")
    except (Diverged, ProblemsFound):  # such as that all layers are frozen
        reject()
    begun, state = run(experiment, data, folder / "stopped", on_event=stopping_at(case.stop_after))
    is_stopped = not isinstance(begun[-1], RunFinished)
    if is_stopped:
        rest, state = run(experiment, data, folder / "stopped", resuming=True)
        begun += rest
    assert losses(begun) == losses(events) and metrics(begun) == metrics(events)
    check_equal(whole, state)
    export_training(experiment, folder / "drawn.py")
    found, measured = script_runner(folder)
    assert found == [loss for _, loss in losses(events)]
    ours = {name.removeprefix("val/"): value for name, value in metrics(events)[-1].items() if "val/" in name}
    assert {name.replace(" ", "/"): value for name, value in measured.items() if not math.isnan(value)} == ours
    return is_stopped


def metrics(events: list[AnyEvent]) -> list[dict[str, float]]:
    return [event.metrics for event in events if isinstance(event, EpochFinished)]


def check_equal(one: TrainingState, other: TrainingState) -> None:
    (ours, ours_plain), (theirs, theirs_plain) = (capture(state, torch.device("cpu")) for state in (one, other))
    assert ours.keys() == theirs.keys()
    assert not [name for name in ours if not torch.equal(ours[name], theirs[name])]
    assert ours_plain == theirs_plain


SETTINGS = settings(
    phases=set(Phase) - {Phase.shrink}, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def resumed(examples: settings, folders: Any, script_runner: Any) -> list[bool]:
    """Check examples; return of each whether it was stopped and resumed."""
    found = []

    @examples
    @given(st.data())
    def test(data: st.DataObject) -> None:
        folder = folders.mktemp("drawn")
        found.append(check(data.draw(drawn(folder)), folder, script_runner))

    test()
    return found


def test_a_recipe_resumes_and_is_exported_exactly(run_folder, tmp_path_factory):
    assert any(resumed(settings(SETTINGS, max_examples=5, derandomize=True), tmp_path_factory, run_folder))


@pytest.mark.slow
def test_recipes_resume_and_are_exported_exactly(run_folder, tmp_path_factory):
    assert any(resumed(settings(SETTINGS, max_examples=200), tmp_path_factory, run_folder))
