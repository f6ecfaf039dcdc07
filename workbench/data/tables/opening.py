"""A table is opened: its rows are read, and the types of its columns are guessed or told."""

import math
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np

from workbench.data.array_columns import VOID
from workbench.data.decoding.decoders import side_by_side, spread
from workbench.data.decoding.pictures import BrokenPicture
from workbench.data.progress import Progress, silent
from workbench.data.source import DataError, Role, TakenFor, WrongColumn, shown
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
from workbench.data.tables.rows import TableRows, read_rows
from workbench.data.tables.table import Layout, Table, file_in, splits_in
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

ANYTHING: tuple[Kind | Role, ...] = ("input", "split", "group", *IN_DATA)
"""The types that a column of a table with pictures can have; whether its values fit is checked row by row."""

PERSON = re.compile(r"(patient|subject|person|participant)[ _-]?(id|no|nr|number|code|name)?")
"""Names of columns whose values, if they are many, say whose picture each is."""

SPLIT_TITLES = ("split", "subset", "partition", "fold_name")


class TableRequest(Record):
    """The file to open, and what is told of its columns: ``types`` such as ``age=number``, and which are the
    ``picture``, ``split`` and ``group``; "" where that is to be guessed.
    """

    path: Path
    types: tuple[str, ...] = ()
    picture: str = ""
    split: str = ""
    group: str = ""


def open_table(wanted: TableRequest, progress: Progress = silent) -> Table:
    """Read the table. Raises DataError if it cannot be read, WrongColumn if what is told does not fit it, and Cancelled
    from ``progress``.
    """
    rows = read_rows(wanted.path, progress)
    if len(rows.columns.names) == 1 and wanted.path.suffix.lower() in (".csv", ".tsv"):
        raise DataError(
            f"{shown(wanted.path)}: its first line names only 1 column; it must name several, separated by commas"
        )
    progress("Guessing what the columns are", 0, 1)
    layout = _Guessing(wanted, rows).layout
    return Table(path=wanted.path, columns=rows.columns, faults=rows.faults, firsts=rows.firsts, layout=layout)


