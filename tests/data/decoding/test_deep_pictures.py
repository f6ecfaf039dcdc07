"""Grey pictures of more than 8 bits: all of a folder or table have one black and one white, wherever they are seen."""

import csv

import numpy as np
import pytest
from PIL import Image

from workbench.data.folder import glance_at_folder, load_folder
from workbench.data.progress import silent
from workbench.data.tables.opening import TableRequest, open_table
from workbench.data.tables.reading import glance_at_table, load_table

SHAPE = (1, 12, 10)
NUM = 40

WHITES = pytest.mark.parametrize(
    ("kind", "highest", "white"),
    [
        (np.uint16, 4000, 4095),
        (np.uint16, 60_000, 65_535),
        (np.uint16, 200, 255),
        (np.int32, 900, 1023),
        (np.float32, 0.9, 1),
        (np.float32, 300, 1023),
    ],
)


def save(path, values):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(values).save(path)
    return values


def deep(kind, highest, *, brightest=20, seed=0):
    """Pictures that grow brighter, but for the one that says what is white."""
    random = np.random.default_rng(seed)
    for place in range(NUM):
        brightness = highest * (1 if place == brightest else 0.1 + place / 80)
        values = (random.random(SHAPE[1:]) * brightness).astype(kind)
        if place == brightest:
            values[0, 0] = highest
        yield values


def table(folder, rows, **types):
    path = folder / "a.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return open_table(
        TableRequest(path=path, types=tuple(f"{name}={kind}" for name, kind in types.items()), picture="path")
    )


def read(table_, used=None):
    return load_table(table_, SHAPE, used=used, test_share=0.0, progress=silent)


def by_name(loaded):
    return dict(zip(loaded.train.names, loaded.train.inputs[:][:, 0], strict=True))


def greys(values, white):
    return np.rint(values * np.float32(255 / white)).astype(np.uint8)


def check_same(glance, whole, files, white):
    """A glance shows the pixels of the whole, which are those of the files by one white, as its note says."""
    seen, pixels = by_name(glance), by_name(whole)
    assert len(pixels) == NUM and len(seen) == 8
    assert all(np.array_equal(pixels[name], greys(values, white)) for name, values in files.items())
    assert all(np.array_equal(seen[name], pixels[name]) for name in seen)
    assert any(f"0 is black, and {white:,} white" in note for note in whole.notes)


@WHITES
def test_all_deep_pictures_of_a_folder_have_one_white(tmp_path, kind, highest, white):
    """Medical pictures of 12 bits in 16 are not black, and a dark picture stays darker than a bright one."""
    files = {}
    for place, values in enumerate(deep(kind, highest)):
        name = f"{'ab'[place % 2]}/{place:02}.tif"
        files[name] = save(tmp_path / name, values)
    check_same(glance_at_folder(tmp_path, SHAPE, 8), load_folder(tmp_path, SHAPE, silent), files, white)


@WHITES
def test_all_deep_pictures_of_a_table_have_one_white(tmp_path, kind, highest, white):
    names = [f"in/{place:02}.tif" for place in range(NUM)]
    files = {name: save(tmp_path / name, values) for name, values in zip(names, deep(kind, highest), strict=True)}
    rows = table(tmp_path, [{"path": name, "kind": "ab"[place % 2]} for place, name in enumerate(names)])
    check_same(glance_at_table(rows, SHAPE, 8, used=None), read(rows), files, white)


def low_and_high(folder):
    """A table of pictures of a low and a high dose, the brightest of 6,000 at row 20, and of two more columns."""
    rows = []
    for place, (low, high) in enumerate(zip(deep(np.uint16, 900, seed=1), deep(np.uint16, 6000), strict=True)):
        names = {"path": f"in/{place:02}.tif", "high": f"in/{place:02}_high.tif"}
        for name, values in zip(names.values(), (low, high), strict=True):
            save(folder / name, values)
        rows.append({**names, "kind": "ab"[place % 2], "age": place + 0.5})
    return rows


def test_all_pictures_of_a_row_have_one_white(tmp_path):
    """So that pairs of a low and a high dose keep their ratio."""
    rows = low_and_high(tmp_path)
    found = read(table(tmp_path, rows, high="picture"))
    for row, low, high in zip(rows, found.train.inputs[:], found.train.targets["high"][:], strict=True):
        for name, pixels in ((row["path"], low), (row["high"], high)):
            assert np.array_equal(pixels[0], greys(np.asarray(Image.open(tmp_path / name)), 16_383))
    (note,) = (note for note in found.notes if "bits" in note)
    assert "0 is black, and 16,383 white" in note


@pytest.mark.parametrize("used", [("kind",), ("high",), ("age",), None])
def test_what_is_predicted_changes_no_white(tmp_path, used):
    """Nor does a row that cannot be used for it: were the few that say what is white taken from the others, they would
    be those of odd numbers, without the brightest.
    """
    rows = low_and_high(tmp_path)
    rows[0]["age"] = "?"
    found = read(table(tmp_path, rows, high="picture", age="number"), used)
    assert len(found.train) == NUM - (used is None or "age" in used)
    for name, pixels in by_name(found).items():
        assert np.array_equal(pixels, greys(np.asarray(Image.open(tmp_path / name)), 16_383))


def test_signed_deep_pictures_have_one_black_and_one_white(tmp_path):
    for place in range(8):
        path = tmp_path / "ab"[place % 2] / f"{place}.tif"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((12, 10), -1000 + 500 * place, np.int32)).save(path)
    found = load_folder(tmp_path, (1, 12, 10), silent)
    greys = {name: int(pixels.max()) for name, pixels in zip(found.train.names, found.train.inputs[:], strict=True)}
    assert [greys[f"{'ab'[place % 2]}/{place}.tif"] for place in (0, 1, 7)] == [0, round(255 / 7), 255]
