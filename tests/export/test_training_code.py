"""The exported training script, run as a user would: its steps equal the program's to the last bit."""

import hashlib
import itertools
import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.data.folders import fill, fill_with_points
from tests.data.sources.test_table_numbers import experiment_on, write_set
from tests.training.test_sequences import along, reading
from workbench.compiler.module import build
from workbench.data import AUGMENTATIONS, MIXINGS
from workbench.data.preparation import prepare
from workbench.data.rows import Rows
from workbench.events import EpochFinished, StepFinished
from workbench.runs.changes import read_changes, read_edited
from workbench.runs.store import create_run
from workbench.session.exchange.code import CodeReport
from workbench.session.exchange.script import export_training
from workbench.session.prepared import input_shape
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment, Head, Speed, TrainingRecipe
from workbench.spec.files import read_experiment
from workbench.spec.graph import Node
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import INITIALISERS, LOSSES, OPTIMIZERS, SCHEDULES
from workbench.training.beginning import prepare as prepare_training
from workbench.training.control import Control
from workbench.training.loop import train

NUM_STEPS = 8
"""More than two epochs at most of these batch sizes, so that the order of pictures changes."""


SHAPE = "architecture.graph.nodes.input.parameters.shape"


def losses(experiment: Experiment, folder: Path, num_steps: int = NUM_STEPS) -> list[float]:
    """The losses of the first steps, as the program trains."""
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    steps = (event.loss for event in train(plan, state, folder, Control()) if isinstance(event, StepFinished))
    return list(itertools.islice(steps, num_steps))


@pytest.fixture
def run_script(run_folder: Any, tmp_path: Path) -> Any:
    """A function that writes an experiment's script and runs its first steps; returns their losses and measures."""

    def run(
        experiment: Experiment, num_steps: int | None = NUM_STEPS, export: Any = export_training
    ) -> tuple[list[float], dict[str, float]]:
        export(experiment, tmp_path / "drawn.py")
        found: tuple[list[float], dict[str, float]] = run_folder(tmp_path, num_steps)
        return found

    return run


@pytest.fixture
def script_losses(run_script: Any) -> Any:
    """Like ``run_script``, but returns only the losses."""
    return lambda experiment: run_script(experiment)[0]


def small(**settings: Any) -> Experiment:
    """LeNet on digits of 16×16 pixels in large batches, so that a few steps are several epochs."""
    experiment = read_experiment("lenet-digits")
    given = {SHAPE: [1, 16, 16], "training.batch_size": 512, "training.epochs": 4, **settings}
    for path, value in given.items():
        experiment = override(experiment, path, json.dumps(value))
    return experiment


def with_type(path: str, catalogue: Any) -> list[Any]:
    return [pytest.param({path: {"type": name}}, id=name) for name in catalogue.table]


