"""Classes and labels that no training picture has are told of, whatever took the pictures away."""

import numpy as np
import pytest

from tests.data.folders import fill
from workbench.data import source_from_text
from workbench.data.inventory import take_inventory
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.spec.experiment import DataRecipe
from workbench.spec.record import replace

RANDOM = np.random.RandomState(0)
SHAPE = (1, 9, 9)


@pytest.fixture
def recipe(tmp_path):
    """Thirty pictures of three classes numbered from 1, of which the last is one patient's."""
    traits = np.array(["red", "red; round", "blue"])
    np.savez(
        tmp_path / "a.npz",
        x=RANDOM.randint(0, 255, (30, 9, 9)).astype(np.uint8),
        y=np.arange(30) // 10 + 1,
        traits=traits[np.arange(30) // 10],
        patient=np.arange(30) // 10,
    )
    return DataRecipe(source=source_from_text(str(tmp_path / "a.npz")))


def notes(recipe, **chosen):
    return prepare(recipe, input_shape=SHAPE, seed=0, **chosen).notes


def test_a_class_that_was_counted_but_does_not_occur_is_told_of(recipe):
    (only,) = notes(recipe, used=lambda columns: {"class"})
    assert only == "No training picture has 0, of the 4 classes: check the values, and how the data is split."
    assert notes(recipe, used=lambda columns: {"traits"}) == ()
    assert take_inventory(recipe, input_shape=SHAPE, seed=0, progress=silent, used=lambda _: {"class"}).notes == (only,)


def test_classes_and_labels_that_groups_or_exclusions_take_away_are_told_of(recipe):
    grouped = replace(
        recipe,
        source=replace(recipe.source, parameters=recipe.source.parameters | {"group": "patient"}),
        split="grouped",
    )
    data = prepare(grouped, input_shape=SHAPE, seed=0)
    left = sorted(set(data.train.targets["class"].tolist()))
    missing = ", ".join(str(number) for number in range(4) if number not in left)
    assert len(left) == 1 and f"No training picture has {missing}, of the 4 classes: check" in data.notes[0]
    excluded = replace(recipe, leave_out=tuple(f"train/{row}" for row in range(20, 30)))
    told = notes(excluded)
    assert "No training picture has 0, 3, of the 4 classes: check" in told[0]
    assert "No training picture has blue, of the 3 labels of traits:" in told[1]


def test_a_class_of_one_picture_is_told_of_in_any_source(tmp_path):
    folder = fill(tmp_path / "pets", cat=5, tern=1, dog=5, auk=1)
    rows = ["path,kind,traits"]
    for place, path in enumerate(sorted(folder.rglob("*.png"))):
        rows.append(f"pets/{path.relative_to(folder)},{path.parent.name},{'old;' if place == 3 else ''}soft")
    (tmp_path / "a.csv").write_text("\n".join(rows))
    for path, name, classes in (
        (folder, "class", "4 classes"),
        (tmp_path / "a.csv", "kind", "4 classes of kind"),
    ):
        recipe = DataRecipe(source=source_from_text(str(path)), validation_share=0.2)
        (told,) = notes(recipe, used=lambda _, name=name: {name})
        assert told == f"There is only one picture each of auk, tern, of the {classes}: none is left to test."
    assert "There is only one picture of old, of the 2 labels of traits: none is left to test." in notes(recipe)


def test_a_class_that_validation_or_testing_lacks_is_told_of(tmp_path):
    """Its accuracy there is of the other classes alone."""
    folder = tmp_path / "pets"
    fill(folder / "train", cat=5, dog=5, tern=5)
    fill(folder / "val", cat=3, dog=3)
    fill(folder / "test", cat=2, dog=2, tern=2)
    (told,) = notes(DataRecipe(source=source_from_text(str(folder))))
    assert told == (
        "No validation picture has tern, of the 3 classes: results there say nothing about it. Check how the data is split."
    )
