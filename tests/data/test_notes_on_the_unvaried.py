"""Pictures that are all the same, and numbers that are, are told of before a run; a single difference is enough."""

import numpy as np
import pytest
from PIL import Image

from tests.data.folders import fill, png
from workbench.data import source_from_text
from workbench.data.preparation import prepare
from workbench.spec.experiment import DataRecipe


@pytest.fixture
def saved(tmp_path):
    """A function that makes a recipe of forty pictures with these values, of people of these ages."""

    def made(pictures, ages):
        np.savez(tmp_path / "people.npz", x=pictures, y=np.arange(40) % 2, age=ages)
        source = source_from_text(str(tmp_path / "people.npz"))
        return DataRecipe(source=source, validation_share=0.0)

    return made


BLACK = np.zeros((40, 8, 8), np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
AGES = np.linspace(20.0, 60.0, 40)


def notes(recipe, target):
    return prepare(recipe, input_shape=(1, 8, 8), seed=0, used=lambda columns: {target}).notes


def test_black_pictures_are_told_of_unless_one_has_a_single_grey_pixel(saved):
    (told,) = notes(saved(BLACK, AGES), "class")
    assert told.startswith("All 32 training pictures are the same, so the network cannot tell them apart: look at them")
    spotted = BLACK.copy()
    spotted[::2, 3, 3] = 1
    assert notes(saved(spotted, AGES), "class") == ()


def test_a_number_that_never_varies_is_told_of_if_it_is_predicted(saved):
    ages = np.full(40, 5.5)
    (told,) = notes(saved(NOISE, ages), "age")
    assert told.startswith("age is 5.5 for every training picture, so there is nothing to learn: check its values")
    assert notes(saved(NOISE, ages), "class") == notes(saved(NOISE, AGES), "age") == ()


def test_files_of_black_pictures_are_told_of(tmp_path):
    """Decoded pictures are rows of a memory map."""
    folder = fill(tmp_path / "pets", cat=6, dog=6)
    black = png(Image.new("L", (8, 8)))
    for path in folder.rglob("*.png"):
        path.write_bytes(black)
    recipe = DataRecipe(source=source_from_text(str(folder)))
    assert any(note.startswith("All ") for note in notes(recipe, "class"))
