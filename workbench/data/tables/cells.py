"""The cells of a table's columns, in pieces.

A piece keeps its different values once, packed, and for each row the number of its value. So no call goes through a
whole column while Python holds the interpreter, and with it the window; a million cells are no million objects, which
take long to free and to search for garbage; and what is asked of a value is asked once a piece.
"""

import marshal
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, compress
from typing import Any, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from workbench.spec.record import Record

PIECE = 1024
"""The most rows of a piece: what is computed of them takes a fraction of a millisecond, if they are no long lists."""

MOST_LISTED = 2**14
"""The number of values in the lists of the rows of JSON lines at which a piece ends: each of them is an object."""

MOST_CELLS = 2**20
"""The most cells of the rows of a CSV file that become pieces at once: those of a very wide table are shorter, but not
so short that what each costs by itself counts.
"""

RECURRING: tuple[set[type], ...] = ({str}, {int}, {bool}, set())
"""Types whose equal values are the same; 1 and 1.0 are equal as well, and lists cannot be looked up."""


class Missing(Record):
    """An empty cell that is not blank: NA."""

    word: str

    def __str__(self) -> str:
        return f"{self.word}, which counts as an empty cell: fill it in or, if it is a value, write another word for it"


EMPTY = frozenset((type(None), Missing))
"""The types of what stands in an empty cell."""


class Piece:
    """Successive cells of a column. ``numbers``: uint16 [N], the place of each cell's value in ``values()``, which are
    ``packed`` in bytes, or given by a sequence if they are pictures.
    """

    __slots__ = ("_missing", "numbers", "packed")

    def __init__(self, values: Sequence[Any], numbers: NDArray[np.uint16]) -> None:
        """values: all occur, most of them once."""
        self.numbers = numbers
        self._missing: dict[int, Missing] = {}
        if Missing in map(type, values):
            self._missing = {place: value for place, value in enumerate(values) if type(value) is Missing}
            values = [None if place in self._missing else value for place, value in enumerate(values)]
        self.packed = _packed(values)

    @classmethod
    def over(cls, values: Sequence[Any]) -> "Piece":
        """Return a piece that keeps no values, but has the sequence give them."""
        piece = cls((), EACH[: len(values)])
        piece.packed = values
        return piece

    @classmethod
    def of(cls, cells: Sequence[Any]) -> "Piece":
        if set(map(type, cells)) - EMPTY not in RECURRING:
            return cls(cells, EACH[: len(cells)])
        places = {value: place for place, value in enumerate(dict.fromkeys(cells))}
        if len(places) == len(cells):
            return cls(cells, EACH[: len(cells)])
        return cls(list(places), np.fromiter(map(places.__getitem__, cells), np.uint16, len(cells)))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def num_bytes(self) -> int:
        """The bytes in memory, nearly."""
        return len(self.packed) + self.numbers.nbytes

    def values(self) -> list[Any]:
        """Return its values, in the order in which they first occur."""
        values = marshal.loads(self.packed) if isinstance(self.packed, bytes) else list(self.packed)
        for place, missing in self._missing.items():
            values[place] = missing
        return values

    def cells(self) -> list[Any]:
        """Return the value of each row."""
        values = self.values()
        return values if self.numbers.base is EACH else [values[number] for number in self.numbers.tolist()]

    def mapped(self, function: Callable[[Any], Any]) -> "Piece":
        """Return a piece with what the function gives for each value."""
        return Piece([function(value) for value in self.values()], self.numbers)


EACH = np.arange(PIECE, dtype=np.uint16)
"""The numbers of a piece in which no value occurs twice."""


def _packed(values: Sequence[Any]) -> bytes | Sequence[Any]:
    """Return the values as bytes; themselves if they are pictures."""
    try:
        return marshal.dumps(list(values), 2)  # later versions look each value up in those before
    except ValueError:
        return values


