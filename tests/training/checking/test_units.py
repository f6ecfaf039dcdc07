"""Numbers to predict that are far from 1: told of before a run, and predicted in their unit by one press."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.experiments import data_of, with_training
from workbench import cli
from workbench.data import facts, source_from_text
from workbench.data.other_data import on_source
from workbench.events import EpochFinished
from workbench.layers import LAYERS
from workbench.session.editing.fixing import fixed
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head
from workbench.spec.files import from_json, read_experiment, to_json
from workbench.spec.mending import apply_remedy
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training import LOSSES, beginning, loop
from workbench.training.checking.habits import check_magnitude
from workbench.training.control import Control

NUM_ROWS = 400


def houses(folder: Path, *, unit: float = 1, suffix: str = ".csv") -> Experiment:
    """A small network on houses whose prices in dollars, near 260,000, follow from two of their numbers."""
    random = np.random.RandomState(0)
    numbers = random.randn(NUM_ROWS, 2).astype(np.float32)
    prices = (250_000 + 80_000 * (numbers[:, 0] - numbers[:, 1] / 2)) / unit
    path = folder / f"houses{suffix}"
    if suffix == ".npz":
        np.savez(path, x=numbers, price=prices)
    else:
        rows = [f"{first},{second},{price}" for (first, second), price in zip(numbers, prices, strict=True)]
        path.write_text("\n".join(["rooms,age,price", *rows]))
    experiment = on_source(read_experiment("regression-wines"), source_from_text(str(path)))
    head = Head(output="output", target="price", loss=Component(type="MSE"))
    return with_training(experiment, heads=(head,), batch_size=32)


def told(experiment: Experiment) -> list[str]:
    return [problem.what for problem in check_magnitude(experiment, facts(experiment.data.source))]


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_prices_in_dollars_are_told_of_and_a_press_lets_the_network_answer_in_them(tmp_path: Path, suffix: str) -> None:
    experiment = houses(tmp_path, suffix=suffix)
    (problem,) = check_magnitude(experiment, facts(experiment.data.source))
    assert problem.severity == "warning" and problem.node == "output" and problem.remedy is not None
    assert problem.what.startswith("price has values around 260,000, but a network begins with answers near 0")
    answering = apply_remedy(experiment, problem.remedy)
    graph = answering.architecture.graph
    (rescaling,) = (node for node in graph.nodes if node.type == "Rescaling")
    assert graph.by_name["output"].inputs == (rescaling.name,)
    assert rescaling.parameters["offset"] == pytest.approx(250_000, rel=0.05)
    assert rescaling.parameters["scale"] == pytest.approx(80_000 * np.sqrt(1.25), rel=0.05)
    (head,) = answering.training.heads
    assert head.weight == pytest.approx(1 / rescaling.parameters["scale"] ** 2, rel=1e-2)
    assert not told(answering)


@pytest.mark.parametrize(("unit", "is_told"), [(1_000, True), (10_000, False), (1e8, True)])
def test_numbers_near_1_are_left_as_they_are(tmp_path: Path, unit: float, is_told: bool) -> None:
    assert bool(told(houses(tmp_path, unit=unit))) == is_told


def test_millions_are_written_out_and_a_cell_too_large_to_learn_from_does_not_count(tmp_path: Path) -> None:
    experiment = houses(tmp_path, unit=0.2)
    with (tmp_path / "houses.csv").open("a") as file:
        file.write("\n0,0,1e200")
    (said,) = told(experiment)
    assert said.startswith("price has values around 1,300,000, but")


@pytest.mark.parametrize(("unit", "loss"), [(1e-12, "Huber"), (1e-12, "SmoothL1"), (1e22, "MSE"), (1e22, "L1")])
def test_what_is_fixed_in_a_far_unit_can_be_kept_and_learnt(tmp_path: Path, unit: float, loss: str) -> None:
    experiment = houses(tmp_path, unit=unit)
    (head,) = experiment.training.heads
    better, done = fixed(with_training(experiment, epochs=1, heads=(replace(head, loss=Component(type=loss)),)))
    assert done[-1] == "Answer in the unit of price" and from_json(to_json(better), Experiment) == better
    plan, state = beginning.prepare(better, data_of(better))
    (epoch,) = (event for event in loop.train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished))
    assert epoch.metrics["train/loss"] < 3


@pytest.mark.parametrize("unit", [1e-25, 1e35])
def test_numbers_whose_squares_single_precision_lacks_are_to_be_given_in_another_unit(
    tmp_path: Path, unit: float
) -> None:
    experiment = houses(tmp_path, unit=unit)
    (problem,) = check_magnitude(experiment, facts(experiment.data.source))
    assert problem.remedy is None and problem.mend == "give them in another unit, so that they are near 1"


def test_an_activation_that_would_limit_the_answers_goes_first(tmp_path: Path) -> None:
    experiment, _ = fixed(houses(tmp_path))
    (rescaling,) = (node.name for node in experiment.architecture.graph.nodes if node.type == "Rescaling")
    cut = override(experiment, f"architecture.graph.nodes.{rescaling}.type", "Sigmoid")
    (problem,) = check_magnitude(cut, facts(cut.data.source))
    assert problem.mend.startswith(f"delete {rescaling}, which would limit the answers, and let a Rescaling")
    assert fixed(cut)[1] == (f"Delete {rescaling}", "Answer in the unit of price")


@pytest.mark.parametrize("prices", [[1e-170, 3e-170], [1e9, 1e9 + 1e-3]], ids=str)
@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_numbers_that_single_precision_cannot_tell_apart_do_not_vary(
    tmp_path: Path, prices: list[float], suffix: str
) -> None:
    path = tmp_path / f"close{suffix}"
    if suffix == ".npz":
        np.savez(path, x=np.arange(60.0).reshape(30, 2), price=np.array(15 * prices))
    else:
        path.write_text("\n".join(["a,b,price", *(f"{n},{n * n},{prices[n % 2]!r}" for n in range(30))]))
    (moments,) = facts(source_from_text(str(path))).moments.values()
    assert moments.deviation == 0


def test_a_network_that_answers_in_dollars_learns_them(tmp_path: Path) -> None:
    experiment, done = fixed(houses(tmp_path))
    assert done == ("Make input take 2 numbers", "Answer in the unit of price")
    experiment = with_training(experiment, epochs=30)
    plan, state = beginning.prepare(experiment, data_of(experiment))
    epochs = [event for event in loop.train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished)]
    assert epochs[-1].metrics["val/mae"] < 15_000, "a mean answer is 70,000 off"
    assert epochs[0].metrics["train/loss"] < 3


def test_the_command_line_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    houses(tmp_path)
    command = ["queue", "add", "regression-wines", "--dataset", str(tmp_path / "houses.csv"), "--runs", str(tmp_path)]
    heads = '[{"output": "output", "target": "price", "loss": {"type": "L1"}}]'
    width = ["--set", "architecture.graph.nodes.input.shape=[2]", "--set", f"training.heads={heads}"]
    assert cli.main([*command, *width]) == 0
    assert "(--fix: Answer in the unit of price)" in capsys.readouterr().err
    assert cli.main([*command, *width, "--fix"]) == 0
    assert capsys.readouterr().err == "fixed: Answer in the unit of price\n"


@pytest.mark.parametrize("unit", [0.001, 300.0, 8e4])
@pytest.mark.parametrize(
    "loss", [("MSE", {}), ("L1", {}), ("Huber", {"delta": 0.7}), ("SmoothL1", {"beta": 0.7})], ids=str
)
def test_a_loss_in_another_unit_is_the_same(loss: tuple[str, dict], unit: float) -> None:
    kind, settings = loss
    mine = LOSSES.make(kind, settings)
    changed, weight = mine.in_units(unit)
    generator = torch.Generator().manual_seed(0)
    outputs, targets = torch.randn(2, 64, 1, dtype=torch.float64, generator=generator)
    theirs = LOSSES.make(kind, settings | changed)
    torch.testing.assert_close(weight * theirs(outputs * unit, targets * unit), mine(outputs, targets))


@pytest.mark.parametrize(
    "loss", [Component(type="Huber", parameters={"delta": -1.0}), Component(type="Missing")], ids=str
)
def test_of_a_loss_that_is_invalid_others_tell(tmp_path: Path, loss: Component) -> None:
    experiment = houses(tmp_path)
    (head,) = experiment.training.heads
    assert not told(with_training(experiment, heads=(replace(head, loss=loss),)))


def test_losses_of_names_have_no_unit() -> None:
    assert LOSSES.make("CrossEntropy", {}).in_units(2.0) is None


def test_what_is_in_16_bits_is_rescaled_in_32() -> None:
    module = LAYERS.make("Rescaling", {"scale": 80_000, "offset": 250_003}).build((1,))
    assert module(torch.zeros(1, 1, dtype=torch.bfloat16)).item() == 250_003
    assert module(torch.zeros(1, 1, dtype=torch.float64)).dtype == torch.float64


def test_a_column_that_never_varies_is_not_rescaled(tmp_path: Path) -> None:
    path = tmp_path / "flat.csv"
    path.write_text("\n".join(["a,b,price", *(f"{n},{n * n},250000" for n in range(30))]))
    experiment = houses(tmp_path)
    assert not told(replace(experiment, data=replace(experiment.data, source=source_from_text(str(path)))))


def test_several_numbers_of_a_row_are_taken_together(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    pairs = np.random.RandomState(0).randint(1000, 5000, (40, 2))
    path.write_text(
        "\n".join(["a,b,target", *(f"{n},{n * n},{first};{second}" for n, (first, second) in enumerate(pairs))])
    )
    (moments,) = facts(source_from_text(str(path))).moments.values()
    assert (moments.mean, moments.deviation) == pytest.approx((pairs.mean(), pairs.std()))