@pytest.mark.parametrize(
    "settings",
    [
        *with_type("training.optimizer", OPTIMIZERS),
        *[pytest.param({"training.schedule": {"type": name}}, id=name) for name in SCHEDULES.table],
        *[pytest.param({"data.mixing": {"type": name}}, id=name) for name in MIXINGS.table],
        pytest.param(
            {"training.schedule": {"type": "Plateau", "parameters": {"patience": 0, "threshold": 0.9}}}, id="falls"
        ),
        pytest.param(
            {
                "training.schedule": {"type": "Plateau", "parameters": {"patience": 0, "threshold": 0.9}},
                "data.validation_share": 0.0,
                "training.accumulate": 2,
            },
            id="falls-unvalidated",
        ),
        pytest.param({"architecture.graph.nodes.conv1.frozen": True}, id="frozen"),
        pytest.param(
            {"architecture.graph.nodes.conv1.lr_factor": 0.1, "architecture.graph.nodes.fc1.frozen": True},
            id="slow-and-frozen",
        ),
        *[pytest.param({"data.augmentation": [{"type": name}]}, id=name) for name in AUGMENTATIONS.table],
        *[
            pytest.param({"training.heads": [{"output": "output", "loss": {"type": name}}]}, id=name)
            for name, loss in LOSSES.table.items()
            if "class" in loss.takes
        ],
        *[pytest.param({"training.initialiser": {"type": name}}, id=name) for name in INITIALISERS.table],
        pytest.param(
            {
                "training.initialiser": {"type": "LSUV"},
                "architecture.graph.nodes.conv1.initialiser": {"type": "Kaiming"},
                "architecture.graph.nodes.fc1.initialiser": {"type": "Default"},
                "architecture.graph.nodes.fc2.initialiser": {"type": "LSUV", "parameters": {"tolerance": 0.01}},
            },
            id="initialisers-of-their-own",
        ),
        pytest.param({"training.accumulate": 3}, id="accumulate"),
        pytest.param({"training.speed.precision": "bf16"}, id="bf16"),
        pytest.param({"training.speed.precision": "bf16", "training.accumulate": 2}, id="bf16-accumulate"),
        pytest.param({"training.speed.precision": "fp16", "training.clip_norm": 0.5}, id="fp16"),
        pytest.param(
            {"training.speed.precision": "fp16", "training.accumulate": 2, "training.average": 0.9},
            id="fp16-accumulate",
        ),
        pytest.param({"training.speed.memory_layout": "contiguous"}, id="contiguous"),
        pytest.param({"training.clip_norm": 0.5}, id="clip"),
        pytest.param({"training.decay_all": False, "training.optimizer": {"type": "AdamW"}}, id="decay-apart"),
        pytest.param(
            {
                "data.augmentation": [{"type": "Shift"}, {"type": "Mirror", "parameters": {"chance": 0.3}}],
                "training.schedule": {"type": "OneCycle", "parameters": {"warmup_epochs": 1.5}},
                "training.optimizer": {"type": "SGD", "parameters": {"nesterov": True, "weight_decay": 0.01}},
                "training.heads": [{"output": "output", "weight": 0.5, "loss": {"type": "MSE"}}],
                "training.initialiser": {"type": "Kaiming"},
                "training.accumulate": 2,
                "training.clip_norm": 1.5,
                "training.decay_all": False,
                "training.average": 0.9,
                "data.mixing": {"type": "CutMix"},
                "architecture.graph.nodes.conv2.lr_factor": 0.25,
                "seed": 7,
            },
            id="all-at-once",
        ),
    ],
)
def test_whatever_the_catalogue_offers_is_trained_alike(settings, script_losses, tmp_path):
    experiment = small(**settings)
    assert script_losses(experiment) == losses(experiment, tmp_path)


def changed(
    experiment: Experiment, changes: dict[int, dict[str, Any]], folder: Path, num_steps: int = 1000
) -> tuple[Path, list[float]]:
    """Train with changes after these steps; return the run's folder and the losses."""
    run = create_run(folder, experiment)
    control = Control()
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    losses = []
    for event in train(plan, state, run, control):
        if isinstance(event, StepFinished):
            losses.append(event.loss)
            if len(losses) == num_steps:
                break
            for path, value in changes.get(event.step, {}).items():
                control.change(path, value)
    return run, losses


def with_dropout(experiment: Experiment) -> Experiment:
    graph = experiment.architecture.graph
    graph = edits.insert_on_edge(edits.add_node(graph, Node(name="drop", type="Dropout")), "drop", "flatten", 0)
    architecture = replace(experiment.architecture, graph=graph)
    return replace(experiment, architecture=architecture)


LR, DECAY, EPOCHS, PATIENCE = (
    "training.optimizer.lr",
    "training.optimizer.weight_decay",
    "training.epochs",
    "training.patience",
)
SCHEDULE, VARIED, DROP = "training.schedule", "data.augmentation", "architecture.graph.nodes.drop.p"