class Cells(Sequence[Any]):
    """The cells of a column; None or ``Missing`` where one is empty."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = tuple(pieces)
        self._starts = [0, *accumulate(map(len, self.pieces))]
        self._last: tuple[int, list[Any]] = -1, []
        """The piece that was looked into last, and its cells."""

    @classmethod
    def of(cls, cells: Sequence[Any]) -> "Cells":
        """Return a column of these cells."""
        return cls([Piece.of(cells[begin : begin + PIECE]) for begin in range(0, len(cells), PIECE)])

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row, (number, cells) = range(len(self))[index], self._last
        wanted = bisect(self._starts, row) - 1
        if wanted != number:
            cells = self.pieces[wanted].cells()
            self._last = wanted, cells
        return cells[row - self._starts[wanted]]

    def __iter__(self) -> Iterator[Any]:
        for piece in self.pieces:
            yield from piece.cells()

    def placed(self) -> Iterator[tuple[slice, Piece]]:
        """Yield each piece with its rows."""
        for begin, piece in zip(self._starts, self.pieces, strict=False):
            yield slice(begin, begin + len(piece)), piece

    def tally(self) -> Iterator[tuple[Any, int]]:
        """Yield the values that are not empty, with the number of cells; one again if it is in several pieces."""
        for piece in self.pieces:
            counts = np.bincount(piece.numbers).tolist()
            for value, count in zip(piece.values(), counts, strict=True):
                if type(value) not in EMPTY:
                    yield value, count

    def num_filled(self) -> int:
        """Return how many cells are not empty."""
        return sum(count for _, count in self.tally())

    def num_where(self, function: Callable[[Any], object]) -> int:
        """Return for how many cells that are not empty the function is true."""
        return sum(count for value, count in self.tally() if function(value))

    def each(self, function: Callable[[Any], Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return what the function gives for each cell, [N]."""
        found = np.empty(len(self), dtype)
        for rows, piece in self.placed():
            found[rows] = np.array([function(value) for value in piece.values()], dtype)[piece.numbers]
        return found

    def mapped(self, function: Callable[[Any], Any]) -> "Cells":
        """Return a column with what the function gives for each cell."""
        return Cells([piece.mapped(function) for piece in self.pieces])

    def where(self, chosen: NDArray[np.bool_]) -> "Cells":
        """Return the cells for which ``chosen`` (bool [N]) holds, in pieces no longer than the longest of these."""
        if chosen.all():
            return self
        most, found, part = max(map(len, self.pieces)), list[Piece](), list[Any]()
        for rows, piece in self.placed():
            places = np.flatnonzero(chosen[rows]).tolist()
            is_whole = len(places) == len(piece)
            if part and (is_whole or len(part) + len(places) > most):
                found.append(Piece.of(part))
                part = []
            if is_whole:
                found.append(piece)
            elif places:
                cells = piece.cells()
                part += [cells[place] for place in places]
        result = Cells([*found, *([Piece.of(part)] if part else [])])
        numbers = self.__dict__.get("numbers")  # unless they are known, those of the few may be all that is asked for
        if numbers is not None:
            result.numbers = numbers[chosen]
        return result

    @cached_property
    def numbers(self) -> NDArray[np.float64] | None:
        """The cells as numbers [N], NaN where one is empty, if each other one is a single number; otherwise None."""
        types: set[type] = set()
        found = [np.empty(0)]
        for piece in self.pieces:
            values = piece.values()
            is_full = EMPTY.isdisjoint(map(type, values))
            are_filled = np.array([is_full or type(value) not in EMPTY for value in values], np.bool_)
            filled = values if is_full else list(compress(values, are_filled))
            types.update(map(type, filled))
            if not (types <= {int, float} or (types == {str} and "_" not in "".join(filled))):
                return None
            numbers = np.full(len(values), np.nan)
            try:
                numbers[are_filled] = list(map(float, filled))
            except (ValueError, OverflowError):
                return None
            if not np.isfinite(numbers[are_filled]).all():
                return None
            found.append(numbers[piece.numbers])
        return np.concatenate(found)


Blocks = list[tuple[int, dict[str, Piece]]]
"""Successive rows: how many, and their cells by column; a column that none of them has may be absent."""


class Columns:
    """The columns of a table, in which one can be put in another's place."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._known: dict[str, Cells] = {}
        self.names = list(dict.fromkeys(name for _, block in blocks for name in block))
        self.num_rows = sum(num_rows for num_rows, _ in blocks)

    def __getitem__(self, name: str) -> Cells:
        if name not in self._known:
            found = (block.get(name) or constant(None, num_rows) for num_rows, block in self._blocks)
            self._known[name] = Cells(list(found))
        return self._known[name]

    def copy(self) -> "Columns":
        """Return the same columns, in which others can be put in place."""
        copied = Columns(self._blocks)
        copied.names, copied._known = [*self.names], dict(self._known)
        return copied

    def __setitem__(self, name: str, cells: Cells) -> None:
        self.names += [] if name in self.names else [name]
        self._known[name] = cells


def without_blank(cells: Sequence[Any]) -> Sequence[Any]:
    """Return cells with None for each that is blank, NaN, or a list of nothing; most are none of these."""
    return [None if _is_blank(cell) else cell for cell in cells] if any(map(_is_blank, cells)) else cells


def _is_blank(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else value == [] or value != value


def constant(value: Any, num_rows: int) -> Piece:
    """Return a piece that has the same value in each row."""
    return Piece([value], np.zeros(num_rows, np.uint16))
