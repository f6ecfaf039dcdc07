"""Arrays -> examples: which of them are pictures, which say something of these, and for which split.

x_train y_train x_test y_test                       as Keras' mnist.npz
train_images train_labels val_images ...            as MedMNIST's
images class age mask                               no splits: they are drawn
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.source import SPLIT_NAMES, DataError, Examples, Loaded, SourceFacts
from workbench.spec.column import CLASS, Column

MOST_CLASSES = 100_000
"""Whole numbers that go further are no classes but numbers: places in a table, seconds, amounts."""

MOST_OF_MASK = 254
"""The last class of a mask, whose pixels are kept as bytes."""

VOID = 255
"""In a mask: nothing is known of this pixel. As in Pascal VOC and Cityscapes."""

INPUTS = ("x", "images", "image", "pictures", "inputs", "data")
CLASSES = ("y", "labels", "label", "targets", "classes")

Arrays = Mapping[str, NDArray[Any]]


def place_of(name: str) -> tuple[str, str]:
    """The split and the column that an array's name speaks of: ``x_train`` is (``train``, ``x``)."""
    words = name.split("_")
    split = next((SPLIT_NAMES[word.lower()] for word in words if word.lower() in SPLIT_NAMES), "train")
    rest = "_".join(word for word in words if word.lower() not in SPLIT_NAMES) or "x"
    if rest.lower() in INPUTS:
        return split, "x"
    return split, CLASS if rest.lower() in CLASSES else rest


def examples_of(arrays: Arrays, source: str, test_share: float) -> Loaded:
    """DataError where there are no pictures, or where lengths or kinds do not go together."""
    splits: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        if array.ndim == 0:
            raise DataError(f"{source}: {name} is one value, and not one for each picture: leave it out of the file")
        split, column = place_of(name)
        splits.setdefault(split, {})[column] = array
    if "x" not in splits.get("train", {}):
        raise DataError(
            f"{source}: none of its arrays ({', '.join(arrays)}) has a name for training pictures: x_train, "
            f"train_images or images"
        )
    columns = tuple(column_of(name, array, source) for name, array in splits["train"].items() if name != "x")
    made = {split: _examples(found, columns, f"{source}, {split}") for split, found in splits.items()}
    return Loaded(
        columns=columns,
        train=made["train"],
        val=made.get("val"),
        test=made.get("test"),
        test_share=0.0 if "test" in made else test_share,
    )


def facts_of(loaded: Loaded, name: str) -> SourceFacts:
    """What is told of arrays in a file or a folder of that name."""
    channels, height, width = loaded.train.inputs.shape[1:]
    return SourceFacts(
        title=name,
        licence="your own pictures",
        columns=loaded.columns,
        picture_shape=(channels, height, width),
        num_train=len(loaded.train) + (len(loaded.val) if loaded.val else 0),
        num_test=len(loaded.test) if loaded.test else 0,
        test_share=loaded.test_share,
    )


def column_of(name: str, array: NDArray[Any], source: str) -> Column:
    """What an array says of each picture, by its type and its shape."""
    whole, shape = array.dtype.kind in "iub", array.shape[1:]
    if array.dtype.kind in "US":
        return Column(name=name, names=tuple(sorted({str(value) for value in array.ravel()})))
    if shape in ((), (1,)):
        if not whole or array.max(initial=0) >= MOST_CLASSES:
            return Column(name=name, kind="number")
        if array.size and array.min() < 0:
            raise DataError(f"{source}: {name} holds {array.min()}, but classes count from 0; numbers must be floats")
        return Column(name=name, names=_counted(array))
    if len(shape) == 1 and np.isin(array, (0, 1)).all():
        return Column(name=name, kind="labels", names=tuple(map(str, range(shape[0]))))
    if len(shape) == 2 and whole:
        return Column(name=name, kind="mask", names=_counted(array[array != VOID]))
    if len(shape) == 3 and array.dtype == np.uint8:
        return Column(name=name, kind="picture")
    raise DataError(
        f"{source}: {name} is {array.dtype} {'×'.join(map(str, array.shape))}, which is not a class, number, labels "
        "(0 and 1), mask or picture per example"
    )


