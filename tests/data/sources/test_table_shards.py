"""A Parquet table in several files, named as Hugging Face names them: which of them are read, and what is said."""

import os

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.data.sources.test_table_parquet import NUM, PICTURES, prepared, source, write
from workbench.data import facts
from workbench.data.source import DataError

ABSENT = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
"""What git leaves in the place of a large file that was not fetched."""


def shard(folder, name, *places, **columns):
    labels = [place % 2 for place in places]
    pictures = [PICTURES[place % NUM] for place in places]
    return write(folder / name, pictures, label=labels, number=[100 + place for place in places], **columns)


def numbers_of(*splits):
    return sorted(number for split in splits if split for number in split.targets["number"][:, 0].long().tolist())


def all_numbers(data):
    return numbers_of(data.train, data.val, data.test)


def names_of(data):
    """The name of each row's picture, by its number."""
    splits = [split for split in (data.train, data.val, data.test) if split]
    return {
        number: name
        for split in splits
        for name, number in zip(split.names, split.targets["number"][:, 0].long().tolist(), strict=True)
    }


@pytest.mark.parametrize("chosen", ["train-00001-of-00002.parquet", "test-00000-of-00001-0f9a8b7c6d.parquet"])
def test_files_named_as_hugging_face_names_them_are_one_table(tmp_path, chosen):
    shard(tmp_path, "train-00001-of-00002.parquet", *range(10, 20))
    shard(tmp_path, "train-00000-of-00002.parquet", *range(10))
    shard(tmp_path, "test-00000-of-00001-0f9a8b7c6d.parquet", *range(20, 30))
    shard(tmp_path, "validation-00000-of-00001.parquet", *range(30, 36))
    shard(tmp_path, "extra-00000-of-00001.parquet", 37)
    data = prepared(tmp_path / chosen)
    assert numbers_of(data.train) == list(range(100, 120)) and not data.broken and not data.notes
    assert numbers_of(data.test) == list(range(120, 130)) and numbers_of(data.val) == list(range(130, 136))
    known = facts(source(tmp_path / chosen))
    assert known.title == chosen
    assert known.files == "2 files of train, 1 file of validation and 1 file of test"
    bright = data.train.inputs[:].mean(axis=(1, 2, 3)) > 120
    assert bright.tolist() == [number % 2 == 0 for number in data.train.targets["number"][:, 0].tolist()]


def test_of_files_without_splits_those_of_the_same_name_are_one_table_and_a_missing_one_is_told(tmp_path):
    shard(tmp_path, "pets-00000-of-00004.parquet", *range(20))
    shard(tmp_path, "pets-00003-of-00004.parquet", *range(20, 40))
    shard(tmp_path, "birds-00000-of-00001.parquet", 1)
    data = prepared(tmp_path / "pets-00003-of-00004.parquet")
    assert len(all_numbers(data)) == 40
    assert data.notes == (
        "Of the 4 files of pets, 2 cannot be found, the first number 1: put them beside the others to use their rows.",
    )


def test_a_table_in_one_file_tells_of_no_files(tmp_path):
    assert facts(source(write(tmp_path / "a.parquet"))).files == ""
    assert facts(source(shard(tmp_path, "train-00000-of-00001.parquet", *range(20)))).files == ""


@pytest.mark.parametrize("chosen", ["test", "validation"])
def test_without_a_training_split_the_chosen_one_is_a_table_of_its_own(tmp_path, chosen):
    shard(tmp_path, "test-00000-of-00001.parquet", *range(20))
    shard(tmp_path, "validation-00000-of-00001.parquet", *range(20, 40))
    data = prepared(tmp_path / f"{chosen}-00000-of-00001.parquet")
    assert all_numbers(data) == [100 + place + 20 * (chosen == "validation") for place in range(20)] and len(data.test)


