"""The type of an array with one value per picture, guessed from its dtype and shape or declared; and arrays -> targets.

[N], [N, 1]                               texts: a class; numbers: as in a table
[N, K] of 0 and 1                         labels, or a class if each row has a single 1
[N, K, 2] beyond 1                        key points in pixels
[N, H, W] [N, H, W, C] [N, C, H, W]       a picture, or a mask if it has one channel with few classes
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.source import DataError, Role
from workbench.data.tables.columns import (
    LARGEST,
    MASK_WORDS,
    Guess,
    are_names,
    are_pixels,
    guess_of_numbers,
    is_of_points,
    labels_in,
    names_of,
)
from workbench.spec.column import Column, Kind
from workbench.spec.words import plural

TOO_LARGE = f"a number that is too large: single precision ends at {LARGEST:.2g}"
"""What an example with a finite number holds that is infinite in training."""

MOST_CLASSES = 100_000
"""Larger integers are not classes but numbers: indices, seconds, amounts."""

MOST_OF_MASK = 254
"""The last class of a mask, whose pixels are stored as bytes."""

VOID = 255
"""The value of unlabelled pixels in a mask, as in Pascal VOC and Cityscapes."""

LOOKED_AT = 100
"""The number of pictures examined to tell a mask from a picture."""

MOST_LIKELY_OF_MASK = 64
"""Bytes with more distinct classes than this are a picture's, unless the array's name suggests a mask."""


def choices(array: NDArray[Any]) -> tuple[Kind | Role, ...]:
    """Return the types that an array can have; empty if it does not have one value per picture."""
    shape, is_text, is_whole = array.shape[1:], array.dtype.kind in "US", array.dtype.kind in "iub"
    if array.ndim == 0 or not (is_text or is_whole or array.dtype.kind == "f"):
        return ()
    if shape in ((), (1,)):
        if is_text:
            return "class", "labels", "group"
        return ("class", "number", "group") if is_whole or _are_whole(array) else ("number",)
    if not is_text and (len(shape) == 1 or shape[1:] in ((2,), (3,))):
        if len(shape) > 1 or not np.isin(array, (0, 1)).all():
            return ("number", "keypoints") if shape[-1] % 2 == 0 else ("number",)
        return ("class", "labels", "number") if _is_one_hot(array) else ("labels", "number")
    picture_shape = shape_of_pictures(shape)
    if picture_shape is None or is_text:
        return ()
    are_pictures = array.dtype == np.uint8 or (not is_whole and array.min(initial=0) >= 0 and array.max(initial=0) <= 1)
    pictures: tuple[Kind | Role, ...] = ("input", "picture") if are_pictures else ()
    return (*pictures, "mask") if picture_shape[0] == 1 and is_whole else pictures


def guess(name: str, array: NDArray[Any]) -> Guess:
    """Return the likely type of an array, by its possible types, its values and its name."""
    possible = choices(array)
    if not possible:
        if array.ndim == 0:
            return Guess(
                name=name, kind=None, why=f"The array {name} is one value, not one per picture, and was ignored."
            )
        why = (
            f"The array {name} is {words_of(array)}, which is not a class, numbers, labels (0 and 1), mask or picture "
            "(bytes, or 0 to 1) per example, and was ignored."
        )
        return Guess(name=name, kind=None, why=why)
    if array.dtype.kind in "US":
        return _guess_of_texts(name, array)
    if "picture" in possible or "mask" in possible:
        return Guess(name=name, kind="mask" if "mask" in possible and _looks_like_mask(name, array) else "picture")
    if "labels" in possible:
        return Guess(name=name, kind="class" if "class" in possible else "labels")
    if "keypoints" in possible and (array.ndim == 3 or is_of_points(name)) and are_pixels(array):
        return Guess(name=name, kind="keypoints")
    return _guess_of_numbers(name, array)


def _guess_of_numbers(name: str, array: NDArray[Any]) -> Guess:
    amounts = array.reshape(-1).astype(np.float64)
    finite = amounts[np.isfinite(amounts)]
    if math.prod(array.shape[1:]) > 1 or not len(finite) or finite.max() >= MOST_CLASSES:
        return Guess(name=name, kind="number")
    return guess_of_numbers(name, finite, finite, "array")


def _guess_of_texts(name: str, array: NDArray[Any]) -> Guess:
    texts = np.unique(array).tolist()
    if any(len(labels_in(text)) > 1 for text in texts):
        return Guess(name=name, kind="labels")
    if are_names(len(texts), len(array)):
        why = f"The array {name} has {len(texts)} values for {len(array)} pictures, like names, and was ignored."
        return Guess(name=name, kind=None, why=why)
    return Guess(name=name, kind="class")


def column_of(name: str, kind: Kind, array: NDArray[Any]) -> Column:
    """Return the column for one of the array's ``choices``, with the names that occur in training."""
    match kind:
        case "picture":
            return Column(name=name, kind=kind, shape=shape_of_pictures(array.shape[1:]) or ())
        case "mask":
            return Column(name=name, kind=kind, names=_mask_names(array))
        case "labels" if array.dtype.kind in "US":
            return Column(name=name, kind=kind, names=names_of(np.unique(array).tolist(), kind))
        case "labels":
            return Column(name=name, kind=kind, names=_counted(array.shape[1] - 1))
        case "class":
            return Column(name=name, kind=kind, names=_class_names(array))
    num_numbers = math.prod(array.shape[1:])
    return Column(name=name, kind=kind, shape=(num_numbers,) if num_numbers > 1 else ())


