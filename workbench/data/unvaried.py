"""Training examples that are all the same, so that there is nothing to learn from them."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from workbench.data.rows import Values, blocks
from workbench.data.source import Examples
from workbench.spec.column import Column


def unvaried(columns: Sequence[Column], train: Examples, used: Collection[str] | None) -> Iterator[str]:
    """Yield a sentence if all pictures are the same, and one on each column of numbers that are.

    ``used`` names the columns that are predicted; None for all.
    """
    if len(train) < 2:
        return
    if _are_same(train.inputs):
        yield (
            f"All {len(train):,} training pictures are the same, so the network cannot tell them apart: look at them, and "
            "check the files."
        )
    for column in columns:
        if column.kind != "number" or (used is not None and column.name not in used):
            continue
        values = train.targets[column.name]
        if _are_same(values):
            same = ", ".join(f"{value:g}" for value in np.ravel(values[0]))
            yield (
                f"{column.name} is {same} for every training picture, so there is nothing to learn: check its values, or "
                "choose another target."
            )


def _are_same(values: Values) -> bool:
    """Return whether all rows are equal; reads no further than the first that differs."""
    first = np.asarray(values[0])
    return all(bool((block == first).all()) for block in blocks(values))
