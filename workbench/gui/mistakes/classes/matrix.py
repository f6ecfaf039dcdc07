"""The confusion matrix: a row for each class, a column for each prediction, darker for larger shares of the row. If
there is room, the recall of each class stands beside its row, the precision below its column.
"""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from workbench.gui.mistakes.classes.presenter import Chosen, ClassesPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import draw_border
from workbench.gui.widgets.tables import RIGHT
from workbench.gui.widgets.tips import Tips
from workbench.gui.widgets.told_apart import told_apart

SMALLEST, USUAL, LARGEST = 14, 46, 72
"""Side lengths of a cell in pixels."""

WIDEST_NAME = 110
GAP, MARGIN = 6, 3
AXES = ("predicted →", "actual ↓")
RECALL, PRECISION = "recall, %", "precision, %"
ROOM_FOR_NUMBERS = 26

STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class MatrixView(QAbstractScrollArea):
    """Paints the visible cells of the presenter's matrix; the names do not scroll.

    A click chooses a cell; on a name, a row or a column; in the corner, all mistakes. So do the arrow keys and Home.
    """

    chosen = Signal(object)

    def __init__(self, presenter: ClassesPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._names: tuple[str, ...] = ()
        self._written: tuple[str, ...] = ()
        """The names as there is room for them."""
        self._corner = 0
        self._cell = LARGEST
        self._has_shares = False
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 240)
        self.setAccessibleName("Confusion matrix")
        self.viewport().setAutoFillBackground(False)
        Tips(self.viewport(), self._tip)
        theme.changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        """Return a size for ten classes."""
        return QSize(WIDEST_NAME + 10 * USUAL, WIDEST_NAME + 10 * USUAL)

    def show_matrix(self) -> None:
        self._names = self._presenter.found.class_names
        metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
        widest = max(metrics.horizontalAdvance(name) for name in (*self._names, *AXES, PRECISION))
        self._corner = math.ceil(min(widest, WIDEST_NAME)) + MARGIN + GAP
        self._written = told_apart(self._names, metrics, self._corner - GAP - MARGIN)
        self._measure()

    def _measure(self) -> None:
        """Make the cells as large as fits; if even the smallest do not fit, the matrix scrolls."""
        viewport, count = self.viewport(), max(len(self._names), 1)
        beside, below = self._shares_room()
        room = min(viewport.width() - beside, viewport.height() - below) - self._corner - 1
        self._has_shares = room // count >= ROOM_FOR_NUMBERS
        if not self._has_shares:
            room = min(viewport.width(), viewport.height()) - self._corner - 1
        self._cell = min(max(room // count, SMALLEST), LARGEST)
        whole = self._corner + self._cell * count + 1
        for bar, seen in (
            (self.horizontalScrollBar(), viewport.width()),
            (self.verticalScrollBar(), viewport.height()),
        ):
            bar.setRange(0, max(whole - seen, 0))
            bar.setPageStep(seen - self._corner)
            bar.setSingleStep(self._cell)
        viewport.update()

    @staticmethod
    def _shares_room() -> tuple[int, int]:
        """Return the width of the recalls beside the matrix and the height of the precisions below it."""
        metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
        return math.ceil(metrics.horizontalAdvance(RECALL)) + GAP, math.ceil(metrics.height()) + GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()

    def _cell_rect(self, label: int, predicted: int) -> QRectF:
        left = self._corner + predicted * self._cell - self.horizontalScrollBar().value()
        top = self._corner + label * self._cell - self.verticalScrollBar().value()
        return QRectF(left, top, self._cell, self._cell)

    def chosen_at(self, position: QPointF) -> Chosen | None:
        """Return what a click there chooses; None beside the matrix."""
        column = self._index(position.x(), self.horizontalScrollBar().value())
        row = self._index(position.y(), self.verticalScrollBar().value())
        count = len(self._names)
        if not count or (column is not None and column >= count) or (row is not None and row >= count):
            return None
        return Chosen(label=row, predicted=column)

    def _index(self, place: float, scrolled: int) -> int | None:
        return None if place < self._corner else int(place - self._corner + scrolled) // self._cell

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible cells, the names, and a frame around the choice."""
        if not self._names:
            return
        painter = QPainter(self.viewport())
        painter.setFont(theme.tabular(theme.font(theme.TEXT_SMALL)))
        inside = QRectF(self.viewport().rect()).adjusted(self._corner, self._corner, 0, 0)
        rows = self._in_sight(self.verticalScrollBar().value(), inside.height())
        columns = self._in_sight(self.horizontalScrollBar().value(), inside.width())
        self._paint_names(painter, rows, columns)
        painter.setClipping(False)
        if self._has_shares:
            self._paint_shares(painter)
        painter.setClipRect(inside.adjusted(-1, -1, 1, 1))
        for row in rows:
            for column in columns:
                self._paint_cell(painter, row, column)
        self._paint_frame(painter)
        painter.end()

    def _in_sight(self, scrolled: int, room: float) -> range:
        return range(scrolled // self._cell, min(int((scrolled + room) // self._cell) + 1, len(self._names)))

    def _paint_names(self, painter: QPainter, rows: range, columns: range) -> None:
        tokens, metrics = theme.current(), painter.fontMetrics()
        room = self._corner - GAP - MARGIN
        painter.setPen(theme.colour(tokens.text_faint))
        for line, words in enumerate(AXES, -len(AXES)):
            top = self._corner - GAP + line * metrics.height()
            painter.drawText(QRectF(MARGIN, top, room, metrics.height()), RIGHT, words)
        chosen = self._presenter.chosen
        painter.setClipRect(QRectF(0, self._corner, self._corner, self.viewport().height()))
        for row in rows:
            place = self._cell_rect(row, 0)
            painter.setPen(theme.colour(tokens.text if row == chosen.label else tokens.text_muted))
            painter.drawText(QRectF(MARGIN, place.top(), room, self._cell), RIGHT, self._written[row])
        painter.setClipRect(QRectF(self._corner, 0, self.viewport().width(), self._corner))
        for column in columns:
            place = self._cell_rect(0, column)
            painter.save()
            painter.translate(place.left(), MARGIN + room)
            painter.rotate(-90)
            painter.setPen(theme.colour(tokens.text if column == chosen.predicted else tokens.text_muted))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, 0, room, self._cell), flags, self._written[column])
            painter.restore()

    def _paint_shares(self, painter: QPainter) -> None:
        """Draw the recall of each class beside its row, and its precision below its column; all are in sight."""
        found, tokens, last = self._presenter.found, theme.current(), len(self._names) - 1
        beside, below = self._shares_room()
        corner = self._cell_rect(last, last).bottomRight()
        painter.setPen(theme.colour(tokens.text_faint))
        heading = QRectF(corner.x() + GAP, self._corner - below, beside - GAP, below)
        painter.drawText(heading, RIGHT, RECALL)
        painter.drawText(QRectF(MARGIN, corner.y(), self._corner - GAP - MARGIN, below), RIGHT, PRECISION)
        painter.setPen(theme.colour(tokens.text_muted))
        for index, (recall, precision) in enumerate(zip(found.recall, found.precision, strict=True)):
            row, column = self._cell_rect(index, last), self._cell_rect(last, index)
            place = QRectF(corner.x() + GAP, row.top(), beside - GAP, self._cell)
            painter.drawText(place, RIGHT, say_percent(recall))
            place = QRectF(column.left(), corner.y(), self._cell, below)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, say_percent(precision))

    def _paint_cell(self, painter: QPainter, row: int, column: int) -> None:
        """Draw a cell; its strength is the share's square root, so that a hundredth of a class is visible too."""
        tokens, count = theme.current(), int(self._presenter.found.matrix[row, column])
        rect = self._cell_rect(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
        strength = math.sqrt(self._presenter.share(row, column))
        full = tokens.success if row == column else tokens.danger
        ground = theme.mix(tokens.canvas, full, round(strength, 2))
        painter.fillRect(rect, theme.colour(ground))
        if count and self._cell >= ROOM_FOR_NUMBERS:
            painter.setPen(theme.colour(theme.readable_on(ground)))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, say_count(count))

    def _paint_frame(self, painter: QPainter) -> None:
        chosen, last = self._presenter.chosen, len(self._names) - 1
        if chosen == Chosen():
            return
        first = self._cell_rect(*(0 if index is None else index for index in (chosen.label, chosen.predicted)))
        until = self._cell_rect(*(last if index is None else index for index in (chosen.label, chosen.predicted)))
        draw_border(painter, first.united(until), theme.colour(theme.current().accent), 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        chosen = self.chosen_at(event.position())
        if chosen is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between cells; Home chooses all mistakes."""
        last = len(self._names) - 1
        if event.key() == Qt.Key.Key_Home and last >= 0:
            self.chosen.emit(Chosen())
        elif (step := STEPS.get(Qt.Key(event.key()))) is not None and last >= 0:
            chosen = self._presenter.chosen
            row, column = chosen.label or 0, chosen.predicted or 0
            if chosen.label is not None and chosen.predicted is not None:
                row, column = min(max(row + step[0], 0), last), min(max(column + step[1], 0), last)
            self._bring_into_sight(row, column)
            self.chosen.emit(Chosen(label=row, predicted=column))
        else:
            super().keyPressEvent(event)

    def _bring_into_sight(self, row: int, column: int) -> None:
        for bar, index in ((self.verticalScrollBar(), row), (self.horizontalScrollBar(), column)):
            begin = index * self._cell
            bar.setValue(min(max(bar.value(), begin + self._cell - bar.pageStep()), begin))

    def _tip(self, position: QPointF) -> str:
        """Return the description of a cell or a class."""
        chosen = self.chosen_at(position)
        if chosen is None or chosen == Chosen():
            return ""
        if chosen.label is not None and chosen.predicted is not None:
            return self._presenter.cell_tip(chosen.label, chosen.predicted)
        index = chosen.predicted if chosen.label is None else chosen.label
        assert index is not None
        return self._presenter.class_tip(index)


def say_percent(share: float) -> str:
    """Return ``95``, or a dash for no share."""
    return "–" if math.isnan(share) else f"{100 * share:.0f}"


def say_count(count: int) -> str:
    """Return ``940``, ``12k``: at most four characters."""
    return str(count) if count < 10_000 else f"{count // 1000}k"
