"""The charts' axes: steps below, ends of epochs above, losses and measures at the left."""

import math
from functools import cache
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from workbench.gui.watch.curves.presenter import CurvesPresenter, epoch_ticks
from workbench.gui.watch.curves.ticks import Ticks, log_ticks, step_ticks, value_ticks, whole_ticks
from workbench.gui.widgets import theme
from workbench.gui.widgets.lettering import Lettering, is_file
from workbench.spec.record import Record

GAP = 6
"""Pixels between numbers and the chart."""

LEAST_WIDTH = 44
"""Pixels of an axis at the left; those with longer numbers are wider."""

WIDER = 16
"""Pixels by which it becomes wider, rarely, so that the chart stands still."""

ROOM_ABOVE = 24
"""Minimum distance in pixels between two numbers of which one is above the other."""

APART = 6
"""Pixels between two numbers, at least."""

EPOCH_ROOM = 48
"""Minimum distance in pixels between the numbers of two epochs, wide enough for the first label, "epoch 1"."""


@cache
def _letters() -> Lettering:
    return Lettering(theme.font(theme.TEXT_SMALL))


def half_line() -> float:
    """Return half the height of the axes' numbers, in pixels."""
    return _letters().metrics.height() / 2


class Drawing(Record):
    """An axis ready to be drawn, in its own coordinates."""

    border: tuple[QPen, QLineF]
    grid: tuple[QPen, list[QLineF]]
    words: tuple[QPen, list[tuple[QPointF, str]]]
    """Texts with the left ends of their baselines."""


class Axis(pg.AxisItem):
    """An axis that lays itself out once a change: pyqtgraph takes as long for its axes as for the rest of a chart."""

    picture: Drawing | None
    """None if something has changed, as pyqtgraph's own methods say."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.setStyle(tickLength=0, tickTextOffset=GAP)
        self.enableAutoSIPrefix(False)  # which lays out the axis's name as HTML whenever the range changes

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        """Return the ticks between two values, a pixel being worth ``pixel``."""
        raise NotImplementedError

    def paint(self, painter: QPainter, *others: Any) -> None:
        drawing = self.picture = self.picture or self._lay_out()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for pen, lines in (drawing.grid, (drawing.border[0], [drawing.border[1]])):
            painter.setPen(pen)
            painter.drawLines(lines)
        pen, words = drawing.words
        painter.setPen(pen)
        write = Lettering.spell if is_file(painter) else Lettering.write
        for base, text in words:
            write(_letters(), painter, base, text)

    def _lay_out(self) -> Drawing:
        own, view = self.rect(), self.linkedView()
        chart = view.mapRectToItem(self, view.boundingRect())
        is_left = self.orientation == "left"
        size = max(own.height() if is_left else own.width(), 1.0)
        low, high = self.range
        lines, words = [], []
        end = -math.inf
        for value, text in self.ticks(low, high, (high - low) / size):
            place = size * (value - low) / (high - low)
            if is_left:
                y = own.bottom() - place
                lines.append(QLineF(chart.left(), y, chart.right(), y))
                words.append((self._beside(y, text), text))
            else:
                lines.append(QLineF(place, chart.top(), place, chart.bottom()))
                base = self._centred(place, text)
                if base.x() >= end:  # a number at an edge lies nearer to its neighbour
                    words.append((base, text))
                    end = base.x() + _width(text) + APART / 2
        return Drawing(
            border=(self.pen(), self._border()),
            grid=(self.tickPen(), lines if self.grid else []),
            words=(self.textPen(), words),
        )

    def _border(self) -> QLineF:
        own = self.rect()
        match self.orientation:
            case "left":
                return QLineF(own.topRight() + QPointF(-1, -1), own.bottomRight() + QPointF(-1, 1))
            case "top":
                return QLineF(own.bottomLeft() + QPointF(-1, -1), own.bottomRight() + QPointF(1, -1))
            case _:
                return QLineF(own.topLeft() + QPointF(-1, 1), own.topRight() + QPointF(1, 1))

    def boundingRect(self) -> QRectF:
        """Return what may be painted: an axis at the left reaches into the free corners above and below it."""
        whole: QRectF = super().boundingRect()
        return whole.united(self._room()) if self.orientation == "left" else whole

    def _room(self) -> QRectF:
        """Return the axis with half a line above and below it, as far as the chart reaches."""
        half = half_line()
        chart = self.mapRectFromParent(self.parentItem().rect())
        return QRectF(self.rect().adjusted(0, -half, 0, half).intersected(chart))

    def _beside(self, y: float, text: str) -> QPointF:
        """Return where a number begins that is at the left of ``y``, or as near to it as there is room."""
        room, metrics = self._room(), _letters().metrics
        base = y + (metrics.ascent() - metrics.descent()) / 2
        base = min(max(base, room.top() + metrics.ascent()), room.bottom() - metrics.descent())
        return QPointF(room.right() - GAP - _width(text), base)

    def _centred(self, x: float, text: str) -> QPointF:
        """Return where a number begins whose middle is above or below ``x``, or as near to it as the axis reaches."""
        own, metrics = self.rect(), _letters().metrics
        base = own.bottom() - GAP - metrics.descent() if self.orientation == "top" else GAP + metrics.ascent()
        width = _width(text)
        return QPointF(max(min(x - width / 2, own.width() - width), 0), base)


class ValueAxis(Axis):
    """Axis of losses or measures, as wide as its numbers need."""

    def __init__(self) -> None:
        super().__init__("left")
        self.setWidth(LEAST_WIDTH)

    def linkedViewChanged(self, view: pg.ViewBox, newRange: object = None) -> None:  # noqa: N803
        """Show the range of the view, which has changed."""
        super().linkedViewChanged(view, newRange)
        low, high = self.range
        ticks = self.ticks(low, high, (high - low) / max(view.height(), 1.0))
        needed = GAP + max((_width(words) for _, words in ticks), default=0.0)
        width = LEAST_WIDTH + WIDER * math.ceil(max(needed - LEAST_WIDTH, 0.0) / WIDER)
        if width != self.fixedWidth:
            self.setWidth(width)

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        room = ROOM_ABOVE * pixel
        return log_ticks(low, high, room=room) if self.logMode else value_ticks(low, high, room=room, scale=self.scale)


class WholeAxis(Axis):
    """Axis of whole numbers below a chart."""

    def __init__(self) -> None:
        super().__init__("bottom")

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        return whole_ticks(low, high, room=pixel * (_width(f"{high:,.0f}") + 2 * APART))


class StepAxis(WholeAxis):
    """Axis of steps; the first label says so."""

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        first, second = _width(f"step {high:,.0f}"), _width(f"{high:,.0f}")
        return step_ticks(low, high, room=pixel * ((first + second) / 2 + APART))


def _width(text: str) -> float:
    return _letters().metrics.horizontalAdvance(text)


class EpochAxis(Axis):
    """Axis with the ends of epochs above the chart, as many as fit."""

    def __init__(self, presenter: CurvesPresenter) -> None:
        super().__init__("top")
        self.presenter = presenter
        self._seen: object = None
        """The last epoch that had ended when the axis was laid out."""

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        return epoch_ticks(self.presenter.epochs, shown=(low, high), room=EPOCH_ROOM * pixel)

    def renew(self) -> None:
        """Take the epochs that have ended since."""
        if self.presenter.epochs[-1:] != self._seen:
            self._seen = self.presenter.epochs[-1:]
            self.setTicks(None)  # which only says that something has changed
