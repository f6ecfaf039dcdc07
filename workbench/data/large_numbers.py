"""Numbers to predict that are too large for usual learning rates."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from workbench.data.source import Examples
from workbench.spec.column import Column

LARGE = 1_000
"""The root mean square from which a column is told of. Ages, angles and counts of things in a picture are smaller."""


def large_numbers(columns: Sequence[Column], train: Examples, used: Collection[str] | None) -> Iterator[str]:
    """Yield a sentence on each column of large numbers. ``used`` names the columns that are predicted; None for all.

    A network begins with outputs near 0, so that the first loss and its gradients grow with the numbers.
    """
    for column in columns:
        if column.kind != "number" or (used is not None and column.name not in used):
            continue
        values = np.asarray(train.targets[column.name], np.float64)
        size = float(np.sqrt(np.mean(values**2))) if values.size else 0.0
        if size >= LARGE:
            yield (
                f"{column.name} has values around {float(f'{size:.2g}'):,.0f}: losses and gradients become as large, and usual learning "
                "rates fail. Use a larger unit, thousands or millions, so that the values are near 1."
            )
