"""What a data source is: its parameters, and how they become arrays of inputs and targets.

A source is one frozen record; its annotated fields are what a person sets. Neither torch nor numpy is imported
with this module, so that the window stands before they are loaded. A new source is one
class in one file of ``workbench/data/sources``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from workbench.data.progress import Progress, silent
from workbench.data.rows import Values, only
from workbench.spec.catalogue import Declared
from workbench.spec.column import Column, Kind, class_names
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.spec.remedy import GuessColumns

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


FEW = 24
"""Examples that are a glance, where each has a file of its own."""


SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""What people call the splits, in small letters."""


class DataError(SpecError):
    """The data cannot be had, or is not what it should be: one sentence with what to do, shown as it is."""


class WrongColumn(DataError):
    """What is said of the columns does not go with those that there are; a press has them guessed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, GuessColumns(words="Guess the column types", path=""))


def shown(path: Path) -> str:
    """The path as text that can be shown and saved, whatever bytes are in it."""
    return os.fsencode(path).decode("utf-8", "replace")


Role = Literal["input", "split", "group"]
"""What a column may be that nothing is learnt of: the picture, its split, whose examples stay together in a split."""

Types = Annotated[
    tuple[str, ...],
    Meta(
        description="column types that override the guess, such as age=number: class, number, labels, picture, mask "
        "or skip",
        extra={"elsewhere": True},
    ),
]
"""The setting ``types`` of somebody's own data."""

PictureArray = Annotated[
    str,
    Meta(
        description="array of the pictures the network gets; empty: the one called x or images, or the first suitable one",
        extra={"elsewhere": True},
    ),
]
"""The setting ``picture`` of somebody's own arrays."""

GroupColumn = Annotated[
    str,
    Meta(
        description="pictures with the same value in this column stay in the same split, e.g. a patient",
        extra={"elsewhere": True},
    ),
]
"""The setting ``group`` of somebody's own data."""


class TakenFor(Record):
    """What a column of a person's own data is taken for, and would be by itself; None where it is left out.

    ``choices`` are what else its values could be. ``why`` says in a sentence why it is left out where it is so by its
    values. ``column`` is what heads call it, where that is not its ``name``.
    """

    name: str
    kind: Kind | Role | None
    guessed: Kind | Role | None
    choices: tuple[Kind | Role, ...]
    why: str = ""
    column: str = ""


class SourceFacts(Record):
    """What is known of a source without loading it; None where only loading tells.

    ``columns`` are what heads may aim at. ``taken_for`` lists those of somebody's own table or arrays, whose settings
    ``types``, ``picture``, ``split`` and ``group`` can say otherwise. ``picture_shape`` is (C, H, W) as stored.
    ``num_features`` is the length of each vector where the source gives points. Of ``num_train``, the ``test_share`` is
    yet to be set aside for testing, as the recipe splits. ``download_bytes`` is what the first use fetches from the
    network.
    """

    title: str
    licence: str
    columns: tuple[Column, ...] | None = None
    taken_for: tuple[TakenFor, ...] = ()
    picture_shape: tuple[int, int, int] | None = None
    num_features: int | None = None
    num_train: int | None = None
    num_test: int | None = None
    test_share: float = 0.0
    download_bytes: int | None = None

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Of the first column of classes; None where only loading tells."""
        return class_names(self.columns) if self.columns is not None else None


class BrokenFile(Record):
    """A file that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """One split as a source gives it.

    ``inputs``: uint8 [N, C, H, W] for pictures, float32 [N, D] for points. ``targets``: column -> array, by its kind:

        class     int64 [N]
        number    float32 [N, K], of which most often there is 1
        labels    float32 [N, K], 1 for each that holds
        picture   uint8 [N, C, H, W]
        mask      uint8 [N, H, W], k + 1 for class k, 0 for pixels of no class

    What lies in a file mapped into memory (pictures, masks) is ``Rows``, all else are arrays.

    ``groups``: int64 [N] where examples of one group (of one patient, of one film) are not to be split up.
    ``names``: str [N] as objects, the path of each file within the source; None where they are no files.
    ``sizes``: int [N, 2], width and height of each as its file has it; None where ``inputs`` have them.
    """

    inputs: Values
    targets: dict[str, Values]
    groups: NDArray[np.int64] | None = None
    names: NDArray[np.object_] | None = None
    sizes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def where(self, chosen: NDArray[np.bool_]) -> Examples:
        """Those for which ``chosen`` (bool [N]) holds, in order; no copy of what is mapped, nor where they all lie side
        by side.
        """
        import numpy as np

        rows = np.flatnonzero(chosen)
        together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
        part = slice(rows[0], rows[-1] + 1) if together else rows
        return Examples(
            inputs=only(self.inputs, part),
            targets={column: only(values, part) for column, values in self.targets.items()},
            groups=self.groups[part] if self.groups is not None else None,
            names=self.names[part] if self.names is not None else None,
            sizes=self.sizes[part] if self.sizes is not None else None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """What a source gives: its splits (None where it has none), and what was left out on the way.

    ``notes`` are sentences worth showing: a class with a single picture, a folder that was skipped. ``test_share`` of
    the training split is to be set aside for testing, as the recipe splits, where the source does not do so itself.
    """

    columns: tuple[Column, ...]
    train: Examples
    val: Examples | None = None
    test: Examples | None = None
    broken: tuple[BrokenFile, ...] = ()
    notes: tuple[str, ...] = ()
    test_share: float = 0.0

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the first column of classes; none where there is no such column."""
        return class_names(self.columns)


class DataSource(Declared):
    """Base of every source."""

    abstract: ClassVar[bool] = True
    id: ClassVar[str]
    """What people type: ``--dataset fashion-mnist-small``."""

    kind: ClassVar[Literal["pictures", "points"]] = "pictures"

    is_own: ClassVar[bool] = False
    """Whether it reads a person's own files, and is meant by naming one of these."""

    def facts(self) -> SourceFacts:
        """What can be said without loading. DataError where a folder is not there."""
        raise NotImplementedError

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        """Inputs and targets.

        ``wanted`` is the network's input shape: a source that decodes files decodes them to it, any other gives its
        own size. ``seed`` decides what is drawn: the points of a toy, the test split of a folder that has none.
        Raises DataError, and Cancelled from ``progress``. A source implements this, or ``load_for``.
        """
        return self.load_for(None, wanted, seed, progress)

    def load_for(self, used: Collection[str] | None, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        """``load`` for heads that need the columns ``used``; None for any. A source may leave out other columns, rather
        than the examples of which they say nothing valid.
        """
        return self.load(wanted, seed, progress)

    def glance(self, wanted: tuple[int, ...]) -> Loaded | None:
        """What can be seen of it at once, before any run: a few examples suffice. None where it would have to be
        fetched.

        ``wanted`` is as in ``load``. Raises DataError.
        """
        return self.load(wanted, 0, silent)
