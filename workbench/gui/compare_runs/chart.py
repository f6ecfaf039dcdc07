"""A chart with a curve for each group of runs; groups of several runs have a band from minimum to maximum.

A thin curve may accompany each one, as in papers: training beside validation.
"""

from collections.abc import Callable, Collection, Mapping

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QGraphicsItem, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.compare_runs.presenter import Curve, bounds
from workbench.gui.watch.curves.axes import Axis, ValueAxis, WholeAxis, half_line
from workbench.gui.watch.curves.framed_plot import FramedPlot
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

MARKS = ("—", "– –", "···")
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
        self.plot = new_plot(ValueAxis(), WholeAxis())
        self.crosshair = StraightLine(angle=90)
        self.crosshair.hide()
        self._drawn: list[tuple[int, QGraphicsItem, Callable[[float], None]]] = []
        """What is drawn of each group, by its index, and what gives it its colours at some opacity."""
        self._fitted: object = None
        """What the range was last set for."""
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
    ) -> None:
        """Draw the groups' curves, and the ``thin`` ones that accompany them, by the index of each group, from the
        first to the last of ``epochs``; other curves than before are shown whole. They are coloured by ``bring_out``.
        """
        t, item = theme.current(), self.plot.getPlotItem()
        self.title.setText(title)
        self.plot.setAccessibleName(title)
        item.clear()
        self._drawn.clear()
        colour_plot(self.plot, "epoch", is_share=is_share)
        for number, curve in thin.items():
            self._add_line(number, curve, THIN)
        for number, curve in curves.items():
            self._add_curve(number, curve)
        self.crosshair.setPen(pg.mkPen(theme.colour(t.border_strong)))
        item.addItem(self.crosshair, ignoreBounds=True)
        wanted = (title, epochs, bounds((*curves.values(), *thin.values())))
        if wanted != self._fitted:
            self._fitted = wanted
            item.setRange(xRange=epochs, yRange=wanted[-1], padding=MARGIN)

    def bring_out(self, faint: Collection[int]) -> None:
        """Draw the ``faint`` groups behind the others, of which the view shows what it showed."""
        for number, item, colour in self._drawn:
            colour(FAINT if number in faint else 1.0)
            item.setZValue(BEHIND if number in faint else 0)

    def _add_curve(self, number: int, curve: Curve) -> None:
        """Draw a curve, its band if there are several runs, and its points if they are few."""
        colour = colour_of(number)
        if (curve.high > curve.low).any():
            sides = [pg.PlotCurveItem(curve.x, side) for side in (curve.low, curve.high)]
            band = pg.FillBetweenItem(*sides)
            self._add(number, band, lambda alpha: band.setBrush(theme.colour(colour, alpha * BAND)))
        self._add_line(number, curve, WIDTH)
        if len(curve.x) <= MOST_DOTS:
            dots = pg.ScatterPlotItem(curve.x, curve.y, size=5, pen=None)
            self._add(number, dots, lambda alpha: dots.setBrush(theme.colour(colour, alpha)))

    def _add_line(self, number: int, curve: Curve, width: int) -> None:
        line = Line(curve.x, curve.y, antialias=True)
        self._add(number, line, lambda alpha: line.setPen(pen_of(number, width, alpha)))

    def _add(self, number: int, item: QGraphicsItem, colour: Callable[[float], None]) -> None:
        self._drawn.append((number, item, colour))
        self.plot.getPlotItem().addItem(item)

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
        self.pointed.emit(None)


class Plot(FramedPlot):
    """On a page that scrolls, the wheel scrolls it, and zooms with Ctrl; elsewhere it zooms."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if _is_scrolled(self) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        else:
            super().wheelEvent(event)


def _is_scrolled(widget: QWidget) -> bool:
    """Return whether a page around a widget is higher than what is seen of it."""
    around = widget.parentWidget()
    while around is not None and not isinstance(around, QScrollArea):
        around = around.parentWidget()
    return around is not None and around.verticalScrollBar().maximum() > 0


def new_plot(left: Axis, bottom: Axis) -> pg.PlotWidget:
    """Return an empty chart with these axes, without keys and menus, as high as there is room."""
    plot = Plot(axisItems={"left": left, "bottom": bottom}, enableMenu=False)
    plot.room_above = half_line()
    item = plot.getPlotItem()
    item.ctrlMenu.setParent(plot, item.ctrlMenu.windowFlags())  # pyqtgraph creates a window without an owner
    item.hideButtons()
    plot.setMinimumHeight(LEAST_HEIGHT)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return plot


def colour_plot(plot: pg.PlotWidget, below: str, *, is_share: bool) -> None:
    """Give a chart the theme's colours, the name ``below`` it, and percent at the left if its values are shares."""
    t = theme.current()
    plot.setBackground(theme.colour(t.surface))
    for side in ("left", "bottom"):
        axis = plot.getPlotItem().getAxis(side)
        axis.setTextPen(theme.colour(t.text_muted))
        axis.setPen(theme.colour(t.border))
        axis.setTickPen(theme.colour(t.grid))
        axis.setGrid(255 if side == "left" else False)
        axis.setZValue(BEHIND)
    bottom, left = (plot.getPlotItem().getAxis(side) for side in ("bottom", "left"))
    bottom.setLabel(below, **{"color": t.text_muted, "font-size": f"{theme.TEXT_SMALL}pt"})
    left.setScale(100 if is_share else 1)


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
    painter.setPen(pen_of(number, 2 * WIDTH))
    painter.drawLine(0, theme.SPACE_M // 2, 2 * theme.SPACE_M, theme.SPACE_M // 2)
    painter.end()
    return patch


def _round(number: int) -> int:
    return number // len(theme.current().curves)


def pen_of(number: int, width: float, alpha: float = 1.0) -> QPen:
    """Return a pen in the colour and style of a group."""
    style = STYLES[_round(number) % len(STYLES)]
    return QPen(pg.mkPen(theme.colour(colour_of(number), alpha), width=width, style=style))
