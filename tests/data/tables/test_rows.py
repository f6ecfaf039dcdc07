"""The rows of a CSV file, most of which are read by a short way: whatever is in them, they are as csv reads them."""

import csv
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.data.folders import picture
from workbench.data.progress import Cancelled
from workbench.data.source import DataError
from workbench.data.sources.table_file import TableFile
from workbench.data.tables import rows
from workbench.data.tables.cells import EMPTY, Cells
from workbench.data.tables.columns import guess
from workbench.data.tables.rows import MISSING, read_rows
from workbench.spec.quantities import file_size

CELLS = st.one_of(
    st.sampled_from(["", "NA", "[1, 2]", "[]", 'say "no"', "a,b", " wide ", "two\nlines", "x;y", "a.png"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="["), max_size=5),
)
LISTS = {"[1, 2]": [1, 2], "[]": None}


@pytest.mark.parametrize(("piece", "text_bytes"), [(1024, 2**18), (3, 5)], ids=["as one", "in pieces"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_all_rows_are_as_they_were_written(tmp_path, monkeypatch, piece, text_bytes, records):
    monkeypatch.setattr(rows, "PIECE", piece)
    monkeypatch.setattr(rows, "TEXT_BYTES", text_bytes)
    # A line within a record that looks like a row is taken for one: see the quotation marks that are not closed.
    assume(not any("a.png" in record and record.count("two\nlines") > 1 for record in records))
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("a", "b", "c"), *records])
    found = read_rows(tmp_path / "a.csv")
    expected = [[LISTS.get(cell, None if cell in MISSING else cell.strip() or None) for cell in row] for row in records]
    cells = [[None if type(cell) in EMPTY else cell for cell in found.columns[name]] for name in "abc"]
    assert list(map(list, zip(*cells, strict=True))) == expected and found.faults == {}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_faults_far_down_a_table_are_named_by_their_line_and_row(tmp_path, ending):
    lines = [f'"{place}\n",x' if place % 3 else f"{place},x" for place in range(3000)]
    lines[2990], lines[2995] = '2990,"x', "2995,x,y"
    (tmp_path / "a.csv").write_text("\n".join(["a,b", *lines]).replace("\n", ending), newline="")
    found = read_rows(tmp_path / "a.csv")
    line = 2 + 2990 + sum(place % 3 > 0 for place in range(2990))
    assert found.faults == {
        2990: f"in line {line}, {rows.UNCLOSED}",
        2995: "it has 3 cells for 2 columns",
    }
    assert found.columns.num_rows == 3000 and found.columns["a"][2999] == "2999"


def test_the_pieces_of_a_wide_table_are_not_short(tmp_path):
    """Each has a cost of its own, in every column."""
    names, cells = (",".join(f"{sign}{place}" for place in range(2000)) for sign in ("x", ""))
    (tmp_path / "a.csv").write_text("\n".join([names, *[cells] * 60]))
    assert [len(piece) for piece in read_rows(tmp_path / "a.csv").columns["x7"].pieces] == [60]


def test_the_pieces_of_long_lists_are_short(tmp_path):
    """What is computed of one holds the interpreter."""
    lines = [{"x": [place] * 1000, "y": place} for place in range(100)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read_rows(tmp_path / "a.jsonl").columns
    assert list(found["x"]) == [line["x"] for line in lines] and list(found["y"]) == list(range(100))
    assert max(map(len, found["x"].pieces)) <= 17


def test_keys_that_come_and_go_are_columns_of_all_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 2)
    monkeypatch.setattr(rows, "TEXT_BYTES", 7)
    told = [{"a": 1}, {"a": "é", "b": [2]}, {"c": {"d": 3}}, {"b": " "}, {"a": float("nan")}]
    (tmp_path / "a.jsonl").write_text("\n\n".join([*map(json.dumps, told), "no json"]))
    found = read_rows(tmp_path / "a.jsonl")
    assert {name: list(found.columns[name]) for name in found.columns.names} == {
        "a": [1, "é", None, None, None, None],
        "b": [None, [2], None, None, None, None],
        "c": [None, None, {"d": 3}, None, None, None],
    }
    assert found.faults == {5: "not valid JSON"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_that_is_decoded_in_pieces_is_that_of_the_whole(tmp_path, monkeypatch, encoding):
    monkeypatch.setattr(rows, "TEXT_BYTES", 3)
    text = "größe,straße\n" + "".join(f"ä{place},ß\n" for place in range(9))
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    found = read_rows(tmp_path / "a.csv")
    assert found.columns.names == ["größe", "straße"] and list(found.columns["größe"]) == [f"ä{n}" for n in range(9)]
    assert len(found.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "2", "1", "2"], "class"),
        (["1e3", "inf", "2", "5.5"], "number"),
        (["1_0", "1_0", "2_0", "2_0"], "class"),
        (["3%", "4.5%", "1", "2"], "number"),
        (["1,000", "2,500.5", "7", "8"], "number"),
        (["red", "blue", "red", "blue"], "class"),
        (["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"], None),
    ],
)
def test_a_column_is_of_the_same_type_however_many_rows_repeat_it(texts, kind):
    assert guess("a", Cells.of(texts)).kind == kind
    if kind is not None:
        assert guess("a", Cells.of(texts * 7)).kind == kind