@pytest.mark.parametrize("name", ["test-00000-of-00001.parquet", "validation-00000-of-00001.parquet"])
def test_a_file_of_another_split_that_cannot_be_read_is_told_and_ignored(tmp_path, name):
    shard(tmp_path, "train-00000-of-00001.parquet", *range(30))
    (tmp_path / name).write_text(ABSENT)
    data = prepared(tmp_path / "train-00000-of-00001.parquet")
    assert all_numbers(data) == list(range(100, 130)) and len(data.test) and len(data.val)
    assert data.notes == (f"{name} cannot be read and was ignored: copy or save it again, or choose it to see why.",)
    with pytest.raises(DataError, match=f"{name}: not a readable Parquet file"):
        prepared(tmp_path / name)


def test_a_file_of_the_chosen_name_that_cannot_be_read_is_refused(tmp_path):
    shard(tmp_path, "train-00000-of-00002.parquet", *range(30))
    (tmp_path / "train-00001-of-00002.parquet").write_text(ABSENT)
    with pytest.raises(DataError, match=r"train-00001-of-00002\.parquet: not a readable Parquet file"):
        prepared(tmp_path / "train-00000-of-00002.parquet")


def test_what_is_no_file_is_none_of_them(tmp_path):
    shard(tmp_path, "train-00000-of-00002.parquet", *range(30))
    (tmp_path / "train-00001-of-00002.parquet").mkdir()
    (tmp_path / "test-00000-of-00001.parquet").symlink_to(tmp_path / "nowhere")
    data = prepared(tmp_path / "train-00000-of-00002.parquet")
    assert all_numbers(data) == list(range(100, 130))
    assert [note[:49] for note in data.notes] == ["Of the 2 files of train, 1 cannot be found, the f"]


def test_a_file_that_is_missing_is_not_replaced_by_those_beside_it(tmp_path):
    shard(tmp_path, "train-00000-of-00002.parquet", *range(30))
    with pytest.raises(DataError, match=r"train-00001-of-00002\.parquet"):
        prepared(tmp_path / "train-00001-of-00002.parquet")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may read everything is refused nothing")
def test_a_folder_that_may_not_be_listed_gives_the_chosen_file(tmp_path):
    (tmp_path / "in").mkdir()
    path = shard(tmp_path / "in", "train-00000-of-00001.parquet", *range(20))
    shard(tmp_path / "in", "test-00000-of-00001.parquet", *range(20, 30))
    (tmp_path / "in").chmod(0o300)
    try:
        assert all_numbers(prepared(path)) == list(range(100, 120))
    finally:
        (tmp_path / "in").chmod(0o700)


@pytest.mark.parametrize("total", [2, 3])
def test_of_two_generations_the_chosen_one_is_read(tmp_path, total):
    """The same rows twice would be on both sides of the held-out set."""
    for number in range(2):
        shard(tmp_path, f"train-0000{number}-of-00002.parquet", *range(15 * number, 15 * (number + 1)))
    for number in range(3):
        shard(tmp_path, f"train-0000{number}-of-00003.parquet", *range(10 * number, 10 * (number + 1)))
    data = prepared(tmp_path / f"train-00001-of-0000{total}.parquet")
    assert all_numbers(data) == list(range(100, 130))
    assert data.notes == (
        f"Ignored: {5 - total} more files of train, the first train-00000-of-0000{5 - total}.parquet, of another total or "
        "with the number of one that is read: choose it to read it instead.",
    )


@pytest.mark.parametrize("chosen", ["aaaaaaaaaa", "bbbbbbbbbb"])
def test_of_two_files_of_one_number_the_chosen_one_is_read(tmp_path, chosen):
    other = "aaaaaaaaaa" if chosen == "bbbbbbbbbb" else "bbbbbbbbbb"
    shard(tmp_path, "train-00000-of-00002-cccccccccc.parquet", *range(10))
    shard(tmp_path, f"train-00001-of-00002-{chosen}.parquet", *range(10, 30))
    shard(tmp_path, f"train-00001-of-00002-{other}.parquet", *range(10, 25))
    data = prepared(tmp_path / f"train-00001-of-00002-{chosen}.parquet")
    assert all_numbers(data) == list(range(100, 130))
    (note,) = data.notes
    assert note.startswith(f"Ignored: 1 more file of train, the first train-00001-of-00002-{other}.parquet, of another")