def _counted(array: NDArray[Any]) -> tuple[str, ...]:
    """The names of classes that are counted from 0."""
    return tuple(map(str, range(min(int(array.max(initial=0)), MOST_CLASSES) + 1)))


def _examples(found: Mapping[str, NDArray[Any]], columns: tuple[Column, ...], source: str) -> Examples:
    if "x" not in found:
        raise DataError(f"{source}: there are no pictures to go with {', '.join(found)}")
    inputs = pictures_of(found["x"], source)
    for column in columns:
        if column.name not in found or len(found[column.name]) != len(inputs):
            count = len(found.get(column.name, ()))
            raise DataError(f"{source}: there are {len(inputs):,} pictures and {count:,} values of {column.name}")
    return Examples(
        inputs=inputs, targets={column.name: _target(column, found[column.name], source) for column in columns}
    )


def _target(column: Column, array: NDArray[Any], source: str) -> NDArray[Any]:
    match column.kind:
        case "number":
            return array.reshape(-1, 1).astype(np.float32)
        case "labels":
            return array.astype(np.float32)
        case "picture":
            return pictures_of(array, source)
        case "mask":
            return _mask(array, column, source)
    if array.dtype.kind in "US":
        texts = [str(value) for value in array.ravel()]
        places = {name: place for place, name in enumerate(column.names)}
        unknown = next((text for text in texts if text not in places), None)
        if unknown is not None:
            raise DataError(f"{source}: {column.name} holds {unknown}, which no training picture has")
        return np.array([places[text] for text in texts], np.int64)
    _check_names(array, column, source)
    return array.reshape(-1).astype(np.int64)


def _mask(array: NDArray[Any], column: Column, source: str) -> NDArray[np.uint8]:
    """As ``Examples`` has masks; what is below 0 (torch's -100, say) and VOID are of no class."""
    known = (array >= 0) & (array != VOID)
    if array.max(initial=0, where=known) > MOST_OF_MASK:
        raise DataError(
            f"{source}: {column.name} goes up to {array.max()}, but mask classes go from 0 to {MOST_OF_MASK}; {VOID} "
            f"marks unlabelled pixels"
        )
    _check_names(array[known], column, source)
    return np.where(known, array + 1, 0).astype(np.uint8)


def _check_names(array: NDArray[Any], column: Column, source: str) -> None:
    if array.size and int(array.max()) >= len(column.names):
        raise DataError(
            f"{source}: {column.name} goes up to {array.max()}, but the training pictures have {len(column.names)} "
            f"classes, counted from 0"
        )


def _check_floats(array: NDArray[Any], source: str) -> None:
    """DataError where pictures of floats hold what is no number, naming the first, or go beyond 0 to 1."""
    unsound = np.flatnonzero([not np.isfinite(picture).all() for picture in array])
    if unsound.size:
        others = unsound.size - 1
        more = f", and {others:,} more {'do' if others > 1 else 'does'}" if others else ""
        raise DataError(f"{source}: picture {unsound[0]:,} holds NaN or Inf{more}: fix it or remove it from the file")
    if array.size and (array.min() < 0 or array.max() > 1):
        raise DataError(
            f"{source}: its pictures are floats from {array.min():g} to {array.max():g}, outside 0 to 1: save them as "
            "uint8"
        )


def pictures_of(array: NDArray[Any], source: str) -> NDArray[np.uint8]:
    """[N, H, W], [N, H, W, C] or [N, C, H, W] of bytes, or of floats from 0 to 1, as uint8 [N, C, H, W]."""
    if array.dtype.kind == "f":
        _check_floats(array, source)
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype != np.uint8 or array.ndim not in (3, 4):
        raise DataError(
            f"{source}: its pictures are {array.dtype} of {array.ndim} axes; expected uint8 [N, H, W], [N, H, W, C] "
            "or [N, C, H, W]"
        )
    if array.ndim == 3:
        return array[:, None]
    channels_last = array.shape[3] in (1, 3) and array.shape[1] not in (1, 3)
    array = np.moveaxis(array, 3, 1) if channels_last else array
    if array.shape[1] not in (1, 3):
        shape = "×".join(map(str, array.shape[1:]))
        raise DataError(
            f"{source}: its pictures are {shape}, but neither the first nor the last axis is 1 or 3 channels"
        )
    return np.ascontiguousarray(array)