def of_type(name: str, **parameters: Any) -> dict[str, Any]:
    return {"type": name, "parameters": parameters}


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        pytest.param({}, {2: {LR: 0.01}, 5: {LR: 0.02}}, id="rate"),
        pytest.param({}, {2: {"training.clip_norm": 0.1}, 5: {"training.clip_norm": None}}, id="clip"),
        pytest.param({"training.epochs": 1}, {2: {EPOCHS: 3}, 5: {EPOCHS: 2}}, id="epochs"),
        pytest.param({"training.epochs": 4}, {1: {PATIENCE: 1}, 3: {LR: 0.9}}, id="patience"),
        pytest.param(
            {"training.optimizer": {"type": "AdamW"}, "training.decay_all": False}, {3: {DECAY: 0.5}}, id="decay-apart"
        ),
        pytest.param(
            {"training.optimizer": {"type": "Muon"}, "architecture.graph.nodes.conv1.lr_factor": 0.1},
            {3: {DECAY: 0.5, LR: 0.003}},
            id="optimizers-together",
        ),
        pytest.param(
            {SCHEDULE: of_type("Step")},
            {3: {SCHEDULE: of_type("Cosine", warmup_epochs=2)}, 6: {SCHEDULE: of_type("OneCycle", warmup_epochs=1)}},
            id="schedule",
        ),
        pytest.param(
            {SCHEDULE: of_type("Cosine"), "training.accumulate": 2, "data.validation_share": 0.0},
            {2: {SCHEDULE: of_type("Plateau", patience=0, threshold=0.9)}},
            id="falls",
        ),
        pytest.param(
            {SCHEDULE: of_type("Cosine"), "training.epochs": 6, "training.optimizer.lr": 0.9},
            {10: {SCHEDULE: of_type("Plateau", patience=0, threshold=0.9)}},
            id="falls-later",
        ),
        pytest.param(
            {SCHEDULE: of_type("Plateau", patience=0, threshold=0.9), "training.epochs": 6},
            {10: {LR: 0.03}},
            id="falls-and-set",
        ),
        pytest.param(
            {"training.epochs": 8, PATIENCE: 1, "training.optimizer.lr": 1e-30}, {3: {EPOCHS: 7}}, id="patience-anew"
        ),
        pytest.param(
            {VARIED: [of_type("Shift")], "data.mixing": {"type": "CutMix"}},
            {
                2: {VARIED: [of_type("Shift", max_pixels=1), of_type("Mirror")]},
                5: {VARIED: []},
                6: {VARIED: [of_type("Shift")]},
            },
            id="augmentation",
        ),
        pytest.param(
            {"training.average": 0.9, "training.initialiser": {"type": "LSUV"}, VARIED: [of_type("RandomErasing")]},
            {
                2: {DROP: 0.1, EPOCHS: 5, VARIED: [of_type("Rotation")]},
                6: {LR: 0.01, DROP: 0.0, SCHEDULE: of_type("Exponential")},
                7: {DROP: 0.3},
            },
            id="all-at-once",
        ),
    ],
)
def test_what_was_changed_while_a_run_ran_is_changed_by_its_script(settings, changes, run_script, tmp_path):
    experiment = with_dropout(small(**{"training.epochs": 3, **settings}))
    folder, expected = changed(experiment, changes, tmp_path / "runs")
    script = partial(export_training, changes=read_changes(folder))
    assert run_script(read_edited(folder), 1000, script)[0] == expected
    text = (tmp_path / "train_drawn.py").read_text()
    assert all(f"    {step}: {{" in text for step in (0, *changes))


@pytest.mark.parametrize("name", ["autoencoder", "two-heads-shapes"])
def test_augmentation_that_changes_moves_whatever_is_aimed_at(name, run_script, tmp_path):
    experiment = override(read_experiment(name), "training.batch_size", "64")
    if name == "autoencoder":
        experiment = override(experiment, "data.source", json.dumps({"type": "Digits"}))
    new = [of_type("Rotation"), of_type("RandomErasing")]
    folder, expected = changed(experiment, {1: {VARIED: new}}, tmp_path / "runs", num_steps=3)
    script = partial(export_training, changes=read_changes(folder))
    assert run_script(read_edited(folder), 3, script)[0] == expected


def pointing(folder: Path, *augmentation: str) -> Experiment:
    """A small network that predicts two places in pictures which are moved."""
    experiment = read_experiment("regression-shapes")

    source = {"type": "TableFile", "parameters": {"file": str(fill_with_points(folder, 40))}}
    heads = [{"output": "output", "target": "points", "loss": {"type": "MSE"}}]
    given = {
        "architecture.graph.nodes.fc.out_features": 4,
        "data.source": source,
        "data.augmentation": [of_type(each) for each in augmentation],
        "training.batch_size": 8,
        "training.heads": heads,
    }
    for path, value in given.items():
        experiment = override(experiment, path, json.dumps(value))
    return experiment


@pytest.mark.parametrize(
    "augmentation",
    [
        *[[name] for name, each in AUGMENTATIONS.table.items() if each.moves_pixels],
        ["Mirror", "ColorJitter", "Rotation", "RandAugment"],
    ],
    ids="-".join,
)
def test_key_points_are_moved_alike(augmentation, script_losses, tmp_path):
    experiment = pointing(tmp_path / "pictures", *augmentation)
    assert script_losses(experiment) == losses(experiment, tmp_path)
    assert "    targets = carried(targets, maps, " in (tmp_path / "train_drawn.py").read_text()


def test_key_points_are_moved_by_what_augmentation_becomes(run_script, tmp_path):
    experiment = pointing(tmp_path / "pictures", "Shift")
    folder, expected = changed(experiment, {1: {VARIED: [of_type("Rotation")]}, 4: {VARIED: []}}, tmp_path / "runs", 8)
    assert run_script(read_edited(folder), 8, partial(export_training, changes=read_changes(folder)))[0] == expected


