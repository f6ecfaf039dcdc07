"""The surface that the canvas is drawn on: zooming, panning, fitting. It knows nothing of networks.

While it moves, a snapshot of it is moved instead; what comes into view is painted sharply, and everything once it
rests.
"""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from workbench.gui.canvas.snapshot import Snapshot
from workbench.gui.widgets import theme

REST_MS = 100
"""How long after the last step of a movement the surface counts as at rest."""

LEAST_ZOOM, GREATEST_ZOOM, READABLE_ZOOM = 0.08, 3.0, 0.55

WHOLE_ZOOM = 0.4
"""A zoom at which names can still be read: better everything at this zoom than a part at ``READABLE_ZOOM``."""


class Paper(QGraphicsView):
    """A scene in a viewport that can be panned and zoomed."""

    def __init__(self, scene: QGraphicsScene) -> None:
        super().__init__()
        self.moved = False
        """Whether the view was panned or zoomed since everything was last fitted, so that it must stay there."""
        self.zooming = False
        """Whether a zoom is in progress."""
        self._snapshot: Snapshot | None = None
        self._still_shown = False
        self._live = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.settle)
        # With a viewport of its own making, PySide6 looks up its class and creates those of all widgets: 8 ms.
        self.setViewport(QWidget())
        self.setScene(scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def seen(self) -> QRectF:
        """Return the visible part of the scene."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def zoom(self) -> float:
        """Return viewport pixels per scene unit."""
        return self.transform().m11()

    def zoom_by(self, factor: float, point: QPoint | None = None) -> None:
        """Zoom while keeping what is under ``point`` in place; by default the centre."""
        point = point or self.viewport().rect().center()
        place = self.mapToScene(point)
        zoom = min(max(self.zoom() * factor, LEAST_ZOOM), GREATEST_ZOOM)
        self._begin_step(zoom)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        shift = self.mapFromScene(place) - point
        self._scroll(shift)
        self._end_step()

    def pan(self, dx: int, dy: int) -> None:
        """Pan by pixels."""
        self._begin_step(self.zoom())
        self._scroll(QPoint(-dx, -dy))
        self._end_step()

    def _scroll(self, way: QPoint) -> None:
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + way.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + way.y())

    def look_at(self, middle: QPointF, zoom: float) -> None:
        """Centre on a scene point at this zoom."""
        self._begin_step(zoom)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(middle)
        self._end_step()

    # Movement

    def is_free(self) -> bool:
        """Whether nothing but the view itself is moving."""
        return True

    def is_detailed(self) -> bool:
        """Whether the zoom is close enough for details; if not, a snapshot does not help during a zoom."""
        return True

    def is_crowded(self) -> bool:
        """Whether too much is visible to be drawn in detail at every step of a zoom."""
        return False

    def _begin_step(self, zoom: float) -> None:
        self.moved = True
        if not self.is_free():
            return
        zooming = zoom != self.zoom()
        if zooming and not self.is_detailed():
            self._snapshot = None
        elif self._snapshot is None and not self.zooming:
            self._snapshot = Snapshot(self.viewport(), self.viewportTransform(), self._paint_live)
        self.zooming |= zooming
        self._rest.start()

    def _end_step(self) -> None:
        if self._snapshot:
            self._snapshot.follow(self.viewportTransform())
        self._still_shown = not self.zooming or self.is_crowded()

    def settle(self) -> None:
        """Draw everything in its current state."""
        if self._snapshot or self.zooming:
            self._rest.stop()
            self._snapshot, self.zooming = None, False
            self.viewport().update()

    def _paint_live(self, picture: QPixmap, region: QRegion) -> None:
        self._live = True
        self.viewport().render(picture, region.boundingRect().topLeft(), region, QWidget.RenderFlag(0))
        self._live = False

    def paint_scene(self, event: QPaintEvent) -> None:
        """Draw the scene where an event requests it."""
        super().paintEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._snapshot is None or self._live or not self._still_shown:
            self.paint_scene(event)
            return
        view = self.viewportTransform()
        uncovered = self._snapshot.uncovered(view)
        if not uncovered.isEmpty():
            self.paint_scene(QPaintEvent(uncovered))
        painter = QPainter(self.viewport())
        self._snapshot.paint(painter, view)
        painter.end()

    # Position

    def actual_size(self) -> None:
        """Zoom to 100 %."""
        self.zoom_by(1 / self.zoom())

    def fit_rect(self, rect: QRectF, least: float, above: int, below: int) -> None:
        """Show all of a scene rectangle, or its beginning, at the zoom ``least``, if it would be too small to read.

        The top ``above`` and the bottom ``below`` pixels are covered by something else.
        """
        self.settle()
        if rect.isEmpty():
            self.setTransform(QTransform())
            self.centerOn(0, 0)
            return
        rect = rect.adjusted(-theme.SPACE_XL, -theme.SPACE_XL, theme.SPACE_XL, theme.SPACE_XL)
        view = self.viewport().rect().adjusted(0, above, 0, -below)
        zoom = min(view.width() / rect.width(), view.height() / rect.height(), 1.0)
        chosen = zoom if zoom >= min(least, WHOLE_ZOOM) else least
        self.setTransform(QTransform.fromScale(chosen, chosen))
        middle = rect.center()
        if rect.height() * chosen > view.height():
            middle.setY(rect.top() + view.height() / chosen / 2)
        if rect.width() * chosen > view.width():
            middle.setX(rect.left() + view.width() / chosen / 2)
        middle.setY(middle.y() - (above - below) / chosen / 2)
        self.centerOn(middle)

    def pointer(self) -> QPoint:
        """Return the position of the pointer in the viewport, or the centre if it is elsewhere."""
        point = self.pointer_within()
        return point if point is not None else self.viewport().rect().center()

    def pointer_within(self) -> QPoint | None:
        """Return the position of the pointer in the viewport, or None if it is elsewhere."""
        point = self.viewport().mapFromGlobal(self.cursor().pos())
        return point if self.underMouse() and self.viewport().rect().contains(point) else None
