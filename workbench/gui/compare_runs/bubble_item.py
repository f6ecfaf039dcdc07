"""The bubbles of a chart, their error bars, front and labels, drawn in pixels; and the legend of their areas."""

import math
from collections.abc import Collection, Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QStyleOptionGraphicsItem, QWidget

from workbench.gui.compare_runs.chart import FAINT, pen_of
from workbench.gui.compare_runs.labels import Box, Disc, along, leading, place_labels
from workbench.gui.compare_runs.scales import areas_shown, tick_said
from workbench.gui.widgets import theme
from workbench.gui.widgets.told_apart import told_apart
from workbench.spec.record import Record

FILL = 0.3
"""Opacity of a bubble."""

NEAR = 5
"""Pixels around a bubble in which the pointer is on it."""

WIDEST_LABEL, LABEL_SHARE = 220, 0.4
"""Pixels and share of the chart's width that a label takes at most; a longer one is elided."""

MOST_LABELS = 40
"""More would not be read, and would take long to place."""

CAP = 3
"""Half the length of the lines at the ends of an error bar."""

ABOVE_AXES = 10


class Placed(Record):
    """A group's bubble in pixels, with the ends of its error bars, and its name."""

    number: int
    disc: Disc
    bars: tuple[QLineF, ...]
    name: str


