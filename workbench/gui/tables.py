"""Set-up of read-only tables, and the layout of windows that consist of one."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


WIDEST = 220
"""Maximum width of a text column beside the stretching one; longer text is elided, and complete in its tooltip."""


def make_table(columns: Sequence[str], name: str, numbers: Collection[int] = ()) -> QTableWidget:
    """Return an empty table with an accessible ``name``; headings of the columns ``numbers`` are right-aligned."""
    table = QTableWidget(0, len(columns))
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


def lay_out(window: QDialog, body: QStackedLayout, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
    """Lay out a window: the table from edge to edge, and below it the widgets at the ``left`` and the ``right``."""
    foot = QHBoxLayout()
    foot.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
    for widget in left:
        foot.addWidget(widget)
    foot.addStretch(1)
    for widget in right:
        foot.addWidget(widget)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addLayout(body, 1)
    column.addLayout(foot)
