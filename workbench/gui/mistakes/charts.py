"""What the charts of the pages have in common."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from workbench.gui.compare_runs.chart import colour_plot, new_plot
from workbench.gui.watch.curves.axes import ROOM_ABOVE, Axis, ValueAxis
from workbench.gui.watch.curves.line import Line, StraightLine
from workbench.gui.watch.curves.ticks import Ticks, value_ticks, whole_ticks
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import ElidedLabel, spaced, styled

ROOM_BESIDE = 64
"""Pixels between two numbers below a chart."""

MARGIN = 0.03
"""Of the range, around what is shown."""


class BelowAxis(Axis):
    """Axis of values below a chart."""

    is_whole = False
    """Whether there are only whole numbers."""

    def __init__(self) -> None:
        super().__init__("bottom")

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        if self.is_whole:
            return whole_ticks(low, high, room=ROOM_BESIDE * pixel)
        return value_ticks(low, high, room=ROOM_BESIDE * pixel, scale=self.scale)


class CountAxis(ValueAxis):
    """Axis of counts at the left."""

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        """Return the ticks between two counts."""
        return whole_ticks(low, high, room=ROOM_ABOVE * pixel)


class SmallChart(QWidget):
    """A chart with a title, which shows all that is drawn; it is drawn anew in the colours of another theme.

    A chart implements ``draw``, and is told what the pointer does, in its coordinates.
    """

    pointed = Signal(object)
    """Emitted with the values under the pointer, (x, y); None when it has left."""

    clicked = Signal(float, float)
    """Emitted with the values that were clicked."""

    def __init__(self, title: str, left: type[ValueAxis] = ValueAxis) -> None:
        super().__init__()
        self.title = styled(ElidedLabel(), "muted")
        self.title.setText(title)
        self.title.setContentsMargins(theme.SPACE_M, 0, 0, 0)
        self.plot = new_plot(left(), BelowAxis())
        self.plot.setAccessibleName(title)
        self.item = self.plot.getPlotItem()
        self.box = self.item.getViewBox()
        self.box.setMouseEnabled(x=False, y=False)
        self.box.disableAutoRange()
        self.plot.scene().sigMouseMoved.connect(self._on_move)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        layout = spaced(QVBoxLayout(self), theme.SPACE_XS)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)
        theme.changed.connect(self._recolour)

    def draw(self) -> None:
        """Draw what is shown."""
        raise NotImplementedError

    def _recolour(self) -> None:
        if self.isVisible():  # otherwise it is drawn before it is shown
            self.draw()

    def begin(self, below: str, x: tuple[float, float], y: tuple[float, float], *, left_is_share: bool = False) -> None:
        """Begin to draw: nothing is there but the axes of these ranges, the lower one with a name."""
        self.item.clear()
        colour_plot(self.plot, below, is_share=left_is_share)
        self.item.setRange(xRange=x, yRange=y, padding=MARGIN, disableAutoRange=False)

    def add_line(self, x: Any, y: Any, colour: str) -> None:
        """Draw a curve through these points."""
        self.item.addItem(Line(x, y, pen=pg.mkPen(theme.colour(colour)), antialias=True))

    def add_upright(self, x: float, colour: str) -> None:
        """Draw a line from the lower to the upper edge."""
        self.item.addItem(StraightLine(pos=x, angle=90, pen=pg.mkPen(theme.colour(colour))), ignoreBounds=True)

    def tell(self, words: str) -> None:
        """Show words beside the pointer; empty ones hide them."""
        if words:
            QToolTip.showText(QCursor.pos(), words, self.plot)
        else:
            QToolTip.hideText()

    def _on_move(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        place = self.box.mapSceneToView(position)
        self.pointed.emit((place.x(), place.y()) if inside else None)

    def _on_click(self, event: Any) -> None:
        if self.box.sceneBoundingRect().contains(event.scenePos()):
            place = self.box.mapSceneToView(event.scenePos())
            self.clicked.emit(place.x(), place.y())

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)
