"""A table handed over is the one that was opened: every cell, fault and guess, and the bytes of its pictures."""

import datetime
import io
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.data.folders import picture, png
from workbench.data.source import DataError, WrongColumn
from workbench.data.tables.handing_over import hand_over, refuse, take_over
from workbench.data.tables.opening import TableRequest, open_table
from workbench.data.tables.parquet import PictureCell
from workbench.spec.remedy import GuessColumns

CSV = """id,traits,size,note,split
a,"['red', 'round']",1.5,NA,train
b,red;blue,2,,val
c,"stray,3,x,test
d,blue,4,words,nowhere
e,red,5
""" + "".join(f"r{row},red,{row % 7},words,train\n" for row in range(3000))

LINES = """{"x": 1, "y": [0.5, 2]}
{"y": [1, 2], "z": {"a": [true]}}
{"x": 3, "x": 4}
{"x": 1e999, "y": null, "kind": "a\\u00fcb"}
"""


def handed_over(table, wanted):
    stream = io.BytesIO()
    hand_over(table, stream)
    stream.seek(0)
    return take_over(stream, wanted)


def written(path):
    """Write a file of two splits for Parquet, else a text; return the path."""
    if path.suffix != ".parquet":
        path.write_text(CSV if path.suffix == ".csv" else LINES)
        return path
    for split, first in (("train", 0), ("test", 60)):
        columns = {
            "image": pa.array([png(picture(first + row)) for row in range(9)], pa.binary()),
            "day": pa.array([datetime.date(2026, 1, 1 + row) for row in range(9)]),
            "price": pa.array([Decimal(row) / 4 for row in range(9)]),
            "days": pa.array([[datetime.date(2026, 1, 1)]] * 9),
        }
        parquet.write_table(pa.table(columns), path.with_name(f"{split}-00000-of-00001.parquet"), row_group_size=4)
    return path.with_name("train-00000-of-00001.parquet")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_it_is_the_same_table(tmp_path, suffix):
    wanted = TableRequest(path=written(tmp_path / f"a{suffix}"))
    table = open_table(wanted)
    found = handed_over(table, wanted)
    assert (found.path, found.faults, found.firsts) == (table.path, table.faults, table.firsts)
    assert found.layout == table.layout and found.columns.names == table.columns.names
    assert found.num_rows == table.num_rows and found.count() == table.count()
    for name in table.columns.names:
        theirs, ours = table.columns[name], found.columns[name]
        if isinstance(theirs[0], PictureCell):
            assert [cell.data() for cell in ours] == [cell.data() for cell in theirs]
        else:
            assert list(map(repr, ours)) == list(map(repr, theirs))
            assert [piece.num_bytes for piece in ours.pieces] == [piece.num_bytes for piece in theirs.pieces]


def test_what_only_parquet_has_is_text_of_the_same_words(tmp_path):
    columns = open_table(TableRequest(path=written(tmp_path / "a.parquet"))).columns
    assert columns["day"][1] == "2026-01-02" and columns["days"][0] == ["2026-01-01"]
    np.testing.assert_array_equal(columns["price"].numbers, [row / 4 for row in range(9)] * 2)


def test_numbers_that_are_the_input_come_as_such(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y,kind\n" + "".join(f"{row / 8},{row * row % 97 or ''},{row % 2}\n" for row in range(3000)))
    wanted = TableRequest(path=path, types=("x=feature", "y=feature", "kind=class"))
    table = open_table(wanted)
    found = handed_over(table, wanted)
    for name in ("x", "y"):
        assert "numbers" in vars(found.columns[name])
        np.testing.assert_array_equal(found.columns[name].numbers, table.columns[name].numbers)


@pytest.mark.parametrize("error", [DataError("a.csv: it has no rows: add one"), WrongColumn("there is no column b")])
def test_why_there_is_no_table_keeps_its_words_and_its_remedy(tmp_path, error):
    stream = io.BytesIO()
    refuse(error, stream)
    stream.seek(0)
    with pytest.raises(DataError) as found:
        take_over(stream, TableRequest(path=tmp_path))
    assert (type(found.value), str(found.value)) == (type(error), str(error))
    assert isinstance(found.value.remedy, GuessColumns) == isinstance(error, WrongColumn)


def test_a_stream_that_ends_early_is_no_table(tmp_path):
    wanted, stream = TableRequest(path=written(tmp_path / "a.csv")), io.BytesIO()
    hand_over(open_table(wanted), stream)
    whole = stream.getvalue()
    for length in (0, 5, 8, 100, len(whole) - 1):
        with pytest.raises(EOFError):
            take_over(io.BytesIO(whole[:length]), wanted)
