"""The decoded pictures in a grid; those of a map without gaps, with the codes of the data's pictures as dots on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import pixel_colours
from workbench.gui.widgets.pictures import as_image, draw_picture
from workbench.gui.widgets.tiling import Tiling, fit
from workbench.session.views.latent import MAP_SIDE

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from workbench.gui.latent.presenter import LatentPresenter, Tile

GAP, LARGEST, DOT = 6, 220, 2.5


class LatentSheet(QWidget):
    """Paints the presenter's pictures, as large as they fit."""

    def __init__(self, presenter: LatentPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._tiles: tuple[Tile, ...] = ()
        self._images: list[QImage] = []
        self.shows_dots = True
        """Whether the data's codes are drawn on the map."""
        self.setMinimumSize(240, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Decoded pictures")
        theme.changed.connect(self.update)

    def show_pictures(self) -> None:
        self._tiles = self._presenter.tiles
        self._images = [as_image(tile.pixels) for tile in self._tiles]
        self.setAccessibleDescription(self._presenter.told)
        self.update()

    def show_dots(self, shows: bool) -> None:
        """Draw the data's codes on the map, or not."""
        self.shows_dots = shows
        self.update()

    @property
    def _is_map(self) -> bool:
        return self._presenter.seen is not None and self._presenter.seen.view == "map"

    def tiling(self) -> Tiling:
        """Return the grid in the current size."""
        height, width = self._tiles[0].pixels.shape[1:]
        room = (float(self.width()), float(self.height()))
        if self._is_map:
            scale = min(room[0] / width, room[1] / height) / MAP_SIDE
            return Tiling(columns=MAP_SIDE, width=width * scale, height=height * scale, gap=0)
        footer = self.fontMetrics().height() if any(tile.caption for tile in self._tiles) else 0
        return fit(len(self._tiles), (width, height), room, gap=GAP, largest=LARGEST, footer=footer)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._tiles:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        tiling, tokens = self.tiling(), theme.current()
        across, down = tiling.size(len(self._tiles))
        painter.translate((self.width() - across) / 2, 0)
        painter.setPen(theme.colour(tokens.text_muted))
        for number, (tile, image) in enumerate(zip(self._tiles, self._images, strict=True)):
            rect = QRectF(*tiling.place(number), tiling.width, tiling.height)
            draw_picture(painter, rect, image)
            below = QRectF(rect.left() - GAP / 2, rect.bottom(), rect.width() + GAP, tiling.footer)
            text = painter.fontMetrics().elidedText(tile.caption, Qt.TextElideMode.ElideRight, int(below.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        if self._is_map and self.shows_dots:
            self._paint_dots(painter, QRectF(0, 0, across, down))
        painter.end()

    def _paint_dots(self, painter: QPainter, plane: QRectF) -> None:
        """Draw a dot for each code. The plane ends amid the outermost pictures, whose codes are on its border."""
        seen, colours = self._presenter.seen, pixel_colours()
        assert seen is not None
        middles = plane.width() * (1 - 1 / MAP_SIDE) / 2, plane.height() * (1 - 1 / MAP_SIDE) / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(plane)
        painter.setPen(QPen(Qt.GlobalColor.white, 0.75))
        for place, (x, y) in enumerate(seen.places.tolist()):
            painter.setBrush(colours[0 if seen.labels is None else int(seen.labels[place]) % len(colours)])
            centre = plane.center()
            painter.drawEllipse(QPointF(centre.x() + x * middles[0], centre.y() - y * middles[1]), DOT, DOT)
