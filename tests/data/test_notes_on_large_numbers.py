"""Targets too large for usual learning rates are told of before a run; what is not predicted is nobody's business."""

import numpy as np
import pytest

from workbench.data import source_from_text
from workbench.data.preparation import prepare
from workbench.spec.experiment import DataRecipe


@pytest.fixture
def houses(tmp_path):
    """A function that makes a recipe of forty houses with their prices, near 450,000, in some unit."""

    def made(unit):
        random = np.random.default_rng(0)
        pictures, prices = random.integers(0, 256, (40, 8, 8), np.uint8), random.normal(450_000, 2_000, 40)
        np.savez(tmp_path / "houses.npz", x=pictures, y=np.arange(40) % 2, price=prices / unit)
        return DataRecipe(source=source_from_text(str(tmp_path / "houses.npz")))

    return made


def notes(recipe, target):
    return prepare(recipe, input_shape=(1, 8, 8), seed=0, used=lambda columns: {target}).notes


def test_prices_are_told_of_unless_they_are_in_thousands(houses):
    (told,) = notes(houses(unit=1), "price")
    assert told.startswith("price has values around 450,000: losses and gradients become as large")
    assert notes(houses(unit=1), "class") == ()
    assert notes(houses(unit=1_000), "price") == ()
