"""Pictures of the user's own in a gallery: cards, each with its answers beside the picture, and small tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen

from workbench.gui.widgets import theme
from workbench.gui.widgets.bars import ROW, paint_bar
from workbench.gui.widgets.class_colours import pixel_colours
from workbench.gui.widgets.gallery import GAP as TILE_GAP
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.pictures import draw_points, draw_strip
from workbench.gui.widgets.tiling import Tiling, filled

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.own_pictures.cards import Card

NUM_BARS = 5
TILE, BARS, GAP, MARGIN = NUM_BARS * ROW - theme.SPACE_S, 180, theme.SPACE_L, 2
SMALL_TILE, BETWEEN = 84, 3

POINT = 4
"""Radius of a key point, in pixels."""


class SmallTiles(GalleryView):
    """Small pictures, each with the mask or picture that the network answers with at its right, if it does."""

    def __init__(self) -> None:
        super().__init__(SMALL_TILE, margin=0)
        self._num_pictures = 1

    def arrange(self, num_pictures: int) -> None:
        """Have so many pictures on each tile, which are beside each other in its image."""
        self._num_pictures = num_pictures

    def tiling(self) -> Tiling:
        width = self._num_pictures * (SMALL_TILE + BETWEEN) - BETWEEN
        return filled(self.room(), width, SMALL_TILE, gap=TILE_GAP)

    def paint_picture(self, painter: QPainter, rect: QRectF, index: int) -> None:
        lefts = [rect.left() + number * (SMALL_TILE + BETWEEN) for number in range(self._num_pictures)]
        draw_strip(painter, self.image(index), [QRectF(left, rect.top(), SMALL_TILE, SMALL_TILE) for left in lefts])


class AnswerGrid(GalleryView):
    """A card for each picture: its name above, the picture at the left, its answers as bars at the right; between them
    the mask or picture that the network answers with, if it does.

    A double click, or arrows and Space, ask why a card has its answer.
    """

    why_asked = Signal(int)

    def __init__(self, card: Callable[[int], Card]) -> None:
        super().__init__(TILE, MARGIN)
        self.setAccessibleName("Answers for your pictures")
        self.verticalScrollBar().setSingleStep(ROW)
        self._card = card
        self._num_pictures, self._bars = 1, BARS

    def arrange(self, num_pictures: int, *, has_bars: bool) -> None:
        """Have so many pictures on each card, which are beside each other in its image, and room for bars or none."""
        self._num_pictures, self._bars = num_pictures, BARS * has_bars

    def least_room(self) -> int:
        return self._num_pictures * (TILE + BETWEEN) - BETWEEN + (GAP + self._bars) * (self._bars > 0)

    def tiling(self) -> Tiling:
        """Return the grid at the current width; the footer is the room for the name above a picture."""
        return filled(self.room(), self.least_room(), TILE, gap=GAP, footer=self._line())

    def _line(self) -> float:
        return self.fontMetrics().height() + theme.SPACE_XS

    def paint_tile(self, painter: QPainter, rect: QRectF, index: int) -> None:
        tokens, card = theme.current(), self._card(index)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.setPen(theme.colour(tokens.text))
        name = painter.fontMetrics().elidedText(card.name, Qt.TextElideMode.ElideMiddle, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        num_pictures, top = 1 if card.is_broken else self._num_pictures, rect.top() + self._line()
        lefts = [rect.left() + number * (TILE + BETWEEN) for number in range(num_pictures)]
        places = [QRectF(left, top, TILE, TILE) for left in lefts]
        covered = draw_strip(painter, self.image(index), places)
        draw_points(painter, covered[0], card.points, POINT)
        is_current = index == self.selected
        width = 1 + (is_current and self.hasFocus())
        painter.setPen(QPen(theme.colour(tokens.accent if is_current else tokens.border_strong), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects(covered)
        left = places[-1].right() + theme.SPACE_M
        _paint_answer(painter, QRectF(left, top, rect.right() - left, TILE), card)

    def select(self, index: int | None) -> None:
        """Select a card, whose text is read out."""
        super().select(index)
        self.setAccessibleDescription("" if index is None else self._card(index).told)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask why the card under the pointer has its answer."""
        index = self.index_at(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._ask_why(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along the cards as in a gallery; Space asks why the chosen one has its answer."""
        if event.key() == Qt.Key.Key_Space and self.selected is not None:
            self._ask_why(self.selected)
        else:
            super().keyPressEvent(event)

    def _ask_why(self, index: int) -> None:
        if not self._card(index).is_broken:
            self.why_asked.emit(index)


def _paint_answer(painter: QPainter, beside: QRectF, card: Card) -> None:
    """Draw the bars or the words of a card."""
    tokens = theme.current()
    drawn, more = card.drawn(NUM_BARS)
    classes = pixel_colours() if any(bar.place is not None for bar in drawn) else []
    for row, bar in enumerate(drawn):
        colour = tokens.accent if bar.is_given else tokens.text_faint
        if bar.place is not None:
            colour = classes[bar.place % len(classes)].name()
        line = QRectF(beside.left(), beside.top() + row * ROW, beside.width(), ROW)
        paint_bar(painter, line, name=bar.name, value=bar.value, parts=[(bar.share, colour)])
    if more:
        painter.setPen(theme.colour(tokens.text_muted))
        painter.drawText(beside.adjusted(0, len(drawn) * ROW, 0, 0), more)
    if card.words:
        painter.setPen(theme.colour(tokens.danger if card.is_broken else tokens.text))
        painter.setFont(theme.font(theme.TEXT_SMALL if card.is_broken else theme.TEXT_HEADING))
        painter.drawText(beside, Qt.TextFlag.TextWordWrap, card.words)
