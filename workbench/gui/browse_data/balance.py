"""Bars of the classes: the number of pictures of each, by split."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.browse_data.fact_words import Bar
from workbench.gui.widgets import theme
from workbench.gui.widgets.bars import ROW, paint_bar
from workbench.gui.widgets.tips import Tips


class BalanceBars(QWidget):
    """A bar for each class, proportional to its number of pictures; a click chooses the class.

    Only visible rows are painted.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[Bar] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Pictures of each class")
        Tips(self, self._tip)
        theme.changed.connect(self.update)

    def show_bars(self, bars: list[Bar]) -> None:
        self._bars = bars
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that holds all rows."""
        return QSize(160, ROW * len(self._bars))

    def bar_at(self, y: float) -> int | None:
        """Return the class at a height."""
        row = int(y // ROW)
        return row if 0 <= row < len(self._bars) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        first, last = event.rect().top() // ROW, event.rect().bottom() // ROW
        for row in range(first, min(last + 1, len(self._bars))):
            bar = self._bars[row]
            parts = list(zip(bar.shares, theme.current().curves, strict=False))
            place = QRectF(0, row * ROW, self.width(), ROW)
            paint_bar(painter, place, name=bar.name, value=f"{sum(bar.counts):,}", parts=parts)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.bar_at(event.position().y())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(row)

    def _tip(self, position: QPointF) -> str:
        """Return the number in each split."""
        row = self.bar_at(position.y())
        return "" if row is None else self._bars[row].tip
