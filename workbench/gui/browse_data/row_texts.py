"""The rows of a table as texts: the split, the targets, and the numbers of the input. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.gui.settings.source_facts import value_words
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.spec.column import Column

if TYPE_CHECKING:
    from workbench.data.inventory import Inventory


@dataclass(frozen=True, kw_only=True, eq=False)
class RowTexts:
    """The texts of the examples of ``inventory``, of which ``own_labels`` are corrected, as in ``Found``."""

    inventory: Inventory
    own_labels: Mapping[str, Mapping[str, str]]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of a row's cells."""
        return "split", *(column.name for column in self.inventory.columns), *self.inventory.features

    def name(self, number: int) -> str:
        """Return a row's name: its number in the file, or in the split that stands beside it."""
        return str(self.inventory.names[number]).removeprefix("row ").removeprefix(f"{self._split(number)}/")

    def cell(self, number: int, place: int) -> str:
        """Return a row's text below the heading at ``place``: of a corrected label ``cat (was dog)``."""
        inventory = self.inventory
        if place == 0:
            return SPLIT_TITLES[self._split(number)]
        if place <= len(inventory.columns):
            return self._target(inventory.columns[place - 1], number)
        return _words(inventory.picture(number)[place - 1 - len(inventory.columns)])

    def lines(self, numbers: Iterable[int]) -> Iterator[list[str]]:
        """Yield the headings and all cells of these rows. Of many this takes seconds: run it in the background."""
        yield list(self.headings)
        for number in numbers:
            targets = [self._target(column, number) for column in self.inventory.columns]
            inputs = map(_words, self.inventory.picture(number).tolist())
            yield [SPLIT_TITLES[self._split(number)], *targets, *inputs]

    def _split(self, number: int) -> str:
        return list(self.inventory.splits)[int(self.inventory.split_of[number])]

    def _target(self, column: Column, number: int) -> str:
        inventory = self.inventory
        text = value_words(column, inventory.value(column, number)).removeprefix(f"{column.name}: ")
        own = self.own_labels.get(column.name, {})
        name = str(inventory.names[number]) if own else ""
        return f"{text} (was {own[name]})" if name in own else text


def _words(value: float) -> str:
    return f"{value:.7g}"