@pytest.mark.parametrize("name", ["mlp-moons", "perceptron-xor", "resnet20"])
def test_a_preset_is_trained_alike(name, script_losses, tmp_path):
    experiment = override(read_experiment(name), "training.batch_size", "16")
    assert script_losses(experiment) == losses(experiment, tmp_path)


def test_series_are_standardised_by_channel_and_trained_alike(script_losses, tmp_path):
    experiment = override(read_experiment("conv1d-series"), "data.source.num_series", "100")
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize(("name", "outputs"), [("cancer", "$classes"), ("diabetes", 1)])
def test_a_table_of_numbers_is_standardised_and_trained_alike(name, outputs, script_losses, tmp_path):
    experiment = experiment_on(write_set(tmp_path, name), outputs, **{"training.batch_size": 64})
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_a_network_of_several_outputs_is_trained_alike(precision, script_losses, tmp_path):
    experiment = override(read_experiment("googlenet_mini"), "training.batch_size", "16")
    experiment = override(experiment, "data.source.type", "Digits")
    experiment = override(experiment, "training.speed.precision", precision)
    assert script_losses(experiment) == losses(experiment, tmp_path)


def test_validation_and_patience_are_the_programs_too(tmp_path):
    experiment = small(
        **{"training.epochs": 12, "training.average": 0.5, "training.patience": 1, "training.optimizer.lr": 0.4}
    )
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    expected = [event for event in train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished)]
    export_training(experiment, tmp_path / "drawn.py")
    command = [sys.executable, "-c", "import train_drawn; train_drawn.main()"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert 1 < len(expected) < 12
    assert done.stdout.splitlines()[:-1] == [
        "epoch {}: val loss {:.4f}, top1 {:.4f}, top5 {:.4f}".format(
            event.epoch, *(event.metrics[f"val/{name}"] for name in ("loss", "top1", "top5"))
        )
        for event in expected
    ]


USAGE = """
import runpy, sys
for option in ("--help", "--epochs=3"):
    sys.argv = ["train_drawn.py", option]
    try:
        runpy.run_path("train_drawn.py", run_name="__main__")
    except SystemExit as end:
        print("ended with", end.code, flush=True)
"""


def test_asked_for_help_or_an_option_the_script_prints_its_usage_and_trains_nothing(tmp_path):
    export_training(small(), tmp_path / "drawn.py")
    done = subprocess.run([sys.executable, "-c", USAGE], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.findall("ended with .", done.stdout) == ["ended with 0", "ended with 2"]
    for said in (done.stdout, done.stderr):
        assert "usage: train_drawn.py [-h]" in said
    assert not (tmp_path / "train_drawn.pt").exists()


def test_a_frozen_block_rests_with_its_norms(script_losses, tmp_path):
    experiment = override(read_experiment("resnet20"), "training.batch_size", "16")
    experiment = override(experiment, "data.source.type", "Digits")
    experiment = override(experiment, "architecture.graph.nodes.layer1.frozen", "true")
    experiment = override(experiment, "architecture.graph.nodes.layer2.lr_factor", "0.5")
    assert script_losses(experiment) == losses(experiment, tmp_path)
    text = (tmp_path / "train_drawn.py").read_text()
    assert 'FROZEN = ("layer1.",)' in text and '{"layer2.": 0.5}' in text


def test_a_layer_may_be_treated_otherwise_than_the_block_around_it(script_losses, tmp_path):
    experiment = override(read_experiment("resnet20"), "training.batch_size", "16")
    experiment = override(experiment, "data.source.type", "Digits")
    experiment = override(experiment, "architecture.graph.nodes.layer1.lr_factor", "0.5")
    experiment = override(experiment, "architecture.blocks.BasicBlock.nodes.conv1.frozen", "true")
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize("how", [{"lr_factor": 0.1}, {"frozen": True}])
def test_weights_beside_their_layer_are_treated_alike(how, script_losses, tmp_path):
    """Those of a Transformer's ``in_proj`` are called ``in_proj_weight``, not ``in_proj.weight``."""
    experiment = override(read_experiment("vit_mini"), "training.batch_size", "16")
    experiment = override(experiment, "data.source.type", "Digits")
    for name, value in how.items():
        place = f"architecture.blocks.SelfAttention.nodes.in_proj.{name}"
        experiment = override(experiment, place, json.dumps(value))
    assert script_losses(experiment) == losses(experiment, tmp_path)


def test_patience_without_validation_looks_at_the_training_loss(run_script, tmp_path):
    experiment = small(
        **{"training.epochs": 12, "training.patience": 1, "training.optimizer.lr": 0.9, "data.validation_share": 0.0}
    )
    expected = losses(experiment, tmp_path, num_steps=1000)
    assert run_script(experiment, None)[0] == expected
    assert len(expected) < 12 * 4


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        pytest.param(
            "lenet-digits",
            {
                "training.heads": [
                    {"output": "output", "measures": [{"type": "F1"}, {"type": "AUC"}, {"type": "Accuracy"}]}
                ]
            },
            id="classes",
        ),
        pytest.param(
            "lenet-digits",
            {
                "training.heads": [
                    {"output": "output", "measures": [{"type": "F1"}]},
                    {"output": "output", "loss": {"type": "MSE"}, "weight": 0.5},
                ]
            },
            id="two-losses-of-one-output",
        ),
        pytest.param(
            "triplet-fashion",
            {
                "data.source": {"type": "Digits"},
                "data.augmentation": [{"type": "Shift"}],
                "training.per_class": 16,
                "training.heads": [{"output": "output", "loss": {"type": "SupCon"}}],
            },
            id="embeddings",
        ),
        pytest.param("regression-shapes", {}, id="numbers"),
        pytest.param("regression-shapes", {"data.mixing": {"type": "Mixup"}}, id="mixed-numbers"),
        pytest.param("labels-shapes", {"data.mixing": {"type": "CutMix"}}, id="mixed-labels"),
        pytest.param("two-heads-shapes", {"data.augmentation": [{"type": "Shift"}]}, id="two-columns"),
        pytest.param(
            "two-heads-shapes",
            {
                "data.corruption": {"type": "Noise"},
                "training.heads": [
                    {"output": "which", "target": "shapes", "loss": {"type": "MSE"}, "weight": 3.0},
                ],
            },
            id="one-of-two-outputs",
        ),
        pytest.param("unet-shapes", {"data.augmentation": [{"type": "RandAugment"}, {"type": "Rotation"}]}, id="masks"),
        pytest.param("autoencoder", {"data.source": {"type": "Digits"}, SHAPE: [1, 28, 28]}, id="pictures"),
        pytest.param(
            "autoencoder",
            {
                "data.source": {"type": "Digits"},
                SHAPE: [1, 28, 28],
                "data.augmentation": [{"type": "RandAugment"}, {"type": "RandomErasing"}, {"type": "Mirror"}],
            },
            id="varied-pictures",
        ),
        pytest.param("vae-fashion", {"data.source": {"type": "Digits"}, SHAPE: [1, 28, 28]}, id="a-code"),
        pytest.param("denoising", {"data.source": {"type": "Digits"}}, id="noise"),
        pytest.param(
            "denoising", {"data.source": {"type": "Digits"}, "data.corruption": {"type": "Erase"}}, id="erased"
        ),
        pytest.param("super-resolution", {SHAPE: [3, 8, 8]}, id="downscaled"),
    ],
)
def test_whatever_is_aimed_at_is_trained_and_measured_alike(name, settings, run_script, tmp_path):
    experiment = read_experiment(name)
    given = {SHAPE: [1, 16, 16], "training.batch_size": 512, "training.epochs": 1, **settings}
    for path, value in given.items():
        experiment = override(experiment, path, json.dumps(value))
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    events = list(train(plan, state, tmp_path, Control()))
    (epoch,) = [event for event in events if isinstance(event, EpochFinished)]
    found, measured = run_script(experiment, 1000)
    assert found == [event.loss for event in events if isinstance(event, StepFinished)]
    named = {name.replace(" ", "/"): value for name, value in measured.items()}
    assert named == {name.removeprefix("val/"): value for name, value in epoch.metrics.items() if "val/" in name}


