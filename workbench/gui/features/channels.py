"""The maps of all channels in a grid, of which only those in view are drawn; the numbers of a vector as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent

from workbench.gui.features.painting import as_map
from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import draw_border, draw_picture
from workbench.gui.widgets.tile_grid import MARGIN, TileGrid
from workbench.gui.widgets.tiling import Tiling, filled, fit
from workbench.spec.quantities import numeral

if TYPE_CHECKING:
    from workbench.gui.features.presenter import FeaturesPresenter

TILE, GAP = 72, 8
LARGEST = 180
"""The side of a map in pixels if there is room for all."""

BAR, TRACK = 132, 8


class ChannelGrid(TileGrid):
    """A small map for each channel, or a bar."""

    def __init__(self, presenter: FeaturesPresenter) -> None:
        super().__init__(
            "Channels",
            TILE + GAP,
            count=lambda: len(presenter.values) if presenter.is_shown else 0,
            current=lambda: presenter.number if presenter.is_shown else 0,
        )
        self._presenter = presenter
        self._images: dict[int, QImage] = {}
        self._drawn_side = 0.0
        """The side that the images are made for."""
        self.setMinimumWidth(2 * TILE + 4 * GAP)
        theme.changed.connect(self._recolour)

    def show_channels(self) -> None:
        self._images.clear()
        self.setAccessibleDescription(f"Channel {self._presenter.number} of {self._count()}")
        self.measure()

    def _recolour(self) -> None:
        self._images.clear()
        self.viewport().update()

    @property
    def _are_bars(self) -> bool:
        return self._presenter.is_shown and self._presenter.is_vector

    def tiling(self) -> Tiling:
        """Return the grid at the current width, with room for the captions."""
        footer = self.fontMetrics().height()
        room = self.viewport().width() - 2 * MARGIN
        if self._are_bars:
            return filled(room, BAR, TRACK + footer, gap=GAP)
        small, high = filled(room, TILE, TILE, gap=GAP, footer=footer), self.viewport().height() - 2 * MARGIN
        if not self._count() or small.size(self._count())[1] > high:
            return small
        return fit(self._count(), (1, 1), (room, high), gap=GAP, largest=LARGEST, footer=footer)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the channels in view, anew if they have become larger."""
        width = self.tiling().width
        if width > self._drawn_side:
            self._drawn_side = width
            self._images.clear()
        super().paintEvent(event)

    def paint_tile(self, painter: QPainter, rect: QRectF, number: int) -> None:
        (self._paint_bar if self._are_bars else self._paint_map)(painter, rect, number)

    def _image(self, channel: int) -> QImage:
        if channel not in self._images:
            largest = self._presenter.largest(channel)
            self._images[channel] = as_map(self._presenter.values[channel], largest, int(self._drawn_side))
        return self._images[channel]

    def _paint_map(self, painter: QPainter, rect: QRectF, channel: int) -> None:
        tokens, is_chosen = theme.current(), channel == self._presenter.number
        covered = draw_picture(painter, rect, self._image(channel))
        colour = theme.colour(tokens.accent if is_chosen else tokens.border)
        draw_border(painter, covered, colour, 1 + 2 * is_chosen)
        painter.setPen(theme.colour(tokens.text if is_chosen else tokens.text_muted))
        below = QRectF(rect.left(), rect.bottom() + MARGIN, rect.width(), painter.fontMetrics().height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(channel))

    def _paint_bar(self, painter: QPainter, rect: QRectF, channel: int) -> None:
        """Draw a number as a bar from the middle: to the left below zero, to the right above."""
        tokens, is_chosen = theme.current(), channel == self._presenter.number
        value, largest = float(self._presenter.values[channel][0, 0]), self._presenter.largest(channel)
        words = QRectF(rect.left(), rect.top(), rect.width(), rect.height() - TRACK)
        painter.setPen(theme.colour(tokens.text if is_chosen else tokens.text_muted))
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, str(channel))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, numeral(value))
        track = QRectF(rect.left(), words.bottom(), rect.width(), TRACK)
        painter.fillRect(track, theme.colour(tokens.hover))
        if largest > 0 and value == value:
            length = max(min(value / largest, 1.0), -1.0) * track.width() / 2
            bar = QRectF(track.center().x(), track.top(), length, TRACK).normalized()
            painter.fillRect(bar, theme.colour(tokens.danger if value > 0 else tokens.accent))
        painter.fillRect(QRectF(track.center().x(), track.top(), 1, TRACK), theme.colour(tokens.border_strong))
        if is_chosen:
            draw_border(painter, rect.adjusted(-1, -1, 1, 1), theme.colour(tokens.accent), 2)

    def tile_tip(self, number: int) -> str:
        return self._presenter.channel_tip(number)
