"""The picture of a widget for a handout or a slide: as it looks in the window, light or dark."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsView, QWidget

from workbench.gui.png import png_bytes

SCALE = 3
"""Pixels of a PNG for each of the window's: enough for print at the size that it has on the screen."""

PICTURES = {".png": "Picture as PNG", ".svg": "Picture as SVG"}


def rendered(widget: QWidget, suffix: str) -> bytes:
    """The widget in the format of one of ``PICTURES``."""
    return svg_of(widget) if suffix == ".svg" else png_of(widget)


def png_of(widget: QWidget) -> bytes:
    """The widget as PNG, ``SCALE`` times as large as on the screen."""
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    with _drawn_for(widget, SCALE):
        widget.render(image)
    return png_bytes(image)


@contextmanager
def _drawn_for(widget: QWidget, scale: float) -> Iterator[None]:
    """Curves' pens count the picture's own pixels, so that one would be a hair; and dots are copied as the window has them."""
    scenes = [view.scene() for view in widget.findChildren(QGraphicsView)]
    items = [
        item for scene in scenes for item in scene.items() if isinstance(item, pg.PlotCurveItem | pg.ScatterPlotItem)
    ]
    pens = [pg.mkPen(item.opts["pen"]) for item in items]
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
    """The widget as SVG: lines and text, no pixels."""
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
