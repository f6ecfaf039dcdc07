"""The script that trains: run as a user would, it takes the very steps that the program takes, to the last bit."""

import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.data import AUGMENTATIONS, MIXINGS
from workbench.data.preparation import prepare
from workbench.events import EpochFinished, StepFinished
from workbench.session.code import CodeReport, export_training
from workbench.session.run import input_shape
from workbench.spec.experiment import DataRecipe, Experiment, Head, Speed, TrainingRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.training import INITIALISERS, LOSSES, OPTIMIZERS, SCHEDULES
from workbench.training.beginning import prepare as prepare_training
from workbench.training.control import Control
from workbench.training.loop import train

NUM_STEPS = 8
"""Two epochs and a little, at the batch sizes here: the order of pictures changes from one to the next."""


def losses(experiment: Experiment, folder: Path, num_steps: int = NUM_STEPS) -> list[float]:
    """Of the first steps, as the program trains."""
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = prepare_training(experiment, dataset)
    steps = (event.loss for event in train(plan, state, folder, Control()) if isinstance(event, StepFinished))
    return list(itertools.islice(steps, num_steps))


@pytest.fixture
def script_losses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write the script of an experiment, import it, and take its first steps."""
    monkeypatch.syspath_prepend(tmp_path)

    def losses_of(experiment: Experiment) -> list[float]:
        export_training(experiment, tmp_path / "drawn.py")
        script = __import__("train_drawn")
        data = script.load(tmp_path / "drawn_data.npz")
        model = script.make_model()
        average = [script.make_average(model)] if hasattr(script, "make_average") else []
        return list(itertools.islice(script.train(model, data, *average), NUM_STEPS))

    yield losses_of
    for name in ("drawn", "train_drawn"):
        sys.modules.pop(name, None)


def small(**settings: Any) -> Experiment:
    """LeNet on digits in large batches, so that a few steps are several epochs."""
    experiment = read_experiment("lenet-digits")
    given = {"training.batch_size": 512, "training.epochs": 4} | settings
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
        *[
            pytest.param({"training.initialiser": {"type": name}}, id=name)
            for name in INITIALISERS.table
            if name != "LSUV"
        ],
        pytest.param({"training.accumulate": 3}, id="accumulate"),
        pytest.param({"training.speed.precision": "bf16"}, id="bf16"),
        pytest.param({"training.speed.precision": "bf16", "training.accumulate": 2}, id="bf16-accumulate"),
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


@pytest.mark.parametrize("name", ["mlp-moons", "perceptron-xor", "resnet20"])
def test_a_preset_is_trained_alike(name, script_losses, tmp_path):
    experiment = override(read_experiment(name), "training.batch_size", "64")
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
        f"epoch {event.epoch}: val loss {event.metrics['val/loss']:.4f}, top-1 {event.metrics['val/top1']:.2%}"
        for event in expected
    ]


def test_a_frozen_block_rests_with_its_norms(script_losses, tmp_path):
    experiment = override(read_experiment("resnet20"), "training.batch_size", "16")
    experiment = override(experiment, "data.source.type", "Digits")
    experiment = override(experiment, "architecture.graph.nodes.layer1.frozen", "true")
    experiment = override(experiment, "architecture.graph.nodes.layer2.lr_factor", "0.5")
    assert script_losses(experiment) == losses(experiment, tmp_path)
    text = (tmp_path / "train_drawn.py").read_text()
    assert 'FROZEN = ("layer1.",)' in text and '{"layer2.": 0.5}' in text


def test_patience_without_validation_looks_at_the_training_loss(tmp_path):
    experiment = small(
        **{"training.epochs": 12, "training.patience": 1, "training.optimizer.lr": 0.9, "data.validation_share": 0.0}
    )
    expected = losses(experiment, tmp_path, num_steps=1000)
    export_training(experiment, tmp_path / "drawn.py")
    command = "import train_drawn as t; print(list(t.train(t.make_model(), t.load(t.Path('drawn_data.npz')))))"
    done = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == expected
    assert len(expected) < 12 * 4


def test_what_the_script_does_not_say_is_refused(tmp_path):
    for settings, words in (
        ({"training.initialiser": {"type": "LSUV"}}, "LSUV"),
        ({"training.speed.precision": "fp16"}, "scales no loss, and the experiment computes in fp16: choose bf16"),
        ({"training.speed.compile": "on"}, "does not compile the network"),
        ({"data.corruption": {"type": "Noise"}}, "corrupts its input: export the network alone"),
    ):
        with pytest.raises(SpecError, match=words):
            export_training(small(**settings), tmp_path / "drawn.py")
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["regression-shapes", "unet-shapes", "denoising"])
def test_other_columns_than_the_class_are_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(SpecError, match="learns the class of each picture as it is, and the experiment aims at"):
        export_training(read_experiment(name), tmp_path / "drawn.py")
    assert not list(tmp_path.iterdir())


OTHERS: dict[str, Any] = {
    "training.epochs": 7,
    "training.batch_size": 99,
    "training.accumulate": 2,
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
    "speed.compile": "on",
    "data.source": {"type": "FashionMnistSmall"},
    "data.augmentation": [{"type": "Mirror"}],
    "data.mixing": {"type": "Mixup"},
    "data.corruption": {"type": "Noise"},
    "data.validation_share": 0.3,
    "data.split": "random",
    "data.leave_out": ["train/5"],
    "seed": 5,
}
"""Another value of each field of a recipe. A new field belongs here, and in the script or among what is refused."""


def test_every_field_of_a_recipe_has_another_value_here():
    recipes = {"training": TrainingRecipe, "data": DataRecipe, "head": Head, "speed": Speed}
    fields = {f"{name}.{each}" for name, kind in recipes.items() for each in kind.__struct_fields__}
    assert fields - {"head.output", "head.target"} == OTHERS.keys() - {"seed"}, "these two have tests of their own"


def written(experiment: Experiment, folder: Path) -> tuple[str, ...]:
    """All that leaves the program, but for the data as such: its digest."""
    folder.mkdir()
    export_training(experiment, folder / "drawn.py")
    return tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir()))


@pytest.mark.parametrize("field", OTHERS)
def test_no_field_of_a_recipe_is_dropped(field, tmp_path):
    """Each changes what is written, or is refused in a sentence."""
    experiment = read_experiment("lenet-digits")
    recipe, _, name = field.rpartition(".")
    if recipe == "head":
        field, value = "training.heads", [{"output": "output", name: OTHERS[field]}]
    else:
        field, value = field.replace("speed.", "training.speed.") if recipe == "speed" else field, OTHERS[field]
    changed = override(experiment, field, json.dumps(value))
    assert changed != experiment
    refusal, other = "", ()
    try:
        other = written(changed, tmp_path / "changed")
    except SpecError as error:
        refusal = str(error)
    if refusal:
        assert refusal.startswith("the training script")
    else:
        assert other != written(experiment, tmp_path / "plain")


def test_the_script_needs_no_workbench(tmp_path):
    """In a process of its own, with nothing but what stands in its imports; it trains to its end and says how well."""
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
