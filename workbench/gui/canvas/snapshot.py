"""A snapshot of the canvas that is moved and scaled in its place during panning and zooming."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QWidget


class Snapshot:
    """The picture of ``widget`` at one moment; ``paint_live`` paints a region of its current state into a pixmap."""

    def __init__(self, widget: QWidget, view: QTransform, paint_live: Callable[[QPixmap, QRegion], None]) -> None:
        self._ratio = widget.devicePixelRatioF()
        self._rect = widget.rect()
        self._view = view
        self._paint_live = paint_live
        self._picture = QPixmap(self._rect.size() * self._ratio)
        self._picture.setDevicePixelRatio(self._ratio)
        paint_live(self._picture, QRegion(self._rect))

    def follow(self, view: QTransform) -> None:
        """Follow a pan, painting what came into view in full sharpness. A zoom is left as it is."""
        if view.m11() != self._view.m11():
            return
        way = QPoint(round(view.dx() - self._view.dx()), round(view.dy() - self._view.dy()))
        if way.isNull():
            return
        self._view = view
        x, y = way.x() * self._ratio, way.y() * self._ratio
        if x != round(x) or y != round(y):
            # At 125 % screen scaling, pixels do not coincide after such a shift.
            self._paint_live(self._picture, QRegion(self._rect))
            return
        self._picture.scroll(round(x), round(y), self._picture.rect())
        # One by one: the rectangle around both stripes is the whole viewport, and Qt would search all of it.
        for stripe in pieces(QRegion(self._rect) - QRegion(self._rect.translated(way))):
            self._paint_live(self._picture, QRegion(stripe))

    def paint(self, painter: QPainter, view: QTransform) -> None:
        """Draw the snapshot at its place in the view."""
        if view == self._view:
            painter.drawPixmap(0, 0, self._picture)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self._place(view), self._picture, QRectF(self._picture.rect()))

    def uncovered(self, view: QTransform) -> QRegion:
        """Return the region of the widget that the snapshot does not cover."""
        place = self._place(view)
        inner = QRect(
            math.ceil(place.left()),
            math.ceil(place.top()),
            math.floor(place.width()) - 1,
            math.floor(place.height()) - 1,
        )
        return QRegion() if place == QRectF(self._rect) else QRegion(self._rect) - QRegion(inner)

    def _place(self, view: QTransform) -> QRectF:
        back, _ = self._view.inverted()
        return (back * view).mapRect(QRectF(self._rect))


def pieces(region: QRegion) -> list[QRect]:
    """Return the rectangles that a region consists of."""
    return list(region)  # type: ignore[call-overload,no-any-return]  # missing in PySide's type hints
