"""Groups that a given split, or a choice not to keep them whole, has torn apart are told of."""

import numpy as np
import pytest

from workbench.data import source_from_text
from workbench.data.inventory import take_inventory
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.spec.experiment import DataRecipe
from workbench.spec.record import replace

RANDOM = np.random.RandomState(0)
SHAPE = (1, 9, 9)


def pictures(number):
    return RANDOM.randint(0, 255, (number, 9, 9)).astype(np.uint8)


def grouped(path, **changes):
    source = source_from_text(str(path))
    return DataRecipe(source=replace(source, parameters=source.parameters | {"group": "who"}), **changes)


def notes(recipe):
    found = prepare(recipe, input_shape=SHAPE, seed=0).notes
    assert take_inventory(recipe, input_shape=SHAPE, seed=0, progress=silent).notes == found
    return found


@pytest.mark.parametrize("names", [np.arange(9), np.array(list("abcdefghi"))])
def test_arrays_say_how_many_groups_are_on_both_sides(tmp_path, names):
    arrays = {"x": pictures(40), "y": np.arange(40) % 2, "x_test": pictures(12), "y_test": np.arange(12) % 2}
    np.savez(tmp_path / "a.npz", **arrays, who=names[np.arange(40) % 6], who_test=names[np.arange(12) % 3 + 4])
    assert notes(grouped(tmp_path / "a.npz", validation_share=0)) == (
        "Pictures of 2 groups are in training and in test, so results there may be too good: keep the pictures of a "
        "group in one split.",
    )
    np.savez(tmp_path / "a.npz", **arrays, who=names[np.arange(40) % 6], who_test=names[np.arange(12) % 3 + 6])
    assert not any("group" in note for note in notes(grouped(tmp_path / "a.npz")))
    assert notes(grouped(tmp_path / "a.npz", split="random"))[0].startswith(
        "Pictures of 3 groups are in training and in v"
    )


def test_rows_of_no_known_group_are_not_taken_for_one_on_both_sides(tmp_path):
    """Those that are known are compared as texts that are numbers."""
    from PIL import Image

    lines = ["path,kind,split,who"]
    for place, picture in enumerate(pictures(30)):
        Image.fromarray(picture).save(tmp_path / f"{place}.png")
        split, who = ("test", ("7", "8.0", "")[place % 3]) if place < 9 else ("train", ("1", "2", "", "8")[place % 4])
        lines.append(f"{place}.png,{'ab'[place // 3 % 2]},{split},{who}")
    (tmp_path / "a.csv").write_text("\n".join(lines))
    (torn,) = (note for note in notes(grouped(tmp_path / "a.csv")) if "are in training" in note)
    assert torn.startswith("Pictures of 1 group are in training and in test,")
