"""The data as shown: filters, facts, and the experiment without an excluded picture. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.gui.browse_data.found import Found
from workbench.gui.experiment.correction import Labelled, corrected, lines
from workbench.gui.experiment.exclusion import leaving_out
from workbench.gui.settings.source_facts import value_words
from workbench.gui.widgets.search_lines import Line
from workbench.session.editing.data_facts import SPLIT_TITLES, DataFacts, SizeCount, Twins
from workbench.session.left_out import heading
from workbench.spec.column import first_class
from workbench.spec.experiment import Experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace
from workbench.spec.words import first_few

if TYPE_CHECKING:
    from workbench.data.inventory import Inventory
    from workbench.session.editing.survey import Survey

Choice = Literal["all", "leaks", "twins", "left_out", "corrected"]
Mark = Literal["", "out", "danger", "warning"]
"""How the gallery marks a picture that stands out."""

COLOURS = ("red", "green", "blue")

MOST_VALUES = 6
"""Most values listed for a picture."""

MOST_TWINS = 8
"""Most pictures named of those that are the same: of a thousand, the text alone would stop the window for seconds."""

LONGEST_NAME = 18
"""Letters of a picture's path in a row with another's; the file name is always complete."""

MOST_FEATURES = 40
"""Most numbers of the input that are listed with their mean."""

MOST_ROWS = 100
"""Most duplicates listed; the rest are only counted."""


class Bar(Record):
    """A class: its pictures in each split, and each split's share of the width, relative to the largest class."""

    name: str
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    tip: str


