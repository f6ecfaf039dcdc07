"""Curves and straight lines that are as wide on a screen of high resolution as on any other.

pyqtgraph's pens count the screen's own pixels, at 200 % half as wide. Qt draws a line of one such pixel many times as
fast as a wider one. Hence a line is drawn several times instead, each time its width further to the right or down.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform


class Line(pg.PlotCurveItem):
    """A curve whose pen counts logical pixels; that of a saved picture counts its own and is drawn as it is."""

    def boundingRect(self) -> QRectF:
        """Return what the chart shows, which clips the curve: pyqtgraph would search all points for their extent."""
        return self.viewRect() or QRectF()

    def viewTransformChanged(self) -> None:
        """Forget what the chart showed."""
        super().viewTransformChanged()
        pg.GraphicsObject.viewTransformChanged(self)  # which pyqtgraph omits for curves

    def paint(self, painter: QPainter, *others: Any) -> None:
        """Draw the curve once for each of the screen's pixels in the width of its pen."""
        pen, times = self.opts["pen"], _times(painter, self._exportOpts)
        if self._exportOpts is False:
            self.opts["pen"], times = _thin(pen), times * round(pen.widthF())
        _repeat(painter, self.opts["pen"], times, partial(super().paint, painter, *others))
        self.opts["pen"] = pen


class UprightLines(Line):
    """Lines from the lower to the upper edge, as one item: hundreds would hold the window for half a second."""

    def __init__(self) -> None:
        super().__init__()
        self.places: tuple[float, ...] = ()

    def place(self, places: Sequence[float]) -> None:
        """Draw a line at each of these places, in the order of x."""
        self.places = tuple(places)
        self.update()

    def paint(self, painter: QPainter, *others: Any) -> None:
        """Draw those in view."""
        view = self.boundingRect()
        shown = (x for x in self.places if view.left() <= x <= view.right())
        lines = [QLineF(x, view.top(), x, view.bottom()) for x in shown]
        painter.setPen(self.opts["pen"])
        _repeat(painter, self.opts["pen"], _times(painter, self._exportOpts), partial(painter.drawLines, lines))


class StraightLine(pg.InfiniteLine):
    """A line across a chart, with a pen like that of a curve."""

    def paint(self, painter: QPainter, *others: Any) -> None:
        """Draw the line once for each of the screen's pixels in a logical one."""
        times = _times(painter, self._exportOpts)
        _repeat(painter, self.currentPen, times, partial(super().paint, painter, *others))


def _times(painter: QPainter, export: object) -> int:
    """Return how often to draw a line; ``export`` is False unless it is for a saved picture."""
    return round(painter.device().devicePixelRatioF()) if export is False else 1


def _thin(pen: QPen) -> QPen:
    """Return the pen with a width of one pixel, and its dashes as long as they were."""
    thin = QPen(pen)
    thin.setWidthF(1)
    if pen.style() != Qt.PenStyle.SolidLine:
        thin.setDashPattern([length * pen.widthF() for length in pen.dashPattern()])
    return thin


def _repeat(painter: QPainter, pen: QPen, times: int, paint: Callable[[], None]) -> None:
    step = pen.widthF() / painter.device().devicePixelRatioF()
    shifts = [(0, 0), *((n, 0) for n in range(1, times)), *((0, n) for n in range(1, times))]
    whole, alpha = painter.transform(), pen.color().alphaF()
    painter.save()
    # The copies lie over each other in part: on average, they are as opaque as a line that is drawn once.
    painter.setOpacity((1 - (1 - alpha) ** (times / len(shifts))) / alpha)
    for right, down in shifts:
        painter.setTransform(whole * QTransform.fromTranslate(right * step, down * step))
        paint()
    painter.restore()
