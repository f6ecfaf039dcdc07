"""The split that each array is for, by its name and its shape."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from workbench.data.source import SPLIT_NAMES

SERIES = ("series", "signals", "signal", "sequences", "ecg")
"""What an array of series is called, in lower case."""

INPUTS = ("x", "images", "image", "pictures", "inputs", "data", *SERIES)

Arrays = Mapping[str, NDArray[Any]]


def splits_of(arrays: Arrays) -> dict[str, dict[str, NDArray[Any]]]:
    """Return the arrays of each split: ``x_train`` is ``x`` of ``train``.

    One called after a split alone, ``val``, is the input of that split if it is shaped like training's; else it has a
    value for each training example, by its own name.
    """
    splits: dict[str, dict[str, NDArray[Any]]] = {"train": {}}
    bare = []
    for name, array in arrays.items():
        split, rest = _place_of(name)
        if rest:
            splits.setdefault(split, {})[rest] = array
        else:
            bare.append((split, name, array))
    for split, name, array in sorted(bare, key=lambda each: each[0] != "train"):
        if array.shape[1:] in _shapes_of_inputs(splits["train"]) or (split == "train" and _is_alone(array, splits)):
            splits.setdefault(split, {})["x"] = array
        else:
            splits["train"][name] = array
    return splits


def _place_of(name: str) -> tuple[str, str]:
    """Split an array's name into its split and the rest: ``x_train`` -> (``train``, ``x``)."""
    words = name.split("_")
    split = next((SPLIT_NAMES[word.lower()] for word in words if word.lower() in SPLIT_NAMES), "train")
    return split, "_".join(word for word in words if word.lower() not in SPLIT_NAMES)


def _is_alone(array: NDArray[Any], splits: Mapping[str, Mapping[str, NDArray[Any]]]) -> bool:
    return array.ndim > 1 and not _shapes_of_inputs(splits["train"])


def _shapes_of_inputs(train: Arrays) -> set[tuple[int, ...]]:
    """Return the shapes that a row of training's input may have: those of pictures, and of what is called like one."""
    return {array.shape[1:] for name, array in train.items() if array.ndim > (1 if name.lower() in INPUTS else 2)}
