"""Pictures inside a Parquet file, as Hugging Face's datasets stores them, or as plain bytes."""

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet

from tests.data.folders import picture, png
from workbench.data import facts
from workbench.data.inventory import take_inventory
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.data.sources.table_file import TableFile
from workbench.data.tables.parquet import PictureCell, PictureCells, PictureColumn
from workbench.places import cache_dir
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe

SHAPE = (1, 12, 10)
NUM = 40
PICTURE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


PICTURES = [png(picture(180 - 120 * (place % 2) + place // 8)) for place in range(NUM)]
"""The bright ones are cats."""


def described(**features):
    """The schema's metadata, as Hugging Face's datasets writes it."""
    return {"huggingface": json.dumps({"info": {"features": features}})}


def write(path, pictures=PICTURES, kind=PICTURE, name="image", rows_in_group=7, **columns):
    """Write ``pictures`` in Hugging Face's layout, or as plain bytes."""
    cells = [{"bytes": each, "path": None} for each in pictures] if kind == PICTURE else pictures
    columns = {"label": [place % 2 for place in range(len(cells))], **columns}
    table = pa.table({name: pa.array(cells, kind), **columns})
    names = described(label={"names": ["cat", "dog"], "_type": "ClassLabel"}, image={"_type": "Image"})
    parquet.write_table(table.replace_schema_metadata(names), path, row_group_size=rows_in_group)
    return path


def source(path, **parameters):
    return Component(type="TableFile", parameters={"file": str(path), **parameters})


def prepared(path, leave_out=(), **parameters):
    recipe = DataRecipe(source=source(path, **parameters), leave_out=leave_out, validation_share=0.2)
    return prepare(recipe, input_shape=SHAPE, seed=0)


def reasons(data):
    return {file.path.rpartition(" ")[2]: file.reason for file in data.broken}


@pytest.mark.parametrize("kind", [PICTURE, pa.binary(), pa.large_binary()])
@pytest.mark.parametrize("rows_in_group", [7, 1000])
def test_every_picture_comes_out_with_what_is_said_of_it(tmp_path, kind, rows_in_group):
    path = write(tmp_path / "a.parquet", kind=kind, rows_in_group=rows_in_group, number=list(range(100, 100 + NUM)))
    known = facts(source(path))
    assert [(each.name, each.kind, each.guessed) for each in known.taken_for] == [
        ("image", "input", "input"),
        ("label", "class", "class"),
        ("number", "number", "number"),
    ]
    assert known.class_names == ("cat", "dog")
    data = prepared(path)
    assert [len(split) for split in (data.train, data.val, data.test)] == [26, 6, 8] and not data.broken
    for split in (data.train, data.val, data.test):
        for row, number in enumerate(split.targets["number"][:, 0].long().tolist()):
            theirs = np.asarray(Image.open(io.BytesIO(PICTURES[number - 100])))
            assert np.array_equal(split.inputs[row][0], theirs)
            assert split.targets["label"][row] == number % 2


def test_a_row_group_of_any_length_is_read_a_little_at_a_time(tmp_path):
    """In a separate process, because peak memory is counted since its start."""
    path, num_rows = tmp_path / "a.parquet", 6000
    noise = np.random.default_rng(0).bytes(num_rows + 10_000)
    cells = [{"bytes": noise[row : row + 10_000], "path": None} for row in range(num_rows)]
    parquet.write_table(
        pa.table({"image": pa.array(cells, PICTURE)}), path, row_group_size=num_rows, compression="none"
    )
    assert path.stat().st_size > 59e6 and parquet.ParquetFile(path).num_row_groups == 1
    read = f"""
import pyarrow, tracemalloc
from pathlib import Path
from workbench.data.tables import parquet as table_parquet
table_parquet.KEPT_BYTES = 5_000_000
column = table_parquet.PictureColumn(Path({str(path)!r}), "image", [{num_rows}])
assert not column.holds_pictures
cells = table_parquet.PictureCells(column, range({num_rows}))
tracemalloc.start()
sums = [sum(cell.data()[:2]) for cell in cells]
again = [sum(cells[row].data()[:2]) for row in (5999, 1000, 900, 5000)]
print(sums == {[noise[row] + noise[row + 1] for row in range(num_rows)]}, again == [sums[row] for row in (5999, 1000, 900, 5000)])
print(pyarrow.default_memory_pool().max_memory(), tracemalloc.get_traced_memory()[1])
"""
    told = subprocess.run([sys.executable, "-c", read], check=True, capture_output=True, text=True).stdout.split()
    assert told[:2] == ["True", "True"] and int(told[2]) < 35e6 and int(told[3]) < 10e6


def test_threads_that_ask_out_of_order_get_their_own_rows_and_the_file_is_read_once(tmp_path, monkeypatch):
    path, begun = write(tmp_path / "a.parquet", PICTURES * 25, rows_in_group=10_000), []
    read_from = PictureColumn._read_from
    monkeypatch.setattr(PictureColumn, "_read_from", lambda *given: begun.append(given) or read_from(*given))
    cells = PictureCells(PictureColumn(path, "image", [25 * NUM]), range(25 * NUM))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(PictureCell.data, cells)) == PICTURES * 25
    assert len(begun) == 1


def test_a_row_group_that_is_damaged_is_listed_and_the_others_train(tmp_path):
    path = write(tmp_path / "a.parquet", kind=pa.binary(), rows_in_group=10)
    first = parquet.ParquetFile(path).metadata.row_group(1).column(0)
    whole = bytearray(path.read_bytes())
    begin = first.dictionary_page_offset or first.data_page_offset
    whole[begin : begin + 30] = b"\xff" * 30
    path.write_bytes(whole)
    data = prepared(path)
    assert list(reasons(data)) == [str(row) for row in range(11, 21)]
    assert all(reason.startswith("image: it cannot be read: ") for reason in reasons(data).values())
    assert sum(map(len, (data.train, data.val, data.test))) == NUM - 10


def test_a_damaged_name_of_a_column_is_refused(tmp_path):
    path = write(tmp_path / "a.parquet", number=list(range(NUM)))
    path.write_bytes(path.read_bytes().replace(b"number", b"\xf0umber"))
    with pytest.raises(DataError, match="not a readable Parquet file: .* copy or save it again"):
        facts(source(path))


def test_a_disk_that_refuses_once_is_asked_again(tmp_path, monkeypatch):
    """What it refused is not kept with the table."""

    def refuse(*_, **__):
        raise OSError("Input/output error")

    path = write(tmp_path / "a.parquet")
    assert facts(source(path)).num_train == NUM
    with monkeypatch.context() as refusing:
        refusing.setattr(PictureColumn, "_read_from", refuse)
        with pytest.raises(DataError, match="image: it cannot be read: Input/output error"):
            prepared(path)
    assert not prepared(path).broken


def test_what_is_broken_is_listed_by_row_and_the_rest_trains(tmp_path):
    broken = [PICTURES[0][:90], b"", None, b"not a picture", *PICTURES[4:]]
    data = prepared(write(tmp_path / "a.parquet", broken))
    assert list(reasons(data)) == ["1", "2", "3", "4"]
    assert reasons(data)["1"].startswith("image: it is damaged")
    assert reasons(data)["2"] == "image: it is empty" == reasons(data)["3"]
    assert reasons(data)["4"] == "image: it is not a picture in a supported format: save it as JPEG or PNG"
    assert sum(map(len, (data.train, data.val, data.test))) == NUM - 4


def test_a_picture_that_is_only_named_is_listed(tmp_path):
    path = tmp_path / "a.parquet"
    cells = [{"bytes": None, "path": "there.png"}, *({"bytes": each, "path": None} for each in PICTURES[1:])]
    parquet.write_table(pa.table({"image": pa.array(cells, PICTURE), "label": ["a", "b"] * (NUM // 2)}), path)
    assert reasons(prepared(path)) == {
        "1": "image: it names the file there.png but contains no picture: save the pictures in the table"
    }


def test_classes_without_a_name_are_listed_and_a_hundred_names_are_classes(tmp_path):
    labels = [-1, *(place % 30 for place in range(1, 4 * NUM))]
    kinds = [f"kind {30 - place}" for place in range(30)]
    names = described(label={"names": kinds, "_type": "ClassLabel"})
    cells = pa.array([{"bytes": each, "path": None} for each in PICTURES * 4], PICTURE)
    table = pa.table({"image": cells, "label": labels}).replace_schema_metadata(names)
    parquet.write_table(table, tmp_path / "a.parquet")
    data = prepared(tmp_path / "a.parquet")
    assert data.class_names == tuple(kinds), "numbered as they were"
    assert reasons(data) == {"1": "label is empty"}


def test_lists_of_classes_are_labels_by_name(tmp_path):
    traits = [[place % 3, 2, -1] for place in range(NUM)]
    names = described(
        traits={"feature": {"names": ["soft", "loud", "striped"], "_type": "ClassLabel"}, "_type": "List"},
        boxes=[{"dtype": "float32", "_type": "Value"}],
        image={"_type": "Image"},
    )
    cells = pa.array([{"bytes": each, "path": None} for each in PICTURES], PICTURE)
    table = pa.table({"image": cells, "traits": traits}).replace_schema_metadata(names)
    parquet.write_table(table, tmp_path / "a.parquet")
    data = prepared(tmp_path / "a.parquet")
    assert data.columns[0].names == ("soft", "loud", "striped") and data.columns[0].kind == "labels"
    assert (data.train.targets["traits"].sum(1) >= 1).all() and (data.train.targets["traits"][:, 2] == 1).all()


def test_masks_and_pictures_to_be_answered_lie_within_too(tmp_path):
    masks = [png(Image.fromarray(np.full((12, 10), 3 * (place % 2), np.uint8))) for place in range(NUM)]
    cells = pa.array([{"bytes": each, "path": None} for each in masks], PICTURE)
    path = write(tmp_path / "a.parquet", annotation=cells, after=pa.array(PICTURES[::-1], pa.binary()))
    kinds = {each.name: each.kind for each in facts(source(path)).taken_for}
    assert kinds == {"image": "input", "label": "class", "annotation": "mask", "after": "picture"}
    data = prepared(path)
    assert (data.train.targets["annotation"][:] == 1 + data.train.targets["label"].numpy()[:, None, None]).all()
    assert data.train.targets["after"].shape[1:] == SHAPE
    assert {each.name: each.kind for each in facts(source(path, types=["after=skip"])).taken_for}["after"] is None


def test_bytes_that_are_no_pictures_are_left_out(tmp_path):
    codes = [bytes([place] * 9) for place in range(NUM)]
    sounds = pa.array([{"bytes": b"RIFF" + code, "path": "a.wav"} for code in codes], PICTURE)
    notes = prepared(write(tmp_path / "a.parquet", code=pa.array(codes, pa.binary()), sound=sounds)).notes
    for name in ("code", "sound"):
        assert f"The column {name} contains bytes that are not pictures and was ignored." in notes


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"types": ["after=class"]}, "after contains bytes, which is not a valid class"),
        ({"types": ["after=number"]}, "after contains bytes, which is not a valid number"),
        ({"types": ["after=labels"]}, "after contains bytes, which is not a valid labels"),
        ({"split": "after"}, "after is bytes, not a split: write train, val or test"),
    ],
)
def test_bytes_taken_for_what_they_cannot_say_are_no_rows(tmp_path, said, words):
    path = write(tmp_path / "a.parquet", after=pa.array(PICTURES, pa.binary()))
    assert len(facts(source(path, **said)).taken_for) == 3, "so that it can be said otherwise"
    with pytest.raises(DataError, match=f"no training rows are left; .*, row 1: {words}"):
        prepared(path, **said)


def test_a_cell_without_labels_is_no_label(tmp_path):
    write(tmp_path / "a.parquet", tags=["loud; soft", "", "soft", " "] * (NUM // 4))
    data = prepared(tmp_path / "a.parquet")
    assert next(column for column in data.columns if column.name == "tags").names == ("loud", "soft")


def test_groups_splits_and_what_is_left_out(tmp_path):
    patients = [place // 4 for place in range(NUM)]
    path = write(tmp_path / "a.parquet", patient=patients, number=[place + 0.5 for place in range(NUM)])
    data = prepared(path, leave_out=("row 3", "row 40"), group="patient")
    found = [set(split.targets["number"][:, 0].long().tolist()) for split in (data.train, data.val, data.test)]
    assert set.union(*found) == set(range(NUM)) - {2, 39}
    groups = [{number // 4 for number in numbers} for numbers in found]
    assert sum(map(len, groups)) == len(set.union(*groups))
    split = ["test" if place < 10 else "train" for place in range(NUM)]
    assert len(prepared(write(tmp_path / "a.parquet", split=split)).test) == 10


def test_leaks_are_found_and_named_by_row(tmp_path):
    from workbench.session.editing.survey import survey

    twice = [*PICTURES[:-1], PICTURES[0]]
    split = ["test" if place == NUM - 1 else "train" for place in range(NUM)]
    recipe = DataRecipe(source=source(write(tmp_path / "a.parquet", twice, split=split)), validation_share=0.0)
    inventory = take_inventory(recipe, input_shape=SHAPE, seed=0, progress=silent)
    assert inventory.names[0] == "row 1" and inventory.names[-1] == f"row {NUM}"
    assert survey(inventory, silent).same_as[-1] == 0


def test_pictures_are_decoded_once_wherever_they_lie(tmp_path, monkeypatch):
    """Rewritten with another column, moved, and as individual files."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))

    def decoded():
        return {path.name: path.stat().st_mtime_ns for path in (cache_dir() / "pictures").glob("*.pixels")}

    prepared(write(tmp_path / "a.parquet"))
    once = decoded()
    assert len(once) == 1
    prepared(write(tmp_path / "b.parquet", PICTURES, pa.binary(), "photo", age=[place + 0.5 for place in range(NUM)]))
    for place, each in enumerate(PICTURES):
        (tmp_path / f"{place}.png").write_bytes(each)
    lines = [f"{place}.png,{'cat' if place % 2 else 'dog'}" for place in range(NUM)]
    (tmp_path / "a.csv").write_text("\n".join(["path,kind", *lines]))
    prepared(tmp_path / "a.csv")
    assert decoded() == once
    prepared(write(tmp_path / "a.parquet", PICTURES[::-1]))
    assert len(decoded()) == 2


def test_a_glance_reads_a_few(tmp_path):
    path = write(tmp_path / "a.parquet")
    seen = TableFile(file=str(path)).glance(None, SHAPE)
    assert len(seen.train) == 24 and len(set(seen.train.names)) == 24


def test_two_columns_of_one_name_are_refused(tmp_path):
    """Otherwise the last one would be read in the place of both."""
    kinds = [pa.array(["cat", "dog"] * 20), pa.array(["old", "new"] * 20)]
    table = pa.Table.from_arrays([pa.array(PICTURES), *kinds], names=["image", "kind", "kind"])
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match="it has two columns kind; rename one of them"):
        prepared(tmp_path / "a.parquet")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_file_ends_in_a_sentence_or_a_list(tmp_path, data):
    """Some bytes are changed, or the file is truncated."""
    path = write(tmp_path / "a.parquet", PICTURES[:12], rows_in_group=5)
    whole = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=8)):
        whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole[: data.draw(st.sampled_from([len(whole), len(whole) // 2]))]))
    try:
        answer, refusal = prepared(path), ""
    except DataError as error:
        answer, refusal = None, str(error)
    assert "\n" not in refusal
    if answer is not None:
        assert sum(len(split) for split in (answer.train, answer.val, answer.test) if split) + len(answer.broken) == 12
