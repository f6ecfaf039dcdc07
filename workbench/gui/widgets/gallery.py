"""A gallery of pictures in rows; only those in view are drawn, and only those near it are requested."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from workbench.gui.widgets import theme
from workbench.gui.widgets.painted_scroll import PaintedScroll
from workbench.gui.widgets.pictures import Image, draw_picture
from workbench.gui.widgets.tiling import Tiling

TILE, GAP, MARGIN = 36, 4, 12

PALE = 0.3

Mark = Literal["", "out", "danger", "warning"]
"""How a picture stands out: pale and struck through, or framed."""


class GalleryView(PaintedScroll):
    """Pictures to choose one from, with the pointer or the arrow keys."""

    chosen = Signal(int)

    def __init__(self, tile: int = TILE, margin: int = MARGIN) -> None:
        super().__init__("Pictures", tile + GAP)
        self._tile, self._margin = tile, margin
        self._mark: Callable[[int], Mark] = lambda index: ""
        self._indices: NDArray[np.int64] = np.empty(0, np.int64)
        self._image: Image | None = None
        self._describe: Callable[[int], str] = str
        self.selected: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_pictures(
        self,
        indices: NDArray[np.int64],
        image: Image,
        describe: Callable[[int], str],
        mark: Callable[[int], Mark] = lambda index: "",
    ) -> None:
        """Show these pictures; ``describe`` gives the tooltip of one, ``mark`` how it stands out."""
        self._indices, self._image, self._describe, self._mark = indices, image, describe, mark
        self.verticalScrollBar().setValue(0)
        around = 2 * (self._margin + self.frameWidth()) + self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(2 * self._tile + GAP + around)
        self.measure()

    def select(self, index: int | None) -> None:
        """Frame this picture."""
        self.selected = index
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Return a size for about three rows."""
        return QSize(200, 3 * (self._tile + GAP))

    def tiling(self) -> Tiling:
        """Return the grid at the current width."""
        room = self.viewport().width() - 2 * self._margin
        return Tiling(columns=max((room + GAP) // (self._tile + GAP), 1), width=self._tile, height=self._tile, gap=GAP)

    def index_at(self, position: QPointF) -> int | None:
        """Return the picture at a position in the viewport."""
        y = position.y() + self.verticalScrollBar().value()
        place = self.tiling().tile_at(position.x() - self._margin, y, len(self._indices))
        return None if place is None else int(self._indices[place])

    def whole_height(self) -> int:
        """Return the height of all rows and the margin below."""
        return int(self.tiling().size(len(self._indices))[1]) + self._margin

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible rows."""
        if self._image is None:
            return
        painter = QPainter(self.viewport())
        tiling, top, height = self.tiling(), self.verticalScrollBar().value(), self.viewport().height()
        for place in self._places(top - height, top + 2 * height):
            self._image(int(self._indices[place]))  # what a turn of the wheel away would show is read in advance
        for place in self._places(top, top + height):
            left, y = tiling.place(place)
            self._paint_tile(
                painter, QRectF(self._margin + left, y - top, self._tile, self._tile), int(self._indices[place])
            )
        painter.end()

    def _places(self, top: int, bottom: int) -> range:
        """Return the places in the rows between two heights."""
        columns, pitch = self.tiling().columns, self._tile + GAP
        return range(max(top // pitch, 0) * columns, min((bottom // pitch + 1) * columns, len(self._indices)))

    def _paint_tile(self, painter: QPainter, rect: QRectF, index: int) -> None:
        """Draw one picture, with frames inside its tile: outside they would run into each other and be cut off."""
        assert self._image is not None
        tokens, mark = theme.current(), self._mark(index)
        if mark == "out":
            painter.setOpacity(PALE)
        draw_picture(painter, rect, self._image(index))
        painter.setOpacity(1.0)
        if mark == "out":
            painter.setPen(QPen(theme.colour(tokens.text_muted), 2))
            painter.drawLine(rect.bottomLeft(), rect.topRight())
        elif mark:
            painter.setPen(QPen(theme.colour(tokens.danger if mark == "danger" else tokens.warning), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        if index == self.selected:
            painter.setPen(QPen(theme.colour(tokens.accent), 3))
            painter.drawRect(rect.adjusted(1.5, 1.5, -1.5, -1.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the picture under the pointer."""
        index = self.index_at(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move through the pictures by keyboard."""
        columns = self.tiling().columns
        places = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -columns * (self.viewport().height() // (self._tile + GAP)),
            Qt.Key.Key_PageDown: columns * (self.viewport().height() // (self._tile + GAP)),
            Qt.Key.Key_Home: -len(self._indices),
            Qt.Key.Key_End: len(self._indices),
        }
        move = places.get(Qt.Key(event.key()))
        if move is None or not len(self._indices):
            super().keyPressEvent(event)
            return
        here = np.flatnonzero(self._indices == self.selected)
        place = int(np.clip((int(here[0]) if len(here) else -1) + move, 0, len(self._indices) - 1))
        self._scroll_to(place)
        self.chosen.emit(int(self._indices[place]))

    def _scroll_to(self, place: int) -> None:
        y, bar = int(self.tiling().place(place)[1]), self.verticalScrollBar()
        bar.setValue(min(max(bar.value(), y + self._tile + GAP - self.viewport().height()), y))

    def tip(self, position: QPointF) -> str:
        """Return the description of a picture."""
        index = self.index_at(position)
        return "" if index is None else self._describe(index)
