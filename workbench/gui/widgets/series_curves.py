"""A series drawn as small curves, one for each channel, which stand where pictures do."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF

from workbench.gui.widgets import theme

WIDE, HIGH = 2, 1
"""The proportions of the drawing."""

LONGEST = 192
"""The width of a drawing for which none is given, in pixels: that of a tile on a screen of two pixels a point."""

REACH = 2.0
"""The drawing reaches at least so many standard deviations up and down, so that a calm series looks calm."""

LINE, LEAST_LINE = 1.5, 1.2
"""The width of a line, in pixels, in a drawing of the size of ``LONGEST``, and the least in a smaller one."""


def curves_image(series: NDArray[np.float32], longest: int | None = None) -> QImage:
    """Draw a series, float32 [T, D] standardised by channel, in the current theme, ``longest`` pixels wide."""
    tokens, width = theme.current(), longest or LONGEST
    image = QImage(width, width * HIGH // WIDE, QImage.Format.Format_RGB32)
    image.fill(theme.colour(tokens.canvas))
    low, high = min(float(series.min()), -REACH), max(float(series.max()), REACH)
    margin = line = max(LINE * width / LONGEST, LEAST_LINE)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for channel in reversed(range(series.shape[1])):  # the first channel lies above the others
        steps, values = outline(series[:, channel], width)
        x = margin + steps / max(len(series) - 1, 1) * (width - 2 * margin)
        y = margin + (high - values) / (high - low) * (image.height() - 2 * margin)
        colour = theme.colour(tokens.curves[channel % len(tokens.curves)])
        painter.setPen(QPen(colour, line, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]))
    painter.end()
    return image


def outline(values: NDArray[np.float32], num_columns: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return steps and values, [K] each, that a curve of [T] passes in a drawing ``num_columns`` wide: all of them, or
    of many the least and the greatest of each column, so that no peak is lost.
    """
    if len(values) <= 2 * num_columns:
        return np.arange(len(values)), values
    begins = np.linspace(0, len(values), num_columns, endpoint=False).astype(np.int64)
    ends = (np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins))
    return np.repeat(begins, 2), np.stack(ends, axis=1).reshape(-1)
