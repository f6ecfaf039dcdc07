"""Rows of cells, of which a hundred thousand can be shown, selected and copied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QTableView

from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.widgets.selected_rows import selected_places
from workbench.gui.widgets.tables import LEFT, WIDEST, copies_rows, tabbed
from workbench.spec.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()

ROWS_MEASURED, MOST_FITTED = 20, 100
"""The rows whose texts decide how wide a column is, and the columns of which this is asked."""


class RowTexts(Protocol):
    """The texts of rows, which stay the same."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of a row's cells."""

    def name(self, number: int) -> str:
        """Return what stands before a row."""

    def cell(self, number: int, place: int) -> str:
        """Return a row's text below the heading at ``place``."""

    def lines(self, numbers: Iterable[int]) -> Iterator[list[str]]:
        """Yield the headings and all cells of these rows, in the background."""


class RowPresenter(Protocol):
    """Who knows the rows by their numbers."""

    @property
    def row_texts(self) -> RowTexts:
        """The texts of the rows as they are now."""

    def is_out(self, number: int) -> bool:
        """Whether a row is struck through."""


class RowModel(QAbstractTableModel):
    """Some of the presenter's rows; a cell's text is made when it is seen."""

    def __init__(self, presenter: RowPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._numbers: NDArray[np.int64] | None = None
        self.headings: tuple[str, ...] = ()

    def show_rows(self, numbers: NDArray[np.int64]) -> None:
        """Show the rows with these numbers, int64 [n]. If they are shown already, the selection stays."""
        before, headings = self._numbers, self._presenter.row_texts.headings
        if (
            before is not None
            and len(before) == len(numbers)
            and headings == self.headings
            and (before == numbers).all()
        ):
            self.dataChanged.emit(self.index(0, 0), self.index(len(numbers) - 1, len(headings) - 1))
            return
        self.beginResetModel()
        self._numbers, self.headings = numbers, headings
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing, for the presenter starts on other data."""
        self.beginResetModel()
        self._numbers, self.headings = None, ()
        self.endResetModel()

    def number(self, row: int) -> int:
        assert self._numbers is not None
        return int(self._numbers[row])

    def numbers_at(self, rows: NDArray[np.int64]) -> list[int]:
        return [] if self._numbers is None else self._numbers[rows].tolist()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if self._numbers is None or parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, struck through if the row is."""
        number = self.number(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._presenter.row_texts.cell(number, index.column())
        if role == Qt.ItemDataRole.FontRole and self._presenter.is_out(number):
            font = QFont()
            font.setStrikeOut(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading, or what stands before a row."""
        if role != Qt.ItemDataRole.DisplayRole or self._numbers is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self.headings[section]
        return self._presenter.row_texts.name(int(self._numbers[section]))


class RowTable(QTableView):
    """Shows the rows, of which several can be selected."""

    selection_changed = Signal()

    copying = Signal(str)
    """Emitted with the words that rows are being copied, then that they have been, or why not."""

    def __init__(self, presenter: RowPresenter, pump: EventPump) -> None:
        super().__init__()
        self._presenter = presenter
        self._copies = Newest(pump)
        self._being_copied = ""
        """What is being copied: ``20,000 rows``; empty if nothing is."""
        self.selection: list[int] = []
        """The numbers of the selected rows, in the order in which they are shown."""
        self.rows = RowModel(presenter)
        self.setModel(self.rows)
        # Headings show no selection; to ask whether a column is selected, Qt would go through its rows at each paint.
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(self.rows, self))
        header.setDefaultAlignment(LEFT)
        header.setMaximumSectionSize(WIDEST)
        header.setResizeContentsPrecision(ROWS_MEASURED)
        self._fitted: tuple[str, ...] = ()
        """The headings for which the columns have their width."""
        self.setAccessibleName("Rows of the table")
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.rows.modelReset.connect(self._fit)
        self.rows.modelReset.connect(self._tell_selection)
        QGuiApplication.clipboard().dataChanged.connect(self._leave_clipboard)

    def _fit(self) -> None:
        """Give other columns than before the width of their texts, if they are few."""
        if self.rows.headings != self._fitted and len(self.rows.headings) <= MOST_FITTED:
            self._fitted = self.rows.headings
            self.resizeColumnsToContents()

    def _tell_selection(self) -> None:
        self.selection = self.rows.numbers_at(selected_places(self.selectionModel()))
        self.selection_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not copies_rows(self, event, self._copy):
            super().keyPressEvent(event)

    def _copy(self) -> None:
        """Copy the selected rows below their headings, separated by tabs, as they are now."""
        self._being_copied = plural(len(self.selection), "row")
        self.copying.emit(f"copying {self._being_copied}…")
        work = partial(tabbed, self._presenter.row_texts.lines(self.selection))
        self._copies.background("copy rows", work, self._put, lambda error: self._end_copying(f"not copied: {error}"))

    def _put(self, text: str) -> None:
        self._end_copying("copied")
        QGuiApplication.clipboard().setText(text)

    def _leave_clipboard(self) -> None:
        """Keep what has been copied elsewhere since this began."""
        if self._being_copied:
            self._copies.drop()
            self._end_copying("not copied: something else was copied meanwhile")

    def _end_copying(self, words: str) -> None:
        self.copying.emit(f"{self._being_copied} {words}")
        self._being_copied = ""

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._tell_selection()