class DataPresenter:
    """Holds what was found and the current filters."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, folder: str = "") -> None:
        """Start on other data. ``folder`` is the prefix of its files' paths."""
        self._folder = folder
        self.inventory: Inventory | None = None
        self.survey: Survey | None = None
        self.facts: DataFacts | None = None
        self.split: str | None = None
        self.label: int | None = None
        self.choice: Choice = "all"
        self.twins: Twins | None = None
        """If not None, only these duplicates are shown instead of what the filters select."""
        self.selected: int | None = None
        self.strays: SpecError | None = None
        """Which labels are corrected of pictures that the data does not have; its remedy restores them."""
        self._out: frozenset[str] = frozenset()
        self._own: Mapping[str, str] = {}
        """The class in the data itself of each picture whose label is corrected, by its name."""
        self._twins_of: Mapping[int, list[Twins]] = {}

    def take(self, found: Found) -> None:
        """Take new findings, after a scan or a change of what is excluded."""
        self.inventory, self.survey, self.facts = found.inventory, found.survey, found.facts
        self._out = frozenset(found.recipe.leave_out)
        self._own = {each.name: each.before for each in found.facts.relabelled if each.column == self._column}
        self._twins_of, self.strays = found.twins_of, found.strays

    @property
    def _column(self) -> str:
        """The column of classes that the pictures are shown by; empty if there is none."""
        assert self.inventory is not None
        column = first_class(self.inventory.columns)
        return "" if column is None else column.name

    # Filters

    @property
    def shown(self) -> NDArray[np.int64]:
        """The numbers of the pictures that pass the filters."""
        assert self.inventory is not None and self.facts is not None
        if self.twins is not None:
            return np.array(self.twins.numbers)
        chosen = np.ones(len(self.inventory), bool)
        if self.split is not None:
            chosen &= self.inventory.split_of == list(self.inventory.splits).index(self.split)
        if self.label is not None and self.inventory.classes is not None:
            chosen &= self.inventory.classes == self.label
        if self.choice == "left_out":
            return np.array([number for number in np.flatnonzero(chosen).tolist() if self.is_out(number)], np.int64)
        if self.choice == "corrected":
            return np.array([number for number in np.flatnonzero(chosen).tolist() if self.badge(number)], np.int64)
        if self.choice in ("leaks", "twins"):
            # Duplicates are shown next to each other rather than in the data's order.
            wanted = self.facts.leaks if self.choice == "leaks" else self.facts.twins
            numbers = dict.fromkeys(number for twins in wanted for number in twins.numbers)
            return np.array([number for number in numbers if chosen[number]], np.int64)
        return np.flatnonzero(chosen)

    def is_out(self, number: int) -> bool:
        """Whether the recipe excludes this picture."""
        return self._name(number) in self._out

    def badge(self, number: int) -> str:
        """Return the class in the data of a picture whose label is corrected: ``was cat``; empty for others."""
        own = self._own.get(self._name(number))
        return "" if own is None else f"was {own}"

    def mark(self, number: int) -> Mark:
        """Return a picture's mark: excluded, part of a leak, or a duplicate."""
        if self.is_out(number):
            return "out"
        twins = self._twins_of.get(number)
        return "" if twins is None else "danger" if twins[0].leak else "warning"

    def choices(self) -> list[tuple[Choice, str]]:
        """Return the filters by issue with the number of each; those without matches are not offered."""
        assert self.facts is not None
        offers: list[tuple[Choice, str, int]] = [
            ("leaks", "Leaks", len(self.facts.leaks)),
            ("twins", "Duplicates", len(self.facts.twins)),
            ("left_out", "Excluded", len(self.facts.left_out)),
            ("corrected", "Corrected", len(self._own)),
        ]
        return [("all", "Everything"), *((choice, f"{name} ({count:,})") for choice, name, count in offers if count)]

    def split_choices(self) -> list[tuple[str | None, str]]:
        """Return the splits with their number of pictures, excluded ones included."""
        assert self.inventory is not None
        names = [
            (split, f"{SPLIT_TITLES[split].title()} ({len(each):,})") for split, each in self.inventory.splits.items()
        ]
        return [(None, "All splits"), *names]

    # Texts

    @property
    def title(self) -> str:
        """The name of the data."""
        if self.inventory is None:
            return "Data"
        return self.inventory.title

    def caption(self) -> str:
        """Return how many pictures are shown."""
        assert self.inventory is not None
        shown, total = len(self.shown), len(self.inventory)
        return f"{total:,} {self.thing}s" if shown == total else f"{shown:,} of {total:,} {self.thing}s"

    @property
    def thing(self) -> str:
        """What an example is called."""
        assert self.inventory is not None
        return "picture" if self.inventory.has_pictures else "row" if self.inventory.features else "point"

    def describe(self, number: int) -> str:
        """Return a picture's name, class, split, size, other values and issues, one per line."""
        assert self.inventory is not None
        inventory = self.inventory
        split = list(inventory.splits)[int(inventory.split_of[number])]
        parts = [] if inventory.classes is None else [inventory.class_names[int(inventory.classes[number])]]
        parts.append(SPLIT_TITLES[split])
        if inventory.has_pictures:
            width, height = inventory.sizes[number].tolist()
            parts.append(f"{width}×{height}")
        lines = [self._name(number), " · ".join(parts)]
        lines += self._values(number)
        lines += [words for words in (self.badge(number), "excluded" if self.is_out(number) else "") if words]
        lines += [_like(twins, number) for twins in self._twins_of.get(number, [])[:3]]
        return "\n".join(lines)

    def _values(self, number: int) -> list[str]:
        """Return the values of other columns than the class; those stored in files are not read."""
        assert self.inventory is not None
        told = [
            column for column in self.inventory.columns if column.kind in ("class", "number", "keypoints", "labels")
        ]
        others = [column for column in told if column is not first_class(self.inventory.columns)]
        return [value_words(column, self.inventory.value(column, number)) for column in others[:MOST_VALUES]]

    def row_headings(self) -> tuple[str, ...]:
        """Return the headings of a table's rows: the split, the targets, and the numbers of the input."""
        assert self.inventory is not None
        return "split", *(column.name for column in self.inventory.columns), *self.inventory.features

    def row_name(self, number: int) -> str:
        """Return the name of a table's row: its number in the file, or in the split that stands beside it."""
        assert self.inventory is not None
        split = list(self.inventory.splits)[int(self.inventory.split_of[number])]
        return str(self.inventory.names[number]).removeprefix("row ").removeprefix(f"{split}/")

    def cell(self, number: int, place: int) -> str:
        """Return a row's text below the heading at ``place``."""
        inventory = self.inventory
        assert inventory is not None
        if place == 0:
            return SPLIT_TITLES[list(inventory.splits)[int(inventory.split_of[number])]]
        if place <= len(inventory.columns):
            column = inventory.columns[place - 1]
            return value_words(column, inventory.value(column, number)).removeprefix(f"{column.name}: ")
        return f"{inventory.picture(number)[place - 1 - len(inventory.columns)]:.7g}"

    def feature_rows(self) -> list[tuple[str, str, str]]:
        """Return rows with the input's numbers, their mean and deviation in training, headings first; those beyond
        ``MOST_FEATURES`` are only counted.
        """
        assert self.facts is not None
        few, num_more = self.facts.features[:MOST_FEATURES], len(self.facts.features) - MOST_FEATURES
        rows = [(each.name, f"{each.mean:.4g}", f"{each.std:.4g}") for each in few]
        more = [(f"and {num_more:,} more", "", "")] if num_more > 0 else []
        return [("", "Mean", "Std dev"), *rows, *more]

    def points(self, number: int) -> list[tuple[float, float]]:
        """Return the key points of a picture: x and y of each, as fractions of its width and height."""
        assert self.inventory is not None
        columns = [column for column in self.inventory.columns if column.kind == "keypoints"]
        values = [self.inventory.value(column, number).tolist() for column in columns]
        return [pair for each in values for pair in zip(each[::2], each[1::2], strict=True)]

    def split_rows(self) -> list[tuple[str, ...]]:
        """Return rows with split, pictures, mean and deviation, headings first; one line per colour channel."""
        assert self.facts is not None
        splits = self.facts.splits
        rows = [("Split", "Count"), *((SPLIT_TITLES[each.split].title(), f"{each.count:,}") for each in splits)]
        num_channels = max(len(each.mean) for each in splits)
        if not num_channels:
            return [*rows]
        channels = "\n".join(COLOURS) if num_channels == len(COLOURS) else ""
        measured = [
            ("", "Mean", "Std dev"),
            *((channels, _numbers(each.mean), _numbers(each.std)) for each in splits),
        ]
        return [(*row, *values) for row, values in zip(rows, measured, strict=True)]

    def bars(self) -> list[Bar]:
        """Return a bar for each class."""
        assert self.facts is not None
        splits = self.facts.splits
        counts = list(zip(*(each.class_counts for each in splits), strict=True))
        fullest = max(map(sum, counts), default=0) or 1
        return [
            Bar(
                name=name,
                counts=each,
                shares=tuple(count / fullest for count in each),
                tip="\n".join([name, *(f"{SPLIT_TITLES[s.split]} {n:,}" for s, n in zip(splits, each, strict=True))]),
            )
            for name, each in zip(self.facts.class_names, counts, strict=True)
        ]

    def size_words(self) -> str:
        """Return the sizes of the files, the most common first."""
        assert self.facts is not None
        sizes = self.facts.sizes
        if len(sizes) <= 1:
            return "".join(f"All are {_size(size)}." for size in sizes)
        areas = sorted(sizes, key=lambda size: size.width * size.height)
        often = ", ".join(f"{_size(size)} ({size.count:,})" for size in sizes[:3])
        return f"{len(sizes):,} sizes, from {_size(areas[0])} to {_size(areas[-1])}; most common: {often}."

    def unused_rows(self) -> list[str]:
        """Return what was ignored, and the unusable files with their reasons."""
        assert self.facts is not None
        files = (f"{file.path.removeprefix(self._folder)}: {file.reason}" for file in self.facts.broken)
        return [*self.facts.notes, *files]

    def unused_heading(self) -> str:
        """Return how many notes and unusable pictures ``unused_rows`` lists."""
        assert self.facts is not None
        num_broken = len(self.facts.broken)
        thing = "row" if self.facts.features else "picture"
        return heading(len(self.facts.notes), num_broken, thing, num_listed=num_broken)

    def twin_rows(self) -> list[tuple[Twins, str]]:
        """Return the duplicates and their text, leaks first."""
        assert self.facts is not None
        return [(twins, _words(twins)) for twins in self.facts.twins[:MOST_ROWS]]

    def twin_heading(self) -> str:
        """Return how many duplicates there are, and whether all of them are listed."""
        assert self.facts is not None
        count = len(self.facts.twins)
        if self.survey is None:
            return "Not checked yet."
        equal = sum(twins.correlation is None for twins in self.facts.twins)
        are_rows = bool(self.inventory and self.inventory.features)
        if not are_rows and not self.facts.near_is_searched:
            return f"{equal:,} exact (=); near duplicates (≈) not checked yet."
        if not count:
            return "No duplicates."
        most = f"; the first {MOST_ROWS} are listed" if count > MOST_ROWS else ""
        more = "" if self.facts.twins_are_complete else " and more"
        chance = f". {self.facts.leak_words()}" if self.facts.is_mostly_equal else ""
        return f"{equal:,} exact (=){'' if are_rows else f', {count - equal:,}{more} near (≈)'}{most}{chance}"

    # Edits

    def copies(self) -> set[str]:
        """Return the names of the training examples that are exactly the same as one in another split; none if no other
        would be left for training.
        """
        assert self.facts is not None
        names = {
            name
            for twins in self.facts.leaks
            if twins.correlation is None
            for name, split in zip(twins.names, twins.splits, strict=True)
            if split == "train"
        }
        (num_train,) = (each.count for each in self.facts.splits if each.split == "train")
        return names if len(names) < num_train else set()

    def without_copies(self, experiment: Experiment) -> Experiment:
        """Return the experiment with all ``copies`` excluded."""
        return leaving_out(experiment, self.copies() | set(experiment.data.leave_out))

    def with_all_back(self, experiment: Experiment) -> Experiment:
        """Return the experiment with nothing excluded."""
        return leaving_out(experiment, ())

    def with_own_labels(self, experiment: Experiment) -> Experiment:
        """Return the experiment with no label corrected."""
        return replace(experiment, data=replace(experiment.data, relabel={}))

    def without_strays(self, experiment: Experiment) -> Experiment:
        """Return the experiment without the corrected labels of pictures that the data does not have."""
        assert self.strays is not None and self.strays.remedy is not None
        return apply_remedy(experiment, self.strays.remedy)

    def pictures_labelled(self, numbers: Iterable[int]) -> list[Labelled]:
        """Return these pictures with their labels; none if they have no names or no class."""
        inventory = self.inventory
        assert inventory is not None
        if inventory.classes is None or not inventory.has_names:
            return []
        labels = {self._name(number): inventory.class_names[int(inventory.classes[number])] for number in numbers}
        return [Labelled(name=name, own=self._own.get(name, label), label=label) for name, label in labels.items()]

    def label_lines(self, pictures: Sequence[Labelled], words: str) -> list[Line]:
        """Return what the labels of these pictures can be changed to."""
        assert self.inventory is not None
        return lines(pictures, self.inventory.class_names, words)

    def relabelled(self, experiment: Experiment, pictures: Sequence[Labelled], value: str) -> tuple[str, Experiment]:
        """Return the undo label and the experiment with these labels changed as a line says."""
        assert self.inventory is not None
        return corrected(experiment, self._column, pictures, self.inventory.class_names, value)

    def names(self, numbers: Iterable[int]) -> list[str]:
        """Return the names by which these can be excluded; none for points that are made."""
        assert self.inventory is not None
        return [self._name(number) for number in numbers] if self.inventory.has_names else []

    def _name(self, number: int) -> str:
        assert self.inventory is not None
        return str(self.inventory.names[number]) if self.inventory.has_names else ""


def _like(twins: Twins, number: int) -> str:
    others = [
        f"{name} ({SPLIT_TITLES[split]})"
        for each, name, split in zip(twins.numbers, twins.names, twins.splits, strict=True)
        if each != number
    ]
    return f"{'same as' if twins.correlation is None else 'nearly'} {', '.join(first_few(others, MOST_TWINS))}"


def _words(twins: Twins) -> str:
    sign = " = " if twins.correlation is None else " ≈ "
    marks = [word for word, holds in (("Leak: ", twins.leak), ("Two classes: ", twins.conflict)) if holds]
    return "".join(marks) + sign.join(map(_short, first_few(twins.names, MOST_TWINS)))


def _short(name: str) -> str:
    """Return as much of the end of a path as leaves room for another beside it."""
    folders = name.split("/")
    while len(folders) > 1 and len("/".join(folders)) > LONGEST_NAME:
        del folders[0]
    short = "/".join(folders)
    return name if short == name else f"…/{short}"


def _size(size: SizeCount) -> str:
    return f"{size.width}×{size.height}"


def _numbers(values: tuple[float, ...]) -> str:
    return "\n".join(f"{value:.3f}" for value in values)
