"""Labels that a recipe corrects: the pictures of every split have the new ones, and nothing else changes."""

import shutil

import numpy as np
import pytest

from tests.data.folders import fill
from tests.data.test_leave_out import SHAPE, pictures
from tests.data.test_preparation import recipe
from workbench.data.leave_out import with_source
from workbench.data.preparation import prepare
from workbench.data.relabel import relabelling, without_labels
from workbench.data.source import DataError
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.files import from_json, read_experiment, to_json
from workbench.spec.mending import apply_remedy
from workbench.spec.override import override
from workbench.spec.own_files import with_data_at
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


@pytest.fixture
def pets(tmp_path):
    fill(tmp_path / "train", cat=10, dog=10)
    fill(tmp_path / "test", cat=3, dog=3)
    return recipe("ImageFolder", folder=str(tmp_path))


def corrected(made, labels, leave_out=(), column="class"):
    return prepare(replace(made, leave_out=leave_out, relabel={column: labels}), input_shape=SHAPE, seed=0)


def labels_of(split):
    return dict(zip(split.names, split.targets["class"].tolist(), strict=True))


def test_the_labels_of_every_split_are_corrected_and_no_picture_moves(pets):
    whole = prepare(pets, input_shape=SHAPE, seed=0)
    held_out = whole.val.names[0]
    labels = {"train/cat/000.png": "dog", held_out: "dog" if "/cat/" in held_out else "cat", "test/dog/001.png": "cat"}
    assert "train/cat/000.png" in whole.train.names
    found = corrected(pets, labels)
    for name, split in found.splits.items():
        assert (split.names == whole.splits[name].names).all() and pictures(split) == pictures(whole.splits[name])
        own = labels_of(whole.splits[name])
        new = {each: found.class_names.index(labels[each]) for each in own if each in labels}
        assert len(new) == 1 and labels_of(split) == own | new
    assert found.fingerprint != whole.fingerprint and found.mean == whole.mean
    assert found.own_labels == {"class": {name: "cat" if label == "dog" else "dog" for name, label in labels.items()}}


def test_what_is_corrected_to_what_it_is_changes_nothing(pets):
    whole, same = prepare(pets, input_shape=SHAPE, seed=0), corrected(pets, {"train/cat/000.png": "cat"})
    assert same.fingerprint == whole.fingerprint and not same.own_labels


def test_what_is_excluded_stays_excluded(pets):
    found = corrected(pets, {"train/cat/000.png": "dog"}, leave_out=("train/cat/000.png",))
    assert (
        found.fingerprint
        == prepare(replace(pets, leave_out=("train/cat/000.png",)), input_shape=SHAPE, seed=0).fingerprint
    )
    assert not found.own_labels


@pytest.mark.parametrize(
    ("column", "labels", "said"),
    [
        (
            "class",
            {"train/cat/000.png": "dgo"},
            "train/cat/000.png is corrected to dgo, which is no class of class: choose dog",
        ),
        ("class", {"train/cow/0.png": "dog"}, "labels of train/cow/0.png are corrected, which the data does not have"),
        ("kind", {"train/cat/000.png": "dog"}, "the data has no such column of classes: correct those of class, or"),
    ],
)
def test_what_the_data_lacks_is_an_error_that_a_button_restores(pets, column, labels, said):
    right = {"train/dog/000.png": "cat"}
    both = {column: labels} | {"class": right | (labels if column == "class" else {})}
    experiment = replace(read_experiment("lenet"), data=replace(pets, relabel=both))
    with pytest.raises(DataError, match=said) as caught:
        prepare(experiment.data, input_shape=SHAPE, seed=0)
    mended = apply_remedy(experiment, caught.value.remedy)
    assert mended.data == replace(pets, relabel={"class": right})
    assert prepare(mended.data, input_shape=SHAPE, seed=0).own_labels == {"class": {"train/dog/000.png": "dog"}}


def test_a_copy_of_the_data_elsewhere_has_the_corrections(pets, tmp_path):
    here = replace(read_experiment("lenet"), data=replace(pets, relabel={"class": {"train/dog/000.png": "cat"}}))
    shutil.copytree(tmp_path, tmp_path.with_name("moved"))
    there = with_data_at(here, tmp_path.with_name("moved"))
    one, other = (prepare(each.data, input_shape=SHAPE, seed=0) for each in (here, there))
    assert one.fingerprint == other.fingerprint and other.own_labels == {"class": {"train/dog/000.png": "dog"}}


def test_points_that_are_made_have_no_names():
    moons = replace(recipe("TwoMoons"), relabel={"class": {"train/3": "upper"}})
    with pytest.raises(DataError, match="relabel names pictures or rows, but .* gives points"):
        prepare(moons, input_shape=(2,), seed=0)


