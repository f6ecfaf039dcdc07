"""The rows of a table of numbers as they are in the file: targets first, then the numbers of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QTableView

from workbench.gui.browse_data.presenter import DataPresenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class RowModel(QAbstractTableModel):
    """The rows that pass the presenter's filters; a cell's text is made when it is seen."""

    def __init__(self, presenter: DataPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._numbers: NDArray[np.int64] | None = None
        self._headings: tuple[str, ...] = ()

    def show_rows(self, numbers: NDArray[np.int64]) -> None:
        """Show the examples with these numbers, int64 [n]."""
        self.beginResetModel()
        self._numbers, self._headings = numbers, self._presenter.row_headings()
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Return the number of rows."""
        return 0 if self._numbers is None or parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text."""
        assert self._numbers is not None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._presenter.cell(int(self._numbers[index.row()]), index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name, or the row's name in the file."""
        if role != Qt.ItemDataRole.DisplayRole or self._numbers is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return self._presenter.row_name(int(self._numbers[section]))


class RowTable(QTableView):
    """Shows the rows."""

    def __init__(self, presenter: DataPresenter) -> None:
        super().__init__()
        self.rows = RowModel(presenter)
        self.setModel(self.rows)
        self.setAccessibleName("Rows of the table")
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
