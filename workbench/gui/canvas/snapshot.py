"""A snapshot of the paper, which is moved and scaled in its place while the paper is panned and zoomed."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QWidget


class Snapshot:
    """What ``widget`` shows at the time; ``paint_live`` has some of it painted onto another device, as it is then."""

    def __init__(self, widget: QWidget, view: QTransform, paint_live: Callable[[QPixmap, QRegion], None]) -> None:
        self._ratio = widget.devicePixelRatioF()
        self._rect = widget.rect()
        self._view = view
        self._paint_live = paint_live
        self._picture = QPixmap(self._rect.size() * self._ratio)
        self._picture.setDevicePixelRatio(self._ratio)
        paint_live(self._picture, QRegion(self._rect))

    def follow(self, view: QTransform) -> None:
        """The paper was moved: what came into sight is painted, as sharply as the rest. Where it was zoomed, nothing is."""
        if view.m11() != self._view.m11():
            return
        way = QPoint(round(view.dx() - self._view.dx()), round(view.dy() - self._view.dy()))
        if way.isNull():
            return
        self._view = view
        x, y = way.x() * self._ratio, way.y() * self._ratio
        if x != round(x) or y != round(y):
            # On a screen of 125 % nothing comes to lie on the same pixels.
            self._paint_live(self._picture, QRegion(self._rect))
            return
        self._picture.scroll(round(x), round(y), self._picture.rect())
        # Each stripe for itself: what is around both is all that is in sight, and Qt would look through it.
        for stripe in pieces(QRegion(self._rect) - QRegion(self._rect.translated(way))):
            self._paint_live(self._picture, QRegion(stripe))

    def paint(self, painter: QPainter, view: QTransform) -> None:
        """Draw it where it belongs."""
        if view == self._view:
            painter.drawPixmap(0, 0, self._picture)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self._place(view), self._picture, QRectF(self._picture.rect()))

    def uncovered(self, view: QTransform) -> QRegion:
        """What of the widget it does not reach."""
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
    """The rectangles that a region is made of."""
    return list(region)  # type: ignore[call-overload,no-any-return]  # PySide's own types leave it out