def test_targets_of_several_numbers_are_measured_alike(run_script, tmp_path):
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3))
    np.savez(tmp_path / "a.npz", x=rows, y=20 * rows[:, :2] + random.normal(size=(60, 2)))
    head = {"output": "output", "target": "y", "loss": {"type": "MSE"}, "measures": [{"type": "CumulativeScore"}]}
    given = {"training.epochs": 1, "training.heads": [head]}
    experiment = experiment_on(tmp_path / "a.npz", 2, **given)
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    (epoch,) = [event for event in train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished)]
    _, measured = run_script(experiment, 1000)
    assert 0 < measured["cs5"] == epoch.metrics["val/cs5"] < 1


def test_two_columns_of_one_output_are_measured_alike(run_script, tmp_path):
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3))
    np.savez(tmp_path / "a.npz", x=rows, near=20 * rows[:, 0] + 1, far=20 * rows[:, 0] + 9)
    heads = [{"output": "output", "target": target, "loss": {"type": "MSE"}} for target in ("near", "far")]
    experiment = experiment_on(tmp_path / "a.npz", 1, **{"training.epochs": 1, "training.heads": heads})
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    (epoch,) = [event for event in train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished)]
    _, measured = run_script(experiment, 1000)
    named = {name.replace(" ", "/"): value for name, value in measured.items()}
    assert named == {name.removeprefix("val/"): value for name, value in epoch.metrics.items() if "val/" in name}
    assert named["output-near/mae"] != named["output-far/mae"]


