"""Real data with planted duplicates as shown, and the experiment after excluding pictures; without Qt."""

import shutil

import numpy as np
import pytest

from tests.data.folders import fill
from tests.session.planted import experiment_on
from workbench.data.progress import silent
from workbench.gui.browse_data.fact_words import bars, size_words, told_apart, twin_heading, twin_rows
from workbench.gui.browse_data.found import same_data, work_out
from workbench.gui.browse_data.presenter import DataPresenter
from workbench.gui.experiment.exclusion import toggled
from workbench.session.editing.survey import inventory_of, survey
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace

RECIPE = DataRecipe(source=Component(type="Digits"))
"""Nothing is excluded or corrected."""


@pytest.fixture
def presenter(pets):
    presenter = DataPresenter()
    inventory = inventory_of(experiment_on(pets), silent)
    presenter.take(work_out(inventory, survey(inventory, silent), RECIPE))
    return presenter


def names(presenter):
    return presenter.inventory.names[presenter.shown].tolist()


def test_filters_by_split_class_and_what_stands_out(presenter):
    assert len(presenter.shown) == 43 and presenter.caption() == "43 pictures"
    presenter.split = "test"
    assert presenter.caption() == "14 of 43 pictures"
    presenter.label = 0
    assert names(presenter) == ["test/cup/14.png", *(f"test/cup/{n}.png" for n in range(15, 20)), "test/cup/again.jpg"]
    presenter.split = presenter.label = None
    presenter.choice = "leaks"
    assert names(presenter) == ["train/face/03.png", "test/face/copy.png", "train/cup/07.png", "test/cup/again.jpg"]
    presenter.split = "test"
    assert names(presenter) == ["test/face/copy.png", "test/cup/again.jpg"]
    presenter.twins = presenter.facts.twins[0]
    assert names(presenter) == ["train/face/03.png", "test/face/copy.png"], "twins stand side by side"
    assert presenter.choices() == [("all", "Everything"), ("leaks", "Leaks (2)"), ("twins", "Duplicates (3)")]


def test_marks_and_words(presenter):
    number = {name: number for number, name in enumerate(presenter.inventory.names)}
    assert presenter.mark(number["train/face/03.png"]) == "danger"
    assert presenter.mark(number["train/face/wrong.png"]) == "warning"
    assert presenter.mark(number["train/face/00.png"]) == ""
    assert presenter.describe(number["test/face/copy.png"]) == (
        "test/face/copy.png\nface · test · 80×80\nsame as train/face/03.png (training)"
    )
    assert [words for _, words in twin_rows(presenter.facts)] == [
        "Leak: train/face/03.png = test/face/copy.png",
        "Leak: train/cup/07.png ≈ test/cup/again.jpg",
        "Two classes: train/cup/05.png = …/face/wrong.png",
    ]
    assert twin_heading(presenter.facts, is_surveyed=True) == "2 exact (=), 1 near (≈)"
    assert size_words(presenter.facts) == "All are 80×80."


def test_duplicates_whose_files_have_the_same_name_are_told_apart_by_their_folders():
    end = "a_long_name/picture_0001.png"
    assert [*told_apart([f"train/cat/{end}", f"train/dog/{end}"])] == [
        "cat/…/picture_0001.png",
        "dog/…/picture_0001.png",
    ]
    assert [*told_apart(["cup/picture_000001.png", "dog/picture_000001.png"])] == [
        "cup/picture_000001.png",
        "dog/picture_000001.png",
    ]
    three = [f"cat/{end}", f"dog/x/{end}", f"dog/y/{end}"]
    assert [*told_apart(three)] == three, "no single folder tells all three apart"


def test_of_many_that_are_the_same_the_first_are_named(pets):
    """Thousands of names in a row would stop the window for seconds."""
    for place in range(12):
        shutil.copy(pets / "train/face/03.png", pets / f"train/face/03_{place:02}.png")
    found, inventory = DataPresenter(), inventory_of(experiment_on(pets), silent)
    found.take(work_out(inventory, survey(inventory, silent), RECIPE))
    twins, words = twin_rows(found.facts)[0]
    assert len(twins.names) == 14 and words.startswith("Leak: train/face/03.png = …/face/03_00.png = ")
    assert words.count(" = ") == 8 and words.endswith(" = …/face/03_06.png = 6 more")
    assert found.describe(twins.numbers[0]).endswith("03_07.png (training), 5 more")
    assert "train/face/03.png (training) and test/face/copy.png (test) and 12 more" in found.facts.leak_words()


