"""The types of a table's columns, guessed from their values or declared; and values -> targets, or
a sentence why not.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.pictures import OTHER_SUFFIXES, SUFFIXES
from workbench.data.source import Role, WrongColumn
from workbench.data.tables.cells import EMPTY, PIECE, Cells, Piece
from workbench.data.tables.parquet import PictureCell
from workbench.spec.column import CLASS, Column, Kind
from workbench.spec.problems import near_names
from workbench.spec.record import Record
from workbench.spec.words import plural

KINDS = ("class", "number", "keypoints", "labels", "picture", "mask", "feature", "skip")
SEPARATORS = (";", "|")
"""The separators of labels in a text."""

GROUPED_DIGITS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?\s*%?")
"""A number whose thousands are separated: 1,234.50, perhaps with a percent sign."""

MASK_WORDS = ("mask", "seg", "label", "annotation")
"""Words in a column's name that mean that its pictures are masks."""

POINT_WORDS = ("point", "landmark", "corner", "joint", "center", "centre")
"""Words in a column's name that mean that pairs of numbers beyond 1 are places in the picture, in pixels."""

FEW = 10
"""Up to this many classes may be rare; with more, each needs four rows on average."""

MOST_CLASSES_OF_NUMBERS = 20
"""Integers with more distinct values than this are a number, not a class, unless they count classes."""

CLASSES = ("y", "labels", "label", "targets", "classes")
"""What columns are called that most likely hold classes, beside ``class``."""

RAREST = 0.1
"""The least share of the mean that the rarest of counted classes has: the ends of ages and scores are rarer."""

EXACT = 2**53
"""From here on, different integers may be the same number."""

LARGEST = float(np.finfo(np.float32).max)
"""The largest number of single precision."""

PICTURE_SUFFIXES = (*SUFFIXES, *OTHER_SUFFIXES)


class Guess(Record):
    """The likely type of a column. ``kind`` is None for one that is ignored, and ``why`` says so in a sentence."""

    name: str
    kind: Kind | None
    why: str = ""


def guess(name: str, cells: Cells) -> Guess:
    """Return the likely type of a column, by its values."""
    useless = _useless(cells)
    if useless:
        return Guess(name=name, kind=None, why=f"The column {name} {useless} and was ignored.")
    if cells.numbers is not None:
        plain = cells.numbers[~np.isnan(cells.numbers)]
        return guess_of_numbers(name, plain, plain)
    num = cells.num_filled()
    if cells.num_where(_is_picture) > num / 2:
        return Guess(name=name, kind="mask" if any(word in name.lower() for word in MASK_WORDS) else "picture")
    several = [(found, count) for value, count in cells.tally() if len(found := _listed_numbers(value)) > 1]
    kind = None
    if 2 * sum(count for _, count in several) > num:
        kind = _kind_of_several(several, is_of_points(name) or _are_pairs(cells))
    if kind is not None:
        return Guess(name=name, kind=kind)
    if any(isinstance(value, list) for value, _ in cells.tally()):
        return Guess(name=name, kind="labels")
    bare = with_plain_numbers(name, cells)
    amounts = _numbers_said(_amount, bare)
    if len(amounts) > num / 2:
        return guess_of_numbers(name, amounts, _numbers_said(_count, bare))
    return _guess_of_texts(name, cells)


def _numbers_said(function: Callable[[Any], float | None], cells: Cells) -> NDArray[np.float64]:
    """Return what the function gives for each cell, without those for which it gives None."""
    found: NDArray[np.float64] = cells.each(function, np.float64)  # NaN for None
    return found[~np.isnan(found)]


