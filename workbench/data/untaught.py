"""Classes and labels of which there are too few pictures to learn or to judge them."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.data.source import Examples
from workbench.spec.column import CLASS, Column
from workbench.spec.record import replace


def untaught(
    columns: Sequence[Column], train: Examples, held_out: Mapping[str, Examples | None], used: Collection[str] | None
) -> Iterator[str]:
    """Yield sentences on the classes and labels that no picture of a split has, or that only one picture has.

    ``held_out`` are the other splits, by their titles. ``used`` names the columns that are predicted; None for all.
    """
    for column in columns:
        if column.kind not in ("class", "labels") or (used is not None and column.name not in used):
            continue
        taught = _counts(column, train)
        missing = _named(column, taught == 0)
        if missing:
            yield (
                f"No training picture has {missing}, of the {_all(column)}: check the values, and "
                "how the data is split."
            )
        held = {title: _counts(column, each) for title, each in held_out.items() if each is not None}
        counts = taught + sum(held.values())
        single = _named(column, counts == 1)
        if single:
            each = " each" if (counts == 1).sum() > 1 else ""
            yield f"There is only one picture{each} of {single}, of the {_all(column)}: none is left to test."
        for title, count in held.items():
            unjudged = _named(column, (taught > 0) & (counts > 1) & (count == 0))
            if unjudged:
                yield (
                    f"No {title} picture has {unjudged}, of the {_all(column)}: results there say nothing about it. Check how "
                    "the data is split."
                )


def _all(column: Column) -> str:
    """Return how many names the column has, and which column it is, unless pictures have nothing but a class."""
    return column.counted() if column.name == CLASS else f"{column.counted()} of {column.name}"


def _counts(column: Column, examples: Examples) -> NDArray[np.int64]:
    """Return the number of examples of each class or label."""
    values = np.asarray(examples.targets[column.name])
    return (values > 0).sum(axis=0) if values.ndim == 2 else np.bincount(values, minlength=len(column.names))


def _named(column: Column, chosen: NDArray[np.bool_]) -> str:
    """Return the names of the chosen classes, as many as people read."""
    names = tuple(column.names[index] for index in np.flatnonzero(chosen))
    return replace(column, names=names).listed()
