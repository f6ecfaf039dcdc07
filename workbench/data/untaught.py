"""Classes and labels that the training pictures do not have."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from workbench.data.source import Examples
from workbench.spec.column import Column
from workbench.spec.record import replace


def untaught(columns: Sequence[Column], train: Examples, used: Collection[str] | None) -> Iterator[str]:
    """Yield a sentence for each column of classes or labels of which training has not all.

    ``used`` names the columns that are predicted; None for all.
    """
    for column in columns:
        if column.kind not in ("class", "labels") or (used is not None and column.name not in used):
            continue
        values = np.asarray(train.targets[column.name])
        counts = values.sum(axis=0) if values.ndim == 2 else np.bincount(values, minlength=len(column.names))
        missing = tuple(column.names[index] for index in np.flatnonzero(counts == 0))
        if missing:
            yield (
                f"No training picture has {replace(column, names=missing).listed()}, of the {column.counted()} of "
                f"{column.name}: check the values, and how the data is split."
            )
