"""Pictures that a recipe excludes are in no split, and nothing else changes."""

import numpy as np
import pytest

from tests.data.folders import fill
from tests.data.test_preparation import recipe
from workbench.data.leave_out import has_same_names, leaving_out, with_source
from workbench.data.preparation import prepare
from workbench.data.source import DataError
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.files import from_json, read_experiment, to_json
from workbench.spec.record import replace

SHAPE = (1, 12, 10)


def prepared(made, *leave_out, shape=SHAPE):
    return prepare(replace(made, leave_out=leave_out), input_shape=shape, seed=0)


@pytest.fixture
def pets(tmp_path):
    fill(tmp_path / "train", cat=10, dog=10)
    fill(tmp_path / "test", cat=3, dog=3)
    return recipe("ImageFolder", folder=str(tmp_path))


def pictures(split):
    return {np.asarray(picture).tobytes() for picture in split.inputs}


def test_what_is_left_out_is_in_no_split_and_no_other_moves(pets):
    whole = prepared(pets)
    left = prepared(pets, "train/cat/000.png", "train/dog/004.png", "test/dog/002.png")
    assert len(left.train) + len(left.val) == 18 and len(left.test) == 5 and not left.notes
    for split in ("train", "val", "test"):
        assert pictures(getattr(left, split)) <= pictures(getattr(whole, split))
    assert np.array_equal(left.test.inputs, whole.test.inputs[:5])
    assert left.fingerprint != whole.fingerprint == prepared(pets).fingerprint


def test_it_is_left_out_of_a_validation_split_of_the_source_too(pets, tmp_path):
    fill(tmp_path / "val", cat=3, dog=3)
    whole, left = prepared(pets), prepared(pets, "val/dog/001.png")
    assert np.array_equal(left.val.inputs, np.delete(np.asarray(whole.val.inputs), 4, axis=0))
    assert len(left.train) == len(whole.train) and len(left.test) == len(whole.test)


def test_mean_and_deviation_are_those_of_what_is_left():
    digits = recipe("Digits", share=0.0)
    left = prepared(digits, *(f"train/{row}" for row in range(1400)), shape=(1, 8, 8))
    assert len(left.train) == 38
    np.testing.assert_allclose(left.mean[0], (left.train.inputs.double() / 255).mean())


def test_a_name_that_nothing_has_is_noted(pets):
    (note,) = prepared(pets, "train/cat/999.png", "a", "b", "c", "train/cat/001.png").notes
    assert note == "The recipe excludes a, b, c and 1 more, which the data does not contain."


def test_a_split_that_loses_all_is_none_and_training_needs_something(pets):
    names = [f"test/{name}/{number:03}.png" for name in ("cat", "dog") for number in range(3)]
    assert prepared(pets, *names).test is None
    names = [f"train/{name}/{number:03}.png" for name in ("cat", "dog") for number in range(10)]
    with pytest.raises(DataError, match="every training picture is excluded"):
        prepared(pets, *names)


def test_points_have_no_names():
    with pytest.raises(DataError, match="leave_out names pictures or rows, but XOR gives points"):
        prepared(recipe("XOR"), "train/3", shape=(2,))


def test_it_stands_in_the_file_a_line_each_where_there_are_many():
    experiment = read_experiment("lenet")
    names = tuple(f"train/{number}" for number in range(20))
    data = replace(experiment.data, leave_out=names)
    text = to_json(replace(experiment, data=data))
    assert all(f'\n      "{name}"' in text for name in names)
    assert from_json(text, Experiment).data.leave_out == names
    assert "leave_out" not in to_json(experiment)


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        (Component(type="ImageFolder", parameters={"folder": "/pets", "test_share": 0.5}), True),
        (Component(type="ImageFolder", parameters={"folder": "/birds"}), False),
        (Component(type="Digits"), False),
    ],
)
def test_another_set_of_pictures_drops_the_names(source, kept):
    before = replace(recipe("ImageFolder", folder="/pets"), leave_out=("cat/1.png",))
    after = with_source(before, source)
    assert after.source == source and after.leave_out == (("cat/1.png",) if kept else ())


def test_names_mean_the_same_pictures_wherever_these_come_from_the_same_place():
    folder = Component(type="ImageFolder", parameters={"folder": "/pets", "test_share": 0.2})
    assert has_same_names(folder, replace(folder, parameters={"folder": "/pets", "test_share": 0.1}))
    assert not has_same_names(folder, replace(folder, parameters={"folder": "/cars"}))
    assert not has_same_names(folder, Component(type="Digits", parameters={}))


def test_what_is_excluded_is_in_order_and_named_once():
    recipe = DataRecipe(source=Component(type="Digits", parameters={}), leave_out=("train/9",))
    assert leaving_out(recipe, ["train/2", "test/1", "train/2"]).leave_out == ("test/1", "train/2")
