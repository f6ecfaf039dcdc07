"""The types of a table's columns, guessed from their values or declared; and values -> targets, or
a sentence why not.

What goes through a whole column is a loop in Python, or takes ``PIECE`` cells at a time: ``map`` would hold the
interpreter, and so stop the window, for as long as a million cells take.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.pictures import OTHER_SUFFIXES, SUFFIXES
from workbench.data.source import Role, WrongColumn
from workbench.data.tables.parquet import PictureCell
from workbench.data.tables.rows import Row
from workbench.spec.column import Column, Kind
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
"""Integers with more distinct values than this are a number, not a class."""


PIECE = 10_000
"""The number of cells computed at a time, in a millisecond or two."""

EXACT = 2**53
"""From here on, different integers may be the same number."""

LARGEST = float(np.finfo(np.float32).max)
"""The largest number of single precision."""

PICTURE_SUFFIXES = (*SUFFIXES, *OTHER_SUFFIXES)

Found = TypeVar("Found")


class Missing(Record):
    """An empty cell that is not blank: NA."""

    word: str

    def __str__(self) -> str:
        return f"{self.word}, which counts as an empty cell: fill it in or, if it is a value, write another word for it"


class Guess(Record):
    """The likely type of a column. ``kind`` is None for one that is ignored, and ``why`` says so in a sentence."""

    name: str
    kind: Kind | None
    why: str = ""


def guess(name: str, rows: Sequence[Row]) -> Guess:
    """Return the likely type of a column, by its values."""
    values = [value for row in rows if (value := row.get(name)) is not None]
    useless = _useless(values)
    if useless:
        return Guess(name=name, kind=None, why=f"The column {name} {useless} and was ignored.")
    plain = plain_numbers(values)
    if plain is not None:
        return _guess_of_numbers(name, plain, plain)
    if sum(each_of(_is_picture, values)) / len(values) > 0.5:
        return Guess(name=name, kind="mask" if any(word in name.lower() for word in MASK_WORDS) else "picture")
    several = [found for found in each_of(_listed_numbers, values) if len(found) > 1]
    kind = (
        _kind_of_several(several, is_of_points(name) or _are_pairs(values)) if 2 * len(several) > len(values) else None
    )
    if kind is not None:
        return Guess(name=name, kind=kind)
    if any(isinstance(value, list) for value in values):
        return Guess(name=name, kind="labels")
    bare = [_plain(value) for value in values] if _has_grouped_digits(name, values) else values
    good = [number for number in each_of(_amount, bare) if number is not None]
    if len(good) > len(values) / 2:
        return _guess_of_numbers(name, good, [number for number in each_of(_count, bare) if number is not None])
    return _guess_of_texts(name, [str(value) for value in values])


def _guess_of_numbers(name: str, amounts: Sequence[float], counts: Sequence[float]) -> Guess:
    """Return the likely type of a column of numbers; ``counts`` are 50 where ``amounts`` are 0.5: both say 50 %."""
    num = len(amounts)
    first = amounts[0]
    if num > FEW and first in (0, 1) and amounts == list(range(int(first), num + int(first))):
        return Guess(name=name, kind=None, why=f"The column {name} counts the rows and was ignored.")
    few = _num_different(amounts, MOST_CLASSES_OF_NUMBERS + 1) <= min(MOST_CLASSES_OF_NUMBERS, max(2, num // 5))
    return Guess(name=name, kind="class" if few and all(count.is_integer() for count in counts) else "number")


def _num_different(numbers: Iterable[float], most: int) -> int:
    """Return how many of the numbers are different; ``most`` where they are at least as many."""
    found: set[float] = set()
    for number in numbers:
        found.add(number)
        if len(found) == most:
            break
    return len(found)


def plain_numbers(values: Sequence[Any]) -> list[float] | None:
    """Return the cells of a column as numbers if every one is a single number; otherwise None."""
    types: set[type] = set()
    found: list[float] = []
    for begin in range(0, len(values), PIECE):
        piece = values[begin : begin + PIECE]
        types |= set(map(type, piece))
        if not (types <= {int, float} or (types == {str} and "_" not in "".join(piece))):
            return None
        try:
            numbers = list(map(float, piece))
        except (ValueError, OverflowError):
            return None
        if not all(map(math.isfinite, numbers)):
            return None
        found += numbers
    return found


def each_of(function: Callable[[Any], Found], values: Sequence[Any]) -> list[Found]:
    """Return what the function gives for each value; of texts, which recur, each is asked about once."""
    return list(map(asking_once(function), values))


def asking_once(function: Callable[[Any], Found]) -> Callable[[Any], Found]:
    """Return the function, called once for each text, since these recur."""
    known: dict[str, Found] = {}

    def asked(value: Any) -> Found:
        if type(value) is not str:
            return function(value)
        if value not in known:
            known[value] = function(value)
        return known[value]

    return asked


def _kind_of_several(cells: Sequence[Sequence[float]], may_be_points: bool) -> Kind | None:
    """Return the likely type of cells with several numbers each; None if these are labels, which differ in number or
    recur.
    """
    numbers = [number for cell in cells for number in cell]
    if may_be_points and usual_length(cells) % 2 == 0 and are_pixels(numbers):
        return "keypoints"
    are_equally_many = len(set(map(len, cells))) == 1
    is_number = are_equally_many and len(set(numbers)) > MOST_CLASSES_OF_NUMBERS
    return "number" if is_number or not all(number.is_integer() for number in numbers) else None


def usual_length(cells: Iterable[Sequence[float]]) -> int:
    """Return how many numbers most cells hold; 1 if none holds any."""
    lengths = Counter(filter(None, map(len, cells)))
    return lengths.most_common(1)[0][0] if lengths else 1


def _are_pairs(values: Sequence[Any]) -> bool:
    """Return whether each cell is a list of pairs."""
    return all(
        isinstance(value, list) and all(isinstance(each, list) and len(each) == 2 for each in value) for value in values
    )


def _guess_of_texts(name: str, texts: Sequence[str]) -> Guess:
    if any(separator in text for text in texts for separator in SEPARATORS):
        return Guess(name=name, kind="labels")
    different = dict.fromkeys(text for text in texts)
    if are_names(len(different), len(texts)):
        why = f"The column {name} has {len(different)} values in {len(texts)} rows, like names, and was ignored."
        return Guess(name=name, kind=None, why=why)
    return Guess(name=name, kind="labels" if _recur_in_lists(different) else "class")


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


def with_lists(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the rows with the labels of a column as lists if commas separate them, and no other separator does."""
    texts = {value for row in rows if isinstance(value := row.get(name), str)}
    if any(map(_is_list, texts)) or not any("," in text for text in texts):
        return rows
    return tuple(row | {name: _at_commas(value)} if isinstance(value := row.get(name), str) else row for row in rows)


