"""Advice where the numbers to predict are far larger than a network's outputs at first."""

import random

import pytest

from tests.training.advised import advice_of, course
from tests.training.experiments import with_training
from workbench.spec.component import Component
from workbench.spec.experiment import Head
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training.advice.advisor import approaches_slowly


@pytest.mark.parametrize(("rate", "is_told"), [(0.001, True), (0.1, False)])
def test_prices_of_houses_are_approached_slowly_at_a_usual_rate(tmp_path, rate, is_told):
    draw = random.Random(0)
    rows = [[draw.uniform(40, 200)] + [draw.random() for _ in range(11)] for _ in range(250)]
    names = [f"feature{number}" for number in range(12)]
    lines = [",".join([*names, "price"]), *(",".join(map(str, [*row, 3 * row[0] + draw.gauss(0, 10)])) for row in rows)]
    table = tmp_path / "houses.csv"
    table.write_text("\n".join(lines))
    preset = read_experiment("regression-wines")
    source = Component(type="TableFile", parameters={"file": str(table)})
    experiment = with_training(
        replace(preset, data=replace(preset.data, source=source)),
        epochs=8,
        optimizer=Component(type="Adam", parameters={"lr": rate}),
        schedule=Component(type="Constant"),
        heads=(Head(output="output", target="price", loss=Component(type="MSE")),),
    )
    found = advice_of(experiment, tmp_path)
    assert ("large numbers" in found) == is_told
    if is_told:
        assert (
            found["large numbers"].epoch == 5 and "let a Rescaling before the Output" in found["large numbers"].advice
        )


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({}, True),
        ({"losses": (500.0, 490.0, 481.0, 475.0, 470.0)}, False),
        ({"losses": (500.0, 490.0, 470.0, 440.0, 240.0)}, False),
        ({"losses": (500.0, 490.0, 470.0, 440.0)}, False),
        ({"start": 90.0}, False),
        ({"start": None}, False),
        ({"num_classes": 10}, False),
        ({"top1": (0.1,) * 5}, False),
    ],
    ids=["ever faster", "slower", "reached", "early", "small", "no start", "classes", "an embedding"],
)
def test_only_numbers_far_away_are_told_of(given, is_told):
    far = {"start": 500.0, "losses": (500.0, 490.0, 470.0, 440.0, 400.0)}
    assert (approaches_slowly(course(**far | given)) is not None) == is_told


def test_its_losses_are_written_out():
    found = approaches_slowly(course(start=500_000.0, losses=(500_000.0, 490_000.0, 470_000.0, 440_000.0, 400_000.0)))
    assert found is not None and "was 500,000 at the first step and is still 400,000:" in found.what
