"""The width of curves and straight lines on screens of different resolutions."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from workbench.gui.compare_runs.chart import GroupChart
from workbench.gui.compare_runs.presenter import Curve
from workbench.gui.watch.curves.chart import ChartView
from workbench.gui.watch.curves.line import Line, StraightLine, UprightLines
from workbench.gui.watch.curves.presenter import CurvesPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.widget_picture import SCALE, png_of

SIZE = 60


def drawn(line: pg.GraphicsObject, ratio: float) -> QImage:
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


def ink(line: pg.GraphicsObject, ratio: float, *, upright: bool) -> list[float]:
    """The darkness, up to 1, of each pixel that the line covers where a row or column of the picture crosses it."""
    image = drawn(line, ratio)
    middle = image.width() // 4
    across = [image.pixelColor(*((n, middle) if upright else (middle, n))).value() for n in range(image.width())]
    return [1 - value / 255 for value in across if value < 255]


WIDTHS = pytest.mark.parametrize(("ratio", "width"), [(1.0, 1), (1.5, 2), (2.0, 2), (3.0, 3)])


@WIDTHS
@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_a_curve_is_one_logical_pixel_wide(qtbot: QtBot, ratio: float, width: int, upright: bool, alpha: float) -> None:
    colour = QColor(0, 0, 0)
    colour.setAlphaF(alpha)
    ends = ([0.0, 1.0], [0.5, 0.5])
    line = Line(*(ends[::-1] if upright else ends), pen=pg.mkPen(colour, width=1))
    found = ink(line, ratio, upright=upright)
    assert len(found) == width
    assert abs(sum(found) / width - alpha) < 0.02, "as opaque as a line drawn once, on average"
    if alpha == 1:
        assert min(found) > 0.98


@WIDTHS
@pytest.mark.parametrize("antialias", [False, True])
def test_a_wider_curve_is_as_much_wider(qtbot: QtBot, ratio: float, width: int, antialias: bool) -> None:
    shown, saved = (Line([0.5, 0.5], [0.0, 1.0], pen=pg.mkPen("k", width=2), antialias=antialias) for _ in range(2))
    saved.setExportMode(True)
    assert sum(ink(shown, ratio, upright=True)) == pytest.approx(2 * width, rel=0.1, abs=0.3)
    assert sum(ink(saved, ratio, upright=True)) == pytest.approx(2, abs=0.3)


@WIDTHS
def test_the_line_under_the_pointer_is_one_logical_pixel_wide(qtbot: QtBot, ratio: float, width: int) -> None:
    found = ink(StraightLine(0.5, 90, pen=pg.mkPen("k", width=1)), ratio, upright=True)
    assert len(found) == width and min(found) > 0.98


@WIDTHS
def test_lines_of_changes_are_one_logical_pixel_wide_and_only_those_in_view_are_drawn(
    qtbot: QtBot, ratio: float, width: int
) -> None:
    lines = UprightLines()
    lines.place([-3.0, 0.5, 8.0])
    lines.setPen(pg.mkPen("k", width=1))
    found = ink(lines, ratio, upright=True)
    assert len(found) == width and min(found) > 0.98


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_line_under_the_pointer_is_as_wide_in_both_kinds_of_chart(qtbot: QtBot, ratio: int) -> None:
    presenter = CurvesPresenter()
    curves, compared = ChartView(presenter, presenter.loss), GroupChart()
    curves.refresh()
    ends = np.array([0.0, 20.0])
    compared.draw("Loss", {0: Curve(x=ends, y=ends, low=ends, high=ends)}, {}, epochs=(0.0, 20.0), is_share=False)
    colour = QColor(theme.current().border_strong)
    for chart in (curves, compared):
        qtbot.addWidget(chart)
        chart.resize(300, 240)
        chart.show()
        chart.point_at(10)
        image = QImage(chart.plot.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        chart.plot.render(painter, QRectF(chart.plot.rect()), chart.plot.rect())
        painter.end()
        row = image.height() // 3
        assert [image.pixelColor(x, row) for x in range(image.width())].count(colour) == ratio
        saved = QImage.fromData(png_of(chart))
        row = round(SCALE * chart.plot.mapTo(chart, QPoint(0, chart.plot.height() // 3)).y())
        assert [saved.pixelColor(x, row) for x in range(saved.width())].count(colour) == SCALE