def test_of_another_split_one_set_is_read_too(tmp_path):
    shard(tmp_path, "train-00000-of-00001.parquet", *range(20))
    shard(tmp_path, "test-00000-of-00001.parquet", *range(20, 30))
    shard(tmp_path, "test-00000-of-00002.parquet", *range(20, 25))
    data = prepared(tmp_path / "train-00000-of-00001.parquet")
    assert numbers_of(data.test) == list(range(120, 130))
    assert [note[:54] for note in data.notes] == ["Ignored: 1 more file of test, the first test-00000-of-"]


@pytest.mark.parametrize("said", ["train", "test"])
def test_the_files_names_assign_the_splits_whatever_a_column_says(tmp_path, said):
    shard(tmp_path, "train-00000-of-00001.parquet", *range(20), split=["Training"] * 20)
    shard(tmp_path, "test-00000-of-00001.parquet", *range(20, 30), split=[said] * 10)
    data = prepared(tmp_path / "train-00000-of-00001.parquet")
    assert numbers_of(data.test) == list(range(120, 130))
    told = "The column split says otherwise than the names of the files, which count."
    assert data.notes == (() if said == "test" else (told,))


def test_of_files_of_one_name_a_column_assigns_the_splits(tmp_path):
    for number in range(2):
        split = ["test" if place < 3 else "train" for place in range(10)]
        shard(tmp_path, f"train-0000{number}-of-00002.parquet", *range(10 * number, 10 * number + 10), split=split)
    data = prepared(tmp_path / "train-00000-of-00002.parquet")
    assert numbers_of(data.test) == [100, 101, 102, 110, 111, 112] and not data.notes


def test_a_row_is_called_by_its_own_file_whichever_others_are_there(tmp_path):
    """So that an exclusion stays with its picture."""
    path = shard(tmp_path, "train-00001-of-00002.parquet", *range(10, 20))
    excluded = "train-00001-of-00002.parquet, row 3"
    before = names_of(prepared(path))
    assert before[112] == excluded
    assert set(names_of(prepared(path, [excluded]))) == set(range(110, 120)) - {112}
    shard(tmp_path, "train-00000-of-00002.parquet", *range(10))
    shard(tmp_path, "test-00000-of-00001.parquet", *range(20, 30))
    after = names_of(prepared(path))
    assert after.items() > before.items() and after[100] == "train-00000-of-00002.parquet, row 1"
    assert set(names_of(prepared(path, [excluded]))) == set(range(100, 130)) - {112}


def test_an_excluded_row_is_listed_by_its_own_file(tmp_path):
    shard(tmp_path, "train-00000-of-00001.parquet", *range(20))
    broken = [b"no picture" if place == 4 else each for place, each in enumerate(PICTURES[:10])]
    write(tmp_path / "test-00000-of-00001.parquet", broken, number=list(range(120, 130)))
    (file,) = prepared(tmp_path / "train-00000-of-00001.parquet").broken
    assert file.path == f"{tmp_path}/test-00000-of-00001.parquet, row 5"


def test_a_second_chosen_file_gives_its_own_name(tmp_path):
    """Also where what was read is kept: without embedded pictures."""
    for place, each in enumerate(PICTURES[:20]):
        (tmp_path / f"{place}.png").write_bytes(each)
    for name, first in (("train", 0), ("test", 10)):
        cells = {"path": [f"{place}.png" for place in range(first, first + 10)], "kind": ["cat", "dog"] * 5}
        parquet.write_table(pa.table(cells), tmp_path / f"{name}-00000-of-00001.parquet")
    for name in ("train", "test"):
        chosen = f"{name}-00000-of-00001.parquet"
        known = facts(source(tmp_path / chosen))
        assert known.title == chosen and (known.num_train, known.num_test) == (10, 10)
