"""What the input array of somebody's own arrays holds: pictures, rows of numbers or series; and how each is read."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from workbench.data.array_columns import pictures_of, shape_of_pictures, words_of
from workbench.data.array_series import series_of, shape_of_series
from workbench.data.decoding.decoders import spread
from workbench.data.decoding.pictures import LEAST_COLOUR, Tone, tone_in, toned
from workbench.spec.column import Column
from workbench.spec.words import size_words

UNIT = Tone(0.0, 1.0)
"""Of pictures whose values are rounded in their own precision, so that those of earlier runs stay the same."""

BYTES = Tone(0.0, 255.0)


class ArrayInput:
    """Pictures in the training array ``name``: bytes, or numbers that become bytes by its tone."""

    thing: ClassVar[str] = "picture"
    licence: ClassVar[str] = "your own pictures"
    are_numbers: ClassVar[bool] = False
    """Whether the network gets the numbers as they are."""

    def __init__(self, name: str, array: NDArray[Any]) -> None:
        self.name, self._array = name, array

    def facts(self) -> dict[str, Any]:
        """Return what ``SourceFacts`` says of the input."""
        return {"picture_shape": shape_of_pictures(self._array.shape[1:]), "in_colour": _are_in_colour(self._array)}

    def misfit(self, given: NDArray[Any]) -> str:
        """Return why another split's array does not fit the one for training; "" if it does."""
        return ""

    def read(self, given: NDArray[Any], source: str) -> NDArray[Any]:
        """Return a split's array as ``Examples`` stores it. Raises DataError if it is not what it should be."""
        as_it_is = self.tone in (None, UNIT) or given.dtype == np.uint8 or given.dtype.kind not in "iuf"
        return pictures_of(given if as_it_is else toned(given, cast(Tone, self.tone)), source)

    @cached_property
    def tone(self) -> Tone | None:
        """What is black and white in the training pictures; None if they are bytes, or no pictures."""
        array = self._array
        if array.dtype.kind not in "iuf" or array.dtype == np.uint8 or shape_of_pictures(array.shape[1:]) is None:
            return None
        finite = array if array.dtype.kind != "f" else array[np.isfinite(array).reshape(len(array), -1).all(axis=1)]
        return tone_in(finite)

    def tone_words(self) -> str:
        """Return a sentence on what becomes black and white; "" if that goes without saying."""
        if self.tone in (None, UNIT, BYTES):
            return ""
        return (
            f"The values of {self.name} become 0 to 255: {self.tone.black:,g} is black, and {self.tone.white:,g} white."
        )


class _NumbersInput(ArrayInput):
    """Base of what reaches the network as it is."""

    are_numbers = True
    tone = None

    @property
    def _shape(self) -> tuple[int, ...]:
        return self._array.shape[1:]

    def misfit(self, given: NDArray[Any]) -> str:
        if given.shape[1:] == self._array.shape[1:] and given.dtype.kind in "iuf":
            return ""
        has = f"{size_words(self._shape)} per {self.thing} in training"
        return f"{self.name} is {words_of(given)}, but has {has}: save as many"


class RowInput(_NumbersInput):
    """Rows of numbers, [N, D]."""

    thing = "row"
    licence = "your own numbers"

    def facts(self) -> dict[str, Any]:
        columns = (Column(name=self.name, kind="number", shape=self._shape),)
        return {"num_features": self._shape[0], "feature_columns": columns}

    def read(self, given: NDArray[Any], source: str) -> NDArray[Any]:
        return given.astype(np.float32)


class SeriesInput(_NumbersInput):
    """Series of T steps with D channels, [N, T, D], or [N, T] with one."""

    thing = "series"
    licence = "your own series"

    @property
    def _shape(self) -> tuple[int, int]:
        return shape_of_series(self._array)

    def facts(self) -> dict[str, Any]:
        return {"series_shape": self._shape}

    def read(self, given: NDArray[Any], source: str) -> NDArray[Any]:
        return series_of(given)


def input_of(name: str, array: NDArray[Any], *, is_series: bool) -> ArrayInput:
    """Return what the array is, read as series or else by its shape."""
    if is_series:
        return SeriesInput(name, array)
    are_rows = array.ndim == 2 and array.shape[1] > 0 and array.dtype.kind in "iuf"
    return RowInput(name, array) if are_rows else ArrayInput(name, array)


def _are_in_colour(array: NDArray[Any]) -> bool:
    """Return whether the channels of any of a few pictures, of bytes or other numbers, differ visibly."""
    shape = shape_of_pictures(array.shape[1:])
    if shape is None or shape[0] != 3 or array.dtype.kind not in "iuf":
        return False
    few = np.asarray(spread(cast(Sequence[Any], array), in_order=False), np.float64)
    few = few[np.isfinite(few).all(axis=(1, 2, 3))]
    white = 255.0 if array.dtype == np.uint8 else few.max(initial=0.0)
    return bool((np.ptp(few, axis=1 if few.shape[1:] == shape else -1) > LEAST_COLOUR / 255 * white).any())
