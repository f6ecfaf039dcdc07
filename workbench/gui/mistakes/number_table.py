"""Tables whose rows have a name and numbers."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from workbench.gui.widgets.tables import RIGHT

NAME = 0
VALUE = Qt.ItemDataRole.UserRole
"""Of a name what it stands for, of a number the number itself."""


class NumberTable(QTreeWidget):
    """The names take the width that the numbers leave."""

    def __init__(self, name: str, headings: Sequence[str]) -> None:
        super().__init__()
        self.setProperty("role", "table")
        self.setHeaderLabels(headings)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName(name)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, header.ResizeMode.Stretch)
        for column in range(NAME + 1, len(headings)):
            self.headerItem().setTextAlignment(column, RIGHT)
            header.setSectionResizeMode(column, header.ResizeMode.ResizeToContents)

    def row_of(self, value: object) -> QTreeWidgetItem | None:
        """Return the row whose name stands for this value; None if there is none."""
        items = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return next((item for item in items if item is not None and item.data(NAME, VALUE) == value), None)

    def mark_row_of(self, value: object) -> None:
        """Select this row, or none, telling no one."""
        item = self.row_of(value)
        with QSignalBlocker(self):
            if item is not None:
                self.setCurrentItem(item)
            else:
                self.clearSelection()


class NumberRow(QTreeWidgetItem):
    """Sorts by numbers, where there is none last."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        column = self.treeWidget().sortColumn()
        if column == NAME:
            return self.text(NAME).casefold() < other.text(NAME).casefold()
        own, others = (each.data(column, VALUE) for each in (self, other))
        return bool((math.inf if math.isnan(own) else own) < (math.inf if math.isnan(others) else others))
