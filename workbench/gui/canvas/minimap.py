"""The minimap: the whole network in a corner of the canvas if only part of it is visible; click or drag to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from workbench.gui.canvas.looks import cosmetic, painter_of
from workbench.gui.widgets import theme
from workbench.gui.widgets.plate import paint_plate

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

LARGEST, LEAST_SIDE = QSizeF(216, 160), 56.0
LEAST_ROOM = QSize(480, 320)
"""A smaller canvas has no minimap, which would cover the cards."""

SHARE = 0.3
"""Maximum share of the canvas's width and height, so that a small canvas is not covered."""

ENOUGH = 0.8
"""The visible share of the network from which the minimap is hidden, because it would hide more than it shows."""

PADDING = float(theme.SPACE_XS)


class Minimap(QWidget):
    """Cards in their families' colours, and a frame around the visible part."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.wanted = True
        self.extent = QRectF()
        """The bounding rectangle of the network, in scene units."""
        self._picture: QPixmap | None = None
        self.setAccessibleName("Minimap")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self.follow)
            bar.rangeChanged.connect(self.follow)

    def want(self, wanted: bool) -> None:
        """Show the minimap when it is useful, or never."""
        self.wanted = wanted
        self.follow()

    def show_change(self) -> None:
        """Redraw after a change of the network."""
        self.extent = self._view.canvas_scene.drawn_rect()
        self._picture = None
        self.place()

    def place(self) -> None:
        """Move to the lower right corner, or above the messages there."""
        if not self.extent.isEmpty():
            largest = LARGEST.boundedTo(QSizeF(self._view.size()) * SHARE)
            fitting = self.extent.size().scaled(largest, Qt.AspectRatioMode.KeepAspectRatio)
            size = fitting.expandedTo(QSizeF(LEAST_SIDE, LEAST_SIDE)).toSize()
            if size != self.size():
                self._picture = None
            self.resize(size)
        _, below = self._view.sight.covered
        right, bottom = self._view.width() - theme.SPACE_M, self._view.height() - below - theme.SPACE_M
        self.move(right - self.width(), bottom - self.height())
        self.follow()

    def follow(self) -> None:
        """Update the frame around the visible part."""
        has_room = self._view.size().expandedTo(LEAST_ROOM) == self._view.size()
        self.setVisible(self.wanted and has_room and not self.extent.isEmpty() and self._share_seen() < ENOUGH)
        self.update()

    def _share_seen(self) -> float:
        seen = self._view.seen() & self.extent
        return seen.width() * seen.height() / (self.extent.width() * self.extent.height())

    def _scale(self) -> float:
        inner = self._inner()
        return min(inner.width() / self.extent.width(), inner.height() / self.extent.height())

    def _inner(self) -> QRectF:
        return QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING)

    def to_map(self, rect: QRectF) -> QRectF:
        """Map a scene rectangle to minimap coordinates."""
        scale, middle, home = self._scale(), self.extent.center(), self._inner().center()
        corner = (rect.topLeft() - middle) * scale + home
        return QRectF(corner.x(), corner.y(), rect.width() * scale, rect.height() * scale)

    def to_scene(self, point: QPointF) -> QPointF:
        """Map a minimap point to scene coordinates."""
        return (point - self._inner().center()) / self._scale() + self.extent.center()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        painter = QPainter(self)
        paint_plate(painter, self.rect(), tokens.surface, tokens.border)
        painter.drawPixmap(0, 0, self._network())
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        painter.setPen(cosmetic(QColor(tokens.accent)))
        painter.setBrush(theme.colour(tokens.accent, 0.12))
        painter.drawRect(self.to_map(self._view.seen()) & QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5))
        painter.end()

    def _network(self) -> QPixmap:
        """Return cards, notes and expanded blocks as a cached pixmap. Lines, so small, would cover everything else."""
        if self._picture is None:
            ratio = self.devicePixelRatioF()
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(self._inner().center())
            painter.scale(self._scale(), self._scale())
            painter.translate(-self.extent.center())
            self._view.canvas_scene.paint_underlay(painter)
            far = self._view.canvas_scene.drawing.far
            far.paint_cards(painter, painter_of(theme.current().name), [self.extent])
            painter.end()
        return self._picture

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _go(self, event: QMouseEvent) -> None:
        self._view.look_at(self.to_scene(event.position()), self._view.zoom())
        event.accept()
