"""Labels that a recipe corrects: for a column of classes, the names of pictures and the class of each.

Names are those of ``leave_out``. Labels are corrected once the data is split, so that no picture changes its split.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.data.source import DataError, Examples, Loaded
from workbench.spec.column import Column, named
from workbench.spec.problems import near_names
from workbench.spec.record import replace
from workbench.spec.remedy import SetLabels
from workbench.spec.words import first_few, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from workbench.spec.experiment import DataRecipe

Labels = Mapping[str, Mapping[str, str]]
"""Column -> name of a picture -> its class."""

NAMED = 3
"""The number of names in a sentence; the rest are counted."""


def num_labels(labels: Labels) -> int:
    """Return how many labels these are, of all columns."""
    return sum(map(len, labels.values()))


def relabelled(loaded: Loaded, labels: Labels) -> Loaded:
    """Return the data with corrected labels; those of no class, column or name that it has are ignored."""
    corrected: dict[str, Any] = {
        split: with_labels(examples, loaded.columns, labels) for split, examples in loaded.splits.items()
    }
    return dataclasses.replace(loaded, **corrected)


def with_labels(examples: Examples, columns: Sequence[Column], labels: Labels) -> Examples:
    """Return the examples of one split with corrected labels, as ``relabelled`` does."""
    import numpy as np

    targets = dict(examples.targets)
    for column, rows in _rows(examples, columns, labels):
        values = np.array(targets[column.name])
        for row, (_, label) in rows.items():
            values[row] = column.names.index(label)
        targets[column.name] = values
    return dataclasses.replace(examples, targets=targets)


def own_labels(splits: Iterable[Examples], columns: Sequence[Column], labels: Labels) -> dict[str, dict[str, str]]:
    """Return the class that the data has for each of ``labels`` that differs from it; column -> name -> class."""
    found: dict[str, dict[str, str]] = {}
    for examples in splits:
        for column, rows in _rows(examples, columns, labels):
            for row, (name, label) in rows.items():
                own = column.names[int(examples.targets[column.name][row])]
                if own != label:
                    found.setdefault(column.name, {})[name] = own
    return found


def _rows(
    examples: Examples, columns: Sequence[Column], labels: Labels
) -> Iterator[tuple[Column, dict[int, tuple[str, str]]]]:
    """Yield each column of classes of which labels are corrected, and by row the name and class of each that is."""
    names = () if examples.names is None else examples.names
    for column in columns:
        classes = labels.get(column.name, {}) if column.kind == "class" else {}
        there = {row: (name, classes[name]) for row, name in enumerate(names) if name in classes} if classes else {}
        rows = {row: (name, label) for row, (name, label) in there.items() if label in column.names}
        if rows:
            yield column, rows


def check_classes(columns: Sequence[Column], labels: Labels) -> None:
    """Raise DataError for a column or a class that the data does not have; its remedy restores these labels."""
    for name, classes in labels.items():
        column = named(columns, name)
        if column is None or column.kind != "class":
            there = listed([each.name for each in columns if each.kind == "class"])
            what = f"labels of {name} are corrected, but the data has no such column of classes"
            raise _error(
                what, f"correct those of {there}, or restore them" if there else "restore them", labels, name, classes
            )
        unknown = {picture: label for picture, label in classes.items() if label not in column.names}
        if unknown:
            picture, label = next(iter(unknown.items()))
            what = f"the label of {picture} is corrected to {label}, which is no class of {name}"
            raise _error(what, f"choose {near_names(label, column.names)}", labels, name, unknown)


def check_names(splits: Collection[Examples], unusable: Collection[str], labels: Labels) -> None:
    """Raise DataError for names that the data does not have, among the ``unusable`` either; its remedy restores these
    labels.
    """
    for column, classes in labels.items():
        unknown = set(classes).difference(unusable)
        for examples in splits:
            unknown.difference_update(() if examples.names is None else examples.names)
        if unknown:
            names = listed(first_few(sorted(unknown), NAMED))
            what = f"labels of {names} are corrected, which the data does not have"
            raise _error(what, "restore them in Browse data, or remove them from data.relabel", labels, column, unknown)


def _error(what: str, mend: str, labels: Labels, column: str, names: Collection[str]) -> DataError:
    """Return the error whose remedy restores the labels of these ``names`` of a column."""
    rest = without_labels(labels, column, names)
    return DataError(f"{what}: {mend}", SetLabels(words="Restore these labels", path="", labels=rest))


def without_labels(labels: Labels, column: str, names: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the labels without those of these names of a column."""
    kept = {each: dict(classes) for each, classes in labels.items()}
    kept[column] = {name: label for name, label in labels.get(column, {}).items() if name not in names}
    return {each: classes for each, classes in kept.items() if classes}


def relabelling(recipe: DataRecipe, column: str, labels: Mapping[str, str]) -> DataRecipe:
    """Return the recipe that corrects these labels of a column, too: name -> class. Names are sorted, so that two
    recipes can be compared line by line.
    """
    classes = {**recipe.relabel.get(column, {}), **labels}
    return replace(recipe, relabel={**recipe.relabel, column: dict(sorted(classes.items()))}) if classes else recipe
