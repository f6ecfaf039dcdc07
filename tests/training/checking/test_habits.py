"""Warnings about likely mistakes; published networks give none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.compiler.networks import network, node
from tests.data.folders import fill, picture
from tests.training.experiments import digits
from workbench import cli
from workbench.data import facts, source_from_text
from workbench.session.editing.network_facts import analyse_experiment
from workbench.shipped import presets
from workbench.spec.component import Component
from workbench.spec.edits import remove_nodes
from workbench.spec.experiment import Architecture, DataRecipe, Experiment, Head, TrainingRecipe
from workbench.spec.files import read_experiment, to_json
from workbench.spec.mending import apply_remedy
from workbench.spec.override import override
from workbench.spec.problems import Problem
from workbench.spec.record import replace
from workbench.training.checking.habits import check_colour, check_habits, check_magnitude, check_order, check_steps


def perceptron(*between: tuple[str, str]) -> Experiment:
    """Two linear layers on digits with these (name, type) layers between them, and the output after the last."""
    names = [name for name, _ in between]
    layers = [node(name, kind, before) for (name, kind), before in zip(between, ["fc1", *names], strict=False)]
    last = node("fc2", "Linear", names[-1] if names else "fc1", out_features=10)
    return trained(
        network(
            node("input", "Input", shape=[1, 8, 8]),
            node("flatten", "Flatten", "input"),
            node("fc1", "Linear", "flatten", out_features=32),
            *layers,
            last,
            node("output", "Output", "fc2"),
        )
    )


def trained(architecture: Architecture) -> Experiment:
    """An experiment that trains this architecture on digits."""
    return replace(digits(), architecture=architecture)


def warnings(experiment: Experiment) -> list[Problem]:
    analysis = analyse_experiment(experiment)
    assert analysis.sound
    return list(analysis.problems)


@pytest.mark.parametrize("between", [[], [("drop", "Dropout")]], ids=["nothing", "dropout"])
def test_two_linear_layers_in_a_row_are_told_of_and_a_press_puts_a_relu_between(between: list[tuple[str, str]]) -> None:
    experiment = perceptron(*between)
    (problem,) = warnings(experiment)
    assert problem.severity == "warning"
    assert problem.node == "fc2"
    assert "no activation between fc1 and fc2" in problem.what
    assert problem.remedy is not None
    assert not warnings(apply_remedy(experiment, problem.remedy))


def test_an_activation_between_them_is_enough() -> None:
    assert not warnings(perceptron(("relu", "ReLU"), ("drop", "Dropout")))


def test_a_linear_layer_that_another_reads_too_or_that_is_half_of_a_pair_is_meant() -> None:
    read_twice = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("fc1", "Linear", "flatten", out_features=10),
        node("fc2", "Linear", "fc1", out_features=10),
        node("add", "Add", "fc1", "fc2"),
        node("output", "Output", "add"),
    )
    separable = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=4, kernel_size=3),
        node("relu", "ReLU", "conv"),
        node("depthwise", "Conv2d", "relu", out_channels=4, kernel_size=3, groups=4),
        node("pointwise", "Conv2d", "depthwise", out_channels=8, kernel_size=1),
        node("relu2", "ReLU", "pointwise"),
        node("flatten", "Flatten", "relu2"),
        node("fc", "Linear", "flatten", out_features=10),
        node("output", "Output", "fc"),
    )
    assert not warnings(trained(read_twice)) and not warnings(trained(separable))


def test_the_dropout_of_a_single_recurrent_layer_is_told_of_and_a_press_takes_it_out() -> None:
    single, stacked = (
        trained(
            network(
                node("input", "Input", shape=[1, 8, 8]),
                node("rows", "Flatten", "input", end_dim=2),
                node("gru", "GRU", "rows", hidden_size=8, num_layers=num_layers, dropout=0.5, output="last"),
                node("fc", "Linear", "gru", out_features=10),
                node("output", "Output", "fc"),
            )
        )
        for num_layers in (1, 2)
    )
    (problem,) = warnings(single)
    assert problem.node == "gru" and "has no effect" in problem.what and problem.remedy is not None
    assert not warnings(apply_remedy(single, problem.remedy)) and not warnings(stacked)


def test_a_softmax_before_cross_entropy_is_told_of_and_a_press_takes_it_out() -> None:
    plain = perceptron(("relu", "ReLU"))
    nodes = plain.architecture.graph.nodes
    twice = trained(network(*nodes[:-1], node("softmax", "Softmax", "fc2"), node("output", "Output", "softmax")))
    (problem,) = warnings(twice)
    assert problem.severity == "warning"
    assert problem.node == "softmax"
    assert "CrossEntropy already includes a softmax" in problem.what
    assert problem.remedy is not None
    assert not warnings(apply_remedy(twice, problem.remedy))


def test_no_experiment_of_the_program_is_blamed() -> None:
    for path in sorted((presets() / "experiments").glob("*.json")):
        experiment = read_experiment(path.stem)
        assert not check_habits(experiment, ()), path.stem
        known = facts(experiment.data.source)
        found = [check(experiment, known) for check in (check_steps, check_colour, check_magnitude, check_order)]
        assert not any(map(list, found)), path.stem


def test_few_steps_in_an_epoch_are_told_of_and_a_press_makes_more(tmp_path: Path) -> None:
    source = source_from_text(str(fill(tmp_path, cat=60, dog=60)))
    few = replace(digits(), data=DataRecipe(source=source))
    few = override(few, "training.batch_size", "128")
    (problem,) = check_steps(few, facts(source))
    assert problem in warnings(few) and problem.severity == "warning"
    assert problem.what.startswith("an epoch makes only 1 step: about 86 training pictures")
    assert problem.remedy is not None
    more = apply_remedy(few, problem.remedy)
    assert more.training.batch_size == 8 and not [*check_steps(more, facts(source))]
    (problem,) = check_steps(override(few, "training.batch_size", "22"), facts(source))
    assert problem.what.startswith("an epoch makes only 4 steps")
    assert not [*check_steps(override(few, "training.batch_size", "18"), facts(source))], "5 steps"


def test_a_table_has_rows_whatever_the_network_takes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "\n".join(["a,b,kind", *(f"{row}.5,{row % 7}.25,{'xy'[row % 2]}" for row in range(60))])
    )
    source = source_from_text(str(tmp_path / "a.csv"))
    few = override(replace(digits(), data=DataRecipe(source=source)), "training.batch_size", "128")
    (problem,) = check_steps(few, facts(source))
    assert problem.what == "an epoch makes only 1 step: about 43 training rows in batches of 128"


def test_few_steps_since_each_takes_many_batches_are_told_of(tmp_path: Path) -> None:
    source = source_from_text(str(fill(tmp_path, cat=60, dog=60)))
    few = override(replace(digits(), data=DataRecipe(source=source)), "training.batch_size", "4")
    (problem,) = check_steps(override(few, "training.accumulate", "8"), facts(source))
    assert problem.what == "an epoch makes only 3 steps: about 86 training pictures in batches of 4, 8 for each step"
    assert problem.mend == "set batches per step to 2"
    assert not [*check_steps(override(few, "training.accumulate", "2"), facts(source))]


def located(folder: Path, target: str, *augmentation: str) -> Experiment:
    """A network for pictures with two key points and an age each, of which it predicts one."""
    folder.mkdir()
    for place in range(40):
        picture(place, (8, 8)).save(folder / f"{place}.png")
    rows = [f"{place}.png,{place / 8};1.5;{place / 4};2.5,{place / 2}" for place in range(40)]
    (folder / "a.csv").write_text("\n".join(["path,corners,age", *rows]))
    return Experiment(
        name="located",
        architecture=network(
            node("input", "Input", shape=[1, 8, 8]),
            node("flatten", "Flatten", "input"),
            node("fc", "Linear", "flatten", out_features=4 if target == "corners" else 1),
            node("output", "Output", "fc"),
        ),
        data=DataRecipe(
            source=source_from_text(str(folder / "a.csv")),
            augmentation=tuple(Component(type=name) for name in augmentation),
        ),
        training=TrainingRecipe(
            epochs=1,
            batch_size=4,
            device="cpu",
            heads=(Head(output="output", target=target, loss=Component(type="MSE")),),
        ),
    )


@pytest.mark.parametrize(
    ("augmentation", "begins", "names"),
    [
        (["Shift"], "Shift moves the picture", "Shift"),
        (["Shift", "ColorJitter", "Mirror", "Shift"], "Shift and Mirror move the picture", "Shift and Mirror"),
        (
            ["RandomCrop", "Rotation", "RandomResizedCrop"],
            "RandomCrop, Rotation and RandomResizedCrop move the picture",
            "RandomCrop, Rotation and RandomResizedCrop",
        ),
    ],
)
def test_several_numbers_that_an_augmentation_does_not_move_are_told_of(
    tmp_path: Path, augmentation: list[str], begins: str, names: str
) -> None:
    moved = located(tmp_path / "in", "corners", *augmentation)
    assert not warnings(moved), "key points are"
    experiment = override(moved, "data.source.types", '["corners=number"]')
    (problem,) = warnings(experiment)
    assert (problem.node, problem.severity) == ("output", "warning")
    assert problem.what == f"{begins} but not its target corners (4 numbers)"
    assert problem.mend.startswith("if these are places in pixels, give corners the type key points")
    assert problem.mend.endswith(f"remove {names}")
    assert problem.remedy is not None
    mended = apply_remedy(experiment, problem.remedy)
    assert [each.type for each in mended.data.augmentation] == [name for name in augmentation if name == "ColorJitter"]
    assert not warnings(mended)


def test_the_command_line_tells_of_numbers_before_it_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target in ("corners", "age"):
        path = tmp_path / f"{target}.json"
        experiment = located(tmp_path / target, target, "Mirror")
        path.write_text(to_json(override(experiment, "data.source.types", '["corners=number"]')))
        assert cli.main(["train", str(path), "--runs", str(tmp_path / "runs")]) == 0
        told = "output: Mirror moves the picture but not its target corners (4 numbers): if these are places in pixels, give"
        assert (told in capsys.readouterr().err) == (target == "corners")


@pytest.mark.parametrize("mixing", ["Mixup", "CutMix"])
def test_key_points_are_not_mixed_since_nothing_is_between_two_noses(tmp_path: Path, mixing: str) -> None:
    for target, is_sound in (("corners", False), ("age", True)):
        experiment = located(tmp_path / target, target)
        mixed = replace(experiment, data=replace(experiment.data, mixing=Component(type=mixing)))
        analysis = analyse_experiment(mixed)
        assert analysis.sound == is_sound
        assert [problem.mend for problem in analysis.problems] == [
            "remove the mixing, or predict a class, a number or labels"
        ][is_sound:]


@pytest.mark.parametrize(
    ("target", "augmentation"), [("age", ["Shift", "Mirror"]), ("corners", ["ColorJitter", "RandomErasing"])]
)
def test_a_single_number_or_a_picture_that_stays_in_place_is_fine(
    tmp_path: Path, target: str, augmentation: list[str]
) -> None:
    assert not warnings(located(tmp_path / "in", target, *augmentation))


def painted(folder: Path, suffix: str, *colours: str) -> Experiment:
    """LeNet, whose Input is grey, on a folder with a class for each of these colours, as RGB files."""
    for colour in colours:
        (folder / colour).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (90 + number, 80), colour).save(folder / colour / f"{number}{suffix}")
    return replace(read_experiment("lenet"), data=DataRecipe(source=source_from_text(str(folder))))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_colours_that_become_grey_are_told_of_and_a_press_keeps_them(tmp_path: Path, suffix: str) -> None:
    experiment = painted(tmp_path / "fruit", suffix, "grey", "orange", "limegreen")
    (problem,) = check_colour(experiment, facts(experiment.data.source))
    assert (problem.severity, problem.node) == ("warning", "input")
    assert problem in analyse_experiment(experiment).problems
    assert problem.remedy is not None and problem.remedy.words == "Make input 3×28×28"
    mended = apply_remedy(experiment, problem.remedy)
    assert mended.architecture.input_shape == (3, 28, 28)
    assert not [*check_colour(mended, facts(mended.data.source))]
    assert analyse_experiment(mended).sound


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_grey_pictures_stored_as_rgb_lose_nothing(tmp_path: Path, suffix: str) -> None:
    experiment = painted(tmp_path / "scans", suffix, "black", "grey", "white")
    assert not [*check_colour(experiment, facts(experiment.data.source))]


def in_file(path: Path, colours: np.ndarray) -> Experiment:
    """LeNet, whose Input is grey, on a table or arrays of plain pictures in these colours, of any numbers [N, 3]."""
    if path.suffix == ".npz":
        pictures = np.broadcast_to(colours[:, None, None], (len(colours), 9, 9, 3))
        np.savez(path, images=pictures, labels=np.arange(len(colours)) % 2)
    else:
        for number, colour in enumerate(colours.tolist()):
            Image.new("RGB", (9, 9), tuple(colour)).save(path.parent / f"{number}.png")
        rows = [f"{number}.png,{number % 2}" for number in range(len(colours))]
        path.write_text("\n".join(["file,kind", *rows]))
    return replace(read_experiment("lenet"), data=DataRecipe(source=source_from_text(str(path))))


@pytest.mark.parametrize("name", ["fruit.npz", "fruit.csv"])
def test_colours_of_ones_own_tables_and_arrays_are_told_of_as_those_of_folders_are(tmp_path: Path, name: str) -> None:
    colours = np.arange(40).repeat(3).reshape(-1, 3).astype(np.uint8)
    grey = in_file(tmp_path / name, colours)
    assert not [*check_colour(grey, facts(grey.data.source))]
    colours[::2, 0] += 60
    coloured = in_file(tmp_path / f"other-{name}", colours)
    (problem,) = check_colour(coloured, facts(coloured.data.source))
    assert problem in analyse_experiment(coloured).problems and problem.remedy is not None
    assert problem.remedy.words == "Make input 3×28×28"


def test_colours_in_numbers_from_0_to_1_are_colours_and_nearly_grey_ones_are_not(tmp_path: Path) -> None:
    colours = np.linspace(0, 1, 20)[:, None] * [1.0, 0.97, 1.0]
    grey = in_file(tmp_path / "grey.npz", colours)
    assert not [*check_colour(grey, facts(grey.data.source))]
    warm = in_file(tmp_path / "warm.npz", colours * [1.0, 0.5, 0.2])
    assert [*check_colour(warm, facts(warm.data.source))]


def test_a_convolution_along_the_channels_of_series_is_warned_about() -> None:
    experiment = read_experiment("conv1d-series")
    known = facts(experiment.data.source)
    assert not [*check_order(experiment, known)]
    graph = remove_nodes(experiment.architecture.graph, ["channels_first"])
    wrong = replace(experiment, architecture=replace(experiment.architecture, graph=graph))
    (problem,) = check_order(wrong, known)
    assert problem.said().startswith("conv1: Conv1d slides along the 1 channel, since this data has the steps first")
    mended = apply_remedy(wrong, problem.remedy)
    assert not [*check_order(mended, known)]
    assert analyse_experiment(mended).sound
