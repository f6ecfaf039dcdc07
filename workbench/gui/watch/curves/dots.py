"""Dots on curves, all of one kind."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform


class Dots(pg.ScatterPlotItem):
    """Dots that are placed again only if they or the chart have changed: pyqtgraph does so in each repaint."""

    def __init__(self, **options: Any) -> None:
        self._placed: tuple[QTransform, float] | None = None
        super().__init__(antialias=True, **options)

    def invalidate(self) -> None:
        """Forget what was drawn, because the dots have changed."""
        self._placed = None
        super().invalidate()

    def boundingRect(self) -> QRectF:
        """Return what the chart shows, which clips the dots: pyqtgraph would search all of them for their extent."""
        return self.viewRect() or QRectF()

    def paint(self, painter: QPainter, *others: Any) -> None:
        """Draw the dots where they were, or find their places."""
        places = painter.transform(), painter.device().devicePixelRatioF()
        if self._exportOpts is False and places == self._placed:
            painter.resetTransform()
            fragments = *self._pixmapFragments.drawargs(), self.fragmentAtlas.pixmap
            painter.drawPixmapFragments(*fragments)
        else:
            super().paint(painter, *others)
            self._placed = places