def target(column: Column, array: NDArray[Any], source: str) -> NDArray[Any]:
    """Return an array without ``faults`` as ``Examples`` stores it. Raises DataError if its shape does not fit."""
    match column.kind:
        case "number" | "keypoints":
            return _numbers(array, column, source)
        case "picture":
            return pictures_of(array, source)
        case "mask":
            return _mask(array, column)
        case "labels":
            return _labels(array, column, source)
    values, places = np.unique(classes_of(array), return_inverse=True)
    numbers = {name: number for number, name in enumerate(column.names)}
    return np.array([numbers[str(value)] for value in values.tolist()], np.int64)[places.reshape(-1)]


def faults(array: NDArray[Any], column: Column | None = None) -> dict[int, str]:
    """Return what makes examples useless, by index: ``NaN or Inf``, a number too large, or a class or label that the
    column does not have.

    ``column`` is None for the input.
    """
    broken: dict[int, str] = {}
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            fits = _are_finite(array.astype(np.float32, copy=False))
        is_finite = _are_finite(array)
        broken = {row: TOO_LARGE if is_finite[row] else "NaN or Inf" for row in np.flatnonzero(~fits).tolist()}
    if column is None:
        return broken
    match column.kind:
        case "class":
            sound = np.delete(np.arange(len(array)), list(broken))
            return broken | {int(sound[row]): why for row, why in _strange_classes(array[sound], column.names)}
        case "labels" if array.dtype.kind in "US":
            return dict(_strange_labels(array, column.names))
        case "mask":
            return dict(_strange_pixels(array, column.names))
    return broken


def _are_whole(array: NDArray[Any]) -> bool:
    """Return whether there are finite numbers, and all of them are whole."""
    finite = array[np.isfinite(array)]
    return finite.size > 0 and np.array_equal(finite, np.rint(finite))


