"""What users should know of their data before they train: what a split lacks, and what nothing can be learnt from."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.data.rows import Values, blocks
from workbench.data.source import UNKNOWN_GROUP, Examples, Loaded
from workbench.spec.column import CLASS, Column
from workbench.spec.record import replace
from workbench.spec.words import plural, several


def notes_on(loaded: Loaded, used: Collection[str] | None, one: str) -> tuple[str, ...]:
    """Return the notes on data that is split up, of which training needs the columns ``used``; None for all.

    An example is called ``one``: picture, row or point.
    """
    columns = [column for column in loaded.columns if used is None or column.name in used]
    train, splits = loaded.train, {"validation": loaded.val, "test": loaded.test}
    held_out = {title: examples for title, examples in splits.items() if examples is not None}
    return (
        *loaded.notes,
        *_untaught(columns, train, held_out, one),
        *_unvaried(columns, train, one),
        *_torn_groups(train, held_out, one),
    )


def _untaught(columns: Sequence[Column], train: Examples, held_out: Mapping[str, Examples], one: str) -> Iterator[str]:
    """Yield sentences on the classes and labels that no picture of a split has, or that only one picture has.

    ``held_out`` are the other splits, by their titles.
    """
    for column in columns:
        if column.kind not in ("class", "labels"):
            continue
        taught = _counts(column, train)
        missing = _named(column, taught == 0)
        if missing:
            yield (
                f"No training {one} has {missing}, of the {_all(column)}: check the values, and how the data is split."
            )
        held = {title: _counts(column, each) for title, each in held_out.items()}
        counts = taught + sum(held.values())
        single = _named(column, counts == 1)
        if single:
            each = " each" if (counts == 1).sum() > 1 else ""
            yield f"There is only one {one}{each} of {single}, of the {_all(column)}: none is left to test."
        for title, count in held.items():
            unjudged = _named(column, (taught > 0) & (counts > 1) & (count == 0))
            if unjudged:
                yield (
                    f"No {title} {one} has {unjudged}, of the {_all(column)}: results there say nothing about it. Check how "
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


def _unvaried(columns: Sequence[Column], train: Examples, one: str) -> Iterator[str]:
    """Yield a sentence if all training pictures are the same, and one on each column of numbers that are."""
    if len(train) < 2:
        return
    if _are_same(train.inputs):
        yield (
            f"All {len(train):,} training {several(one)} are the same, so the network cannot tell them apart: look at them, and "
            "check the files."
        )
    for column in columns:
        if column.kind != "number":
            continue
        values = train.targets[column.name]
        if _are_same(values):
            same = ", ".join(f"{value:g}" for value in np.ravel(values[0]))
            yield (
                f"{column.name} is {same} for every training {one}, so there is nothing to learn: check its values, or "
                "choose another target."
            )


def _are_same(values: Values) -> bool:
    """Return whether all rows are equal; reads no further than the first that differs."""
    first = np.asarray(values[0])
    return all(bool((block == first).all()) for block in blocks(values))


def _torn_groups(train: Examples, held_out: Mapping[str, Examples], one: str) -> Iterator[str]:
    """Yield a sentence for each other split, by its title, that has pictures of a group that training has too."""
    for title, examples in held_out.items():
        if train.groups is None or examples.groups is None:
            continue
        shared = np.setdiff1d(np.intersect1d(train.groups, examples.groups), [UNKNOWN_GROUP])
        if len(shared):
            yield (
                f"{one.capitalize()}s of {plural(len(shared), 'group')} are in training and in {title}, so results there may be too "
                f"good: keep the {several(one)} of a group in one split."
            )
