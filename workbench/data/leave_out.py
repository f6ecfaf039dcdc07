"""Pictures that a recipe excludes, by name.

A file's name is its path within the source's folder, ``train/cat/003.jpg``; other pictures are named by split and
index, ``train/17``. Excluding one moves no other to another split.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from workbench.data.source import DataError, Examples, Loaded
from workbench.spec.record import replace
from workbench.spec.words import thing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from workbench.spec.component import Component
    from workbench.spec.experiment import DataRecipe

OF_SPLITS = ("split", "group")
"""Settings of a source that affect only the splits, not which pictures there are."""

NAMED = 3
"""The number of names in a sentence; the rest are counted."""


def with_names(loaded: Loaded) -> Loaded:
    """Return the same data with a name for every picture or series, and a size for every picture."""
    named: dict[str, Any] = {split: _with_names(split, each) for split, each in loaded.splits.items()}
    return dataclasses.replace(loaded, **named)


def _with_names(split: str, examples: Examples) -> Examples:
    import numpy as np

    names = examples.names
    if names is None:
        names = np.array([f"{split}/{row}" for row in range(len(examples))], object)
    return dataclasses.replace(
        examples, names=names, sizes=examples.file_sizes() if examples.inputs.ndim == 4 else None
    )


def without(loaded: Loaded, names: Collection[str]) -> Loaded:
    """Return the data without these pictures. Raises DataError if no training pictures are left; unknown names are
    noted.
    """
    if not names:
        return loaded
    import numpy as np

    left_out = frozenset(names)
    found: set[str] = set()
    kept: dict[str, Examples] = {}
    for split, examples in loaded.splits.items():
        assert examples.names is not None
        chosen = np.fromiter((name in left_out for name in examples.names), bool, len(examples))
        found |= set(examples.names[chosen].tolist())
        kept[split] = examples.where(~chosen) if chosen.any() else examples
    if not len(kept["train"]):
        raise DataError(f"every training {thing(loaded.train.inputs.shape[1:])} is excluded: restore some of them")
    val, test = (kept.get(split) or None for split in ("val", "test"))
    notes = loaded.notes + _unknown(sorted(left_out - found))
    return dataclasses.replace(loaded, train=kept["train"], val=val, test=test, notes=notes)


def _unknown(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return (f"The recipe excludes {', '.join(names[:NAMED])}{more}, which the data does not contain.",)


def with_source(recipe: DataRecipe, source: Component) -> DataRecipe:
    """Return the recipe with another source. Names of one set of pictures mean nothing in another,
    so they are dropped.
    """
    return replace(recipe, source=source) if has_same_names(recipe.source, source) else recipe.with_others(source)


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
