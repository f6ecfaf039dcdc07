"""The curve of an activation, and below it that of its derivative."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.compiler.facts import Curve
from workbench.gui.inspector.curve import curve_words, short
from workbench.gui.inspector.page import label, section
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced
from workbench.gui.widgets.plate import paint_plate
from workbench.gui.widgets.tables import RIGHT

LEFT, TOP, PLOT_HEIGHT, BELOW = 44, 24, 72, 26
LINE = 16


class CurveView(QWidget):
    """A section of the inspector; hidden without a curve."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = CurvePlot()
        self.words = label("", "small")
        fill(spaced(QVBoxLayout(self), theme.SPACE_S), section("Function and derivative"), self.plot, self.words)

    def show_curve(self, curve: Curve | None) -> None:
        self.setHidden(curve is None)
        if curve is not None and curve != self.plot.curve:
            self.words.setText(curve_words(curve))
            self.plot.show_curve(curve)


class CurvePlot(QWidget):
    """Paints the function above its derivative, over the same inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.curve: Curve | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Curves of the function and its derivative")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 2 * (TOP + PLOT_HEIGHT) + BELOW)

    def show_curve(self, curve: Curve) -> None:
        """Paint another curve."""
        self.curve = curve
        self.setAccessibleDescription(curve_words(curve))
        self.update()

    def room(self, number: int) -> QRectF:
        """Return the rectangle of the first or second plot."""
        top = TOP + number * (TOP + PLOT_HEIGHT)
        return QRectF(LEFT, top, self.width() - LEFT - theme.SPACE_M, PLOT_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw background, both curves and the range of the inputs."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        paint_plate(painter, self.rect(), tokens.canvas, tokens.border)
        if self.curve is not None:
            self._paint_one(painter, 0, "output", self.curve.outputs, tokens.curves[0])
            self._paint_one(painter, 1, "derivative", self.curve.slopes, tokens.curves[1])
            self._paint_inputs(painter)
        painter.end()

    def _paint_one(self, painter: QPainter, number: int, name: str, values: Sequence[float], colour: str) -> None:
        """Draw one curve with its name, its ends, and the lines where input and value are zero."""
        assert self.curve is not None
        tokens, room = theme.current(), self.room(number)
        low, high = min(*values, 0.0), max(*values, 0.0)
        scale = room.height() / (high - low or 1.0)
        painter.setPen(theme.colour(colour))
        painter.drawText(QRectF(room.left(), room.top() - 20, room.width(), 16), Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(theme.colour(tokens.border_strong, 0.5))
        zero = room.bottom() + low * scale
        painter.drawLine(QPointF(room.left(), zero), QPointF(room.right(), zero))
        middle = self._x_of(0.0)
        painter.drawLine(QPointF(middle, room.top()), QPointF(middle, room.bottom()))
        painter.setPen(theme.colour(tokens.text_faint))
        marks = [(low, room.bottom()), (high, room.top())]
        if min(zero - room.top(), room.bottom() - zero) >= LINE:
            marks.append((0.0, zero))
        for value, y in marks:
            painter.drawText(QRectF(0, y - LINE / 2, LEFT - 6, LINE), RIGHT, short(value))
        points = [QPointF(self._x_of(x), zero - y * scale) for x, y in zip(self.curve.inputs, values, strict=True)]
        painter.setPen(QPen(theme.colour(colour), 1.6))
        painter.drawPolyline(QPolygonF(points))

    def _paint_inputs(self, painter: QPainter) -> None:
        assert self.curve is not None
        first, last = self.curve.inputs[0], self.curve.inputs[-1]
        painter.setPen(theme.colour(theme.current().text_faint))
        for x in (first, first / 2, 0.0, last / 2, last):
            place = QRectF(self._x_of(x) - 20, self.room(1).bottom() + 5, 40, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, short(x))

    def _x_of(self, x: float) -> float:
        assert self.curve is not None
        room, first, last = self.room(0), self.curve.inputs[0], self.curve.inputs[-1]
        return room.left() + (x - first) / (last - first) * room.width()
