"""Which arrays are series, [N, T, D] or [N, T]: steps in their order, each with D channels, or one.

Pictures have these shapes too. Bytes are pictures. Floats are series if their name says so, or if one side is much
longer than the other, as pictures are rarely. What is said of an array (``x=series``, or ``picture=x``) comes before
the guess.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.array_splits import SERIES
from workbench.spec.words import size_words

LONGER, MUCH_LONGER = 2, 4
"""How many times as long as the other a side of floats [N, T, D] is at least, if these are series: the second if all
are from 0 to 1, as pictures often are.
"""


def can_be_series(array: NDArray[Any]) -> bool:
    """Return whether the array has several steps of numbers for each example, other than bytes."""
    are_numbers = array.dtype.kind in "iuf" and array.dtype != np.uint8
    return are_numbers and array.ndim in (2, 3) and array.shape[1] > 1 and array.size > 0


def looks_like_series(name: str, array: NDArray[Any]) -> bool:
    """Return whether an input is probably series, by its name, its shape and its values."""
    if not can_be_series(array):
        return False
    if name.lower() in SERIES:
        return True
    if array.ndim != 3 or array.dtype.kind != "f":
        return False
    is_like_pictures = array.min() >= 0 and array.max() <= 1
    ratio = MUCH_LONGER if is_like_pictures else LONGER
    return bool(max(array.shape[1:]) >= ratio * min(array.shape[1:]))


def shape_of_series(array: NDArray[Any]) -> tuple[int, int]:
    """Return (T, D) of series [N, T, D] or [N, T]."""
    return array.shape[1], array.shape[2] if array.ndim == 3 else 1


def series_of(array: NDArray[Any]) -> NDArray[np.float32]:
    """Convert [N, T, D] or [N, T] to float32 [N, T, D]."""
    return np.ascontiguousarray(array.reshape(len(array), *shape_of_series(array)), np.float32)


def turned_in(name: str, array: NDArray[Any]) -> str:
    """Return a sentence on series whose channels probably come first; "" if they do not."""
    steps, channels = shape_of_series(array)
    if channels < LONGER * steps:
        return ""
    return (
        f"The series of {name} have {size_words((steps, channels))}. If it is the other way around, save "
        f"{name}.transpose(0, 2, 1)."
    )
