"""Base of data sources: parameters, and how they become arrays of inputs and targets.

A source is a frozen record whose annotated fields are the user's settings. This module imports neither torch nor numpy,
so that the window opens before they are loaded. A new source is one class in one file of ``workbench/data/sources``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from workbench.data.progress import Progress, silent
from workbench.data.rows import Values, only
from workbench.spec.catalogue import Declared
from workbench.spec.column import Column, Kind, class_names, names_of_features
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.spec.remedy import GuessColumns

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from workbench.data.decoding.pictures import Tone


FEW = 24
"""The number of examples shown as a glance if each is a file of its own."""


SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
"""Names of the splits that users use, in lower case."""


class DataError(SpecError):
    """The data is not available or invalid: one sentence with what to do, shown as it is."""


class WrongColumn(DataError):
    """The declared columns do not fit the data; a button guesses them instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, GuessColumns(words="Guess the column types", path=""))


def shown(path: Path) -> str:
    """Return the path as text that can be shown and saved, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "replace")


UNKNOWN_GROUP = -1
"""The group of examples whose group is not known."""

Role = Literal["input", "series", "feature", "split", "group"]
"""Roles of a column that is not a target: the input, the same as series, one of the numbers that are the input, the
split, or groups that stay together in a split.
"""

Types = Annotated[
    tuple[str, ...],
    Meta(
        description="column types that override the guess, such as age=number: class, number, keypoints, labels, "
        "picture, mask, series (the input, in arrays), feature (of the input, in a table without pictures) or skip",
        extra={"elsewhere": True},
    ),
]
"""The setting ``types`` of a user's own data."""

PictureArray = Annotated[
    str,
    Meta(
        description="array of the pictures the network gets; empty: the one called x or images, or the first suitable one",
        extra={"elsewhere": True},
    ),
]
"""The setting ``picture`` of a user's own arrays."""

GroupColumn = Annotated[
    str,
    Meta(
        description="pictures with the same value in this column stay in the same split, e.g. a patient",
        extra={"elsewhere": True},
    ),
]
"""The setting ``group`` of a user's own data."""


class TakenFor(Record):
    """The type of a column in a user's own data, and its guessed type; None if it is ignored.

    ``choices`` are the types that its values allow. ``why`` says in a sentence why it is ignored, if because of its
    values, or what may be wrong with them. ``column`` is its name for heads, if that is not ``name``.
    ``called_like`` is the role that its name makes likely, which is guessed where no other column has it.
    """

    name: str
    kind: Kind | Role | None
    guessed: Kind | Role | None
    choices: tuple[Kind | Role, ...]
    why: str = ""
    column: str = ""
    called_like: Role | None = None


class Moments(Record):
    """The mean and the standard deviation of a column of numbers: of all rows of a table, of the arrays of training."""

    mean: float
    deviation: float


