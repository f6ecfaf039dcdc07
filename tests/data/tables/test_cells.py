"""The cells of a column in pieces: whatever they are and wherever a piece ends, they are those of a plain list."""

import datetime
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.tables.cells import PIECE, Cells, Columns, Missing, Piece

WORDS = st.sampled_from([None, Missing(word="NA"), "cat", "dog", "a\ud800b", "", "1", "3.0"])
OTHERS = st.one_of(WORDS, st.sampled_from([1, 1.0, True, 0, False, -0.0, 10**400, ["a", [1, 2]], {"a": 1}, 2.5]))
COLUMNS = st.one_of(st.lists(WORDS, max_size=60), st.lists(OTHERS, max_size=60))
LENGTHS = st.integers(1, 7)


def in_pieces(cells, length):
    return Cells([Piece.of(cells[begin : begin + length]) for begin in range(0, len(cells), length)])


def same(found, expected):
    """Also in type: 1, 1.0 and True are equal."""
    return list(map(repr, found)) == list(map(repr, expected))


@given(COLUMNS, LENGTHS, st.data())
def test_cells_are_those_of_a_list(plain, length, data):
    cells = in_pieces(plain, length)
    assert len(cells) == len(plain) and same(cells, plain) and same(cells[::2], plain[::2])
    assert same(cells.mapped(lambda value: [value]), [[value] for value in plain])
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(plain), max_size=len(plain))), np.bool_)
    assert same(cells.where(chosen), [value for value, is_chosen in zip(plain, chosen, strict=True) if is_chosen])
    filled = [value for value in plain if value is not None and not isinstance(value, Missing)]
    counts = Counter[str]()
    for value, count in cells.tally():
        counts[repr(value)] += count
    assert counts == Counter(map(repr, filled)) and cells.num_filled() == len(filled)
    assert cells.each(lambda value: len(str(value)), np.int64).tolist() == [len(str(value)) for value in plain]


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-9, 9)), max_size=40), LENGTHS, st.data())
def test_numbers_are_those_of_each_cell_and_of_some_of_them(plain, length, data):
    cells = in_pieces(plain, length)
    expected = [math.nan if value is None else float(value) for value in plain]
    np.testing.assert_array_equal(cells.numbers, expected)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(plain), max_size=len(plain))), np.bool_)
    np.testing.assert_array_equal(cells.where(chosen).numbers, np.array(expected)[chosen])
    assert Cells.of([*plain, "words"]).numbers is None


def test_values_that_only_parquet_has_are_kept_as_they_are():
    plain = [datetime.date(2026, 1, 2), b"bytes", None, Missing(word="NA"), datetime.date(2026, 1, 2)]
    assert same(Cells.of(plain), plain)


def test_what_recurs_is_asked_once_a_piece():
    asked = []
    found = Cells.of(["cat", "dog"] * PIECE).each(lambda value: asked.append(value) or value, "U3")
    assert asked == ["cat", "dog"] * 2 and found.tolist() == ["cat", "dog"] * PIECE


def test_a_few_cells_from_many_pieces_are_few_pieces():
    cells = Cells([Piece.of([[row]] * 8) for row in range(100)])
    found = cells.where(np.arange(800) % 8 == 0)
    assert list(found) == [[row] for row in range(100)] and [len(piece) for piece in found.pieces] == [8] * 12 + [4]
    whole = cells.where((np.arange(800) % 8 == 0) | (np.arange(800) // 8 == 50))
    assert cells.pieces[50] in whole.pieces


def test_a_million_cells_are_not_a_million_objects():
    cells = Cells.of([f"name {place}" for place in range(PIECE)] * 3)
    with pytest.raises(IndexError):
        cells[3 * PIECE]
    assert cells[-1] == f"name {PIECE - 1}" and len(cells.pieces) == 3
    assert sum(piece.num_bytes for piece in cells.pieces) < 20 * len(cells)


def test_a_column_that_some_rows_lack_is_empty_there():
    columns = Columns([(2, {"a": Piece.of(["x", "y"])}), (1, {"b": Piece.of([7])})])
    assert columns.names == ["a", "b"] and columns.num_rows == 3
    assert list(columns["a"]) == ["x", "y", None] and list(columns["b"]) == [None, None, 7]
    columns["b"] = columns["a"].mapped(str)
    columns["c"] = columns["a"]
    assert columns.names == ["a", "b", "c"] and list(columns["b"]) == ["x", "y", "None"]
