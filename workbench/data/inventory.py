"""Everything in a recipe's data, as the network would see it, excluded pictures included: for inspection."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data import thing_of
from workbench.data.dataset import fingerprint, mean_and_std, standardised
from workbench.data.notes import notes_on
from workbench.data.preparation import Used, columns_of, load_fitting
from workbench.data.progress import Progress
from workbench.data.relabel import Labels, own_labels, with_labels
from workbench.data.rows import Values, blocks
from workbench.data.source import BrokenFile, Examples
from workbench.spec.column import Column, class_names, first_class
from workbench.spec.experiment import DataRecipe


@dataclass(frozen=True, kw_only=True, eq=False)
class Inventory:
    """The examples of ``train``, ``val`` and ``test`` (if present), numbered consecutively in this order.

    ``fingerprint`` is the SHA-256 of all of it. ``unusable`` names what could not be read, or lacks a value that is
    needed.
    """

    title: str
    licence: str
    columns: tuple[Column, ...]
    splits: dict[str, Examples]
    fingerprint: str
    features: tuple[str, ...] = ()
    """The names of the numbers of a table's rows; empty for pictures, and points without names."""
    broken: tuple[BrokenFile, ...] = ()
    unusable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.splits.values()))

    @property
    def has_pictures(self) -> bool:
        """Whether the inputs are pictures, [N, C, H, W], rather than points, [N, D]."""
        return bool(self.splits["train"].inputs.ndim == 4)

    @property
    def has_series(self) -> bool:
        """Whether the inputs are series, [N, T, D]."""
        return bool(self.splits["train"].inputs.ndim == 3)

    @property
    def has_looks(self) -> bool:
        """Whether an example can be shown small: as a picture, or as the curves of a series."""
        return self.has_pictures or self.has_series

    @property
    def has_names(self) -> bool:
        """Whether each example has a name by which it can be excluded: not those of points that are made."""
        return self.splits["train"].names is not None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the first column of classes; empty if there is none."""
        return class_names(self.columns)

    @property
    def parts(self) -> list[Values]:
        """The inputs, split by split."""
        return [examples.inputs for examples in self.splits.values()]

    @cached_property
    def classes(self) -> NDArray[np.int64] | None:
        """The class of each example, int64 [N]; None without a column of classes."""
        column = first_class(self.columns)
        return None if column is None else np.concatenate([each.targets[column.name] for each in self.splits.values()])

    @cached_property
    def split_of(self) -> NDArray[np.int64]:
        """The number of each example's split, in the order of ``splits``: int64 [N]."""
        return np.repeat(np.arange(len(self.splits)), [len(each) for each in self.splits.values()])

    @cached_property
    def names(self) -> NDArray[np.object_]:
        """The name of each example in ``leave_out``, str [N], if they have names."""
        return np.concatenate([each.names for each in self.splits.values()])

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Width and height of each picture in its file, int64 [N, 2]."""
        return np.concatenate([each.sizes for each in self.splits.values()])

    def relabelled(self, labels: Labels) -> Inventory:
        """Return the same examples with corrected labels."""
        splits = {split: with_labels(each, self.columns, labels) for split, each in self.splits.items()}
        return dataclasses.replace(self, splits=splits) if labels else self

    def own_labels(self, labels: Labels) -> dict[str, dict[str, str]]:
        """Return the class that the data itself has for each of ``labels`` that differs from it."""
        return own_labels(self.splits.values(), self.columns, labels)

    def picture(self, number: int) -> NDArray[Any]:
        """Return one picture, uint8 [C, H, W]; or one row, float32 [D], or series, float32 [T, D], as it is."""
        examples, row = self._place(number)
        picture: NDArray[Any] = examples.inputs[row]
        return picture

    def look(self, number: int) -> NDArray[Any]:
        """Return what is shown of an example: its picture, or its series standardised by channel."""
        picture = self.picture(number)
        return standardised(picture, *self._channels) if self.has_series else picture

    @cached_property
    def _channels(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The mean and the deviation of each channel in training."""
        return mean_and_std(self.splits["train"])

    def value(self, column: Column, number: int) -> Any:
        """Return a column's value for one picture, as ``Examples`` stores it."""
        examples, row = self._place(number)
        return examples.targets[column.name][row]

    def _place(self, number: int) -> tuple[Examples, int]:
        """Return the split that has it, and its index there."""
        for examples in self.splits.values():
            if number < len(examples):
                return examples, number
            number -= len(examples)
        raise IndexError(number)


def take_inventory(
    recipe: DataRecipe, *, input_shape: tuple[int, ...], seed: int, progress: Progress, used: Used | None = None
) -> Inventory:
    """Load a recipe's data. Raises SpecError if it is not available or does not fit, Cancelled from ``progress``."""
    facts, loaded = load_fitting(recipe, input_shape=input_shape, seed=seed, progress=progress, used=used)
    progress("Computing the data's fingerprint", 0, 1)
    columns = columns_of(recipe, loaded.columns, input_shape)
    return Inventory(
        title=facts.title,
        licence=facts.licence,
        columns=loaded.columns,
        splits=loaded.splits,
        features=facts.features,
        fingerprint=fingerprint(loaded.columns, (loaded.train, loaded.val, loaded.test)),
        broken=loaded.broken,
        unusable=loaded.unusable,
        notes=notes_on(loaded, used and used(columns), thing_of(recipe.source, input_shape)),
    )


def channel_sums(parts: Sequence[Values], progress: Progress) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sums of the values and of their squares of each picture's channels, int64 [N, C] each.

    Mean and standard deviation of any selection of pictures follow exactly.
    """
    sums: list[NDArray[np.int64]] = []
    squares: list[NDArray[np.int64]] = []
    done, total = 0, sum(map(len, parts))
    for block in itertools.chain.from_iterable(map(blocks, parts)):
        progress("Measuring brightness and contrast", done, total)
        done += len(block)
        values = block.reshape(*block.shape[:2], -1).astype(np.uint32)
        sums.append(values.sum(axis=2, dtype=np.int64))
        squares.append((values * values).sum(axis=2, dtype=np.int64))
    return np.concatenate(sums), np.concatenate(squares)