class _Guessing:
    """Finds the ``layout`` of a table, and adapts its columns to it."""

    def __init__(self, wanted: TableRequest, rows: TableRows) -> None:
        self._path, self._rows, self._columns = wanted.path, rows, rows.columns
        told, self._about_points = {column_and_type(text)[0] for text in wanted.types}, ""
        likely_picture = self._likely_picture(told)
        picture = wanted.picture or likely_picture
        free = (name for name in self._columns.names if name not in told)
        lost = (name for name in free if seems_to_name_pictures(name, self._head(name)))
        self._lost = "" if picture else next(lost, "")
        self._holds_numbers = not (picture or self._lost)
        if not self._holds_numbers:
            self._about_points = add_points(self._columns, told)
        all_names = self._columns.names
        for chosen in filter(None, (wanted.picture, wanted.split, wanted.group)):
            if chosen not in all_names:
                raise WrongColumn(
                    f"{shown(self._path)}: there is no column {chosen}; there is {near_names(chosen, all_names)}"
                )
        named = {wanted.picture, wanted.split, wanted.group, POINTS, *told}
        most = len(all_names) if self._holds_numbers else MOST_COLUMNS
        self._names = [name for place, name in enumerate(all_names) if place < most or name in named]
        self._told = said(wanted.types, self._names)
        self._likely: dict[Role, str] = {"input": likely_picture, "split": self._likely_split()}
        self._split = wanted.split or self._likely["split"]
        self._splits = splits_in(self._columns, self._split)
        self._group = ""  # until it is known whether there is something else to predict
        self._likely["group"] = self._likely_group(picture)
        self._group = wanted.group or self._likely["group"]
        self._notes = rows.notes
        self.layout = self._layout(picture)

    def _head(self, name: str) -> Cells:
        """Return the first cells of a column."""
        return Cells.of(self._columns[name][:LOOKED_AT])

    def _likely_picture(self, told: Collection[str]) -> str:
        """Return the first column, if its type is not ``told``, that holds pictures or else their paths; "" if there is
        none.
        """
        free = [name for name in self._columns.names[:MOST_COLUMNS] if name not in told]
        return next(chain(filter(self._holds_pictures, free), filter(self._names_files, free)), "")

    def _likely_split(self) -> str:
        """Return the first undeclared column that is called like a split; "" if there is none."""
        return next((name for name in self._names if name not in self._told and _called_like(name) == "split"), "")

    def _likely_group(self, picture: str) -> str:
        """Return the first undeclared column that says whose picture each is; "" if there is none, or the persons are
        all that can be predicted.
        """
        persons = [name for name in self._names if self._names_persons(name)]
        group = next((name for name in persons if name not in self._told), "")
        if not group or self._taken_for(group, picture).kind is None:
            return group
        others = (self._taken_for(name, picture).kind for name in self._names if name not in persons)
        return group if any(kind in IN_DATA for kind in others) else ""

    def _holds_pictures(self, name: str) -> bool:
        return guess(name, self._head(name)).kind == "picture"

    def _names_files(self, name: str) -> bool:
        """Return whether the first values are names of files, whatever their endings."""
        try:
            return bool([file_in(value, self._path.parent) for value, _ in self._head(name).tally()])
        except BrokenPicture:
            return False

    def _names_persons(self, name: str) -> bool:
        """Return whether the column says by its name and its values whose picture each is, and some have several."""
        if _called_like(name) != "group":
            return False
        cells = self._columns[name]
        return FEW < num_different(class_in, cells) < cells.num_filled()

    def _layout(self, picture: str) -> Layout:
        taken_for = tuple(self._taken_for(name, picture) for name in self._names)
        if self._holds_numbers:
            taken_for = with_features(taken_for, self._columns, self._told)
        elif "feature" in self._told.values():
            raise WrongColumn(
                f"{shown(self._path)}: the input is pictures, beside which no numbers can be the input: choose another type "
                "than feature, or skip for the column of the pictures"
            )
        for each in taken_for:
            if each.kind == "labels":
                self._columns[each.name] = with_lists(self._columns[each.name])
            if each.kind in ("number", "feature"):
                self._columns[each.name] = with_plain_numbers(each.name, self._columns[each.name])
        columns = tuple(self._column(each) for each in taken_for if each.kind in IN_DATA)
        notes = [*self._notes, *(each.why for each in taken_for if each.why and each.name not in self._told)]
        if num_ignored := len(self._columns.names) - len(self._names):
            notes.append(f"The last {num_ignored:,} columns were ignored: name those you need as column types.")
        if not columns:
            notes.append(f"The table has no labels for the {'rows' if self._holds_numbers else 'pictures'}.")
        features = tuple(feature_of(each.name, self._taught(each.name)) for each in taken_for if each.kind == "feature")
        return Layout(
            names=tuple(self._names),
            picture=picture,
            lost=self._lost,
            split=self._split,
            group=self._group,
            columns=columns,
            features=features,
            taken_for=taken_for,
            notes=tuple(notes),
        )

    def _taken_for(self, name: str, picture: str) -> TakenFor:
        chosen: dict[str, Role] = {self._split: "split", picture: "input"}
        if self._group not in self._told:
            chosen = {self._group: "group", **chosen}
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
        guessed = guess(name, self._columns[name])
        if guessed.kind == "class" and name != self._split and self._names_groups(name):
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
        if not self._split:
            return False
        known = {class_in(value) for value, _ in self._taught(name).tally()}
        rest = self._columns[name].where(np.isin(self._splits, ("val", "test")))
        return rest.num_where(lambda value: class_in(value) not in known) > rest.num_filled() / 2

    def _taught(self, name: str) -> Cells:
        """Return the cells of a column in training."""
        return self._columns[name].where(self._splits == "train")

    def _column(self, taken_for: TakenFor) -> Column:
        """Return the column with the names that occur in training."""
        name, kind = taken_for.name, cast(Kind, taken_for.kind)
        cells = self._taught(name)
        if kind in ("class", "labels"):
            values = (value for value, _ in cells.tally())
            return Column(name=name, kind=kind, names=names_of(values, kind, self._rows.class_names.get(name, ())))
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
                f"{shown(self._path)}: the column {name} has {plural(shape[0] if shape else 1, 'number')} per row, but key "
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
            return in_mask(file_in(value, self._path.parent))
        return None


def _called_like(name: str) -> Role | None:
    """Return the role that a column's name makes likely."""
    if name.lower() in SPLIT_TITLES:
        return "split"
    return "group" if PERSON.fullmatch(name.lower()) else None
