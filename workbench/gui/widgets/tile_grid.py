"""A grid of painted tiles, one of which is chosen."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from workbench.gui.widgets import theme
from workbench.gui.widgets.painted_scroll import PaintedScroll
from workbench.gui.widgets.tile_keys import scroll_to, tile_of_key
from workbench.gui.widgets.tiling import Tiling

MARGIN = 2


class TileGrid(PaintedScroll):
    """Tiles in rows, to choose one from with the pointer or the keys; only those in view are drawn.

    ``count`` says how many there are, ``current`` which is chosen.
    """

    chosen = Signal(int)

    def __init__(self, name: str, step: int, count: Callable[[], int], current: Callable[[], int]) -> None:
        super().__init__(name, step)
        self._count, self._current = count, current
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def tiling(self) -> Tiling:
        """Return the grid at the current size."""
        raise NotImplementedError

    def paint_tile(self, painter: QPainter, rect: QRectF, number: int) -> None:
        """Draw a tile; its footer is below ``rect``."""
        raise NotImplementedError

    def tile_tip(self, number: int) -> str:
        """Return what a tile has no room for."""
        raise NotImplementedError

    def whole_height(self) -> int:
        return int(self.tiling().size(self._count())[1]) + 2 * MARGIN if self._count() else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setFont(theme.font(theme.TEXT_SMALL))
        tiling, top = self.tiling(), self.verticalScrollBar().value()
        first = max(int((top - MARGIN) // tiling.pitch[1]), 0) * tiling.columns
        end = (int((top + self.viewport().height()) // tiling.pitch[1]) + 1) * tiling.columns
        for number in range(first, min(end, self._count())):
            left, y = tiling.place(number)
            self.paint_tile(painter, QRectF(MARGIN + left, MARGIN + y - top, tiling.width, tiling.height), number)
        painter.end()

    def tile_at(self, position: QPointF) -> int | None:
        """Return the tile at a position in the viewport."""
        y = position.y() - MARGIN + self.verticalScrollBar().value()
        return self.tiling().tile_at(position.x() - MARGIN, y, self._count())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.tile_at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = tile_of_key(event.key(), self._current(), self._count(), self.tiling(), self)
        if number is None:
            super().keyPressEvent(event)
        elif 0 <= number < self._count():
            self.chosen.emit(number)
            scroll_to(number, self.tiling(), self, MARGIN)

    def tip(self, position: QPointF) -> str:
        number = self.tile_at(position)
        return "" if number is None else self.tile_tip(number)
