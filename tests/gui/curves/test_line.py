"""The width of curves on screens of different resolutions."""

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from workbench.gui.curves.line import Line

SIZE = 60


def drawn(line: Line, ratio: float) -> QImage:
    """A picture of a view on [0, 1] x [0, 1], white beside the curve."""
    view = pg.GraphicsView(background="w", useOpenGL=False)
    box = pg.ViewBox(border=None, enableMenu=False)
    view.setCentralItem(box)
    view.resize(SIZE, SIZE)
    box.addItem(line)
    box.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
    image = QImage(round(SIZE * ratio), round(SIZE * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill("white")
    view.show()
    painter = QPainter(image)
    view.scene().render(painter, QRectF(0, 0, SIZE, SIZE))
    painter.end()
    view.close()
    return image


@pytest.mark.parametrize(("ratio", "width"), [(1.0, 1), (1.5, 2), (2.0, 2), (3.0, 3)])
@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_a_curve_is_one_logical_pixel_wide(qtbot: QtBot, ratio: float, width: int, upright: bool, alpha: float) -> None:
    colour = QColor(0, 0, 0)
    colour.setAlphaF(alpha)
    ends = ([0.0, 1.0], [0.5, 0.5])
    line = Line(*(ends[::-1] if upright else ends), pen=pg.mkPen(colour, width=1))
    image = drawn(line, ratio)
    middle = image.width() // 4
    across = [image.pixelColor(*((n, middle) if upright else (middle, n))).value() for n in range(image.width())]
    ink = [1 - value / 255 for value in across if value < 255]
    assert len(ink) == width
    assert max(ink) <= alpha + 0.02
    if alpha == 1:
        assert min(ink) > 0.98