def with_plain_numbers(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the rows without the commas that separate thousands in a column of numbers."""
    if not _has_grouped_digits(name, [row.get(name) for row in rows]):
        return rows
    return tuple(row | {name: _plain(row.get(name))} for row in rows)


def _has_grouped_digits(name: str, values: Sequence[Any]) -> bool:
    """Return whether the commas of a column separate thousands; otherwise 1,125 may as well be 1.125 beside 0,5, or the
    place 1, 125.
    """
    with_commas = [value for value in values if isinstance(value, str) and "," in value]
    return bool(with_commas) and not is_of_points(name) and all(map(GROUPED_DIGITS.fullmatch, with_commas))


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


def _useless(values: Sequence[Any]) -> str:
    """Return why nothing can be learnt from these values; "" if something can."""
    if not values:
        return "is empty"
    if isinstance(values[0], PictureCell) and not values[0].column.holds_pictures:
        return "contains bytes that are not pictures"
    return "contains objects" if all(isinstance(value, dict) for value in values) else ""


def column_and_type(text: str) -> tuple[str, str]:
    """Split ``age=number``, whose column may be called ``p=0.5`` as well; the type is "" if there is none."""
    name, equals, kind = text.rpartition("=")
    return (name.strip(), kind.strip()) if equals else (text.strip(), "")


def said(texts: Sequence[str], names: Sequence[str]) -> dict[str, Kind | Role | None]:
    """Parse declared types: ``age=number``, ``id=skip``. Raises WrongColumn that says what is wrong."""
    found: dict[str, Kind | Role | None] = {}
    for text in texts:
        name, kind = column_and_type(text)
        if name not in names:
            raise WrongColumn(f"there is no column {name or text}; there is {near_names(name, names)}")
        if kind not in KINDS:
            raise WrongColumn(
                f"{text}: give the type of the column {name}: {name}=number, or one of {', '.join(KINDS)}"
            )
        found[name] = None if kind == "skip" else kind  # type: ignore[assignment]  # one of KINDS
    return found


def names_of(values: Sequence[Any], kind: Kind, order: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of a column of classes or labels: those of ``order`` in it, then those that can be counted in
    theirs.
    """
    held = each_of(labels_in if kind == "labels" else lambda value: [class_in(value)], values)
    texts = {text for each in held for text in each}
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


def target(column: Column, value: Any) -> NDArray[Any] | str:
    """Return a cell as the column's target, or why it is invalid; an empty cell means no labels."""
    if isinstance(value, PictureCell):
        return f"{column.name} contains {value}, which is not a valid {column.kind}"
    if column.kind == "labels":
        held = labels_in(value) if value is not None else []
        unknown = [label for label in held if label not in column.names]
        if unknown:
            return f"{column.name} is {unknown[0]}, which is not among the training labels"
        return np.array([name in held for name in column.names], np.float32)
    if value is None or isinstance(value, Missing):
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


def are_single(numbers: Iterable[float]) -> bool:
    """Return whether single precision holds all of these finite numbers."""
    return all(abs(number) <= LARGEST for number in numbers)


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
