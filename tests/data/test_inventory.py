"""The inventory numbers the examples of all splits consecutively."""

import numpy as np
import pytest

from tests.data.folders import fill
from tests.data.test_preparation import recipe
from workbench.data.inventory import take_inventory
from workbench.data.progress import silent


def test_a_number_leads_to_the_picture_its_name_and_its_class_in_whatever_split_it_is(tmp_path):
    fill(tmp_path / "train", cat=4, dog=3)
    fill(tmp_path / "test", cat=2, dog=1)
    data = recipe("ImageFolder", share=0.0, folder=str(tmp_path))
    inventory = take_inventory(data, input_shape=(1, 12, 10), seed=0, progress=silent)
    (column,) = inventory.columns
    found = [
        (name, inventory.picture(number), inventory.class_names[inventory.value(column, number)])
        for number, name in enumerate(inventory.names)
    ]
    assert len(found) == len(inventory) == 10
    assert sorted(name for name, _, _ in found) == sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")
    )
    assert all(name.split("/")[1] == label for name, _, label in found)
    rows = np.concatenate(list(inventory.parts))
    assert all(np.array_equal(picture, row) for (_, picture, _), row in zip(found, rows, strict=True))
    splits = [list(inventory.splits)[split] for split in inventory.split_of]
    assert splits == [name.split("/")[0] for name, _, _ in found]
    with pytest.raises(IndexError):
        inventory.picture(10)
