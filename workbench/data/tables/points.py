"""Key points of a table whose x and y are columns of their own, such as ``nose_x`` and ``nose_y``."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from workbench.data.tables.columns import are_pixels, numbers_in
from workbench.data.tables.rows import Row
from workbench.spec.words import listed

POINTS = "points"
"""The column of all such key points."""

AXIS = re.compile(r"(.+[ _.-])(?:x|(X))")

MOST_NAMED = 4


def with_points(rows: Sequence[Row], told: Collection[str]) -> tuple[tuple[Row, ...], str]:
    """Return the rows with a last column of all their points, lists of x and y, if these are pixels; and a sentence on
    it, empty if there is none.

    A row that lacks a number has no points. Columns in ``told``, of which the user has said the type, are in none.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    pairs = list(_pairs(names, told))
    if not pairs:
        return tuple(rows), ""
    cells = [[numbers_in(row.get(x)) + numbers_in(row.get(y)) for x, y in pairs] for row in rows]
    whole = [all(len(point) == 2 for point in cell) for cell in cells]
    numbers = [number for cell, is_whole in zip(cells, whole, strict=True) if is_whole for number in chain(*cell)]
    if POINTS in names or not numbers or not (POINTS in told or are_pixels(numbers)):
        return tuple(rows), ""
    added = tuple(
        row | {POINTS: cell if is_whole else None} for row, cell, is_whole in zip(rows, cells, whole, strict=True)
    )
    few = [name for pair in pairs[:MOST_NAMED] for name in pair]
    more = len(pairs) - MOST_NAMED
    shown = listed([*few, f"{2 * more} more"] if more > 0 else few)
    return added, f"The column {POINTS} has the key points of {shown}, in pixels of the file."


def _pairs(names: Collection[str], told: Collection[str]) -> Iterator[tuple[str, str]]:
    for x in names:
        found = AXIS.fullmatch(x)
        y = found[1] + ("Y" if found[2] else "y") if found else ""
        if y in names and x not in told and y not in told:
            yield x, y
