"""Whether a network is right as often as it is confident (Guo et al. 2017, arXiv:1706.04599)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.session.views.mistakes.head import shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_BINS = 15


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """Pictures by their confidence, in ``NUM_BINS`` bins of equal width: how many are in each (``counts``, int64),
    their mean ``confidence`` and the share that is correct (``accuracy``), float64, NaN for an empty bin.

    ``error`` is the expected calibration error (ECE): the mean difference of the two over all pictures.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: float


def calibration_of(confidence: NDArray[np.float32], is_correct: NDArray[np.bool_]) -> Calibration:
    """Return the calibration of N pictures, from the confidence and whether each is correct: float32 [N], bool [N]."""
    places = np.minimum((np.nan_to_num(confidence) * NUM_BINS).astype(np.int64), NUM_BINS - 1)
    counts = np.bincount(places, minlength=NUM_BINS)

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        return shares(np.bincount(places, values, NUM_BINS), counts)

    means, accuracy = mean(confidence), mean(is_correct)
    return Calibration(
        counts=counts,
        confidence=means,
        accuracy=accuracy,
        error=float(np.sum(counts * np.abs(accuracy - means), where=counts > 0) / len(confidence)),
    )
