"""How often pictures that are found similar are of the same class."""

import numpy as np
from numpy.typing import NDArray

from workbench.data.progress import Progress
from workbench.search.nearest import NeighbourIndex


def mean_precision(
    index: NeighbourIndex, labels: NDArray[np.int64], queries: NDArray[np.int64], k: int, progress: Progress
) -> float:
    """Return the share of pictures of the query's class among its ``k`` nearest, the mean of all ``queries``.

    labels: int64 [N]. queries: numbers of pictures, int64 [Q]. A query does not count among its nearest. ``progress``
    may cancel before each.
    """
    shares = []
    for number, query in enumerate(queries.tolist()):
        progress("Comparing pictures", number, len(queries))
        nearest, _ = index.others(query, k)
        shares.append(np.mean(labels[nearest.numpy()] == labels[query]))
    return float(np.mean(shares))
