"""The built-in sets match their licences and READMEs, and are worth learning from."""

from collections import Counter

import numpy as np
import pytest
import sklearn.datasets
from PIL import Image
from skimage import data as photographs
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from workbench.data import SOURCES, source_from_text
from workbench.data.embedded import folder_of
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.data.sources.photo_patches import PATCH, PHOTOS
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe

EMBEDDED = ["FashionMnistSmall", "Digits", "PhotoPatches"]


@pytest.fixture(scope="module")
def loaded():
    return {name: SOURCES[name]().load((), 0, silent) for name in EMBEDDED}


def flat(examples):
    return examples.inputs.reshape(len(examples), -1) / 255


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_set_is_what_its_facts_say(loaded, name):
    facts, found = SOURCES[name]().facts(), loaded[name]
    assert found.class_names == facts.class_names
    assert (len(found.train), len(found.test)) == (facts.num_train, facts.num_test)
    for split in (found.train, found.test):
        assert split.inputs.shape[1:] == facts.picture_shape
        assert split.inputs.dtype == np.uint8 and split.targets["class"].dtype == np.int64
        assert set(split.targets["class"]) == set(range(len(facts.class_names)))
    assert (folder_of(SOURCES[name].id) / "LICENCE").read_text()


@pytest.mark.parametrize("name", EMBEDDED)
def test_no_picture_is_in_both_splits(loaded, name):
    train, test = ({picture.tobytes() for picture in split.inputs} for split in (loaded[name].train, loaded[name].test))
    assert not train & test


def test_fashion_is_balanced_and_as_hard_as_the_whole(loaded):
    """On all of Fashion-MNIST, the authors' benchmark gives 0.85 for nearest neighbours and 0.84 for linear models."""
    train, test = loaded["FashionMnistSmall"].train, loaded["FashionMnistSmall"].test
    assert np.bincount(train.targets["class"]).tolist() == [1000] * 10
    assert np.bincount(test.targets["class"]).tolist() == [200] * 10
    neighbours = KNeighborsClassifier(5).fit(flat(train), train.targets["class"])
    assert 0.78 < neighbours.score(flat(test), test.targets["class"]) < 0.86
    linear = RidgeClassifier().fit(flat(train), train.targets["class"])
    assert 0.76 < linear.score(flat(test), test.targets["class"]) < 0.86


def test_digits_are_those_of_scikit_learn(loaded):
    found, original = loaded["Digits"], sklearn.datasets.load_digits()
    ours = np.concatenate([found.train.inputs, found.test.inputs]).reshape(-1, 64)
    assert sorted(map(bytes, np.rint(ours / 255 * 16).astype(np.uint8))) == sorted(
        map(bytes, original.data.astype(np.uint8))
    )
    neighbours = KNeighborsClassifier(3).fit(flat(found.train), found.train.targets["class"])
    assert neighbours.score(flat(found.test), found.test.targets["class"]) > 0.95


def test_patches_for_training_and_for_testing_share_no_pixel():
    with np.load(folder_of("photo-patches") / "crops.npz", allow_pickle=False) as arrays:
        assert tuple(arrays["class_names"]) == PHOTOS
        crops = {split: arrays[f"{split}_crops"] for split in ("train", "test")}
    for index, name in enumerate(PHOTOS):
        with Image.open(folder_of("photo-patches") / f"{name}.webp") as image:
            size = (image.height, image.width)
        seen = {split: np.zeros(size, bool) for split in crops}
        for split, places in crops.items():
            for _, top, left in places[places[:, 0] == index]:
                assert top >= 0 and left >= 0 and top + PATCH <= size[0] and left + PATCH <= size[1]
                seen[split][top : top + PATCH, left : left + PATCH] = True
        assert seen["train"].any() and seen["test"].any()
        assert not (seen["train"] & seen["test"]).any()


@pytest.mark.parametrize(("name", "original"), [("astronaut", "astronaut"), ("cat", "chelsea"), ("coffee", "coffee")])
def test_photographs_are_stored_without_loss(name, original):
    with Image.open(folder_of("photo-patches") / f"{name}.webp") as image:
        assert np.array_equal(np.asarray(image), getattr(photographs, original)())


def test_patches_are_balanced_and_can_be_told_apart(loaded):
    train, test = loaded["PhotoPatches"].train, loaded["PhotoPatches"].test
    assert (
        np.bincount(train.targets["class"]).tolist() == [670] * 6
        and np.bincount(test.targets["class"]).tolist() == [168] * 6
    )
    neighbours = KNeighborsClassifier(5).fit(flat(train), train.targets["class"])
    assert 0.8 < neighbours.score(flat(test), test.targets["class"]) < 0.95


def test_wines_are_those_of_scikit_learn_and_a_table_of_ones_own():
    original = sklearn.datasets.load_wine()
    found, facts = SOURCES["Wines"]().load((), 0, silent), SOURCES["Wines"]().facts()
    assert len(found.train) == facts.num_train == 178 and (folder_of("wines") / "LICENCE").read_text()
    assert np.array_equal(found.train.targets["alcohol"][:, 0], original.data[:, 0].astype(np.float32))
    assert np.array_equal(found.train.inputs, original.data[:, 1:].astype(np.float32))
    kinds = [found.class_names[kind] for kind in found.train.targets["class"]]
    assert Counter(zip(kinds, original.target_names[original.target], strict=True)) == {
        ("Barolo", "class_0"): 59,
        ("Grignolino", "class_1"): 71,
        ("Barbera", "class_2"): 48,
    }
    opened = source_from_text(str(folder_of("wines") / "wines.csv"))
    known = SOURCES.of(opened).facts()
    assert known.features == ("alcohol", *facts.features) and known.class_names == facts.class_names


def test_rows_of_wines_can_be_excluded():
    recipe = DataRecipe(source=Component(type="Wines"), leave_out=("row 3", "row 178"))
    data = prepare(recipe, input_shape=(12,), seed=0)
    names = {name for split in data.splits.values() for name in split.names}
    assert names == {f"row {number}" for number in range(1, 178) if number != 3}
