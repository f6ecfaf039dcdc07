"""Key points of a table whose x and y are columns of their own, such as ``nose_x`` and ``nose_y``."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from workbench.data.tables.cells import Cells, Columns, Piece
from workbench.data.tables.columns import are_pixels, numbers_in
from workbench.spec.words import listed

POINTS = "points"
"""The column of all such key points."""

AXIS = re.compile(r"(.+[ _.-])(?:x|(X))")

MOST_NAMED = 4


def add_points(columns: Columns, told: Collection[str]) -> str:
    """Add a last column of all key points, lists of x and y, if these are pixels; return a sentence on it, empty if
    there is none.

    A row that lacks a number has no points. Columns in ``told``, of which the user has said the type, are in none.
    """
    pairs = list(_pairs(columns.names, told))
    if not pairs or POINTS in columns.names:
        return ""
    axes = [columns[name] for pair in pairs for name in pair]
    cells = Cells([Piece.of(_points(pieces)) for pieces in zip(*(each.pieces for each in axes), strict=True)])
    numbers = [number for cell, _ in cells.tally() for number in chain(*cell)]
    if not numbers or not (POINTS in told or are_pixels(numbers)):
        return ""
    columns[POINTS] = cells
    few = [name for pair in pairs[:MOST_NAMED] for name in pair]
    more = len(pairs) - MOST_NAMED
    shown = listed([*few, f"{2 * more} more"] if more > 0 else few)
    return f"The column {POINTS} has the key points of {shown}, in pixels of the file."


def _points(axes: Sequence[Piece]) -> list[list[list[float]] | None]:
    """Return the points of each row, of pieces of x, y, x, y and so on."""
    rows = zip(*([numbers_in(cell) for cell in piece.cells()] for piece in axes), strict=True)
    points = ([x + y for x, y in zip(row[::2], row[1::2], strict=True)] for row in rows)
    return [row if all(len(point) == 2 for point in row) else None for row in points]


def _pairs(names: Collection[str], told: Collection[str]) -> Iterator[tuple[str, str]]:
    for x in names:
        found = AXIS.fullmatch(x)
        y = found[1] + ("Y" if found[2] else "y") if found else ""
        if y in names and x not in told and y not in told:
            yield x, y