def test_an_output_whose_name_numbers_another_is_measured_by_itself(run_script, tmp_path):
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3))
    columns = {name: 20 * rows[:, 0] + offset for name, offset in (("a", 1), ("b", 9), ("c", 30))}
    np.savez(tmp_path / "a.npz", x=rows, **columns)
    pairs = (("output", "a"), ("output", "b"), ("output1", "c"))
    heads = [{"output": output, "target": target, "loss": {"type": "MSE"}} for output, target in pairs]
    experiment = experiment_on(tmp_path / "a.npz", 1, **{"training.epochs": 1})
    (output,) = experiment.architecture.graph.outputs
    graph = edits.add_node(experiment.architecture.graph, replace(output, name="output1", position=None))
    experiment = replace(experiment, architecture=replace(experiment.architecture, graph=graph))
    experiment = override(experiment, "training.heads", json.dumps(heads))
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    (epoch,) = [event for event in train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished)]
    _, measured = run_script(experiment, 1000)
    named = {name.replace(" ", "/"): value for name, value in measured.items()}
    assert named == {name.removeprefix("val/"): value for name, value in epoch.metrics.items() if "val/" in name}
    assert {"output-a/mae", "output-b/mae", "output1/mae"} <= named.keys()


@pytest.mark.parametrize("name", ["lenet-digits", "autoencoder"])
def test_pictures_of_files_are_never_all_in_memory(name, script_losses, tmp_path, monkeypatch):
    """Neither when they are written, nor when the script reads them."""
    experiment = override(read_experiment(name), "training.batch_size", "16")
    folder = {"type": "ImageFolder", "parameters": {"folder": str(fill(tmp_path / "pictures", dark=30, light=30))}}
    experiment = override(experiment, "data.source", json.dumps(folder))
    experiment = override(experiment, "data.augmentation", json.dumps([of_type("Shift")]))
    expected = losses(experiment, tmp_path)
    monkeypatch.delattr(Rows, "__array__")
    assert script_losses(experiment) == expected
    mapped = np.load(tmp_path / "drawn_train_inputs.npy", mmap_mode="r")
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    np.testing.assert_array_equal(mapped, dataset.train.inputs[:])
    assert 'mmap_mode="r"' in (tmp_path / "train_drawn.py").read_text()


@pytest.mark.parametrize("kind", ["Xavier", "LSUV"])
def test_attention_is_begun_with_alike(kind, script_losses, tmp_path):
    """Both of its matrices are initialised: that of queries, keys and values, and that of its output."""
    experiment = small(**{"training.initialiser": {"type": kind}})
    architecture = {
        "name": "Attending",
        "graph": {
            "nodes": [
                {"name": "input", "type": "Input", "parameters": {"shape": [1, 28, 28]}},
                {
                    "name": "patches",
                    "type": "Conv2d",
                    "parameters": {"out_channels": 8, "kernel_size": 7, "stride": 7},
                    "inputs": ["input"],
                },
                {"name": "tokens", "type": "Flatten", "parameters": {"start_dim": 2}, "inputs": ["patches"]},
                {
                    "name": "attention",
                    "type": "MultiheadSelfAttention",
                    "parameters": {"num_heads": 2},
                    "inputs": ["tokens"],
                },
                {"name": "flat", "type": "Flatten", "inputs": ["attention"]},
                {"name": "fc", "type": "Linear", "parameters": {"out_features": 10}, "inputs": ["flat"]},
                {"name": "output", "type": "Output", "inputs": ["fc"]},
            ]
        },
    }
    experiment = replace(experiment, architecture=msgspec.convert(architecture, Architecture))
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize("kind", ["Orthogonal", "LSUV"])
def test_a_series_is_begun_with_and_trained_alike(kind, script_losses, tmp_path):
    experiment = small(**{"training.initialiser": {"type": kind}})
    graph = edits.set_parameters(along().architecture.graph, "input", {"shape": [1, 16, 16]})
    experiment = replace(experiment, architecture=Architecture(name="Along", graph=graph))
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize("kind", ["Orthogonal", "LSUV"])
def test_a_recurrent_network_is_begun_with_and_trained_alike(kind, script_losses, tmp_path):
    """All matrices of each of its layers are initialised, and dropout is drawn in the same order."""
    experiment = small(**{"training.initialiser": {"type": kind}})
    graph = reading().architecture.graph
    graph = edits.set_parameters(graph, "input", {"shape": [1, 16, 16]})
    if kind == "LSUV":
        graph = edits.set_treatment(graph, ["gru"], initialiser=Component(type="Xavier"))
    experiment = replace(experiment, architecture=Architecture(name="Reading", graph=graph))
    assert script_losses(experiment) == losses(experiment, tmp_path)


