"""The description of what was excluded from the data, for real files that cannot be read."""

import csv

import pytest

from tests.data.folders import fill
from workbench.data.preparation import prepare
from workbench.session.left_out import folder_of, heading, sentence
from workbench.session.prepared import data_prepared
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe


@pytest.fixture
def pets(tmp_path):
    """Thirty pictures and two files that are not pictures, with a table that lists them all."""
    folder = fill(tmp_path / "pets", cat=15, dog=15)
    (folder / "cat" / "empty.png").write_bytes(b"")
    (folder / "dog" / "words.png").write_bytes(b"not a picture")
    files = sorted(folder.rglob("*.png"))
    with open(folder / "pets.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "kind"])
        rows.writerows([file.relative_to(folder), file.parent.name] for file in files)
    return folder


def said_of(source):
    data = prepare(DataRecipe(source=source), input_shape=(1, 12, 10), seed=0)
    return data_prepared(data, 0.0)


def test_files_are_named_from_the_datas_folder_on(pets):
    source = Component(type="ImageFolder", parameters={"folder": str(pets)})
    prepared = said_of(source)
    (_, first), (_, second) = prepared.broken
    words = sentence(prepared, within=folder_of(source))
    assert first != second and words == f"2 pictures were excluded: cat/empty.png ({first}), dog/words.png ({second})"
    assert f": {pets}/cat/empty.png (" in sentence(prepared), "the terminal has whole paths, to be copied"


def test_rows_are_named_from_the_tables_folder_on(pets):
    source = Component(type="TableFile", parameters={"file": str(pets / "pets.csv")})
    prepared = said_of(source)
    assert prepared.num_broken == 2
    words = sentence(prepared, within=folder_of(source))
    assert ": pets.csv, row 16 (path: cat/empty.png: it is empty), pets.csv, row 32 (path: dog/words.png: " in words


def test_one_reason_is_said_once(pets):
    (pets / "cat" / "empty.png").write_bytes(b"nor this")
    source = Component(type="ImageFolder", parameters={"folder": str(pets)})
    prepared = said_of(source)
    (_, reason), _ = prepared.broken
    words = sentence(prepared, within=folder_of(source))
    assert words == f"2 pictures were excluded: cat/empty.png, dog/words.png (each: {reason})"


@pytest.mark.parametrize(
    ("num_notes", "num_broken", "thing", "words"),
    [
        (1, 0, "picture", "1 note"),
        (0, 1, "picture", "1 picture that cannot be used"),
        (3, 1000, "picture", "3 notes and 1,000 pictures that cannot be used"),
        (3, 2000, "row", "3 notes and 2,000 rows that cannot be used, the first 1,000 listed"),
    ],
)
def test_a_list_says_all_that_it_holds(num_notes, num_broken, thing, words):
    assert heading(num_notes, num_broken, thing, num_listed=min(num_broken, 1000)) == words


def test_a_built_in_set_has_no_folder():
    assert folder_of(Component(type="Digits")) == ""
