"""Read-only tables, and the layout of windows that consist of one."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import fill
from workbench.gui.widgets.told_apart import told_apart

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

WIDEST = 220
"""Maximum width of a text column beside the stretching one; longer text is elided, and complete in its tooltip."""

LEAST_NAME = 160
"""Minimum width of the column that takes what the others leave; in a narrow window the table scrolls."""

WIDEST_NAME = 400
"""For a name longer than this, no other column gives way."""

LEAST_TEXT = 120
"""Minimum width of a text column that gives way to the names."""

LEAST_HEADING = 108
"""Minimum width of a heading longer than the numbers below it, which gives way before any text."""


class _Cells(QStyledItemDelegate):
    """Draws the cells of a row as if the pointer were over them, as the style draws no background of their own; and of
    some columns' texts, where they are too long, what tells them apart.
    """

    row: int | None = None
    columns: Collection[int] = ()

    def __init__(self, table: "Table") -> None:
        super().__init__(table)
        self._table = table
        self._written: dict[int, tuple[Sequence[str], int, Sequence[str]]] = {}
        """Of a column the texts that are in sight, the room for each, and as they are written there."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.row() == self.row:
            option.state |= QStyle.StateFlag.State_MouseOver

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell. Its text stays, since columns are measured and rows copied by it."""
        if index.column() not in self.columns:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        option.text = self._shortened(option, index)
        self._table.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, self._table)

    def _shortened(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> str:
        style, model = self._table.style(), self._table.model()
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, self._table) + 1
        text_rect = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, self._table)
        room = text_rect.width() - 2 * margin
        rows = self._table.rows_in_sight()
        texts = [model.index(row, index.column()).data() for row in rows]
        written = self._written.get(index.column())
        if written is None or written[:2] != (texts, room):
            written = (texts, room, told_apart(texts, QFontMetricsF(option.font), room))
            self._written[index.column()] = written
        return written[2][rows.index(index.row())]


class Table(QTableWidget):
    """A table with a column of names, usually the first, that takes the width the others leave.

    Its accessible name is ``name``; headings of the columns ``numbers`` are right-aligned. Copying takes the selected
    rows and the headings, as text that a spreadsheet splits into cells.
    """

    def __init__(self, columns: Sequence[str], name: str, numbers: Collection[int] = ()) -> None:
        super().__init__(0, len(columns))
        self._numbers = numbers
        self._cells = _Cells(self)
        self.setItemDelegate(self._cells)
        self._names = 0
        self._longest = 0
        """Width that the names have before any other column has all it wants."""
        self._wanted: dict[int, int] = {}
        """Widths of the other columns where there is room."""
        self._spare: dict[int, int] = {}
        """How much narrower a column may become, in the order in which columns give way to the names."""
        for place, words in enumerate(columns):
            heading = QTableWidgetItem(words)
            heading.setTextAlignment(RIGHT if place in numbers else LEFT)
            self.setHorizontalHeaderItem(place, heading)
        self.setAccessibleName(name)
        self.setTabKeyNavigation(False)  # Tab leads on; arrows lead from row to row
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)

    def fit_columns(self, names: int = 0) -> None:
        """Fit the columns to their texts, and that of the names to the width that is left, now and at another width.

        If there is too little for the names, headings give way first, the longest at once, then texts.
        """
        self.resizeColumnsToContents()
        others = [place for place in range(self.columnCount()) if place != names and not self.isColumnHidden(place)]
        texts = [place for place in others if place not in self._numbers]
        for place in texts:
            self.setColumnWidth(place, min(self.columnWidth(place), WIDEST))
        self._names, self._longest = names, min(self.sizeHintForColumn(names), WIDEST_NAME)
        self._wanted = {place: self.columnWidth(place) for place in others}
        least = {place: max(self.sizeHintForColumn(place), LEAST_HEADING) for place in self._numbers}
        spare = {place: max(self._wanted[place] - least.get(place, LEAST_TEXT), 0) for place in others}
        self._spare = {
            place: spare[place] for place in sorted(others, key=lambda place: (place in texts, -spare[place]))
        }
        self._share()

    def _share(self) -> None:
        """Share the width out between the columns; a heading that is elided is in its tooltip."""
        room = self.viewport().width()
        missing = self._longest + sum(self._wanted.values()) - room
        for place, spare in self._spare.items():
            given = min(max(missing, 0), spare)
            missing -= given
            self.setColumnWidth(place, self._wanted[place] - given)
            heading = self.horizontalHeaderItem(place)
            assert heading is not None
            is_cut = self.columnWidth(place) < self.horizontalHeader().sectionSizeHint(place)
            heading.setToolTip(heading.text() if is_cut else "")
        self.setColumnWidth(self._names, max(room - sum(map(self.columnWidth, self._wanted)), LEAST_NAME))

    def tell_apart(self, *columns: int) -> None:
        """Show of texts too long for these columns what tells those in sight apart."""
        self._cells.columns = columns

    def rows_in_sight(self) -> range:
        """Return the rows that are at least partly visible."""
        last = self.rowAt(self.viewport().height() - 1)
        return range(max(self.rowAt(0), 0), (last if last >= 0 else self.rowCount() - 1) + 1)

    def point_out(self, row: int | None) -> None:
        """Draw a whole row as if the pointer were over it, or none."""
        if row != self._cells.row:
            self._cells.row = row
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not copies_rows(self, event, lambda: QGuiApplication.clipboard().setText(self.selected_text())):
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """Return the visible columns of the selected rows below their headings, separated by tabs."""
        return self.text_of(sorted({index.row() for index in self.selectedIndexes()}))

    def text_of(self, rows: Iterable[int]) -> str:
        """Do the same for these rows."""
        places = [place for place in range(self.columnCount()) if not self.isColumnHidden(place)]
        lines = [[self.horizontalHeaderItem(place) for place in places]]
        lines += [[self.item(row, place) for place in places] for row in rows]
        return tabbed([cell.text() if cell is not None else "" for cell in line] for line in lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wanted:
            self._share()


def copies_rows(table: QTableView, event: QKeyEvent, copy: Callable[[], object]) -> bool:
    """Return whether a key copies; if it does, copy the selected rows. Qt would copy a single cell."""
    if not event.matches(QKeySequence.StandardKey.Copy):
        return False
    if table.selectionModel().hasSelection():
        copy()
    else:
        event.ignore()  # the window may copy something else
    return True


def tabbed(lines: Iterable[Iterable[str]]) -> str:
    """Return lines of cells as text that a spreadsheet splits into cells: one with a tab or a line break is quoted."""
    text = io.StringIO()
    csv.writer(text, "excel-tab", lineterminator="\n").writerows(lines)
    return text.getvalue()


def lay_out(window: QDialog, body: QWidget | QLayout, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
    """Lay out a window: the table from edge to edge, and below it the widgets at the ``left`` and the ``right``."""
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    below = Wrapped(left, right)
    below.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
    fill(column, (body, 1), below)
