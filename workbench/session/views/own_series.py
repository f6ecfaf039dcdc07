"""Series of the user's own in an .npz file, for a network that takes series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.data.array_columns import faults, words_of
from workbench.data.array_series import can_be_series, series_of, shape_of_series
from workbench.data.source import DataError, shown
from workbench.data.sources.array_file import read_arrays
from workbench.data.tables.cells import Cells, Columns
from workbench.spec.words import size_words

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.data.dataset import Dataset


def read_series(file: Path, dataset: Dataset) -> tuple[Columns, NDArray[np.float32], dict[int, str]]:
    """Return the series of the first array that has as many steps and channels as the network takes, float32 [N, T, D]:
    after the other arrays with a value for each, and before what makes some of them useless.

    Raises DataError if the file cannot be read, or has no such series.
    """
    arrays, wanted = read_arrays(file), tuple(dataset.train.inputs.shape[1:])
    fitting = [name for name, array in arrays.items() if can_be_series(array) and shape_of_series(array) == wanted]
    if not fitting:
        has = ", ".join(f"{name} is {words_of(array)}" for name, array in arrays.items())
        raise DataError(f"{shown(file)}: the network takes series of {size_words(wanted)}, but {has}")
    name = fitting[0]
    table, series = Columns([]), arrays[name]
    table.num_rows = len(series)
    for other, array in arrays.items():
        if array.shape == (len(series),):
            table[other] = Cells.of(array.tolist())
    lost = {row: f"{name} holds {held}" for row, held in faults(series).items()}
    return table, series_of(series), lost
