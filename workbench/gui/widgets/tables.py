"""Set-up of read-only tables, and the layout of windows that consist of one."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.widgets.narrow import Wrapped

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


WIDEST = 220
"""Maximum width of a text column beside the stretching one; longer text is elided, and complete in its tooltip."""

LEAST_NAME = 200
"""Minimum width of the column that takes what the others leave; in a narrow window the table scrolls."""


LEAST_TEXT = 120
"""Minimum width of a text column that gives way to the names."""


class Table(QTableWidget):
    """A table with a column of names, usually the first, that takes the width the others leave."""

    def fit_names(self, names: int = 0) -> None:
        """Fit the column of names to the width that is left, now and whenever the table is resized."""
        self._names = names
        if self._yields is not None:
            place, widest, longest = self._yields
            self.setColumnWidth(place, min(widest, max(self._room(names, place) - longest, LEAST_TEXT)))
        self.setColumnWidth(names, max(self._room(names), LEAST_NAME))

    def give_way(self, place: int) -> None:
        """Let a text column become narrower than it is now, down to ``LEAST_TEXT``, before names are elided."""
        self._yields = (place, self.columnWidth(place), self.sizeHintForColumn(0))

    def _room(self, *without: int) -> int:
        """Return the width that all columns but these leave; hidden ones have none."""
        others = (place for place in range(self.columnCount()) if place not in without)
        return self.viewport().width() - sum(map(self.columnWidth, others))

    _yields: tuple[int, int, int] | None = None
    """A column that gives way, its largest width, and the width of the longest name."""

    _names: int | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._names is not None:
            self.fit_names(self._names)


def make_table(columns: Sequence[str], name: str, numbers: Collection[int] = ()) -> Table:
    """Return an empty table with an accessible ``name``; headings of the columns ``numbers`` are right-aligned."""
    table = Table(0, len(columns))
    for place, words in enumerate(columns):
        heading = QTableWidgetItem(words)
        heading.setTextAlignment(RIGHT if place in numbers else LEFT)
        table.setHorizontalHeaderItem(place, heading)
    table.setAccessibleName(name)
    table.setTabKeyNavigation(False)  # Tab leads on; arrows lead from row to row
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.horizontalHeader().setHighlightSections(False)
    return table


def lay_out(window: QDialog, body: QLayout, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
    """Lay out a window: the table from edge to edge, and below it the widgets at the ``left`` and the ``right``."""
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addLayout(body, 1)
    column.addLayout(Wrapped(left, right))
