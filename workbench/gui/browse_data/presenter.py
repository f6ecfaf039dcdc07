"""The data as shown: filters, facts, and the experiment without an excluded picture. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.gui.browse_data.fact_words import MOST_TWINS
from workbench.gui.browse_data.found import Found
from workbench.gui.browse_data.row_texts import RowTexts
from workbench.gui.experiment.correction import Labelled, LabelOffer
from workbench.gui.experiment.exclusion import leaving_out
from workbench.gui.settings.source_facts import value_words
from workbench.session.editing.data_facts import SPLIT_TITLES, DataFacts, Twins
from workbench.spec.column import first_class
from workbench.spec.experiment import Experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.words import first_few, isolated, several, size_words, thing

if TYPE_CHECKING:
    from workbench.data.inventory import Inventory
    from workbench.session.editing.survey import Survey

Choice = Literal["all", "leaks", "twins", "left_out", "corrected"]
Mark = Literal["", "out", "danger", "warning"]
"""How the gallery marks a picture that stands out."""

MOST_VALUES = 6
"""Most values listed for a picture."""


class DataPresenter:
    """Holds what was found and the current filters."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, folder: str = "") -> None:
        """Start on other data. ``folder`` is the prefix of its files' paths."""
        self.folder = folder
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
        self._own_labels: Mapping[str, Mapping[str, str]] = {}
        """The class in the data itself of each corrected label: column -> name of the picture -> class."""
        self._twins_of: Mapping[int, list[Twins]] = {}

    def take(self, found: Found) -> None:
        """Take new findings, after a scan or a change of what is excluded."""
        self.inventory, self.survey, self.facts = found.inventory, found.survey, found.facts
        self._out = frozenset(found.recipe.leave_out)
        self._own_labels = found.own_labels
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
            kept = (number for number in np.flatnonzero(chosen).tolist() if not self.is_out(number))
            return np.array([number for number in kept if self.badge(number)], np.int64)
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
        """Return the class in the data of a picture whose label is corrected: ``was cat``, or ``coat was black`` of
        another column than the first; empty for others.
        """
        name = self._name(number)
        return ", ".join(
            f"was {own[name]}" if column == self._column else f"{column} was {own[name]}"
            for column, own in self._own_labels.items()
            if name in own
        )

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
            ("corrected", "Corrected", len({*chain(*self._own_labels.values())} - self._out)),
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
        if self.inventory is None:
            return "Data"
        return self.inventory.title

    def caption(self) -> str:
        """Return how many pictures are shown."""
        assert self.inventory is not None
        shown, total = len(self.shown), len(self.inventory)
        count = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
        of = f" of {size_words(self.inventory.splits['train'].inputs.shape[1:])}" if self.inventory.has_series else ""
        return f"{count} {several(self.thing)}{of}"

    @property
    def thing(self) -> str:
        """What an example is called."""
        assert self.inventory is not None
        return thing(self.inventory.splits["train"].inputs.shape[1:], "row" if self.inventory.features else "point")

    def invitation(self) -> str:
        """Return what choosing an example is for."""
        assert self.inventory is not None
        if self.inventory.has_looks:
            return f"Click a {self.thing} to enlarge it."
        labels = "" if self.inventory.classes is None else " or correct its label"
        return f"Click a {self.thing} to exclude it{labels}."

    def describe(self, number: int) -> str:
        """Return a picture's name, class, split, size, other values and issues, one per line."""
        assert self.inventory is not None
        inventory = self.inventory
        split = list(inventory.splits)[int(inventory.split_of[number])]
        parts = [] if inventory.classes is None else [isolated(inventory.class_names[int(inventory.classes[number])])]
        parts.append(SPLIT_TITLES[split])
        if inventory.has_pictures:
            width, height = inventory.sizes[number].tolist()
            parts.append(f"{width}×{height}")
        elif inventory.has_series:
            parts.append(size_words(inventory.splits[split].inputs.shape[1:]))
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

    @property
    def row_texts(self) -> RowTexts:
        """The texts of a table's rows as they are now; they stay the same when other data follows."""
        assert self.inventory is not None
        return RowTexts(inventory=self.inventory, own_labels=self._own_labels)

    def points(self, number: int) -> list[tuple[float, float]]:
        """Return the key points of a picture: x and y of each, as fractions of its width and height."""
        assert self.inventory is not None
        columns = [column for column in self.inventory.columns if column.kind == "keypoints"]
        values = [self.inventory.value(column, number).tolist() for column in columns]
        return [pair for each in values for pair in zip(each[::2], each[1::2], strict=True)]

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

    def label_offer(self, numbers: Iterable[int]) -> LabelOffer | None:
        """Return what the labels of these pictures can be changed to; None if they have no names or no class, or if
        there are no pictures.
        """
        inventory = self.inventory
        assert inventory is not None
        if inventory.classes is None or not inventory.has_names:
            return None
        labels = {self._name(number): inventory.class_names[int(inventory.classes[number])] for number in numbers}
        own = self._own_labels.get(self._column, {})
        pictures = [Labelled(name=name, own=own.get(name, label), label=label) for name, label in labels.items()]
        if not pictures:
            return None
        return LabelOffer(pictures=pictures, column=self._column, classes=inventory.class_names, thing=self.thing)

    def names(self, numbers: Iterable[int]) -> list[str]:
        """Return the names by which these can be excluded; none for points that are made."""
        assert self.inventory is not None
        return self.inventory.names[list(numbers)].tolist() if self.inventory.has_names else []

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
