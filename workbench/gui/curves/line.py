"""Curves and straight lines that are as wide on a screen of high resolution as on any other.

pyqtgraph's pens count the screen's own pixels, at 200 % half as wide. Qt draws a line of one such pixel many times as
fast as a wider one. Hence a line is drawn several times instead, each time a pixel further to the right or down.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPainter, QPen, QTransform


class Line(pg.PlotCurveItem):
    """A curve with a pen of one logical pixel. Wider pens, as a saved picture has, are drawn as they are."""

    def paint(self, painter: QPainter, *others: Any) -> None:
        """Draw the curve once for each pixel of its width."""
        _repeat(painter, self.opts["pen"], partial(super().paint, painter, *others))


class StraightLine(pg.InfiniteLine):
    """A line across a chart with a pen of one logical pixel."""

    def paint(self, painter: QPainter, *others: Any) -> None:
        """Draw the line once for each pixel of its width."""
        _repeat(painter, self.currentPen, partial(super().paint, painter, *others))


def _repeat(painter: QPainter, pen: QPen, paint: Callable[[], None]) -> None:
    ratio = painter.device().devicePixelRatioF()
    width = round(ratio) if pen.widthF() <= 1 else 1
    shifts = [(0, 0), *((n, 0) for n in range(1, width)), *((0, n) for n in range(1, width))]
    whole, alpha = painter.transform(), pen.color().alphaF()
    painter.save()
    # The copies lie over each other in part: on average, they are as opaque as a line that is drawn once.
    painter.setOpacity((1 - (1 - alpha) ** (width / len(shifts))) / alpha)
    for right, down in shifts:
        painter.setTransform(whole * QTransform.fromTranslate(right / ratio, down / ratio))
        paint()
    painter.restore()
