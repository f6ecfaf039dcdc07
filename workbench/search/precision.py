"""How often pictures that are found similar are of the same class."""

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.data.progress import Progress
from workbench.search.nearest import NeighbourIndex

TOGETHER = 16
"""The number of queries searched at a time."""


def mean_precision(
    index: NeighbourIndex, labels: NDArray[np.int64], queries: NDArray[np.int64], k: int, progress: Progress
) -> float:
    """Return the share of pictures of the query's class among its ``k`` nearest, the mean of all ``queries``.

    labels: int64 [N]. queries: numbers of pictures, int64 [Q]. A query does not count among its nearest. ``progress``
    may cancel before each few.
    """
    shares: list[float] = []
    for some in torch.from_numpy(queries).split(TOGETHER):
        progress("Comparing pictures", len(shares), len(queries))
        for query, (nearest, _) in zip(some.tolist(), index.others(some, k), strict=True):
            shares.append(float(np.mean(labels[nearest.numpy()] == labels[query])))
    return float(np.mean(shares))
