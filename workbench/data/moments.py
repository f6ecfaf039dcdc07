"""The mean and deviation of columns of numbers, before anything is loaded."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.data.source import Moments
from workbench.data.tables.columns import LARGEST


def moments_of(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Moments]:
    """Return those of each column of numbers, float64 of any shape, without what is not finite in single
    precision, from which nothing is learnt.
    """
    finite = {name: values[np.abs(values) <= LARGEST] for name, values in columns.items()}
    return {
        name: Moments(mean=float(values.mean()), deviation=float(values.std()))
        for name, values in finite.items()
        if values.size
    }
