"""The chosen rows of a table of numbers, a line each: what takes the place of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListView

from workbench.gui.mistakes.page_presenter import PagePresenter
from workbench.gui.widgets.selected_rows import select_places, selected_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class RowModel(QAbstractListModel):
    """The chosen rows; a line is made when it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.page: PagePresenter[Any] | None = None
        """What the lines say; None before there are any."""
        self.indices: NDArray[np.int64] | None = None
        """The shown rows, in the split that is evaluated; None before there are any."""

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if self.indices is None or parent.isValid() else len(self.indices)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's line, in full as its tooltip, struck through if it is excluded."""
        assert self.indices is not None and self.page is not None
        row = int(self.indices[index.row()])
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.page.row_words(row)
        if role == Qt.ItemDataRole.FontRole and self.page.window.mark(row):
            font = QFont()
            font.setStrikeOut(True)
            return font
        return None

    def tell_change(self) -> None:
        """Tell that what is said of the rows is another."""
        self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))


class RowList(QListView):
    """Shows the rows, of which several can be selected."""

    selection_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.selection: list[int] = []
        """The selected rows, in the order in which they are shown."""
        self.rows = RowModel()
        self.setModel(self.rows)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setAccessibleName("Rows of the table")

    def show_rows(self, indices: NDArray[np.int64] | None) -> None:
        """Show these rows, int64 [n]; those of them that are selected stay so, and the current one current."""
        before, current = self.rows.indices, self.currentIndex()
        was_current = None if before is None or not current.isValid() else int(before[current.row()])
        selected = self.selection
        self.rows.beginResetModel()
        self.rows.indices = indices
        self.rows.endResetModel()
        model = self.selectionModel()
        if indices is not None:
            select_places(model, np.flatnonzero(np.isin(indices, np.array(selected, np.int64))))
            for place in np.flatnonzero(indices == was_current).tolist():
                with QSignalBlocker(model):  # the view would scroll there
                    model.setCurrentIndex(self.rows.index(place), QItemSelectionModel.SelectionFlag.NoUpdate)
        self._tell_selection()

    def pick(self, index: int) -> None:
        """Select this row alone and scroll to it, if it is shown."""
        places = np.flatnonzero(self.rows.indices == index) if self.rows.indices is not None else ()
        for place in places:
            self.setCurrentIndex(self.rows.index(int(place)))

    def _tell_selection(self) -> None:
        indices = self.rows.indices
        self.selection = [] if indices is None else indices[selected_places(self.selectionModel())].tolist()
        self.selection_changed.emit()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._tell_selection()
