"""Bars of the classes: how many pictures each has, split by split."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui import theme
from workbench.gui.look_through.presenter import Bar

ROW, BAR_HEIGHT = 32, 8


class BalanceBars(QWidget):
    """A row for each class, as long as it has pictures; a press chooses the class. Only rows in sight are painted."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[Bar] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Pictures of each class")
        theme.changed.connect(self.update)

    def show_bars(self, bars: list[Bar]) -> None:
        """Paint these from now on."""
        self._bars = bars
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(160, ROW * len(self._bars))

    def bar_at(self, y: float) -> int | None:
        """The class at a height."""
        row = int(y // ROW)
        return row if 0 <= row < len(self._bars) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows of the exposed part."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        first, last = event.rect().top() // ROW, event.rect().bottom() // ROW
        for row in range(first, min(last + 1, len(self._bars))):
            self._paint_bar(painter, QRectF(0, row * ROW, self.width(), ROW), self._bars[row])
        painter.end()

    def _paint_bar(self, painter: QPainter, row: QRectF, bar: Bar) -> None:
        tokens, metrics = theme.current(), painter.fontMetrics()
        count = f"{sum(bar.counts):,}"
        words = QRectF(row.left(), row.top(), row.width(), metrics.height() + 2)
        painter.setPen(theme.colour(tokens.text))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, count)
        painter.setPen(theme.colour(tokens.text_muted))
        room = int(row.width()) - metrics.horizontalAdvance(count) - theme.SPACE_S
        painter.drawText(
            words, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, room)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(row.left(), words.bottom() + 1, row.width(), BAR_HEIGHT)
        painter.setBrush(theme.colour(tokens.hover))
        painter.drawRect(track)
        left = track.left()
        for place, share in enumerate(bar.shares):
            painter.setBrush(theme.colour(tokens.curves[place]))
            painter.drawRect(QRectF(left, track.top(), share * track.width(), BAR_HEIGHT))
            left += share * track.width()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the class under the pointer."""
        row = self.bar_at(event.position().y())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(row)

    def event(self, event: QEvent) -> bool:
        """Tips tell the number in each split."""
        if isinstance(event, QHelpEvent):
            row = self.bar_at(event.pos().y())
            QToolTip.showText(event.globalPos(), "" if row is None else self._bars[row].tip, self)
            return True
        return super().event(event)