def guess_of_numbers(
    name: str, amounts: NDArray[np.float64], counts: NDArray[np.float64], what: str = "column"
) -> Guess:
    """Return the likely type of a column of numbers; ``counts`` are 50 where ``amounts`` are 0.5: both say 50 %."""
    num, first = len(amounts), amounts[0]
    if num > FEW and first in (0, 1) and np.array_equal(amounts, np.arange(first, num + first)):
        return Guess(name=name, kind=None, why=f"The {what} {name} counts the rows and was ignored.")
    few = _num_different(amounts, MOST_CLASSES_OF_NUMBERS + 1) <= min(MOST_CLASSES_OF_NUMBERS, max(2, num // 5))
    if name.lower() in (CLASS, *CLASSES) and _count_classes(amounts):
        return Guess(name=name, kind="class")
    return Guess(name=name, kind="class" if few and bool((counts % 1 == 0).all()) else "number")


def _count_classes(amounts: NDArray[np.float64]) -> bool:
    """Return whether numbers count classes: all whole numbers from 0 or 1 on occur, none of them rarely."""
    if not 0 <= amounts.min() <= 1 or amounts.max() >= len(amounts) or (amounts % 1 != 0).any():
        return False
    found = np.bincount(amounts.astype(np.int64))[int(amounts.min()) :]
    return bool(found.min() >= max(RAREST * found.mean(), 1))


def _num_different(numbers: NDArray[np.float64], most: int) -> int:
    """Return how many of the numbers are different; at least ``most`` where they are more."""
    found: set[float] = set()
    for begin in range(0, len(numbers), PIECE):
        found.update(numbers[begin : begin + PIECE].tolist())
        if len(found) >= most:
            break
    return len(found)


def _kind_of_several(cells: Sequence[tuple[list[float], int]], may_be_points: bool) -> Kind | None:
    """Return the likely type of cells with several numbers each, with how many there are of each; None if these are
    labels, which differ in number or recur, but never in one cell.
    """
    numbers = [number for cell, _ in cells for number in cell]
    if may_be_points and usual_length(cells) % 2 == 0 and are_pixels(numbers):
        return "keypoints"
    are_equally_many = len({len(cell) for cell, _ in cells}) == 1
    are_many = len(set(numbers)) > MOST_CLASSES_OF_NUMBERS
    is_number = are_equally_many and (are_many or any(len(set(cell)) < len(cell) for cell, _ in cells))
    return "number" if is_number or not all(number.is_integer() for number in numbers) else None


def usual_length(cells: Iterable[tuple[Sequence[float], int]]) -> int:
    """Return how many numbers most cells hold, of which there are so many of each; 1 if none holds any."""
    lengths = Counter[int]()
    for cell, count in cells:
        lengths[len(cell)] += count
    del lengths[0]
    return lengths.most_common(1)[0][0] if lengths else 1


def shape_of_numbers(cells: Cells) -> tuple[int, ...]:
    """(K,) where most cells hold K numbers, () where they hold one."""
    if cells.numbers is not None:
        return ()
    num_numbers = usual_length((numbers_in(value), count) for value, count in cells.tally())
    return (num_numbers,) if num_numbers > 1 else ()


def _are_pairs(cells: Cells) -> bool:
    """Return whether each cell is a list of pairs."""
    return all(
        isinstance(value, list) and all(isinstance(each, list) and len(each) == 2 for each in value)
        for value, _ in cells.tally()
    )


def num_different(function: Callable[[Any], str], cells: Cells) -> int:
    """Return of how many different texts the cells are that are not empty, by their hashes: of a million texts, two
    have the same once in forty million times.
    """
    filled = cells.where(cells.each(lambda value: type(value) not in EMPTY, np.bool_))
    return len(np.unique(filled.each(lambda value: hash(function(value)), np.int64)))


def _guess_of_texts(name: str, cells: Cells) -> Guess:
    if any(separator in str(value) for value, _ in cells.tally() for separator in SEPARATORS):
        return Guess(name=name, kind="labels")
    num, num_all = num_different(str, cells), cells.num_filled()
    if are_names(num, num_all):
        why = f"The column {name} has {num} values in {num_all} rows, like names, and was ignored."
        return Guess(name=name, kind=None, why=why)
    return Guess(name=name, kind="labels" if _recur_in_lists({str(value) for value, _ in cells.tally()}) else "class")


def _recur_in_lists(texts: Collection[str]) -> bool:
    """Return whether texts such as ``cat, dog`` and ``dog`` are made of fewer labels than there are texts. Texts all of
    equally many parts, such as ``cat, small``, are classes, and so are those with numbers.
    """
    lists = [_at_commas(text) for text in texts]
    labels = {label for each in lists for label in each}
    differ = len(set(map(len, lists))) > 1
    return differ and len(labels) < len(texts) and not any(_amount(label) is not None for label in labels)


def _at_commas(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def with_lists(cells: Cells) -> Cells:
    """Return a column with its labels as lists if commas separate them, and no other separator does."""
    if cells.num_where(lambda value: isinstance(value, str) and _is_list(value)) or not cells.num_where(_has_comma):
        return cells
    return cells.mapped(lambda value: _at_commas(value) if isinstance(value, str) else value)


def with_plain_numbers(name: str, cells: Cells) -> Cells:
    """Return a column without the commas that separate thousands. Where these are not between three digits, 1,125 may
    as well be 1.125 beside 0,5, or the place 1, 125.
    """
    if cells.numbers is not None:
        return cells
    with_commas = [value for value, _ in cells.tally() if _has_comma(value)]
    if not with_commas or is_of_points(name) or not all(map(GROUPED_DIGITS.fullmatch, with_commas)):
        return cells
    return cells.mapped(_plain)


def _has_comma(value: Any) -> bool:
    return isinstance(value, str) and "," in value


def _plain(value: Any) -> Any:
    return value.replace(",", "") if isinstance(value, str) else value


def is_of_points(name: str) -> bool:
    """Return whether a column of this name seems to hold key points."""
    return any(word in name.lower() for word in POINT_WORDS)


def are_pixels(numbers: Sequence[float] | NDArray[Any]) -> bool:
    """Return whether these seem to be pixels of a picture, rather than fractions of its sides."""
    values = np.asarray(numbers)
    return bool((values > 1).any() and not (values < 0).any())


def are_names(num_different: int, num_all: int) -> bool:
    """Return whether there are too many distinct texts for classes."""
    return num_different > max(2, num_all // 2) or num_different > max(FEW, num_all // 4)


def _useless(cells: Cells) -> str:
    """Return why nothing can be learnt from these values; "" if something can."""
    first = next((value for value, _ in cells.tally()), None)
    if first is None:
        return "is empty"
    if isinstance(first, PictureCell) and not first.column.holds_pictures:
        return "contains bytes that are not pictures"
    return "contains objects" if all(isinstance(value, dict) for value, _ in cells.tally()) else ""


def column_and_type(text: str) -> tuple[str, str]:
    """Split ``age=number``, whose column may be called ``p=0.5`` as well; the type is "" if there is none."""
    name, equals, kind = text.rpartition("=")
    return (name.strip(), kind.strip()) if equals else (text.strip(), "")


def said(texts: Sequence[str], names: Sequence[str], kinds: Sequence[str] = KINDS) -> dict[str, Kind | Role | None]:
    """Parse declared types: ``age=number``, ``id=skip``. Raises WrongColumn that says what is wrong."""
    found: dict[str, Kind | Role | None] = {}
    for text in texts:
        name, kind = column_and_type(text)
        if name not in names:
            raise WrongColumn(f"there is no column {name or text}; there is {near_names(name, names)}")
        if kind not in kinds:
            raise WrongColumn(
                f"{text}: give the type of the column {name}: {name}=number, or one of {', '.join(kinds)}"
            )
        found[name] = None if kind == "skip" else kind  # type: ignore[assignment]  # one of these
    return found


def names_of(values: Iterable[Any], kind: Kind, order: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of a column of classes or labels: those of ``order`` in it, then those that can be counted in
    theirs.
    """
    texts = {text for value in values for text in (labels_in(value) if kind == "labels" else [class_in(value)])}
    places = {text: place for place, text in enumerate(order)}
    last = len(places)
    return tuple(
        sorted(texts, key=lambda text: (places.get(text, last), _amount(text) is None, _amount(text) or 0.0, text))
    )


def class_in(value: Any) -> str:
    """Return the class in a cell: 3 and 3.0 and "3" are the same."""
    number = _number(value)
    if number is None or not number.is_integer() or abs(number) >= EXACT:
        return str(value)
    return str(int(number))


def labels_in(value: Any) -> list[str]:
    """Return the labels in a cell."""
    return [class_in(part) for part in _parts(value)]


def numbers_in(value: Any) -> list[float]:
    """The numbers that a cell holds, one or several; none where some of it is not a number."""
    found = [_amount(part) for part in _parts(value)]
    return [number for number in found if number is not None] if None not in found else []


def _is_list(value: Any) -> bool:
    """Return whether a cell may hold several values: most do not, and a table has many cells."""
    return isinstance(value, list) or (isinstance(value, str) and any(separator in value for separator in SEPARATORS))


def _listed_numbers(value: Any) -> list[float]:
    return numbers_in(value) if _is_list(value) else []


def _parts(value: Any) -> list[Any]:
    """What a cell lists, also in pairs; itself where it is no list."""
    if isinstance(value, list):
        return [part for each in value for part in (each if isinstance(each, list) else [each])]
    for separator in SEPARATORS:
        if isinstance(value, str) and separator in value:
            return [part.strip() for part in value.split(separator) if part.strip()]
    return [value]


def targets(column: Column, piece: Piece) -> tuple[NDArray[Any], dict[int, str]]:
    """Return cells as the column's targets [N, ...], 0 where one is invalid, and why it is, by its place."""
    is_class = column.kind == "class"
    shape = () if is_class else (len(column.names),) if column.kind == "labels" else column.answer
    values, why = piece.values(), dict[int, str]()
    found = np.zeros((len(values), *shape), np.int64 if is_class else np.float32)
    for place, value in enumerate(values):
        each = target(column, value)
        if isinstance(each, str):
            why[place] = each
        else:
            found[place] = each
    invalid = np.flatnonzero(np.isin(piece.numbers, list(why))).tolist() if why else []
    return found[piece.numbers], {place: why[int(piece.numbers[place])] for place in invalid}


def target(column: Column, value: Any) -> NDArray[Any] | str:
    """Return a cell as the column's target, or why it is invalid; an empty cell means no labels."""
    if isinstance(value, PictureCell):
        return f"{column.name} contains {value}, which is not a valid {column.kind}"
    if column.kind == "labels":
        held = labels_in(value) if type(value) not in EMPTY else []
        unknown = [label for label in held if label not in column.names]
        if unknown:
            return f"{column.name} is {unknown[0]}, which is not among the training labels"
        return np.array([name in held for name in column.names], np.float32)
    if type(value) in EMPTY:
        return f"{column.name} is {'empty' if value is None else value}"
    if column.kind in ("number", "keypoints"):
        return _numbers(column, value)
    name = class_in(value)
    if name not in column.names:
        return f"{column.name} is {name}, which is not among the training classes"
    return np.array(column.names.index(name), np.int64)


def _numbers(column: Column, value: Any) -> NDArray[Any] | str:
    """Return the numbers in a cell, or why they are invalid."""
    numbers, (wanted,) = numbers_in(value), column.answer
    if len(numbers) != wanted:
        return f"{column.name} is {value}, which is not {'a number' if wanted == 1 else plural(wanted, 'number')}"
    if not are_single(numbers):
        return f"{column.name} is {value}, which is too large: single precision ends at {LARGEST:.1e}"
    return np.array(numbers, np.float32)


def are_single(numbers: Sequence[float] | NDArray[np.float64]) -> bool:
    """Return whether single precision holds all of these finite numbers."""
    return bool((np.abs(numbers) <= LARGEST).all())


def _is_picture(value: Any) -> bool:
    """Return whether it is a picture, or looks like the path of one."""
    return isinstance(value, PictureCell) or (isinstance(value, str) and value.lower().endswith(PICTURE_SUFFIXES))


def _amount(value: Any) -> float | None:
    """Return the number that a cell says: as ``_number``, or in percent."""
    number = _count(value)
    return number / 100 if number is not None and isinstance(value, str) and value.endswith("%") else number


def _count(value: Any) -> float | None:
    """Return the number that a cell shows: 50 where it says 50 %."""
    return _number(value[:-1].rstrip() if isinstance(value, str) and value.endswith("%") else value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):  # for Python, 10_19 is 1019
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
