"""Tables without pictures: which of the columns are the input, and their numbers.

Every column of numbers is a feature, except the target, a row's number, and what only says how to split.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.data.source import Role, TakenFor, WrongColumn
from workbench.data.tables.cells import Cells, Columns
from workbench.data.tables.columns import (
    are_names,
    are_single,
    names_of,
    num_different,
    numbers_in,
    shape_of_numbers,
    targets,
)
from workbench.spec.column import IN_DATA, Column, Kind
from workbench.spec.record import replace
from workbench.spec.words import plural

KINDS: tuple[Kind | Role, ...] = ("feature", "class", "number", "labels")
"""What a column of such a table can be said to be."""

ROLES: tuple[Role, ...] = ("split", "group")
"""What a column is for that is neither the input nor predicted."""

CHOICES: tuple[Kind | Role, ...] = (*KINDS, *ROLES, "input")
"""What a column can be: the last for one that names pictures, which the table then has."""

TARGETS = re.compile(r"(target|class|label|outcome|output|y)(e?s)?[ _-]?\d*")
"""Names of columns that people predict."""

AXES = re.compile(r"([xy])[ _-]?(\d*)")
"""Names of places in a plane, such as x and y, or x1, y1, x2 and y2."""

ROW_NUMBERS = re.compile(r"(.*[ _-])?(id|index|no|nr|number|key)|unnamed: \d+")
"""Names of columns that only say which row it is, if all their values are different whole numbers."""

PICTURES = re.compile(r"(.*[ _-])?(path|file|file ?name|image|img|picture|photo)s?([ _-].*)?")
"""Names of columns that, if they hold texts, seem to name pictures whose files are not there."""

MOST_WORDS = 50
"""A column of more words is not turned into a number for each."""


def seems_to_name_pictures(name: str, cells: Cells) -> bool:
    """Return whether a column is called like one of pictures, and holds texts that can be their paths or names."""
    if not PICTURES.fullmatch(name.lower()) or holds_numbers(cells):
        return False
    num = cells.num_filled()
    return are_names(num_different(str, cells), num) or cells.num_where(lambda value: _is_path(str(value))) > num / 2


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text


def with_features(columns: Sequence[TakenFor], table: Columns, told: Mapping[str, Any]) -> tuple[TakenFor, ...]:
    """Return the columns of a table without pictures: those of numbers are features, unless they are ``told`` to be
    something else, or likely what is to be predicted.

    That is a column with a usual name (target, class, y), but no y that belongs to an x beside another target; else one
    of words, if there is any; else the last one, unless another is ``told`` to be predicted or, of numbers, to be a
    feature. The columns come back unchanged if no feature is left. Raises WrongColumn for a type that needs pictures.
    """
    could_be = [each.name for each in columns if each.guessed in IN_DATA]
    numbers = frozenset(name for name in could_be if holds_numbers(table[name]))
    counting = frozenset(name for name in numbers if _counts_rows(name, table[name]))
    found = _as_features(columns, numbers, counting, told)
    if found is None:
        return tuple(columns)
    for name, kind in told.items():
        if kind not in (None, *KINDS):
            raise WrongColumn(
                f"{name}={kind}: this type needs pictures, of which the table has no column: choose one of "
                f"{', '.join((*KINDS, 'skip'))}"
            )

    def guessed(place: int) -> Kind | Role | None:
        """Return what the column is guessed to be without what is said of it."""
        column = columns[place]
        free = [*columns[:place], replace(column, kind=column.guessed), *columns[place + 1 :]]
        without = _as_features(free, numbers, counting, {name: told[name] for name in told if name != column.name})
        return column.guessed if without is None else without[place].guessed

    chosen = (each.name in told or (each.kind in ROLES and each.guessed not in ROLES) for each in columns)
    return tuple(
        replace(each, guessed=guessed(place)) if is_chosen else each
        for place, (each, is_chosen) in enumerate(zip(found, chosen, strict=True))
    )


def _as_features(
    columns: Sequence[TakenFor], numbers: frozenset[str], counting: frozenset[str], told: Mapping[str, Any]
) -> tuple[TakenFor, ...] | None:
    """Return the columns with their types; None if no feature is left. Of ``numbers``, some are ``counting`` rows."""
    could_be = [each for each in columns if each.guessed in IN_DATA and each.kind not in ROLES]
    amounts = [each.name for each in could_be if each.name in numbers and each.name not in counting]
    free = [each.name for each in could_be if each.kind not in (None, "feature")]
    aims = [name for name in free if TARGETS.fullmatch(name.lower())]
    has_words = any(name not in numbers for name in free)
    across = _beside_x(amounts)
    if has_words or not across.issuperset(aims):
        aims = [name for name in aims if name not in across]
    is_told = any(kind in IN_DATA or (kind == "feature" and name in numbers) for name, kind in told.items())
    last = "" if aims or has_words or is_told else next(reversed([name for name in amounts if name not in told]), "")
    inputs = frozenset(amounts).difference([*aims, last])
    if not inputs.difference(told) and "feature" not in told.values():
        return None
    return tuple(_as_feature(each, told, inputs, counting, last) for each in columns)


def _beside_x(names: Sequence[str]) -> frozenset[str]:
    """Return the columns called y if there is an x for each of them, and no other: places rather than targets."""
    found = [(*match.groups(), name) for name in names if (match := AXES.fullmatch(name.lower()))]
    xs, ys = ({place for axis, place, _ in found if axis == each} for each in "xy")
    return frozenset(name for axis, _, name in found if axis == "y" and xs == ys)


def _as_feature(
    column: TakenFor, told: Mapping[str, Any], inputs: frozenset[str], counting: frozenset[str], last: str
) -> TakenFor:
    """Return the column as one of a table of numbers."""
    name, guessed, why = column.name, column.guessed, column.why
    if name in inputs:
        guessed = "feature"
        if name not in told and TARGETS.fullmatch(name.lower()):
            why = f"The column {name} is an input, as the x beside it: choose another type to predict it."
    elif name in counting:
        guessed, why = None, f"The column {name} has a different whole number in each row, like an id, and was ignored."
    elif name == last:
        why = f"The last column, {name}, is predicted from the others: choose other types if that is not meant."
    elif guessed not in (None, *CHOICES):
        guessed = None
    has_role = column.kind in ROLES
    kind = column.kind if name in told or has_role else guessed
    return replace(column, kind=kind, guessed=column.guessed if has_role else guessed, choices=CHOICES, why=why)


def holds_numbers(cells: Cells) -> bool:
    """Return whether most cells that are not empty hold a number, or several."""
    return cells.numbers is not None or cells.num_where(numbers_in) > cells.num_filled() / 2


def _counts_rows(name: str, cells: Cells) -> bool:
    if not ROW_NUMBERS.fullmatch(name.lower()):
        return False
    values = cells.numbers
    return (
        values is not None
        and len(values) > 1
        and bool((values % 1 == 0).all())  # and none is empty
        and len(np.unique(values)) == len(values)
    )


def feature_of(name: str, cells: Cells) -> Column:
    """Return the column of a feature with these cells in training: a number or several, or a number for each word.

    Raises WrongColumn if it has too many words.
    """
    if holds_numbers(cells):
        return Column(name=name, kind="number", shape=shape_of_numbers(cells))
    words, num = names_of((value for value, _ in cells.tally()), "class"), cells.num_filled()
    if len(words) > MOST_WORDS or are_names(len(words), num):
        raise WrongColumn(
            f"{name}=feature: it has {plural(len(words), 'word')} in {plural(num, 'row')}, too many for a number "
            "each: choose skip, or write numbers"
        )
    return Column(name=name, names=words)


class Numbers(NamedTuple):
    """``inputs``: float32 [N, D]; ``faults``: by row, the column whose cell is not valid, and why."""

    inputs: NDArray[np.float32]
    faults: dict[int, tuple[str, str]]


def numbers_of(columns: Sequence[Column], table: Columns) -> Numbers:
    """Return the numbers in these columns of all rows, 0 in a row that has a fault."""
    faults: dict[int, tuple[str, str]] = {}
    parts: list[NDArray[np.float32]] = [np.empty((table.num_rows, 0), np.float32)]
    for column in columns:
        cells = table[column.name]
        plain = None if column.names or column.shape else cells.numbers
        part = np.zeros((len(cells), *column.answer), np.float32)
        if plain is not None and are_single(plain):  # and none is empty
            part[:, 0] = plain
        else:
            _read_cells(column, cells, part, faults)
        parts.append(part)
    return Numbers(np.hstack(parts), faults)


def _read_cells(column: Column, cells: Cells, part: NDArray[np.float32], faults: dict[int, tuple[str, str]]) -> None:
    """Fill ``part`` [N, K] piece by piece; what cannot be read is added to the ``faults``."""
    for rows, piece in cells.placed():
        values, why = targets(column, piece)
        part[rows] = values[:, None] == np.arange(len(column.names)) if column.names else values
        for place, reason in why.items():
            part[rows.start + place] = 0
            faults.setdefault(rows.start + place, (column.name, reason))
