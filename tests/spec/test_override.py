"""``--set``: paths into an experiment, typed values, mistakes named."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compiler.networks import network, node, picture
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, Head, StartWeights, TrainingRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

EXPERIMENT = Experiment(
    name="test",
    architecture=network(
        picture(1, 28),
        node("conv1", "Conv2d", "input", out_channels=6, kernel_size=5),
        node("1", "Flatten", "conv1"),
        node("fc", "Linear", "1", out_features="$classes"),
        node("logits", "Output", "fc"),
        classes=10,
    ),
    data=DataRecipe(
        source=Component(type="Digits"),
        augmentation=(Component(type="Shift", parameters={"pixels": 2}), Component(type="Mirror")),
    ),
    training=TrainingRecipe(heads=(Head(output="logits"),)),
)


def test_the_way_of_the_manual() -> None:
    changed = override(EXPERIMENT, "training.optimizer.lr", "0.1")
    assert changed.training.optimizer == Component(type="SGD", parameters={"lr": 0.1, "momentum": 0.9})
    changed = override(EXPERIMENT, "architecture.graph.nodes.conv1.out_channels", "8")
    assert changed.architecture.graph.by_name["conv1"].parameters == {"out_channels": 8, "kernel_size": 5}


@pytest.mark.parametrize(
    ("path", "text", "read"),
    [
        ("seed", "7", lambda e: e.seed == 7),
        ("name", "a b", lambda e: e.name == "a b"),
        ("name", '"7"', lambda e: e.name == "7"),
        ("training.optimizer.parameters.lr", "1e-3", lambda e: e.training.optimizer.parameters["lr"] == 1e-3),
        ("training.optimizer.nesterov", "true", lambda e: e.training.optimizer.parameters["nesterov"] is True),
        ("architecture.graph.classes", "3", lambda e: e.architecture.graph.parameters["classes"] == 3),
        ("architecture.graph.nodes.1.type", "Identity", lambda e: e.architecture.graph.by_name["1"].type == "Identity"),
        (
            "architecture.graph.nodes.0.shape",
            "[3,8,8]",
            lambda e: e.architecture.graph.nodes[0].parameters["shape"] == [3, 8, 8],
        ),
        ("data.augmentation.Shift.pixels", "4", lambda e: e.data.augmentation[0].parameters == {"pixels": 4}),
        ("data.augmentation.1", '{"type": "Shift"}', lambda e: e.data.augmentation[1] == Component(type="Shift")),
        ("data.augmentation", "[]", lambda e: e.data.augmentation == ()),
        (
            "training.heads.logits.loss.smoothing",
            "0.1",
            lambda e: e.training.heads[0].loss.parameters == {"smoothing": 0.1},
        ),
        ("architecture.reference", '{"paper": "P", "year": 1998}', lambda e: e.architecture.reference.year == 1998),
    ],
)
def test_every_kind_of_place(path: str, text: str, read) -> None:
    assert read(override(EXPERIMENT, path, text))


def test_another_type_begins_with_its_own_defaults() -> None:
    changed = override(EXPERIMENT, "training.optimizer.type", "Adam")
    assert changed.training.optimizer == Component(type="Adam")
    assert override(EXPERIMENT, "training.optimizer.type", "SGD") == EXPERIMENT
    relu = override(EXPERIMENT, "architecture.graph.nodes.conv1.type", "ReLU")
    assert relu.architecture.graph.by_name["conv1"] == node("conv1", "ReLU", "input")


def test_a_recipe_without_heads_lists_them_once_a_setting_of_one_is_set() -> None:
    two = read_experiment("two-heads-shapes")
    bare = replace(two, training=replace(two.training, heads=()))
    first, second = override(bare, "training.heads.covered.target", "covered").training.heads
    assert (first.output, first.target, second.output, second.target) == ("which", "class", "covered", "covered")


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("training.optimiser.lr", "1", "training has no optimiser; there is optimizer"),
        ("trainig.epochs", "1", "an experiment has no trainig; there is training"),
        ("architecture.graph.nodes.conv2.out_channels", "8", "architecture.graph.nodes has no conv2; there is conv1"),
        ("architecture.graph.clases", "3", "architecture.graph has no clases; there is classes"),
        ("seed.more", "1", "seed is 0 and has no more inside"),
        ("architecture.reference.year", "1", "architecture.reference is null and has no year inside"),
        ("architecture.blocks.Residual", "{}", "architecture.blocks has no Residual, it is empty"),
        ("training.epochs", "many", "training.epochs: expected a whole number, got text"),
        ("training.epochs", "NaN", "training.epochs: expected a whole number, got text"),
        ("training.epochs", "0", "training.epochs: expected a whole number >= 1"),
        ("training.device", "tpu", "training.device: there is no tpu; there is cpu"),
        ("training.speed.compile", "onn", "training.speed.compile: there is no onn; there is on"),
        ("data.split", "patient", "data.split: there is no patient; there is auto, grouped, random, stratified"),
        ("architecture.graph.nodes.fc.inputs", '["gone"]', "fc: its input gone is missing"),
        ("", "1", "an experiment has no empty name; there is name"),
        (".", "1", "an experiment has no empty name; there is name"),
        ("parameters", "1", "parameters is not a single setting: name one inside it"),
        ("training.optimizer.parameters", '{"type": "Adam"}', "training.optimizer.parameters is not a single setting"),
        ("architecture.graph.parameters", "1", "architecture.graph.parameters is not a single setting"),
        ("training.optimizer.lr", "[" * 100_000, "this value is nested too deeply"),
        ("training.optimizer.lr", "[" * 60 + "]" * 60, "nested too deeply"),
        ("training.optimizer.lr", "1e999", "Infinity is not allowed"),
        ("seed", "7" * 5000, "seed: expected a whole number, got text"),
        ("seed", str(2**63), "the whole number 9223372036854775808 is too large"),
        ("name", "\udcff", "the text \\udcff is an unpaired surrogate"),
    ],
)
def test_mistakes_name_the_place_and_what_is_near(path: str, text: str, sentence: str) -> None:
    with pytest.raises(SpecError) as caught:
        override(EXPERIMENT, path, text)
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


def test_what_is_not_set_yet_begins_with_its_type_or_its_file() -> None:
    changed = override(EXPERIMENT, "architecture.graph.nodes.conv1.initialiser.type", "Kaiming")
    assert changed.architecture.graph.by_name["conv1"].initialiser == Component(type="Kaiming")
    changed = override(changed, "architecture.graph.nodes.conv1.initialiser.mode", "fan_out")
    own = changed.architecture.graph.by_name["conv1"].initialiser
    assert own == Component(type="Kaiming", parameters={"mode": "fan_out"})
    assert override(EXPERIMENT, "data.mixing.type", "CutMix").data.mixing == Component(type="CutMix")
    assert override(EXPERIMENT, "training.weights.file", "a").training.weights == StartWeights(file="a")
    assert override(changed, "architecture.graph.nodes.conv1.initialiser", "null") == EXPERIMENT
    for path, first in (
        ("data.mixing.alpha", "data.mixing.type"),
        ("training.weights.sha256", "training.weights.file"),
    ):
        with pytest.raises(SpecError, match=f"is not set yet: set {first} first"):
            override(EXPERIMENT, path, "1")


def test_the_experiment_given_stays_as_it_was() -> None:
    before = msgspec.json.encode(EXPERIMENT)
    override(EXPERIMENT, "data.augmentation.Shift.pixels", "4")
    assert msgspec.json.encode(EXPERIMENT) == before


def test_a_setting_that_is_itself_called_parameters_is_no_stumbling_block() -> None:
    odd = override(EXPERIMENT, "training.optimizer.lr", '{"parameters": 5}')
    with pytest.raises(SpecError, match="training.optimizer.lr has no more"):
        override(odd, "training.optimizer.lr.more", "1")


@given(path=st.text(alphabet="abc.01lrtaindseg", max_size=30), text=st.text(max_size=8))
def test_no_path_and_no_text_breaks_it(path: str, text: str) -> None:
    with contextlib.suppress(SpecError):
        assert isinstance(override(EXPERIMENT, path, text), Experiment)