def test_only_a_column_of_numbers_alone_is_read_at_once():
    nan = float("nan")
    for cells, told in (
        (["1", " 2.5", None, "-3e2"], [1.0, 2.5, nan, -300.0]),
        ([1, 2.5], [1.0, 2.5]),
        ([None], [nan]),
    ):
        np.testing.assert_array_equal(Cells.of(cells).numbers, told)
    for other in (["1", "1_0"], ["1", "nan"], ["1", "inf"], ["1", "x"], [True, 1], [10**400], ["1", 2], [[1]]):
        assert Cells.of(other).numbers is None


def test_reading_a_long_table_can_be_cancelled_at_any_of_its_steps(tmp_path):
    """As the window does it, from ``progress``."""
    picture(90, (12, 10)).save(tmp_path / "a.png")
    (tmp_path / "a.csv").write_text("file,kind\n" + "a.png,cat\na.png,dog\n" * 3000)
    source = TableFile(file=str(tmp_path / "a.csv"))
    for step in ("Reading the rows", "Looking for the pictures"):

        def cancel(what, done, total, step=step):
            if what == step and 0 < done < total:
                raise Cancelled

        with pytest.raises(Cancelled):
            source.load_for(None, (1, 12, 10), 0, cancel)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl"])
def test_only_a_csv_file_is_to_be_saved_by_excel(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"\x81 \xc3\xa4")
    how = r" \(in Excel, as the type CSV UTF-8\)" if ending == ".csv" else ""
    with pytest.raises(DataError, match=f"a{ending}: not UTF-8 text: save it as UTF-8{how}$"):
        read_rows(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_cut_off_in_the_middle_of_a_character_is_not_read_as_another(tmp_path, encoding):
    """In Windows-1252, half of an ä is a letter of its own, and would be a new class."""
    (tmp_path / "a.csv").write_bytes("path,kind\na.png,Bä".encode(encoding)[:-1])
    with pytest.raises(DataError, match="it ends in the middle of a character: copy it again, or save it as UTF-8"):
        read_rows(tmp_path / "a.csv")


def test_bytes_with_zeros_are_no_text(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"path,kind\na.png,\xe4\0\0\x01\n")
    with pytest.raises(DataError, match="not UTF-8 text"):
        read_rows(tmp_path / "a.csv")


def test_a_word_is_quoted_of_a_cell_of_any_length(tmp_path):
    """Looking for whole words would take a time that grows with the square of their length."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"path,kind\na.png," + b"0123456789abcdef" * 2500 + "Bär\n".encode("cp1252"))
    (note,) = read_rows(path).notes
    assert "if def0123456789abcdefBär is not what it says" in note


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_table_is_read_piece_by_piece_and_can_be_cancelled(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(rows, "TEXT_BYTES", 10)
    path, told = tmp_path / f"a{ending}", []
    path.write_text("a,b\n" + "1,ä\n" * 90 if ending == ".csv" else '{"a": 1, "b": "ä"}\n' * 90, "utf-8")
    read_rows(path, lambda *each: told.append(each))
    size = path.stat().st_size
    assert [done for _, done, _ in told] == [*range(10, size, 10), size] and {total for *_, total in told} == {size}
    assert told[-1][0] == f"Reading the table, {file_size(size)} of {file_size(size)}"

    def cancel(what, done, total):
        if done >= 50:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_rows(path, cancel)
