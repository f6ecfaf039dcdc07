"""Warnings about likely mistakes; published networks give none."""

from pathlib import Path

import pytest

from tests.compiler.networks import network, node
from tests.data.folders import fill
from tests.training.experiments import digits
from workbench.data import facts, source_from_text
from workbench.session.network_facts import analyse_experiment
from workbench.shipped import presets
from workbench.spec.experiment import Architecture, DataRecipe, Experiment
from workbench.spec.files import read_experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.override import override
from workbench.spec.problems import Problem
from workbench.spec.record import replace
from workbench.training.habits import check_habits, check_steps


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
        assert not [*check_steps(experiment, facts(experiment.data.source))], path.stem


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
