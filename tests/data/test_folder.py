"""Whole folders, from scanning to examples: broken files are excluded, and the rest is usable."""

import os
from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.data.decoding.test_pictures import BROKEN
from tests.data.folders import fill, picture
from workbench import places
from workbench.data.decoding.picture_cache import decoded
from workbench.data.folder import load_folder
from workbench.data.folder_scan import scan
from workbench.data.preparation import split_up
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.spec.experiment import Component, DataRecipe
from workbench.spec.problems import SpecError

SHAPE = (1, 8, 8)

pytestmark = pytest.mark.usefixtures("picture_cache")


@pytest.fixture
def pets(tmp_path):
    return fill(tmp_path / "pets", bird=10, cat=20, dog=30)


def load(folder, shape=SHAPE, seed=0, progress=silent, **recipe):
    """Load the folder's pictures, with a test share held out and no validation split."""
    loaded = replace(load_folder(folder, shape, progress), test_share=0.2)
    return split_up(loaded, DataRecipe(source=Component(type="image-folder"), validation_share=0, **recipe), seed)


def same(first, second):
    return np.array_equal(first.inputs, second.inputs) and np.array_equal(
        first.targets["class"], second.targets["class"]
    )


def test_a_folder_is_split_evenly_and_can_be_learnt_from(pets):
    loaded = load(pets)
    assert loaded.class_names == ("bird", "cat", "dog") and loaded.val is None
    assert np.bincount(loaded.train.targets["class"]).tolist() == [8, 16, 24]
    assert np.bincount(loaded.test.targets["class"]).tolist() == [2, 4, 6]
    neighbours = KNeighborsClassifier(3).fit(loaded.train.inputs[:].reshape(48, -1), loaded.train.targets["class"])
    assert neighbours.score(loaded.test.inputs[:].reshape(12, -1), loaded.test.targets["class"]) == 1.0


def test_the_seed_draws_the_split(pets):
    assert same(load(pets, seed=1).test, load(pets, seed=1).test)
    assert not same(load(pets, seed=1).test, load(pets, seed=2).test)
    everything = load(pets, seed=1)
    assert sum(len(split) for split in (everything.train, everything.test)) == 60


def test_the_split_for_testing_is_drawn_in_the_recipes_way(pets):
    drawn = [np.bincount(load(pets, seed=seed, split="random").test.targets["class"]).tolist() for seed in range(5)]
    assert {sum(counts) for counts in drawn} == {12}
    assert any(counts != [2, 4, 6] for counts in drawn)


def test_given_splits_are_kept(tmp_path):
    fill(tmp_path / "set" / "train", cat=5, dog=6)
    fill(tmp_path / "set" / "valid", cat=2, dog=2)
    fill(tmp_path / "set" / "test", cat=1, dog=3)
    loaded = load(tmp_path / "set")
    assert [np.bincount(split.targets["class"]).tolist() for split in (loaded.train, loaded.val, loaded.test)] == [
        [5, 6],
        [2, 2],
        [1, 3],
    ]


def test_a_folder_full_of_broken_pictures_is_learnt_from_all_the_same(pets):
    for index, (data, _) in enumerate(BROKEN.values()):
        (pets / "cat" / f"broken-{index}.png").write_bytes(data)
    os.mkfifo(pets / "dog" / "pipe.jpg")
    (pets / "dog" / "loop").symlink_to(pets)
    loaded = load(pets)
    assert len(loaded.broken) == len(BROKEN) + 2
    assert all(broken.reason for broken in loaded.broken)
    assert sum(len(split) for split in (loaded.train, loaded.test)) == 60
    assert not any((split.inputs[:] == 0).all(axis=(1, 2, 3)).any() for split in (loaded.train, loaded.test))


def test_a_class_of_one_picture_is_kept_for_training(tmp_path):
    loaded = load(fill(tmp_path / "pets", cat=10, dog=10, tern=1))
    assert np.bincount(loaded.train.targets["class"]).tolist() == [8, 8, 1]
    assert np.bincount(loaded.test.targets["class"], minlength=3).tolist() == [2, 2, 0]


def test_a_class_without_a_single_good_picture_is_said_and_left_out(pets):
    (pets / "ape").mkdir()
    (pets / "ape" / "a.png").write_bytes(b"")
    loaded = load(pets)
    assert loaded.class_names == ("bird", "cat", "dog")
    assert loaded.notes == ("No picture of the class ape can be read; the class was excluded.",)
    assert set(loaded.train.targets["class"]) == {0, 1, 2}


def test_nothing_but_broken_pictures(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        (tmp_path / "pets" / name / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match="2 of 2 pictures cannot be read, .* it is empty"):
        load(tmp_path / "pets")


def test_the_second_time_nothing_is_decoded(pets):
    def forbid(what, done, total):
        assert "Decoding" not in what

    first = load(pets)
    assert same(load(pets, progress=forbid).train, first.train)


@pytest.mark.parametrize("change", ["another picture", "other bytes", "one fewer"])
def test_a_changed_folder_is_decoded_again(pets, change):
    said = []
    load(pets)
    path = pets / "cat" / "000.png"
    if change == "another picture":
        picture(200).save(pets / "cat" / "new.png")
    elif change == "other bytes":
        picture(200, (50, 50)).save(path)
    else:
        path.unlink()
    load(pets, progress=lambda what, done, total: said.append(what))
    assert "Decoding pictures" in said


def test_each_size_is_kept_by_itself(pets):
    assert load(pets, (3, 6, 5)).train.inputs.shape == (48, 3, 6, 5)
    assert load(pets).train.inputs.shape == (48, 1, 8, 8)


def test_a_file_where_the_cache_should_be_ends_in_a_sentence(pets, picture_cache):
    picture_cache.parent.parent.mkdir()
    picture_cache.parent.write_text("not a folder")
    with pytest.raises(SpecError, match="cannot be written"):
        load(pets)


def test_pictures_are_mapped_not_read(pets):
    found = scan(pets)
    pictures, result = decoded(found.files, SHAPE, silent)
    assert len(pictures) == len(result.kept) == 60 and pictures[7].any()
    (file,) = (places.cache_dir() / "pictures").glob("*.pixels")
    with file.open("r+b") as pixels:
        pixels.write(bytes(file.stat().st_size))
    assert not pictures[7].any()


def test_pictures_of_eight_bits_are_not_told_of(pets):
    assert not any("bits" in note for note in load_folder(pets, (3, 8, 8), silent).notes)
