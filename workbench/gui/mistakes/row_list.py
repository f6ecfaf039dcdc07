"""The chosen rows of a table of numbers, a line each: what takes the place of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListView

from workbench.gui.mistakes.presenter import MistakesPresenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class RowModel(QAbstractListModel):
    """The rows of the presenter's choice; a line is made when it is seen."""

    def __init__(self, presenter: MistakesPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.indices: NDArray[np.int64] | None = None
        """The shown rows, in the split that is evaluated; None before there are any."""

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Return the number of rows."""
        return 0 if self.indices is None or parent.isValid() else len(self.indices)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's line, struck through if it is excluded."""
        assert self.indices is not None
        row = int(self.indices[index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return self._presenter.row_words(row)
        if role == Qt.ItemDataRole.FontRole and self._presenter.mark(row):
            font = QFont()
            font.setStrikeOut(True)
            return font
        return None


class RowList(QListView):
    """Shows the rows, of which several can be selected."""

    selection_changed = Signal()

    def __init__(self, presenter: MistakesPresenter) -> None:
        super().__init__()
        self.rows = RowModel(presenter)
        self.setModel(self.rows)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setAccessibleName("Rows of the table")

    @property
    def selection(self) -> frozenset[int]:
        """The selected rows."""
        indices = self.rows.indices
        return (
            frozenset() if indices is None else frozenset(int(indices[each.row()]) for each in self.selectedIndexes())
        )

    def show_rows(self, indices: NDArray[np.int64] | None) -> None:
        """Show these rows, int64 [n]; those of them that are selected stay so."""
        selected, mode = self.selection, QItemSelectionModel.SelectionFlag.Select
        self.rows.beginResetModel()
        self.rows.indices = indices
        self.rows.endResetModel()
        for place, row in enumerate(() if indices is None or not selected else indices.tolist()):
            if row in selected:
                self.selectionModel().select(self.rows.index(place), mode)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell of another selection."""
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()
