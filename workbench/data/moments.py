"""The mean and deviation of columns of numbers, before anything is loaded."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.source import Moments


def moments_of(columns: Mapping[str, NDArray[Any]]) -> dict[str, Moments]:
    """Return those of each column of numbers, of any shape, as they are learnt: in single precision, without what is
    not finite in it.
    """
    with np.errstate(over="ignore"):
        learnt = {name: values.astype(np.float32) for name, values in columns.items()}
    finite = {name: values[np.isfinite(values)].astype(np.float64) for name, values in learnt.items()}
    return {
        name: Moments(mean=float(values.mean()), deviation=float(values.std()))
        for name, values in finite.items()
        if values.size
    }
