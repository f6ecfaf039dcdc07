"""Excluding chosen pictures: the edit, its name in the menu, and what its button says."""

from workbench.gui.experiment.exclusion import action, leaving_out, toggled
from workbench.spec.files import read_experiment

DIGITS = read_experiment("lenet-digits")


def test_pictures_are_excluded_and_restored_together() -> None:
    assert action(DIGITS, ["train/3"]) == "Exclude from the data"
    label, three = toggled(DIGITS, ["train/3"])
    assert label == "exclude train/3" and three.data.leave_out == ("train/3",)
    assert action(three, ["train/1", "train/3"]) == "Exclude 2 from the data"
    label, both = toggled(three, ["train/3", "train/1"])
    assert label == "exclude 2 pictures" and both.data.leave_out == ("train/1", "train/3")
    assert action(both, ["train/1"]) == "Restore" and action(both, ["train/1", "train/3"]) == "Restore 2"
    label, none = toggled(both, ["train/1", "train/3"])
    assert label == "restore 2 pictures" and none == DIGITS


def test_what_else_is_excluded_stays_so() -> None:
    before = leaving_out(DIGITS, ["test/5"])
    assert toggled(before, ["train/1"])[1].data.leave_out == ("test/5", "train/1")


def test_without_a_selection_nothing_changes() -> None:
    assert action(DIGITS, []) == "Exclude from the data" and toggled(DIGITS, [])[1] == DIGITS
