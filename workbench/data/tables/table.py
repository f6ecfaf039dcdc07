"""A table of pictures or numbers: its rows, and the types of its columns."""

import math
import re
import stat
import sys
from bisect import bisect
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePath
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from workbench.data.array_columns import VOID
from workbench.data.decoding.contents import Encoded
from workbench.data.decoding.decoders import side_by_side, spread
from workbench.data.decoding.pictures import BrokenPicture, has_colours
from workbench.data.folder_scan import PictureFile
from workbench.data.latest import Latest
from workbench.data.source import SPLIT_NAMES, DataError, Role, TakenFor, WrongColumn, shown
from workbench.data.tables.cells import EMPTY, Cells
from workbench.data.tables.columns import (
    FEW,
    Guess,
    class_in,
    column_and_type,
    guess,
    names_of,
    num_different,
    said,
    shape_of_numbers,
    with_lists,
    with_plain_numbers,
)
from workbench.data.tables.mask_classes import InMask, in_mask
from workbench.data.tables.numbers import feature_of, seems_to_name_pictures, with_features
from workbench.data.tables.parquet import PictureCell
from workbench.data.tables.points import POINTS, add_points
from workbench.data.tables.rows import read_rows
from workbench.data.tables.shards import Shard
from workbench.spec.column import IN_DATA, Column, Kind
from workbench.spec.problems import near_names
from workbench.spec.record import Record
from workbench.spec.words import plural

LOOKED_AT = 100
"""The number of rows examined to find the pictures' column."""

MOST_MASKS = 1000
"""The number of masks that are all examined for classes; of more, as many from everywhere."""

MOST_COLUMNS = 200
"""Of a table of pictures with more, the others are ignored: nobody chooses among so many what each is."""

MOST_LETTERS = 100
"""Of a path that cannot be one."""

ANYTHING: tuple[Kind | Role, ...] = ("input", "split", "group", *IN_DATA)
"""The types that a column of a table with pictures can have; whether its values fit is checked row by row."""

PERSON = re.compile(r"(patient|subject|person|participant)[ _-]?(id|no|nr|number|code|name)?")
"""Names of columns whose values, if they are many, say whose picture each is."""

SPLIT_TITLES = ("split", "subset", "partition", "fold_name")


class Layout(Record):
    """The target columns, the type of every column, and notes on ignored ones.

    ``picture`` is the column of the pictures or their paths; "" if there is none: then the ``features`` are the input.
    """

    picture: str
    columns: tuple[Column, ...]
    features: tuple[Column, ...] = ()
    taken_for: tuple[TakenFor, ...] = ()
    notes: tuple[str, ...] = ()