def test_a_table_of_several_classes_has_corrections_for_each(tmp_path):
    lines = [
        "a,b,colour,side",
        *(f"{i}.5,{i % 7}.25,{('red', 'blue')[i % 2]},{('left', 'right')[i // 2 % 2]}" for i in range(40)),
    ]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    table = recipe("TableFile", share=0.25, file=str(tmp_path / "table.csv"))
    labels = {"colour": {"row 2": "red"}, "side": {"row 3": "left", "row 4": "left"}}
    whole, found = (prepare(each, input_shape=(2,), seed=0) for each in (table, replace(table, relabel=labels)))
    assert found.own_labels == {"colour": {"row 2": "blue"}, "side": {"row 3": "right", "row 4": "right"}}
    for name, split in found.splits.items():
        assert (split.names == whole.splits[name].names).all()
    (row,) = np.flatnonzero(np.concatenate([each.names == "row 2" for each in found.splits.values()]))
    colours = np.concatenate([each.targets["colour"] for each in found.splits.values()])
    assert found.columns[0].names[colours[row]] == "red"


def test_a_column_that_nothing_predicts_may_be_absent(tmp_path):
    """One row has no side: the column is left out, and its corrections are kept for a head that predicts it."""
    lines = [
        "a,b,colour,side",
        *(
            f"{i}.5,{i % 7}.25,{('red', 'blue')[i % 2]},{'' if i == 9 else ('left', 'right')[i // 2 % 2]}"
            for i in range(40)
        ),
    ]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    table = replace(recipe("TableFile", file=str(tmp_path / "table.csv")), relabel={"side": {"row 3": "right"}})
    found = prepare(table, input_shape=(2,), seed=0, used=lambda columns: ("colour",))
    assert [column.name for column in found.columns] == ["colour"] and not found.own_labels


def test_what_is_excluded_since_it_cannot_be_used_may_have_corrections(pets, tmp_path):
    """A row without what is predicted, in a column that nothing predicts; an example of an array; a damaged file."""
    table = [
        "a,b,kind,side",
        *(f"{i}.5,{i % 7}.25,{'xy'[i % 2]},{'' if i == 2 else 'lr'[i // 2 % 2]}" for i in range(40)),
    ]
    (tmp_path / "table.csv").write_text("\n".join(table))
    rows = replace(
        recipe("TableFile", file=str(tmp_path / "table.csv")), relabel={"kind": {"row 3": "y", "row 4": "x"}}
    )
    found = prepare(rows, input_shape=(2,), seed=0, used=lambda columns: ("side",))
    assert found.own_labels == {"kind": {"row 4": "y"}}
    with pytest.raises(DataError, match="labels of row 41 are corrected, which the data does not have: restore"):
        prepare(replace(rows, relabel={"kind": {"row 41": "x"}}), input_shape=(2,), seed=0)

    numbers = np.arange(80.0).reshape(40, 2)
    numbers[2, 0] = np.nan
    np.savez(tmp_path / "a.npz", x_train=numbers, y_train=np.arange(40) % 2)
    arrays = recipe("ArrayFile", file=str(tmp_path / "a.npz"))
    labels = {"class": {"train/2": "1", "train/3": "0"}}
    assert prepare(replace(arrays, relabel=labels), input_shape=(2,), seed=0).own_labels == {"class": {"train/3": "1"}}

    (tmp_path / "train" / "cat" / "003.png").write_bytes(b"no picture")
    found = corrected(pets, {"train/cat/003.png": "dog", "train/cat/004.png": "dog"})
    assert found.own_labels == {"class": {"train/cat/004.png": "cat"}}


def test_it_stands_in_the_file_a_line_each_where_there_are_many_and_is_strict():
    experiment = read_experiment("lenet")
    labels = {"class": {f"train/{number}": "Sandal" for number in range(20)}}
    text = to_json(replace(experiment, data=replace(experiment.data, relabel=labels)))
    assert all(f'\n        "train/{number}": "Sandal"' in text for number in range(20))
    assert from_json(text, Experiment).data.relabel == labels
    assert "relabel" not in to_json(experiment)
    assert override(experiment, "data.relabel", '{"class": {"train/1": "Bag"}}').data.relabel == {
        "class": {"train/1": "Bag"}
    }
    for wrong in ('{"class": {"train/1": 3}}', '{"class": "Bag"}', '{"class": {}}', '["train/1"]'):
        with pytest.raises(SpecError, match="data.relabel"):
            override(experiment, "data.relabel", wrong)


def test_another_set_of_pictures_drops_the_corrections():
    before = replace(recipe("ImageFolder", folder="/pets"), relabel={"class": {"cat/1.png": "dog"}})
    same = Component(type="ImageFolder", parameters={"folder": "/pets", "test_share": 0.5})
    assert with_source(before, same).relabel == before.relabel
    assert with_source(before, Component(type="Digits")).relabel == {}


def test_names_are_in_order_and_those_restored_leave_no_empty_column():
    made = DataRecipe(source=Component(type="Digits"))
    some = relabelling(
        relabelling(made, "class", {"train/9": "3", "train/2": "3"}), "class", {"train/2": "5", "test/1": "5"}
    )
    assert list(some.relabel["class"].items()) == [("test/1", "5"), ("train/2", "5"), ("train/9", "3")]
    assert without_labels(some.relabel, "class", ["train/9"]) == {"class": {"test/1": "5", "train/2": "5"}}
    assert without_labels(some.relabel, "class", some.relabel["class"]) == {}