def test_what_scales_is_not_drawn_in_the_script_either(script_losses, tmp_path):
    experiment = override(small(**{"training.initialiser": {"type": "Kaiming"}}), "data.validation_share", "0.9")
    graph = experiment.architecture.graph
    graph = edits.insert_on_edge(edits.add_node(graph, Node(name="scale", type="LayerScale")), "scale", "flatten", 0)
    architecture = replace(experiment.architecture, graph=graph)
    experiment = replace(experiment, architecture=architecture)
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize("start", ["all", "some"])
def test_initial_weights_of_a_file_are_taken_along(start, script_losses, tmp_path):
    experiment = small(**{"training.initialiser": {"type": "Kaiming"}, "training.average": 0.5})
    network = build(experiment.architecture, classes=10, seed=3)
    weights = {f"model.{name}": tensor.half() for name, tensor in network.state_dict().items()}
    if start == "some":
        weights["model.fc3.weight"] = weights["model.fc3.weight"][:7]
    save_file(weights, tmp_path / "others.safetensors")
    file = {"file": str(tmp_path / "others.safetensors")}
    experiment = override(experiment, "training.weights", json.dumps(file))
    assert script_losses(experiment) == losses(experiment, tmp_path)
    assert ("strict=False" in (tmp_path / "train_drawn.py").read_text()) == (start == "some")


@pytest.mark.slow
def test_a_compiled_network_is_trained_alike(script_losses, tmp_path):
    experiment = small(**{"training.speed.compile": "on"})
    assert script_losses(experiment) == losses(experiment, tmp_path)


@pytest.mark.parametrize(("precision", "allowed"), [("float32", "False"), ("tf32", "True"), ("bf16", "True")])
def test_a_gpus_arithmetic_is_set_as_the_program_sets_it(precision, allowed, tmp_path):
    """With the settings that torch's compiler can read in all versions."""
    export_training(small(**{"training.device": "auto", "training.speed.precision": precision}), tmp_path / "drawn.py")
    line = f"torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = {allowed}"
    assert line in (tmp_path / "train_drawn.py").read_text().splitlines()


def test_a_script_trains_where_the_program_would_and_needs_no_float64_there(tmp_path):
    """Apple's GPUs have none: it is used on the CPU alone."""
    aims = {"training.heads": [{"output": "output", "measures": [{"type": "Accuracy"}]}]}
    export_training(small(**{"training.device": "auto"} | aims), tmp_path / "drawn.py")
    script = (tmp_path / "train_drawn.py").read_text()
    assert "DEVICE = torch.accelerator.current_accelerator(check_available=True) or" in script
    assert script.count(".double()") == script.count(".cpu().double()") == 1


@pytest.mark.parametrize(("accumulate", "num_kept"), [(1, 0), (2, 1)])
def test_gradients_are_added_up_outside_of_a_graphs_memory(accumulate, num_kept, tmp_path):
    chosen = {"training.device": "auto", "training.speed.compile": "cuda_graphs", "training.accumulate": accumulate}
    export_training(small(**chosen), tmp_path / "drawn.py")
    script = (tmp_path / "train_drawn.py").read_text()
    assert 'mode="reduce-overhead"' in script
    assert script.count("parameter.grad = torch.zeros_like(parameter)") == num_kept
    assert script.count("optimizer.zero_grad(set_to_none=False)") == num_kept