class SourceFacts(Record):
    """What is known of a source without loading it; None for what is known only after loading.

    ``columns`` are what heads may aim at. ``taken_for`` lists those of somebody's own table or arrays, whose settings
    ``types``, ``picture``, ``split`` and ``group`` can say otherwise. ``picture_shape`` is (C, H, W) as stored.
    ``num_features`` is the length of each vector where the source gives points, and ``feature_columns`` are those that
    its numbers are of, where they have names; ``series_shape`` is (T, D) where it gives series. Of ``num_train``,
    ``num_val`` are its own validation split, as far as that is known, and the ``test_share`` is yet to be set aside for
    testing, as the recipe splits. ``moments`` are those of somebody's own columns of numbers, by name. ``files`` says
    which files were read, if they are several. ``download_bytes`` is what the first use fetches from the network.
    """

    title: str
    licence: str
    columns: tuple[Column, ...] | None = None
    taken_for: tuple[TakenFor, ...] = ()
    picture_shape: tuple[int, int, int] | None = None
    in_colour: bool | None = None
    num_features: int | None = None
    series_shape: tuple[int, int] | None = None
    feature_columns: tuple[Column, ...] = ()
    num_train: int | None = None
    num_val: int = 0
    num_test: int | None = None
    test_share: float = 0.0
    moments: dict[str, Moments] = {}
    files: str = ""
    download_bytes: int | None = None

    @property
    def numbers_shape(self) -> tuple[int, ...] | None:
        """The shape of an example that reaches the network as it is: (D,) of a point, (T, D) of a series; None for
        pictures.
        """
        return self.series_shape if self.num_features is None else (self.num_features,)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of each vector's numbers; empty if they have none."""
        return names_of_features(self.feature_columns)

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The class names of the first column of classes; None if they are known only after loading."""
        return class_names(self.columns) if self.columns is not None else None


class BrokenFile(Record):
    """An excluded file, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """One split as a source returns it.

    ``inputs``: uint8 [N, C, H, W] for pictures, float32 [N, D] for points, float32 [N, T, D] for series of T steps with
    D channels. ``targets``: column -> array, by its kind:

        class     int64 [N]
        number    float32 [N, 1], or [N, K] for several
        keypoints float32 [N, 2K], x and y in pixels from the upper left corner of the file's picture, turned upright;
                  once prepared, as fractions of the width and height of what the network sees of it
        labels    float32 [N, K], 1 for each that applies
        picture   uint8 [N, C, H, W]
        mask      uint8 [N, H, W], k + 1 for class k, 0 for unlabelled pixels

    Memory-mapped values (pictures, masks) are ``Rows``, all others arrays.

    ``groups``: int64 [N] if examples of one group (one patient, one film) must stay in one split; a group has the same
    number in every split.
    ``names``: str [N] as objects, the path of each file within the source; None if they are no files.
    ``sizes``: int [N, 2], width and height of each in its file; None if they are those of ``inputs``.
    """

    inputs: Values
    targets: dict[str, Values]
    groups: NDArray[np.int64] | None = None
    names: NDArray[np.object_] | None = None
    sizes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def where(self, chosen: NDArray[np.bool_]) -> Examples:
        """Return those for which ``chosen`` (bool [N]) holds, in order. Nothing mapped is copied, and nothing at all
        if they lie side by side.
        """
        import numpy as np

        rows = np.flatnonzero(chosen)
        together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
        return self.take(slice(rows[0], rows[-1] + 1) if together else rows)

    def take(self, part: slice | NDArray[np.int64]) -> Examples:
        """Return those with these indices, in this order."""
        return Examples(
            inputs=only(self.inputs, part),
            targets={column: only(values, part) for column, values in self.targets.items()},
            groups=self.groups[part] if self.groups is not None else None,
            names=self.names[part] if self.names is not None else None,
            sizes=self.sizes[part] if self.sizes is not None else None,
        )

    def file_sizes(self) -> NDArray[np.int64]:
        """Return width and height of each picture in its file, int [N, 2]."""
        import numpy as np

        if self.sizes is not None:
            return self.sizes
        return np.tile(np.array(self.inputs.shape[:1:-1], np.int64), (len(self), 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """What a source returns: its splits (None if absent), and what was excluded.

    ``notes`` are sentences worth showing: a class with a single picture, a folder that was skipped. ``test_share`` of
    the training split is to be set aside for testing, as the recipe splits, where the source does not do so itself.
    Of a glance at files, ``num_usable`` says how many examples each split has, as far as can be told without decoding
    them; None where that is not known. ``num_examined`` says how many examples were examined; None for all.
    ``tone`` is what became black and white in pictures of more than 8 bits; None if there are none. ``unusable`` names
    those that were excluded, as far as they would have had a name.
    """

    columns: tuple[Column, ...]
    train: Examples
    val: Examples | None = None
    test: Examples | None = None
    broken: tuple[BrokenFile, ...] = ()
    notes: tuple[str, ...] = ()
    test_share: float = 0.0
    num_usable: Mapping[str, int] | None = None
    num_examined: int | None = None
    tone: Tone | None = None
    unusable: tuple[str, ...] = ()

    @property
    def splits(self) -> dict[str, Examples]:
        """The splits that there are, by name: training, validation, test."""
        splits = (("train", self.train), ("val", self.val), ("test", self.test))
        return {name: examples for name, examples in splits if examples is not None}

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the first column of classes; empty if there is none."""
        return class_names(self.columns)

    def for_heads(self, used: Collection[str]) -> Loaded:
        """Return the same data with the columns ``used`` first, in this order.

        The first column of classes is the one that pictures are split, counted and shown by.
        """
        places = {name: place for place, name in enumerate(used)}
        columns = sorted(self.columns, key=lambda column: places.get(column.name, len(places)))
        return replace(self, columns=tuple(columns))


class DataSource(Declared):
    """Base of every source."""

    abstract: ClassVar[bool] = True
    id: ClassVar[str]
    """The name that users type: ``--dataset fashion-mnist-small``."""

    standardises: ClassVar[bool] = True
    """Whether the network gets points or series standardised, by the training split's mean and deviation of each number
    or channel.
    """

    vector: ClassVar[str] = "row"
    """What an example is called that is no picture: a ``row`` of a table, which has a name, or a ``point``, which has
    none.
    """

    is_own: ClassVar[bool] = False
    """Whether it reads the user's own files, and is chosen by naming one."""

    @property
    def needs_download(self) -> bool:
        """Whether loading it begins with a download."""
        return False

    def facts(self) -> SourceFacts:
        """Return what is known without loading. Raises DataError if a folder does not exist."""
        raise NotImplementedError

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        """Return inputs and targets.

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

    def glance(self, used: Collection[str] | None, wanted: tuple[int, ...]) -> Loaded | None:
        """Return what can be shown at once, before any run (a few examples suffice); None if a download is needed.

        ``used`` and ``wanted`` are as in ``load_for``. Raises DataError.
        """
        return self.load_for(used, wanted, 0, silent)
