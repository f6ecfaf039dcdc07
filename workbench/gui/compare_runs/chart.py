"""A chart with a curve for each group of runs; groups of several seeds have a band from minimum to maximum.

A thin curve may accompany each one, as in papers: training beside validation.
"""

from collections.abc import Collection, Iterable, Mapping

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.gui.compare_runs.presenter import Curve, bounds
from workbench.gui.watch.curves.axes import ValueAxis, WholeAxis
from workbench.gui.watch.curves.line import Line, StraightLine
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import spaced, styled

BAND = 0.18
"""Opacity of the bands."""

FAINT = 0.25
"""Opacity of the curves behind those that are brought out."""

WIDTH = 2
THIN = 1
BEHIND = -1
MOST_DOTS = 60
MARGIN = 0.05
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
"""Of the curves with the first colours, of those that repeat them, and so on."""

MARKS = "●○◌"
"""The same in a text."""

LEAST_HEIGHT = 110
"""With the axis and its title; the table beside gives way and scrolls."""


class GroupChart(QWidget):
    """Draws the given curves; colours depend on a group's index, so that both charts and the table agree."""

    pointed = Signal(object)
    """Emitted with the epoch under the pointer; None when it has left."""

    def __init__(self) -> None:
        super().__init__()
        self.title = styled(QLabel(), "muted")
        self.title.setContentsMargins(theme.SPACE_M, 0, 0, 0)
        self.plot = pg.PlotWidget(axisItems={"left": ValueAxis(), "bottom": WholeAxis()}, enableMenu=False)
        item = self.plot.getPlotItem()
        item.ctrlMenu.setParent(self.plot, item.ctrlMenu.windowFlags())  # pyqtgraph creates a window without an owner
        item.hideButtons()
        self.plot.setMinimumHeight(LEAST_HEIGHT)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it has no keys
        self.crosshair = StraightLine(angle=90)
        self.crosshair.hide()
        self.plot.scene().sigMouseMoved.connect(self._on_move)
        layout = spaced(QVBoxLayout(self), theme.SPACE_XS)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)

    def draw(
        self,
        title: str,
        curves: Mapping[int, Curve],
        thin: Mapping[int, Curve],
        *,
        epochs: tuple[float, float],
        is_share: bool,
        faint: Collection[int] = (),
    ) -> None:
        """Draw the groups' curves, and the ``thin`` ones that accompany them, by the index of each group, from the
        first to the last of ``epochs``. Groups that are ``faint`` are behind the others.
        """
        t, item = theme.current(), self.plot.getPlotItem()
        self.title.setText(title)
        self.plot.setAccessibleName(title)
        item.clear()
        self.plot.setBackground(theme.colour(t.surface))
        self._colour_axes(percent=is_share)

        def behind(numbers: Iterable[int]) -> list[int]:
            return sorted(numbers, key=lambda number: number not in faint)

        for number in behind(thin):
            alpha = FAINT if number in faint else 1.0
            item.addItem(Line(thin[number].x, thin[number].y, pen=_pen(number, THIN, alpha), antialias=True))
        for number in behind(curves):
            curve, colour, alpha = curves[number], colour_of(number), FAINT if number in faint else 1.0
            if (curve.high > curve.low).any():
                sides = [pg.PlotCurveItem(curve.x, side) for side in (curve.low, curve.high)]
                item.addItem(pg.FillBetweenItem(*sides, brush=theme.colour(colour, alpha * BAND)))
            item.addItem(Line(curve.x, curve.y, pen=_pen(number, WIDTH, alpha), antialias=True))
            if len(curve.x) <= MOST_DOTS:
                item.addItem(pg.ScatterPlotItem(curve.x, curve.y, size=5, pen=None, brush=theme.colour(colour, alpha)))
        self.crosshair.setPen(pg.mkPen(theme.colour(t.border_strong)))
        item.addItem(self.crosshair, ignoreBounds=True)
        item.setRange(xRange=epochs, yRange=bounds((*curves.values(), *thin.values())), padding=MARGIN)

    def _colour_axes(self, *, percent: bool) -> None:
        t = theme.current()
        for side in ("left", "bottom"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setTextPen(theme.colour(t.text_muted))
            axis.setPen(theme.colour(t.border))
            axis.setTickPen(theme.colour(t.grid))
            axis.setGrid(255 if side == "left" else False)
            axis.setZValue(BEHIND)
        bottom, left = (self.plot.getPlotItem().getAxis(side) for side in ("bottom", "left"))
        bottom.setLabel("epoch", **{"color": t.text_muted, "font-size": f"{theme.TEXT_SMALL}pt"})
        left.setScale(100 if percent else 1)

    def point_at(self, epoch: float | None) -> None:
        """Show the cursor at an epoch; None hides it."""
        self.crosshair.setVisible(epoch is not None)
        if epoch is not None:
            self.crosshair.setPos(epoch)

    def _on_move(self, position: object) -> None:
        box = self.plot.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(position)
        self.pointed.emit(box.mapSceneToView(position).x() if inside else None)

    def leaveEvent(self, event: object) -> None:
        """Hide the cursor when the pointer leaves the chart."""
        self.pointed.emit(None)


def colour_of(number: int) -> str:
    """Return the colour of a group; colours repeat after the last, in another style."""
    colours = theme.current().curves
    return colours[number % len(colours)]


def mark_of(number: int) -> str:
    """Return the mark of a group in a text, to be written in its colour."""
    return MARKS[_round(number) % len(MARKS)]


def patch_of(number: int, pixel_ratio: float) -> QPixmap:
    """Return a small picture of a group's curve for a screen with that many pixels per logical one."""
    patch = QPixmap(QSize(2 * theme.SPACE_M, theme.SPACE_M) * pixel_ratio)
    patch.setDevicePixelRatio(pixel_ratio)
    patch.fill(Qt.GlobalColor.transparent)
    painter = QPainter(patch)
    painter.setPen(_pen(number, 2 * WIDTH))
    painter.drawLine(0, theme.SPACE_M // 2, 2 * theme.SPACE_M, theme.SPACE_M // 2)
    painter.end()
    return patch


def _round(number: int) -> int:
    return number // len(theme.current().curves)


def _pen(number: int, width: int, alpha: float = 1.0) -> QPen:
    style = STYLES[_round(number) % len(STYLES)]
    return QPen(pg.mkPen(theme.colour(colour_of(number), alpha), width=width, style=style))
