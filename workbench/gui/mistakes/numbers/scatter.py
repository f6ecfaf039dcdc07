"""Predicted against actual numbers: a dot for each picture, and the diagonal where both are equal."""

from collections.abc import Collection

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.gui.mistakes.charts import SmallChart
from workbench.gui.mistakes.numbers.presenter import NumbersPresenter
from workbench.gui.watch.curves.dots import Dots
from workbench.gui.widgets import theme
from workbench.gui.widgets.hover_card import paint_card
from workbench.gui.widgets.pictures import Images

REACH = 8.0
"""How close in pixels the pointer must be to a dot."""

DOT, RING = 5, 9
"""Diameters in pixels of a dot, and of the ring around one that is selected."""

OPACITY = 0.45
"""Of a dot: where many lie over each other, it is darker."""


class Scatter(SmallChart):
    """Shows the picture of the dot under the pointer; a click picks it."""

    picked = Signal(int)

    def __init__(self, presenter: NumbersPresenter, images: Images) -> None:
        super().__init__("Predicted against actual")
        self._presenter = presenter
        self._selection: Collection[int] = ()
        self._dots, self._rings = Dots(size=DOT, pen=None), Dots(size=RING, brush=None)
        self.card = HoverCard(self.plot, presenter, images)
        self.pointed.connect(self._point)
        self.clicked.connect(self._pick)

    def draw(self) -> None:
        tokens, errors = theme.current(), self._presenter.errors
        ends = self._presenter.value_range
        unit = self._presenter.found.column.unit
        self.begin(f"actual, {unit}" if unit else "actual", ends, ends)
        self.add_line(np.array(ends), np.array(ends), tokens.border_strong)
        self._dots.setData(errors.actual, errors.predicted, brush=theme.colour(tokens.curves[0], OPACITY))
        for dots in (self._dots, self._rings):
            self.item.addItem(dots)
        self._ring()
        self.card.point(None, QPointF())

    def show_selection(self, selection: Collection[int]) -> None:
        """Draw a ring around each selected picture's dot."""
        self._selection = selection
        self._ring()

    def _ring(self) -> None:
        errors, chosen = self._presenter.errors, np.array(sorted(self._selection), np.int64)
        pen = pg.mkPen(theme.colour(theme.current().text), width=1.5)
        self._rings.setData(errors.actual[chosen], errors.predicted[chosen], pen=pen)

    def places(self) -> NDArray[np.float64]:
        """Return where the dots are, in pixels of the chart: float64 [N, 2]."""
        errors, rect = self._presenter.errors, self.box.sceneBoundingRect()
        (left, right), (low, high) = self.box.viewRange()
        x = rect.left() + rect.width() * (errors.actual - left) / (right - left)
        y = rect.top() + rect.height() * (high - errors.predicted) / (high - low)
        return np.stack([x, y], axis=1)

    def dot_at(self, x: float, y: float) -> tuple[int, QPointF] | None:
        """Return the picture whose dot is nearest to these values, and where that is; None if it is too far away."""
        position, places = self.box.mapViewToScene(QPointF(x, y)), self.places()
        far = np.nan_to_num(np.hypot(places[:, 0] - position.x(), places[:, 1] - position.y()), nan=np.inf)
        nearest = int(far.argmin())
        return (nearest, QPointF(*places[nearest])) if far[nearest] <= REACH else None

    def _point(self, place: tuple[float, float] | None) -> None:
        found = None if place is None else self.dot_at(*place)
        self.card.point(*found if found is not None else (None, QPointF()))

    def _pick(self, x: float, y: float) -> None:
        found = self.dot_at(x, y)
        if found is not None:
            self.picked.emit(found[0])


class HoverCard(QWidget):
    """Over a chart, the picture of a dot and its values."""

    def __init__(self, chart: QWidget, presenter: NumbersPresenter, images: Images) -> None:
        super().__init__(chart)
        self._chart = chart
        self._presenter, self._images = presenter, images
        self.index: int | None = None
        self._dot = QPointF()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        images.arrived.connect(self.update)

    def point(self, index: int | None, dot: QPointF) -> None:
        """Show a picture beside its dot; None for none."""
        self.index, self._dot = index, dot
        self.setGeometry(self._chart.rect())
        self.setVisible(index is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.index is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        image = self._images(self.index) if self._presenter.window.has_looks else None
        names = self._presenter.found.names
        name = [str(names[self.index])] if image is None and names is not None else []
        lines = [*name, *self._presenter.prediction(self.index)]
        paint_card(painter, QRectF(self.rect()), self._dot, image, self._images.size, lines)
        painter.end()