def test_a_script_that_cannot_be_written_leaves_all_as_it_was(tmp_path):
    (tmp_path / "drawn_data.npz").mkdir()
    (tmp_path / "drawn.py").write_text("before")
    (tmp_path / "train_drawn.py").write_text("before")
    with pytest.raises(SpecError, match="drawn_data.npz: cannot be written"):
        export_training(small(), tmp_path / "drawn.py")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["drawn.py", "drawn_data.npz", "train_drawn.py"]
    assert (tmp_path / "drawn.py").read_text() == (tmp_path / "train_drawn.py").read_text() == "before"


OTHERS: dict[str, Any] = {
    "training.epochs": 7,
    "training.batch_size": 99,
    "training.accumulate": 2,
    "training.per_class": 4,
    "training.initialiser": {"type": "Xavier"},
    "training.weights": {"file": "weights.safetensors"},
    "training.optimizer": {"type": "Adam"},
    "training.schedule": {"type": "Step"},
    "training.decay_all": False,
    "training.clip_norm": 2.0,
    "training.average": 0.9,
    "training.patience": 3,
    "training.heads": [{"output": "output", "weight": 0.5}],
    "head.loss": {"type": "MSE"},
    "head.weight": 0.25,
    "head.measures": [{"type": "F1"}],
    "training.device": "cuda",
    "training.speed": {"memory_layout": "contiguous"},
    "speed.precision": "bf16",
    "speed.memory_layout": "contiguous",
    "speed.convolutions": "benchmarked",
    "speed.compile": "on",
    "speed.threads": 2,
    "data.source": {"type": "FashionMnistSmall"},
    "data.augmentation": [{"type": "Mirror"}],
    "data.mixing": {"type": "Mixup"},
    "data.corruption": {"type": "Noise"},
    "data.validation_share": 0.3,
    "data.split": "random",
    "data.fold": "2/3",
    "data.leave_out": ["train/5"],
    "data.relabel": {"class": {"train/0": "9"}},
    "seed": 5,
}
"""A different value for each field of a recipe. A new field belongs here and in the script."""


def test_every_field_of_a_recipe_has_another_value_here():
    recipes = {"training": TrainingRecipe, "data": DataRecipe, "head": Head, "speed": Speed}
    fields = {f"{name}.{each}" for name, kind in recipes.items() for each in kind.__struct_fields__}
    assert fields - {"head.output", "head.target"} == OTHERS.keys() - {"seed"}, "these two have tests of their own"


def written(experiment: Experiment, folder: Path) -> tuple[str, ...]:
    """Digests of all exported files."""
    folder.mkdir()
    export_training(experiment, folder / "drawn.py")
    return tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir()))


@pytest.mark.parametrize("field", OTHERS)
def test_no_field_of_a_recipe_is_dropped(field, tmp_path, monkeypatch):
    """Changing any of them changes what is written."""
    experiment = read_experiment("lenet-digits")
    recipe, _, name = field.rpartition(".")
    if recipe == "head":
        field, value = "training.heads", [{"output": "output", name: OTHERS[field]}]
    else:
        field, value = field.replace("speed.", "training.speed.") if recipe == "speed" else field, OTHERS[field]
    changed = override(experiment, field, json.dumps(value))
    assert changed != experiment
    save_file(build(experiment.architecture, classes=10).state_dict(), tmp_path / "weights.safetensors")
    monkeypatch.chdir(tmp_path)
    assert written(changed, tmp_path / "changed") != written(experiment, tmp_path / "plain")


def test_the_script_needs_no_workbench(tmp_path):
    """In a separate process with nothing but its imports, it trains to the end and reports its accuracy."""
    experiment = small(**{"training.epochs": 2, "data.augmentation": [{"type": "Rotation"}, {"type": "RandAugment"}]})
    report = export_training(experiment, tmp_path / "drawn.py")
    assert_clean(report)
    hide = (
        "import sys; sys.modules['workbench'] = None; sys.path.insert(0, '.'); import train_drawn; train_drawn.main()"
    )
    done = subprocess.run([sys.executable, "-I", "-c", hide], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    epochs = [line for line in done.stdout.splitlines() if line.startswith("epoch")]
    assert len(epochs) == 2
    assert done.stdout.splitlines()[-1].startswith("test loss ")
    weights = torch.load(tmp_path / "train_drawn.pt", weights_only=True)
    assert sorted(weights)[0] == "conv1.bias"


def assert_clean(report: CodeReport) -> None:
    for file in (report.file, report.training):
        assert file is not None
        assert "workbench" not in Path(file).read_text().lower()
        for arguments in (["format", "--check"], ["check"]):
            command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", file]
            assert subprocess.run(command, capture_output=True).returncode == 0
