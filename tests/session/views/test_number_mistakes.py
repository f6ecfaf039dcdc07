"""A regression head's figures against scikit-learn's, and of a run against the measures in its log."""

import json
import re

import numpy as np
import pytest
import torch
from sklearn.metrics import max_error, mean_absolute_error, mean_squared_error, median_absolute_error, r2_score

from tests.session.waiting import DEADLINE_S
from workbench import cli
from workbench.cli.mistakes_of import numbers
from workbench.data.progress import silent
from workbench.events import FinalTest
from workbench.insight.mistakes import evaluated, of_numbers
from workbench.session.running.in_thread import start
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.session.views.mistakes.numbers import Errors, NumberMistakes
from workbench.spec.column import Column
from workbench.spec.files import read_experiment
from workbench.spec.override import override


def errors_of(count: int, spread: float = 4.0) -> Errors:
    draw = np.random.default_rng(count)
    actual = draw.uniform(0, 80, count)
    return Errors(actual=actual, predicted=actual + draw.normal(0.5, spread, count))


@pytest.mark.parametrize("scale", [1e-4, 1.0])
@pytest.mark.parametrize("count", [2, 7, 500])
def test_figures_are_scikit_learns(count: int, scale: float) -> None:
    drawn = errors_of(count)
    errors = Errors(actual=scale * drawn.actual, predicted=scale * drawn.predicted)
    figures, pair = errors.figures, (errors.actual, errors.predicted)
    assert figures.mae == pytest.approx(mean_absolute_error(*pair))
    assert figures.rmse == pytest.approx(mean_squared_error(*pair) ** 0.5)
    assert figures.r2 == pytest.approx(r2_score(*pair))
    assert figures.median == pytest.approx(median_absolute_error(*pair))
    assert figures.largest == pytest.approx(max_error(*pair))
    assert figures.bias == pytest.approx(errors.predicted.mean() - errors.actual.mean())


def test_a_single_picture_has_no_r2_and_neither_has_a_number_that_is_always_the_same() -> None:
    assert np.isnan(errors_of(1).figures.r2)
    always = Errors(actual=np.full(3, 0.1), predicted=np.arange(3.0))
    assert always.actual.mean() != 0.1, "rounded"
    assert np.isnan(always.figures.r2)
    column = Column(name="age", kind="number")
    pair = {name: getattr(always, name)[:, None] for name in ("actual", "predicted")}
    said = numbers.text(NumberMistakes(split="test", step=1, output="output", column=column, **pair), 3)
    assert re.search("^R² +–$", said, re.MULTILINE)


def test_the_bias_of_prices_is_written_out() -> None:
    pair = {"actual": np.zeros((2, 1), np.float32), "predicted": np.array([[20_000], [25_000]], np.float32)}
    column = Column(name="price", kind="number", unit="dollars")
    said = numbers.text(NumberMistakes(split="test", step=1, output="output", column=column, **pair), 3)
    assert "+22,500 dollars" in said


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_prediction_that_is_no_number_is_not_said_to_be_good(wrong: float) -> None:
    errors = Errors(actual=np.arange(3.0), predicted=np.array([0.0, wrong, 2.0]))
    assert not np.isfinite([errors.figures.mae, errors.figures.rmse, errors.figures.r2, errors.figures.largest]).any()
    assert errors.worst[0] == 1 and errors.score(errors.marked) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("largest", "marked"), [(26.0, 5.0), (42.7, 5.0), (50.0, 5.0), (51.0, 50.0), (5.0, 0.5), (0.7, 0.5), (0.0, 5.0)]
)
def test_the_score_that_is_named_is_cs5_of_ages_and_one_that_says_something_of_others(
    largest: float, marked: float
) -> None:
    """With the largest errors of the lecture's tables: 26.0 and 42.7 years."""
    errors = Errors(actual=np.zeros(3), predicted=np.array([0.0, largest, -largest / 2]))
    assert errors.marked == pytest.approx(marked)
    assert errors.score(largest) == 1, "at most so much"


@pytest.mark.parametrize(
    ("kind", "width", "names"),
    [
        ("keypoints", 4, ("point 1, x", "point 1, y", "point 2, x", "point 2, y")),
        ("number", 2, ("eyes 1", "eyes 2")),
        ("number", 1, ("eyes",)),
    ],
)
def test_numbers_are_named_by_their_place_and_key_points_by_number_and_axis(kind, width, names) -> None:
    column, places = Column(name="eyes", kind=kind, shape=(width,)), np.zeros((2, width), np.float32)
    found = NumberMistakes(split="test", step=1, output="output", column=column, actual=places, predicted=places)
    assert found.number_names == names


def test_what_is_kept_of_one_number_and_of_several_has_the_same_shape() -> None:
    inputs, columns = torch.randn(5, 3), {"one": torch.arange(5.0), "three": torch.ones(5, 3)}
    outputs = {"a": torch.full((5, 1), 2.0), "b": torch.zeros(5, 3)}

    class Fixed(torch.nn.Module):
        def forward(self, _: torch.Tensor) -> dict[str, torch.Tensor]:
            return outputs

    one, three = evaluated(Fixed(), [(inputs, columns)], [("a", "one", of_numbers), ("b", "three", of_numbers)])
    assert one["actual"].tolist() == [[0], [1], [2], [3], [4]] and (one["predicted"] == 2).all()
    assert three["actual"].shape == three["predicted"].shape == (5, 3)


def test_the_figures_of_a_run_are_those_of_its_log_and_the_command_prints_them(tmp_path, capsys) -> None:
    measures = '[{"type": "MAE"}, {"type": "CumulativeScore"}, {"type": "MaxError"}]'
    experiment = override(read_experiment("regression-wines"), "training.epochs", "1")
    experiment = override(experiment, "training.heads.output.measures", measures)
    run = start(override(experiment, "training.device", "cpu"), tmp_path)
    assert run.join(DEADLINE_S)
    (tested,) = [event for event in run.log.since(0) if isinstance(event, FinalTest)]
    assert cli.main(["mistakes", str(run.folder), "--json", "--worst", "3"]) == 0
    said = json.loads(capsys.readouterr().out)
    (number,) = said["numbers"]
    (found,) = mistakes_of_run(run.folder, silent).heads
    for name in ("mae", "maxerror"):
        ours = number["largest" if name == "maxerror" else name]
        assert ours == pytest.approx(tested.metrics[f"test/{name}"], rel=1e-5)
    assert found.errors[0].score(5) == pytest.approx(tested.metrics["test/cs5"])
    assert said["target"] == "alcohol" and said["unit"] == "% vol"
    assert number["largest"] == pytest.approx(abs(number["worst"][0]["error"]), rel=1e-6)
    by_error = {each["error"]: each["share"] for each in number["cumulative_scores"]}
    absolute = np.abs(found.predicted - found.actual)
    assert by_error == {error: pytest.approx((absolute <= error).mean()) for error in by_error}
    assert cli.main(["mistakes", str(run.folder), "--worst", "2"]) == 0
    text = capsys.readouterr().out
    assert f"{number['mae']:.4g} % vol" in text and number["worst"][1]["name"] in text
    assert number["worst"][2]["name"] not in text