def _are_finite(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which examples hold finite numbers alone, bool [N]."""
    found: NDArray[np.bool_] = np.isfinite(array).reshape(len(array), -1).all(axis=1)
    return found


def _strange_classes(array: NDArray[Any], names: Sequence[str]) -> Iterator[tuple[int, str]]:
    values, places = np.unique(classes_of(array), return_inverse=True)
    is_strange = np.array([str(value) not in names for value in values.tolist()], np.bool_)
    for row in np.flatnonzero(is_strange[places.reshape(-1)]).tolist():
        yield row, _untaught(values[places.reshape(-1)[row]])


def _strange_labels(array: NDArray[Any], names: Sequence[str]) -> Iterator[tuple[int, str]]:
    for row, text in enumerate(array.ravel().tolist()):
        strange = sorted(set(labels_in(text)).difference(names))
        if strange:
            yield row, _untaught(strange[0])


def _strange_pixels(array: NDArray[Any], names: Sequence[str]) -> Iterator[tuple[int, str]]:
    planes, is_known = _channels_first(array)[:, 0], np.zeros(VOID + 1, np.bool_)
    is_known[[VOID, *map(int, names)]] = True
    is_strange = (planes >= 0) & ((planes > VOID) | ~is_known[np.clip(planes, 0, VOID).astype(np.uint8)])
    for row in np.flatnonzero(is_strange.any(axis=(1, 2))).tolist():
        value = int(planes[row][is_strange[row]][0])
        if value > MOST_OF_MASK:
            yield row, f"{value}, but mask classes go from 0 to {MOST_OF_MASK}; {VOID} marks unlabelled pixels"
        else:
            yield row, _untaught(value)


def _untaught(value: object) -> str:
    return f"{value}, which is not in training"


def words_of(array: NDArray[Any]) -> str:
    """Return its dtype and shape: ``float64 of shape 30×4``."""
    return f"{array.dtype} of shape {'×'.join(map(str, array.shape))}"


def _is_one_hot(array: NDArray[Any]) -> bool:
    return array.shape[1] > 1 and bool((array.sum(axis=1) == 1).all())


def _looks_like_mask(name: str, array: NDArray[Any]) -> bool:
    is_named_so = any(word in name.lower() for word in MASK_WORDS)
    return array.dtype != np.uint8 or is_named_so or len(_mask_names(array[:LOOKED_AT])) <= MOST_LIKELY_OF_MASK


def _counted(last: int) -> tuple[str, ...]:
    return tuple(map(str, range(last + 1)))


def classes_of(array: NDArray[Any]) -> NDArray[Any]:
    """Return the class of each picture, a text or an integer, [N]."""
    if array.dtype.kind in "US":
        return array.reshape(-1)
    if array.ndim == 2 and array.shape[1] > 1:
        array = np.argmax(array, axis=1)
    return array.reshape(-1).astype(np.int64)


def gaps_in(name: str, array: NDArray[Any]) -> str:
    """Return a sentence on classes whose integers do not count from 0, as mistakes are among them; "" if they do."""
    column = column_of(name, "class", array)
    if array.dtype.kind in "US" or column.names == _counted(len(column.names) - 1):
        return ""
    return (
        f"The integers of {name} do not count from 0 without large gaps, so the {column.counted()} are those that occur "
        f"({column.listed()}). Correct any that are mistakes."
    )


def _class_names(array: NDArray[Any]) -> tuple[str, ...]:
    """Return the names of the classes in an array of training."""
    if array.ndim == 2 and array.shape[1] > 1:
        return _counted(array.shape[1] - 1)
    values = classes_of(array[_are_finite(array)] if array.dtype.kind == "f" else array)
    if values.dtype.kind in "US" or values.min(initial=0) < 0 or values.max(initial=0) >= MOST_CLASSES:
        return tuple(map(str, np.unique(values).tolist()))
    return _named(np.unique(values))


def _named(values: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the names of integers from 0 on, sorted [K]: all up to the last if at least half of them occur, so that a
    part of a data set has the numbers of the whole; otherwise only those that occur.
    """
    last = int(values.max(initial=0))
    return _counted(last) if 2 * len(values) > last else tuple(map(str, values.tolist()))


def _numbers(array: NDArray[Any], column: Column, source: str) -> NDArray[np.float32]:
    values = array.reshape(len(array), -1).astype(np.float32)
    if values.shape[1:] != column.answer:
        raise DataError(
            f"{source}: {column.name} has {plural(values.shape[1], 'number')} each, but {column.answer[0]} for training: save as many"
        )
    return values


def _labels(array: NDArray[Any], column: Column, source: str) -> NDArray[np.float32]:
    if array.dtype.kind in "US":
        held = [set(labels_in(text)) for text in array.ravel().tolist()]
        return np.array([[name in each for name in column.names] for each in held], np.float32)
    if array.shape[1:] != (len(column.names),):
        raise DataError(
            f"{source}: {column.name} has {array.shape[1:]} labels each, but those of training {len(column.names)}: save as many"
        )
    return array.astype(np.float32)


def _mask_names(array: NDArray[Any]) -> tuple[str, ...]:
    """Return the classes; black and white are two, not one with unlabelled pixels."""
    occurs = np.zeros(VOID + 1, np.bool_)
    occurs[array[(array >= 0) & (array <= VOID)].astype(np.uint8)] = True
    values = np.flatnonzero(occurs[:VOID])
    return ("0", str(VOID)) if occurs[VOID] and not values.any() else _named(values)


def _mask(array: NDArray[Any], column: Column) -> NDArray[np.uint8]:
    """Return the mask with classes counted from 1; negative values (such as torch's -100) and VOID become 0,
    unlabelled.
    """
    planes = _channels_first(array)[:, 0]
    numbers = np.zeros(VOID + 1, np.uint8)
    numbers[[int(name) for name in column.names]] = np.arange(1, len(column.names) + 1)
    return np.where(planes < 0, 0, numbers[np.clip(planes, 0, VOID).astype(np.uint8)]).astype(np.uint8)


def shape_of_pictures(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Return (C, H, W) of pictures or masks [H, W], [H, W, C] or [C, H, W]; None for any other shape."""
    match shape:
        case (height, width):
            return 1, height, width
        case (1 | 3 as channels, height, width) | (height, width, 1 | 3 as channels):
            return channels, height, width
    return None


def pictures_of(array: NDArray[Any], source: str) -> NDArray[np.uint8]:
    """Convert [N, H, W], [N, H, W, C] or [N, C, H, W] of bytes, or of floats from 0 to 1, to uint8 [N, C, H, W]."""
    if shape_of_pictures(array.shape[1:]) is None or (array.dtype != np.uint8 and array.dtype.kind != "f"):
        raise DataError(
            f"{source}: its pictures are {words_of(array)}: save them as uint8, or floats from 0 to 1, [N, H, W], "
            "[N, H, W, C] or [N, C, H, W], where C is 1 or 3"
        )
    if array.dtype.kind == "f":
        _check_floats(array, source)
        array = np.rint(array * 255).astype(np.uint8)
    return np.ascontiguousarray(_channels_first(array))


def _channels_first(array: NDArray[Any]) -> NDArray[Any]:
    """Return pictures of one of the accepted shapes as [N, C, H, W]."""
    if array.ndim == 3:
        return array[:, np.newaxis]
    return array if array.shape[1] in (1, 3) else np.moveaxis(array, 3, 1)


def _check_floats(array: NDArray[Any], source: str) -> None:
    """Raise DataError if pictures of floats go beyond 0 to 1."""
    if array.size and (array.min() < 0 or array.max() > 1):
        raise DataError(
            f"{source}: its pictures are floats from {array.min():g} to {array.max():g}, outside 0 to 1: scale "
            "them, or save them as uint8"
        )
