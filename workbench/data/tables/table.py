"""A table of pictures or numbers: its rows, and the types of its columns."""

import stat
import sys
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.contents import Encoded
from workbench.data.decoding.decoders import spread
from workbench.data.decoding.pictures import BrokenPicture, has_colours
from workbench.data.folder_scan import PictureFile
from workbench.data.latest import Latest
from workbench.data.moments import moments_of
from workbench.data.source import SPLIT_NAMES, DataError, Moments, TakenFor, shown
from workbench.data.tables.cells import EMPTY, Columns
from workbench.data.tables.columns import numbers_in
from workbench.data.tables.parquet import PictureCell
from workbench.data.tables.rows import Faults
from workbench.data.tables.shards import Shard
from workbench.spec.column import Column
from workbench.spec.record import Record

MOST_LETTERS = 100
"""Of a path that cannot be one."""


class Layout(Record):
    """The target columns, the type of every column, and notes on ignored ones.

    ``picture`` is the column of the pictures or their paths; "" if there is none: then the ``features`` are the input,
    or the column ``lost`` seems to name pictures whose files are not there. ``split`` and ``group`` are columns, ""
    where there is none. ``names`` are those of the columns that count.
    """

    names: tuple[str, ...]
    picture: str
    lost: str
    split: str
    group: str
    columns: tuple[Column, ...]
    features: tuple[Column, ...] = ()
    taken_for: tuple[TakenFor, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """The rows of a table with their ``faults``, and what they mean. ``path`` is the chosen one of its files, which are
    in the order of the rows, in ``firsts`` with the index of each one's first row; paths in cells start at its folder.
    """

    path: Path
    columns: Columns
    faults: Faults
    firsts: dict[Shard, int]
    layout: Layout

    @property
    def num_rows(self) -> int:
        return self.columns.num_rows

    def where(self, index: int) -> tuple[Shard, int]:
        """Return the file that a row is in, and its number there, from 1."""
        place = bisect(self._starts, index) - 1
        return self.files[place], index - self._starts[place] + 1

    def row_names(self, places: Sequence[int]) -> list[str]:
        """Return what rows are called: by their numbers, in a table of several files in theirs."""
        if len(self.files) == 1 and not self.files[0].name:
            return [f"row {place + 1}" for place in places]
        found = map(self.where, places)
        return [f"{shown(Path(file.path.name))}, row {number}" for file, number in found]

    @cached_property
    def files(self) -> tuple[Shard, ...]:
        return tuple(self.firsts)

    @cached_property
    def _starts(self) -> list[int]:
        return list(self.firsts.values())

    @cached_property
    def splits(self) -> NDArray[np.str_]:
        """train, val or test; "" for any other value; str [N]."""
        return splits_in(self.columns, self.layout.split)

    def count(self) -> dict[str, int]:
        """Return the number of rows in each split."""
        return {split: int((self.splits == split).sum()) for split in ("train", "val", "test")}

    @cached_property
    def moments(self) -> dict[str, Moments]:
        """Those of each column of numbers to predict, of all rows."""
        return moments_of(
            {each.name: self._numbers(each.name) for each in self.layout.columns if each.kind == "number"}
        )

    def _numbers(self, name: str) -> NDArray[np.float64]:
        """Return every number in a column, one or several in each cell; NaN for an empty cell."""
        cells = self.columns[name]
        if cells.numbers is not None:
            return cells.numbers
        return np.array([number for value, count in cells.tally() for number in numbers_in(value) * count], np.float64)

    @cached_property
    def is_in_colour(self) -> bool:
        """Whether any of a few of the pictures has colours; not if there are none."""
        if not self.layout.picture:
            return False
        cells = self.columns[self.layout.picture]
        return any(map(self._has_colours, spread(cells, in_order=isinstance(cells[0], PictureCell))))

    def _has_colours(self, value: Any) -> bool:
        try:
            return has_colours(self.file(value).data())
        except BrokenPicture:  # it is listed when it is read
            return False

    @property
    def picture(self) -> str:
        """The column of the pictures or their paths. Raises DataError if none is known."""
        names, lost = self.layout.names, self.layout.lost
        if not self.layout.picture and lost:
            raise DataError(
                f"{shown(self.path)}: of its columns ({', '.join(names)}), {lost} seems to name pictures, but no such "
                "files are there: choose the column of the pictures as input (setting data.source.picture) or, to learn "
                f"from the numbers, skip for this one (setting data.source.types, {lost}=skip)"
            )
        if not self.layout.picture:
            raise DataError(
                f"{shown(self.path)}: none of its columns ({', '.join(names)}) contains pictures or their paths, and none "
                "numbers to predict another one from: choose the column of the pictures as input (setting "
                "data.source.picture), or add columns of numbers"
            )
        return self.layout.picture

    def file(self, cell: Any) -> Encoded:
        """The picture in a cell, or the file that it names. BrokenPicture where it is none."""
        return file_in(cell, self.path.parent)


def splits_in(columns: Columns, split: str) -> NDArray[np.str_]:
    """Return the split of each row by the column of this name, as ``Table.splits``; without one, all are in train."""
    if not split:
        return np.full(columns.num_rows, "train")
    return columns[split].each(lambda value: SPLIT_NAMES.get(str(value).lower(), ""), "U5")


def file_in(cell: Any, folder: Path) -> Encoded:
    """The picture in a cell, or the file that it names, from the table's ``folder`` on. BrokenPicture where it is
    none.
    """
    if isinstance(cell, PictureCell):
        return cell
    if not isinstance(cell, str):
        raise BrokenPicture("the path is empty" if type(cell) in EMPTY else f"{str(cell)[:MOST_LETTERS]} is not a path")
    path = folder / cell
    try:
        if "\\" in cell and not path.exists():  # written on Windows
            path = folder / cell.replace("\\", "/")
        status = path.stat()
    except FileNotFoundError:
        raise BrokenPicture(_missing(cell)) from None
    except OSError as error:
        raise BrokenPicture(f"{cell[:MOST_LETTERS]}: {error.strerror}") from None
    except ValueError:  # a null character
        raise BrokenPicture(f"{cell} is not a path") from None
    if not stat.S_ISREG(status.st_mode):
        raise BrokenPicture(f"{cell} is not a file")
    return PictureFile(file=str(path))


def _size(table: Table) -> int:
    """Return the bytes in memory; infinitely many where the layout depends on other files, which may change: masks, and
    files that are not there yet; or where the cells hold pictures, which keep what they read, and what they could not.
    """
    cells = [table.columns[name] for name in table.layout.names]
    holds_pictures = any(isinstance(each[0], PictureCell) for each in cells)
    are_masks = any(column.kind == "mask" for column in table.layout.columns)
    if holds_pictures or are_masks or not (table.layout.picture or table.layout.features):
        return sys.maxsize
    return sum(piece.num_bytes for each in cells for piece in each.pieces)


read_once: Latest[Table] = Latest(_size)
"""Keeps the table that was read last."""


def _missing(value: str) -> str:
    """Return what is wrong with the path of a file that does not exist, and what to do."""
    if "://" in value:
        return f"{value[:MOST_LETTERS]} is a web address: download the picture, and write the path of its file"
    ending = "" if PurePath(value).suffix else " and has an ending such as .jpg"
    return (
        f"{value} does not exist: correct the path, which starts at the table's folder{ending}, or put the file there"
    )