def test_what_columns_say_stands_beside_a_picture(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
    traits = np.array([[1, 0], [1, 1], [0, 0]] * 2)
    said = {"y": np.arange(6) % 2, "age": np.arange(6) + 0.5, "traits": traits, "clean": pictures}
    np.savez(tmp_path / "a.npz", x=pictures, **said)
    source = Component(type="ArrayFile", parameters={"file": str(tmp_path / "a.npz"), "test_share": 0.0})
    experiment = experiment_on(tmp_path)
    experiment = replace(experiment, data=replace(experiment.data, source=source))
    presenter = DataPresenter()
    presenter.take(work_out(inventory_of(experiment, silent), None, RECIPE))
    assert presenter.describe(3) == "train/3\n1 · training · 28×28\nage: 3.5\ntraits: 0"
    assert presenter.describe(5).endswith("age: 5.5\ntraits: none")


def test_leaving_out_and_taking_back_are_edits_in_order(presenter, pets):
    before = experiment_on(pets)
    number = {name: number for number, name in enumerate(presenter.inventory.names)}
    label, after = toggled(before, ["train/face/wrong.png"])
    assert label == "exclude train/face/wrong.png" and after.data.leave_out == ("train/face/wrong.png",)
    _, after = toggled(after, presenter.names([number["test/face/copy.png"]]))
    assert after.data.leave_out == ("test/face/copy.png", "train/face/wrong.png")
    presenter.take(work_out(presenter.inventory, presenter.survey, after.data))
    assert presenter.mark(number["test/face/copy.png"]) == "out"
    assert "excluded" in presenter.describe(number["test/face/copy.png"])
    presenter.choice = "left_out"
    assert names(presenter) == ["train/face/wrong.png", "test/face/copy.png"]
    assert len(presenter.facts.leaks) == 1
    label, back = toggled(after, presenter.names([number["test/face/copy.png"]]))
    assert label == "restore test/face/copy.png" and back.data.leave_out == ("train/face/wrong.png",)
    assert presenter.with_all_back(after) == before


def test_copies_are_no_exclusion_that_leaves_nothing(tmp_path):
    """Each training picture is in test, too."""
    for split in ("train", "test"):
        fill(tmp_path / "same" / split, cat=4, dog=4)
    presenter = DataPresenter()
    inventory = inventory_of(override(experiment_on(tmp_path / "same"), "data.validation_share", "0"), silent)
    presenter.take(work_out(inventory, survey(inventory, silent), RECIPE))
    assert len(presenter.facts.leaks) == 8 and not presenter.copies()
    (first, *_) = presenter.facts.leaks
    presenter.take(work_out(inventory, presenter.survey, replace(RECIPE, leave_out=(first.names[-1],))))
    assert len(presenter.copies()) == 7


def test_bars_are_as_long_as_the_classes(presenter):
    cup, face = bars(presenter.facts)
    assert (cup.name, cup.counts, face.counts) == ("cup", (14, 7), (15, 7))
    np.testing.assert_allclose(face.shares, (15 / 22, 7 / 22))
    assert cup.tip == "cup\ntraining 14\ntest 7"


@pytest.mark.parametrize(
    ("path", "text", "same"),
    [
        ("training.epochs", "3", True),
        ("data.leave_out", '["a"]', True),
        ("data.augmentation", "[]", True),
        ("data.validation_share", "0.3", False),
        ("seed", "7", False),
        ("training.heads", '[{"output": "output", "target": "picture"}]', False),
        ("architecture.graph.nodes.input.shape", "[1, 32, 32]", False),
    ],
)
def test_which_edits_need_another_look(path, text, same):
    experiment = read_experiment("lenet")
    assert same_data(experiment, override(experiment, path, text)) is same