class BubbleItem(QGraphicsItem):
    """Draws what it is given, in the pixels of its parent."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setZValue(ABOVE_AXES)
        self.placed: tuple[Placed, ...] = ()
        self.labels: dict[int, tuple[Box, str]] = {}
        self.front: list[QPointF] = []
        self.faint: Collection[int] = ()
        self.ringed: dict[int, str] = {}
        """The groups with a ring around their bubbles, and its colour."""

    def show_placed(self, placed: Sequence[Placed], front: Sequence[int]) -> None:
        """Draw these bubbles, with a line through those of the ``front``. Labels that are there go along."""
        self.prepareGeometryChange()
        before = {each.number: each.disc for each in self.placed}
        discs = {each.number: each.disc for each in placed}
        self.front = [QPointF(discs[number].x, discs[number].y) for number in front]
        by_size = sorted(placed, key=lambda each: -each.disc.radius)
        self.placed = tuple(by_size)  # small ones are drawn over large ones
        self.labels = {
            number: (_moved(box, before[number], discs[number]), name)
            for number, (box, name) in self.labels.items()
            if number in discs
        }
        self.update()

    def label(self, front: Sequence[int]) -> None:
        """Place labels beside the bubbles: those of the ``front`` choose first, then those that are not faint."""
        placed = sorted(
            self.placed, key=lambda each: (each.number not in front, each.number in self.faint, each.number)
        )
        frame, metrics = self.boundingRect(), QFontMetricsF(theme.font(theme.TEXT_SMALL))
        widest = min(WIDEST_LABEL, LABEL_SHARE * frame.width())
        names = told_apart([each.name for each in placed[:MOST_LABELS]], metrics, widest)
        boxes = place_labels(
            [each.disc for each in placed],
            [(metrics.horizontalAdvance(name), metrics.height()) for name in names],
            Box(0, 0, frame.width(), frame.height()),
            [
                *(Box(bar.x1(), bar.y1(), bar.x2(), bar.y2()) for each in placed for bar in each.bars),
                *along([(point.x(), point.y()) for point in self.front]),
            ],
        )
        found = zip(placed, boxes, names, strict=False)
        self.labels = {each.number: (box, name) for each, box, name in found if box is not None}
        self.update()

    def at(self, point: QPointF) -> int | None:
        """Return the group at a point: the smallest bubble there, or the nearest one."""
        found = []
        for each in self.placed:
            away = QLineF(point, QPointF(each.disc.x, each.disc.y)).length()
            if away < each.disc.radius + NEAR:
                found.append((away >= each.disc.radius, each.disc.radius, away, each.number))
        return min(found)[-1] if found else None

    def boundingRect(self) -> QRectF:
        """Return the whole chart."""
        return QRectF(self.parentItem().boundingRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the front behind all, then the bubbles, then the labels."""
        t = theme.current()
        painter.setClipRect(self.boundingRect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour(t.border_strong), 1))
        painter.drawPolyline(self.front)
        for each in sorted(self.placed, key=lambda each: each.number not in self.faint):
            self._paint_bubble(painter, each)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        ascent = QFontMetricsF(painter.font()).ascent()
        discs = {each.number: each.disc for each in self.placed}
        for number, (box, name) in self.labels.items():
            alpha = 2 * FAINT if number in self.faint else 1.0
            painter.setPen(QPen(theme.colour(t.border_strong, alpha), 1))
            painter.drawPolyline([QPointF(*point) for point in leading(discs[number], box)])
            painter.setPen(theme.colour(t.text, alpha))
            painter.drawText(QPointF(box.left, box.top + ascent), name)

    def _paint_bubble(self, painter: QPainter, each: Placed) -> None:
        alpha = FAINT if each.number in self.faint else 1.0
        pen = pen_of(each.number, 1.5, alpha)
        pen.setCosmetic(False)
        middle, radius = QPointF(each.disc.x, each.disc.y), each.disc.radius
        painter.setPen(QPen(pen.color(), 1))
        for bar in each.bars:
            painter.drawLines([bar, *_caps(bar)])
        painter.setPen(pen)
        painter.setBrush(theme.colour(pen.color().name(), FILL * alpha))
        painter.drawEllipse(middle, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if each.number in self.ringed:
            painter.setPen(QPen(theme.colour(self.ringed[each.number]), 2))
            painter.drawEllipse(middle, radius + 3, radius + 3)


def _moved(box: Box, before: Disc, after: Disc) -> Box:
    """Return the label's box beside a bubble that has moved."""
    across, down = after.x - before.x, after.y - before.y
    return Box(box.left + across, box.top + down, box.right + across, box.bottom + down)


def _caps(bar: QLineF) -> list[QLineF]:
    """Return the lines across the ends of an upright or a level bar."""
    across = QPointF(CAP, 0) if bar.x1() == bar.x2() else QPointF(0, CAP)
    return [QLineF(end - across, end + across) for end in (bar.p1(), bar.p2())]


class AreaLegend(QWidget):
    """Says how many parameters bubbles have, by some of their sizes, and what the line is."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._parts: tuple[tuple[float, str], ...] = ()
        """Radii of the bubbles, each with the words after it; the line has the radius 0."""

    def show_areas(self, most: float, largest: float, *, has_line: bool, room: float) -> None:
        """Show round numbers up to ``most``, whose bubble has the radius ``largest``, as far as they fit ``room``."""
        areas = [(radius, tick_said(number, is_time=False)) for number, radius in areas_shown(most, largest)]
        if areas:
            areas[-1] = (areas[-1][0], f"{areas[-1][1]} parameters")
        parts = (*areas, *([(0.0, "Pareto front")] if has_line else []))
        while parts and _length(parts) > room:
            parts = parts[1:]
        if parts != self._parts:
            self._parts = parts
            self.setAccessibleName(", ".join(words for _, words in parts))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room for the bubbles and their words."""
        line = QFontMetricsF(theme.font(theme.TEXT_SMALL)).height()
        high = max((line, *(2 * radius + 2 for radius, _ in self._parts))) if self._parts else 0
        return QSize(math.ceil(_length(self._parts)), math.ceil(high))

    def minimumSizeHint(self) -> QSize:
        """Return no width: what it shows follows the window's, and shall not hold it."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bubbles and the line, each before its words."""
        painter, t = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        metrics, x, middle = QFontMetricsF(painter.font()), 1.0, self.height() / 2
        base = middle + (metrics.ascent() - metrics.descent()) / 2
        for radius, words in self._parts:
            painter.setPen(QPen(theme.colour(t.border_strong), 1))
            if radius:
                painter.drawEllipse(QPointF(x + radius, middle), radius, radius)
            else:
                painter.drawLine(QPointF(x, middle), QPointF(x + _width(radius), middle))
            x += _width(radius) + theme.SPACE_XS
            painter.setPen(theme.colour(t.text_muted))
            painter.drawText(QPointF(x, base), words)
            x += metrics.horizontalAdvance(words) + theme.SPACE_S
        painter.end()


def _width(radius: float) -> float:
    """Return the width of a bubble in the legend, or of the line."""
    return 2 * radius or theme.SPACE_L


def _length(parts: Sequence[tuple[float, str]]) -> float:
    metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
    widths = (_width(radius) + theme.SPACE_XS + metrics.horizontalAdvance(words) for radius, words in parts)
    return sum(widths) + theme.SPACE_S * len(parts)
