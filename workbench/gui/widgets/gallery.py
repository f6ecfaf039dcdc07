"""A gallery of pictures in rows; only those in view are drawn, and only those near it are requested."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen

from workbench.gui.widgets import theme
from workbench.gui.widgets.painted_scroll import PaintedScroll
from workbench.gui.widgets.pictures import Image, draw_picture
from workbench.gui.widgets.tile_keys import scroll_to, tile_of_key
from workbench.gui.widgets.tiling import Tiling, filled

TILE, GAP, MARGIN = 36, 4, 12

PALE = 0.3

FRAME = 3
"""The width of the frame of a selected picture."""

Mark = Literal["", "out", "danger", "warning"]
"""How a picture stands out: pale and struck through, or framed."""


class GalleryView(PaintedScroll):
    """Pictures to choose one from, with the pointer or the arrow keys; or ``several``, with Shift, Ctrl and Ctrl+A."""

    chosen = Signal(int)
    selection_changed = Signal()

    def __init__(self, tile: int = TILE, margin: int = MARGIN, *, several: bool = False) -> None:
        super().__init__("Pictures", tile + GAP)
        self._tile, self._margin, self._several = tile, margin, several
        self._proportions = QSize(1, 1)
        self._mark: Callable[[int], Mark] = lambda index: ""
        self._badge: Callable[[int], str] = lambda index: ""
        self._indices: NDArray[np.int64] = np.empty(0, np.int64)
        self._image: Image | None = None
        self._describe: Callable[[int], str] = str
        self.selected: int | None = None
        """The picture chosen last."""
        self.selection: frozenset[int] = frozenset()
        """All selected pictures."""
        self._anchor: int | None = None
        """The picture from which Shift selects."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_pictures(
        self,
        indices: NDArray[np.int64],
        image: Image,
        describe: Callable[[int], str],
        mark: Callable[[int], Mark] = lambda index: "",
        badge: Callable[[int], str] = lambda index: "",
    ) -> None:
        """Show these pictures; ``describe`` gives the tooltip of one, ``mark`` how it stands out, ``badge`` a few words
        on it. Others are no longer selected.
        """
        self._indices, self._image, self._describe = indices, image, describe
        self._mark, self._badge = mark, badge
        selection = np.fromiter(self.selection, np.int64, len(self.selection))
        self._select(frozenset(selection[np.isin(selection, indices)].tolist()))
        self.verticalScrollBar().setValue(0)
        around = 2 * (self._margin + self.frameWidth()) + self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(self.least_room() + around)
        self.measure()

    def shape_tiles(self, proportions: QSize) -> None:
        """Make the tiles as wide as pictures of these proportions that are as high as a tile."""
        self._proportions = proportions

    @property
    def _width(self) -> float:
        return self._tile * self._proportions.width() / self._proportions.height()

    def select(self, index: int | None) -> None:
        """Select this picture, and no others unless it is among those already selected."""
        self.selected = index
        if index not in self.selection:
            self._anchor = index
            self._select(frozenset(() if index is None else (index,)))
        self.viewport().update()

    def _select(self, selection: frozenset[int]) -> None:
        if selection != self.selection:
            self.selection = selection
            self.viewport().update()
            self.selection_changed.emit()

    def sizeHint(self) -> QSize:
        """Return a size for about three rows."""
        return QSize(200, 3 * (self._tile + GAP))

    def least_room(self) -> int:
        """Return the width that the pictures need."""
        return int(2 * self._width) + GAP

    def room(self) -> int:
        return self.viewport().width() - 2 * self._margin

    def tiling(self) -> Tiling:
        """Return the grid at the current width."""
        return filled(self.room(), self._width, self._tile, gap=GAP)

    def in_view(self) -> list[int]:
        top = self.verticalScrollBar().value()
        places = self._places(top, top + self.viewport().height())
        indices: list[int] = self._indices[places.start : places.stop].tolist()
        return indices

    def index_at(self, position: QPointF) -> int | None:
        """Return the picture at a position in the viewport."""
        y = position.y() + self.verticalScrollBar().value()
        place = self.tiling().tile_at(position.x() - self._margin, y, len(self._indices))
        return None if place is None else int(self._indices[place])

    def whole_height(self) -> int:
        return int(self.tiling().size(len(self._indices))[1]) + self._margin

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self.viewport())
        tiling, top, height = self.tiling(), self.verticalScrollBar().value(), self.viewport().height()
        for place in self._places(top - height, top + 2 * height):
            self._image(int(self._indices[place]))  # what a turn of the wheel away would show is read in advance
        for place in self._places(top, top + height):
            left, y = tiling.place(place)
            rect = QRectF(self._margin + left, y - top, tiling.width, tiling.height + tiling.footer)
            self.paint_tile(painter, rect, int(self._indices[place]))
        painter.end()

    def _places(self, top: int, bottom: int) -> range:
        """Return the places in the rows between two heights."""
        tiling = self.tiling()
        columns, pitch = tiling.columns, tiling.pitch[1]
        first, end = max(int(top // pitch), 0) * columns, (int(bottom // pitch) + 1) * columns
        return range(first, max(min(end, len(self._indices)), first))

    def image(self, index: int) -> QImage:
        """Return a picture; a null image if it is not available yet."""
        assert self._image is not None
        return self._image(index)

    def paint_tile(self, painter: QPainter, rect: QRectF, index: int) -> None:
        """Draw one picture, with frames inside its tile: outside they would run into each other and be cut off."""
        tokens, mark = theme.current(), self._mark(index)
        if mark == "out":
            painter.setOpacity(PALE)
        self.paint_picture(painter, rect, index)
        painter.setOpacity(1.0)
        if words := self._badge(index):
            _paint_badge(painter, rect, words)
        if mark == "out":
            painter.setPen(QPen(theme.colour(tokens.text_muted), 2))
            inside = rect.adjusted(1, 1, -1, -1)
            painter.drawLine(inside.bottomLeft(), inside.topRight())
        elif mark:
            painter.setPen(QPen(theme.colour(tokens.danger if mark == "danger" else tokens.warning), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        if index in self.selection if self._several else index == self.selected:
            painter.setPen(QPen(theme.colour(tokens.accent), FRAME))
            painter.drawRect(rect.adjusted(FRAME / 2, FRAME / 2, -FRAME / 2, -FRAME / 2))

    def paint_picture(self, painter: QPainter, rect: QRectF, index: int) -> None:
        """Draw what is in a tile."""
        draw_picture(painter, rect, self.image(index))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the picture under the pointer; with Ctrl also, with Shift all up to it."""
        index = self.index_at(event.position())
        if index is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._several and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._anchor = index
            self._select(self.selection ^ {index})
            if index in self.selection:
                self.chosen.emit(index)
        else:
            self._choose(index, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def _choose(self, index: int, *, extend: bool) -> None:
        """Choose a picture, alone or with all between it and the anchor."""
        from_place, to_place = self._place_of(self._anchor), self._place_of(index)
        if self._several and extend and from_place is not None and to_place is not None:
            first, last = sorted((from_place, to_place))
            self._select(frozenset(self._indices[first : last + 1].tolist()))
        else:
            self._anchor = index
            self._select(frozenset((index,)))
        self.chosen.emit(index)

    def _place_of(self, index: int | None) -> int | None:
        there = np.flatnonzero(self._indices == index)
        return int(there[0]) if len(there) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move through the pictures by keyboard; with Shift select them, with Ctrl+A all."""
        if self._several and event.matches(QKeySequence.StandardKey.SelectAll):
            self._select(frozenset(self._indices.tolist()))
            return
        here, count = self._place_of(self.selected), len(self._indices)
        place = tile_of_key(event.key(), -1 if here is None else here, count, self.tiling(), self)
        if place is None or not count:
            super().keyPressEvent(event)
            return
        place = min(max(place, 0), count - 1)
        scroll_to(place, self.tiling(), self)
        self._choose(int(self._indices[place]), extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def show_selected(self) -> None:
        """Scroll to the picture selected last."""
        place = self._place_of(self.selected)
        if place is not None:
            scroll_to(place, self.tiling(), self)

    def tip(self, position: QPointF) -> str:
        index = self.index_at(position)
        return "" if index is None else self._describe(index)


def _paint_badge(painter: QPainter, rect: QRectF, words: str) -> None:
    """Write a few words along the lower edge of a picture, within its frame, on a ground on which they can be read."""
    tokens = theme.current()
    painter.setFont(theme.font(theme.TEXT_SMALL))
    metrics = painter.fontMetrics()
    inside = rect.adjusted(FRAME, FRAME, -FRAME, -FRAME)
    ground = inside.adjusted(0, inside.height() - metrics.height(), 0, 0)
    painter.fillRect(ground, theme.colour(tokens.surface, 0.85))
    painter.setPen(theme.colour(tokens.text))
    elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(ground.width()))
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, elided)
