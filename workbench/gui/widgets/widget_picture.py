"""Pictures of a widget for a handout or a slide: as it looks in the window, light or dark."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsView, QWidget

from workbench.gui.widgets.png import png_bytes

SCALE = 3
"""Pixels of a PNG per pixel of the window: enough to print it at its size on screen."""

PICTURES = {".png": "Picture as PNG", ".svg": "Picture as SVG"}


def rendered(widget: QWidget, suffix: str) -> bytes:
    """Return the widget in the format of one of ``PICTURES``."""
    return svg_of(widget) if suffix == ".svg" else png_of(widget)


def png_of(widget: QWidget) -> bytes:
    """Return the widget as PNG, ``SCALE`` times as large as on screen."""
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    with _drawn_for(widget, SCALE):
        widget.render(image)
    return png_bytes(image)


@contextmanager
def _drawn_for(widget: QWidget, scale: float) -> Iterator[None]:
    """Scale the pens of curves and lines, whose width is in pixels of the picture, and redraw dots instead of copying
    cached ones.
    """
    kinds = pg.PlotCurveItem | pg.ScatterPlotItem | pg.InfiniteLine
    scenes = [view.scene() for view in widget.findChildren(QGraphicsView)]
    items = [item for scene in scenes for item in scene.items() if isinstance(item, kinds)]
    pens = [pg.mkPen(item.pen if isinstance(item, pg.InfiniteLine) else item.opts["pen"]) for item in items]
    for item, pen in zip(items, pens, strict=True):
        wide = QPen(pen)
        wide.setWidthF(scale * pen.widthF())
        item.setPen(wide)
        item.setExportMode(True)
    try:
        yield
    finally:
        for item, pen in zip(items, pens, strict=True):
            item.setPen(pen)
            item.setExportMode(False)


def svg_of(widget: QWidget) -> bytes:
    """Return the widget as SVG: lines and text, no pixels."""
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    painter = QPainter(generator)
    widget.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())
