"""Pictures that a recipe excludes, by name.

A file's name is its path within the source's folder, ``train/cat/003.jpg``; other pictures are named by split and
index, ``train/17``. Excluding one moves no other to another split.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from workbench.data.source import DataError, Examples, Loaded
from workbench.spec.record import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from workbench.spec.component import Component
    from workbench.spec.experiment import DataRecipe

OF_SPLITS = ("split", "group")
"""Settings of a source that affect only the splits, not which pictures there are."""

NAMED = 3
"""The number of names in a sentence; the rest are counted."""


def with_names(loaded: Loaded) -> Loaded:
    """Return the same data with a name and a size for every picture."""
    return dataclasses.replace(
        loaded,
        train=_with_names("train", loaded.train),
        val=_with_names("val", loaded.val) if loaded.val is not None else None,
        test=_with_names("test", loaded.test) if loaded.test is not None else None,
    )


def _with_names(split: str, examples: Examples) -> Examples:
    import numpy as np

    names = examples.names
    if names is None:
        names = np.array([f"{split}/{row}" for row in range(len(examples))], object)
    return dataclasses.replace(examples, names=names, sizes=examples.file_sizes())


def without(loaded: Loaded, names: Collection[str]) -> Loaded:
    """Return the data without these pictures. Raises DataError if no training pictures are left; unknown names are
    noted.
    """
    if not names:
        return loaded
    left_out = frozenset(names)
    splits = {split: getattr(loaded, split) for split in ("train", "val", "test")}
    found: set[str] = set()
    for split, examples in splits.items():
        if examples is not None:
            chosen = is_among(examples, left_out)
            found |= set(examples.names[chosen].tolist())
            splits[split] = examples.where(~chosen) if chosen.any() else examples
    if not len(splits["train"]):
        raise DataError("every training picture is excluded: restore some of them")
    val, test = (splits[split] or None for split in ("val", "test"))
    return dataclasses.replace(
        loaded, train=splits["train"], val=val, test=test, notes=loaded.notes + _unknown(sorted(left_out - found))
    )


def is_among(examples: Examples, names: Collection[str]) -> NDArray[Any]:
    """Return which of them have one of these names, bool [N]."""
    import numpy as np

    assert examples.names is not None
    return np.fromiter((name in names for name in examples.names), bool, len(examples))


def _unknown(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return (f"The recipe excludes {', '.join(names[:NAMED])}{more}, which the data does not contain.",)


def with_source(recipe: DataRecipe, source: Component) -> DataRecipe:
    """Return the recipe with another source. Names of one set of pictures mean nothing in another,
    so they are dropped.
    """
    same = has_same_names(recipe.source, source)
    return replace(recipe, source=source, leave_out=recipe.leave_out if same else ())


def has_same_names(one: Component, other: Component) -> bool:
    """Whether a name means the same picture in both sources."""
    return one.type == other.type and _places(one) == _places(other)


def leaving_out(recipe: DataRecipe, names: Iterable[str]) -> DataRecipe:
    """Return the recipe that excludes exactly these pictures. They are sorted, so that two recipes can be compared line
    by line.
    """
    return replace(recipe, leave_out=tuple(sorted(set(names))))


def _places(source: Component) -> dict[str, str]:
    """Return the settings that locate the pictures: files and folders, and names within them."""
    return {
        name: value for name, value in source.parameters.items() if isinstance(value, str) and name not in OF_SPLITS
    }