class Table:
    """The rows of a table with their ``faults``, and what they mean. ``path`` is the chosen one of its ``files``, which
    are in the order of the rows; paths in cells start at its folder. ``split`` and ``group`` are columns, "" where
    there is none.
    """

    def __init__(self, path: Path, *, types: Sequence[str], picture: str, split: str, group: str) -> None:
        self.path = path
        self.columns, self.faults, self._class_names, firsts, self._notes = read_rows(path)
        self.num_rows = self.columns.num_rows
        self.files, self._starts = tuple(firsts), list(firsts.values())
        told, self._about_points = {column_and_type(text)[0] for text in types}, ""
        likely_picture = self._likely_picture(told)
        lost = (
            name for name in self.columns.names if name not in told and seems_to_name_pictures(name, self._head(name))
        )
        self._lost = "" if picture or likely_picture else next(lost, "")
        """A column that seems to name pictures whose files are not there."""
        self._holds_numbers = not (picture or likely_picture or self._lost)
        if not self._holds_numbers:
            self._about_points = add_points(self.columns, told)
        all_names = self.columns.names
        for chosen in filter(None, (picture, split, group)):
            if chosen not in all_names:
                raise WrongColumn(
                    f"{shown(path)}: there is no column {chosen}; there is {near_names(chosen, all_names)}"
                )
        wanted = {picture, split, group, POINTS, *told}
        most = len(all_names) if self._holds_numbers else MOST_COLUMNS
        self.names = [name for place, name in enumerate(all_names) if place < most or name in wanted]
        self._num_ignored = len(all_names) - len(self.names)
        self._told = said(types, self.names)
        self._likely: dict[Role, str] = {"input": likely_picture, "split": self._likely_split()}
        self.split = split or self._likely["split"]
        self.splits = self._splits()
        """train, val or test; "" for any other value; str [N]."""
        picture = picture or likely_picture
        self.group = ""  # until it is known whether there is something else to predict
        self._likely["group"] = self._likely_group(picture)
        self.group = group or self._likely["group"]
        self.layout = self._layout(picture)

    def where(self, index: int) -> tuple[Shard, int]:
        """Return the file that a row is in, and its number there, from 1."""
        place = bisect(self._starts, index) - 1
        return self.files[place], index - self._starts[place] + 1

    def _splits(self) -> NDArray[np.str_]:
        if not self.split:
            return np.full(self.num_rows, "train")
        return self.columns[self.split].each(lambda value: SPLIT_NAMES.get(str(value).lower(), ""), "U5")

    def count(self) -> dict[str, int]:
        """Return the number of rows in each split."""
        return {split: int((self.splits == split).sum()) for split in ("train", "val", "test")}

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
        if not self.layout.picture and self._lost:
            raise DataError(
                f"{shown(self.path)}: of its columns ({', '.join(self.names)}), {self._lost} seems to name pictures, but no such "
                "files are there: choose the column of the pictures as input (setting data.source.picture) or, to learn "
                f"from the numbers, skip for this one (setting data.source.types, {self._lost}=skip)"
            )
        if not self.layout.picture:
            raise DataError(
                f"{shown(self.path)}: none of its columns ({', '.join(self.names)}) contains pictures or their paths, and none "
                "numbers to predict another one from: choose the column of the pictures as input (setting "
                "data.source.picture), or add columns of numbers"
            )
        return self.layout.picture

    def _head(self, name: str) -> Cells:
        """Return the first cells of a column."""
        return Cells.of(self.columns[name][:LOOKED_AT])

    def _likely_picture(self, told: Collection[str]) -> str:
        """Return the first column, if its type is not ``told``, that holds pictures or else their paths; "" if there is
        none.
        """
        free = [name for name in self.columns.names[:MOST_COLUMNS] if name not in told]
        return next(chain(filter(self._holds_pictures, free), filter(self._names_files, free)), "")

    def _likely_split(self) -> str:
        """Return the first undeclared column that is called like a split; "" if there is none."""
        return next((name for name in self.names if name not in self._told and _called_like(name) == "split"), "")

    def _likely_group(self, picture: str) -> str:
        """Return the first undeclared column that says whose picture each is; "" if there is none, or the persons are
        all that can be predicted.
        """
        persons = [name for name in self.names if self._names_persons(name)]
        group = next((name for name in persons if name not in self._told), "")
        if not group or self._taken_for(group, picture).kind is None:
            return group
        others = (self._taken_for(name, picture).kind for name in self.names if name not in persons)
        return group if any(kind in IN_DATA for kind in others) else ""

    def _holds_pictures(self, name: str) -> bool:
        return guess(name, self._head(name)).kind == "picture"

    def _names_files(self, name: str) -> bool:
        """Return whether the first values are names of files, whatever their endings."""
        try:
            return bool([self.file(value) for value, _ in self._head(name).tally()])
        except BrokenPicture:
            return False

    def _names_persons(self, name: str) -> bool:
        """Return whether the column says by its name and its values whose picture each is, and some have several."""
        if _called_like(name) != "group":
            return False
        cells = self.columns[name]
        return FEW < num_different(class_in, cells) < cells.num_filled()

    def _layout(self, picture: str) -> Layout:
        taken_for = tuple(self._taken_for(name, picture) for name in self.names)
        if self._holds_numbers:
            taken_for = with_features(taken_for, self.columns, self._told)
        elif "feature" in self._told.values():
            raise WrongColumn(
                f"{shown(self.path)}: the input is pictures, beside which no numbers can be the input: choose another type "
                "than feature, or skip for the column of the pictures"
            )
        for each in taken_for:
            if each.kind == "labels":
                self.columns[each.name] = with_lists(self.columns[each.name])
            if each.kind in ("number", "feature"):
                self.columns[each.name] = with_plain_numbers(each.name, self.columns[each.name])
        columns = tuple(self._column(each) for each in taken_for if each.kind in IN_DATA)
        notes = [*self._notes, *(each.why for each in taken_for if each.why and each.name not in self._told)]
        if self._num_ignored:
            notes.append(f"The last {self._num_ignored:,} columns were ignored: name those you need as column types.")
        if not columns:
            notes.append(f"The table has no labels for the {'rows' if self._holds_numbers else 'pictures'}.")
        features = tuple(feature_of(each.name, self._taught(each.name)) for each in taken_for if each.kind == "feature")
        return Layout(picture=picture, features=features, columns=columns, taken_for=taken_for, notes=tuple(notes))

    def _taken_for(self, name: str, picture: str) -> TakenFor:
        chosen: dict[str, Role] = {self.split: "split", picture: "input"}
        if self.group not in self._told:
            chosen = {self.group: "group", **chosen}
        role = chosen.get(name)
        if role is not None and self._likely[role] == name:
            why = (
                f"The column {name} keeps the {'rows' if self._holds_numbers else 'pictures'} of each person in one split: to predict "
                "it, choose class as its type."
                if role == "group"
                else ""
            )
            return TakenFor(
                name=name, kind=role, guessed=role, choices=ANYTHING, why=why, called_like=_called_like(name)
            )
        guessed = guess(name, self.columns[name])
        if guessed.kind == "class" and name != self.split and self._names_groups(name):
            why = f"The column {name} has mostly test values that never occur in training, like a group id, and was ignored."
            guessed = Guess(name=name, kind=None, why=why)
        return TakenFor(
            name=name,
            kind=role or self._told.get(name, guessed.kind),
            guessed=guessed.kind,
            choices=ANYTHING,
            why="" if role else guessed.why or (self._about_points if name == POINTS else ""),
            called_like=_called_like(name),
        )

    def _names_groups(self, name: str) -> bool:
        """Whether nobody could learn it, since most rows outside of training are of a class that none within it is
        of.
        """
        if not self.split:
            return False
        known = {class_in(value) for value, _ in self._taught(name).tally()}
        rest = self.columns[name].where(np.isin(self.splits, ("val", "test")))
        return rest.num_where(lambda value: class_in(value) not in known) > rest.num_filled() / 2

    def _taught(self, name: str) -> Cells:
        """Return the cells of a column in training."""
        return self.columns[name].where(self.splits == "train")

    def _column(self, taken_for: TakenFor) -> Column:
        """Return the column with the names that occur in training."""
        name, kind = taken_for.name, cast(Kind, taken_for.kind)
        cells = self._taught(name)
        if kind in ("class", "labels"):
            values = (value for value, _ in cells.tally())
            return Column(name=name, kind=kind, names=names_of(values, kind, self._class_names.get(name, ())))
        if kind == "mask":
            filled = [value for value in cells if type(value) not in EMPTY]
            return Column(name=name, kind=kind, names=self._mask_names(name, filled))
        if kind == "number":
            return Column(name=name, kind=kind, shape=shape_of_numbers(cells))
        if kind == "keypoints":
            return Column(name=name, kind=kind, shape=self._shape_of_points(name, cells))
        return Column(name=name, kind=kind)

    def _shape_of_points(self, name: str, cells: Cells) -> tuple[int, ...]:
        shape = shape_of_numbers(cells)
        if not shape or shape[0] % 2:
            raise WrongColumn(
                f"{shown(self.path)}: the column {name} has {plural(shape[0] if shape else 1, 'number')} per row, but key "
                "points are pairs x, y: write them as 12;30;41;33, or choose number as its type"
            )
        return shape

    def _mask_names(self, name: str, values: Sequence[Any]) -> tuple[str, ...]:
        """Return the numbers that occur in masks, or the colours if most are in colour."""
        some = spread(values, in_order=isinstance(values[0], PictureCell)) if values else values
        found = self._in_masks(some)
        are_masks = 2 * len(found) >= len(some)
        if are_masks:
            some = values if len(values) <= MOST_MASKS else values[:: math.ceil(len(values) / MOST_MASKS)]
            found = self._in_masks(some)
        if len(some) < len(values):
            self._notes += (
                f"Of the {len(values):,} masks of the column {name}, {len(some):,} were examined for classes"
                f"{'' if are_masks else ', most of which are no masks'}: pixels of a class that is in none of these are not "
                "labelled.",
            )
        numbers = {number for each in found for number in each.numbers}
        codes = {code for each in found for code in each.codes}
        if 2 * sum(each.is_coloured for each in found) > len(found) and not all(each.numbers for each in found):
            codes |= {0x010101 * number for number in numbers}
            return tuple(f"#{code:06x}" for code in sorted(codes))
        if numbers != {0, VOID}:  # black and white are two classes, not one with unlabelled pixels
            numbers.discard(VOID)
        return tuple(map(str, sorted(numbers)))

    def _in_masks(self, values: Sequence[Any]) -> list[InMask]:
        """Return what is in those masks that can be read."""
        return [each for each in side_by_side(self._in_mask, values) if each is not None]

    def _in_mask(self, value: Any) -> InMask | None:
        """Return what is in a mask; None if it cannot be read."""
        with suppress(BrokenPicture):
            return in_mask(self.file(value))
        return None

    def file(self, value: Any) -> Encoded:
        """The picture in a cell, or the file that it names, from the table's own folder on. BrokenPicture where it is
        none.
        """
        if isinstance(value, PictureCell):
            return value
        if not isinstance(value, str):
            raise BrokenPicture(
                "the path is empty" if type(value) in EMPTY else f"{str(value)[:MOST_LETTERS]} is not a path"
            )
        path = self.path.parent / value
        try:
            if "\\" in value and not path.exists():  # written on Windows
                path = self.path.parent / value.replace("\\", "/")
            status = path.stat()
        except FileNotFoundError:
            raise BrokenPicture(_missing(value)) from None
        except OSError as error:
            raise BrokenPicture(f"{value[:MOST_LETTERS]}: {error.strerror}") from None
        except ValueError:  # a null character
            raise BrokenPicture(f"{value} is not a path") from None
        if not stat.S_ISREG(status.st_mode):
            raise BrokenPicture(f"{value} is not a file")
        return PictureFile(file=str(path))


def _called_like(name: str) -> Role | None:
    """Return the role that a column's name makes likely."""
    if name.lower() in SPLIT_TITLES:
        return "split"
    return "group" if PERSON.fullmatch(name.lower()) else None


def _size(table: Table) -> int:
    """Return the bytes in memory; infinitely many where the layout depends on other files, which may change: masks, and
    files that are not there yet; or where the cells hold pictures, which keep what they read, and what they could not.
    """
    cells = [table.columns[name] for name in table.names]
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
