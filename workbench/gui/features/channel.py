"""One channel large: the picture and its map beside each other, or the map over the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.gui.features.painting import as_map, as_overlay, draw_part
from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import as_image, draw_border, draw_picture, point_in
from workbench.gui.widgets.tips import Tips

if TYPE_CHECKING:
    from workbench.gui.features.presenter import FeaturesPresenter

LEAST = QSize(200, 110)
GAP, MARGIN = 8, 2


class ChannelView(QWidget):
    """The picture with a frame around what the map's largest number sees, and the map."""

    def __init__(self, presenter: FeaturesPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.is_overlay = False
        """Whether the map is drawn over the picture, rather than beside it."""
        self._picture = QImage()
        self._map = QImage()
        self._covered = QRectF()
        """Where the map is drawn."""
        self.setMinimumSize(LEAST)
        self.setAccessibleName("The chosen channel")
        Tips(self, self.tip)
        theme.changed.connect(self._draw_map)

    def show_channel(self) -> None:
        pixels = self._presenter.seen.pixels if self._presenter.seen is not None else None
        self._picture = as_image(pixels) if pixels is not None and pixels.ndim == 3 else QImage()
        self.setAccessibleDescription(self._presenter.told)
        self._draw_map()

    def show_overlay(self, is_overlay: bool) -> None:
        """Draw the map over the picture, or beside it."""
        self.is_overlay = is_overlay
        self._draw_map()

    def _draw_map(self) -> None:
        presenter = self._presenter
        if presenter.is_shown:
            values, largest = presenter.values[presenter.number], presenter.largest(presenter.number)
            drawn = as_overlay if self.is_overlay and not self._picture.isNull() else as_map
            self._map = drawn(values, largest)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._presenter.is_shown:
            return
        painter = QPainter(self)
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        has_map, has_picture = not self._presenter.is_vector, not self._picture.isNull()
        is_beside = has_map and has_picture and not self.is_overlay
        here, there = _halves(room) if is_beside else (room, room)
        self._covered = QRectF()
        if has_picture:
            place = draw_picture(painter, here, self._picture)
            if is_beside or not has_map:
                self._frame(painter, place)
        if has_map:
            self._covered = self._paint_map(painter, place if has_picture and not is_beside else there)
        if has_map and has_picture and not is_beside:
            self._frame(painter, place)
        painter.end()

    def _frame(self, painter: QPainter, place: QRectF) -> None:
        framed = self._presenter.framed
        if framed is not None:
            draw_part(painter, place, framed)

    def _paint_map(self, painter: QPainter, room: QRectF) -> QRectF:
        """Draw the map, over the picture as large as this; return the part that is covered."""
        if self.is_overlay and not self._picture.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(room, self._map)
            covered = room
        else:
            covered = draw_picture(painter, room, self._map)
        draw_border(painter, covered, theme.colour(theme.current().border_strong))
        return covered

    def tip(self, position: QPointF) -> str:
        """Return the number at a position of the map."""
        point = point_in(self._covered, position)
        return "" if point is None or not self._presenter.is_shown else self._presenter.place_tip(point)


def _halves(room: QRectF) -> tuple[QRectF, QRectF]:
    """Return the left and the right half, or the upper and the lower one of a high room."""
    if room.width() >= room.height():
        width = (room.width() - GAP) / 2
        left = QRectF(room.left(), room.top(), width, room.height())
        return left, left.translated(width + GAP, 0)
    height = (room.height() - GAP) / 2
    upper = QRectF(room.left(), room.top(), room.width(), height)
    return upper, upper.translated(0, height + GAP)
