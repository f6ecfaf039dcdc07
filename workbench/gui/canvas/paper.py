"""The paper that the canvas is drawn on: zoomed, moved, fitted to the window. It knows nothing of networks.

While it is moved, a picture of it is: drawn anew, sharply, is what comes into sight, and all of it when it rests.
"""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from workbench.gui import theme
from workbench.gui.canvas.snapshot import Snapshot

REST_MS = 100
"""After so long without a step the paper rests."""

LEAST_ZOOM, GREATEST_ZOOM, READABLE_ZOOM = 0.08, 3.0, 0.55


class Paper(QGraphicsView):
    """A scene under a window that is moved over it."""

    def __init__(self, scene: QGraphicsScene) -> None:
        super().__init__()
        self.untouched = True
        """Nobody has moved the paper yet, nor edited what is on it: it goes on fitting the window."""
        self.moved = False
        """Somebody has moved the paper, and it is to stay there."""
        self.zooming = False
        """Between two steps of a zoom."""
        self._snapshot: Snapshot | None = None
        self._still_shown = False
        self._live = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.settle)
        # Asked for a viewport of its own making, Qt has PySide6 find its class, and make those of all widgets: 8 ms.
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

    def zoom(self) -> float:
        """Viewport pixels per scene unit."""
        return self.transform().m11()

    def zoom_by(self, factor: float, point: QPoint | None = None) -> None:
        """Zoom, what is under ``point`` (the middle, without one) staying there."""
        point = point or self.viewport().rect().center()
        place = self.mapToScene(point)
        zoom = min(max(self.zoom() * factor, LEAST_ZOOM), GREATEST_ZOOM)
        self._begin_step(zoom)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        shift = self.mapFromScene(place) - point
        self._scroll(shift)
        self._end_step()

    def pan(self, dx: int, dy: int) -> None:
        """Move the paper by pixels."""
        self._begin_step(self.zoom())
        self._scroll(QPoint(-dx, -dy))
        self._end_step()

    def _scroll(self, way: QPoint) -> None:
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + way.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + way.y())

    def look_at(self, middle: QPointF, zoom: float) -> None:
        """Show this point of the scene in the middle, at this zoom."""
        self._begin_step(zoom)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(middle)
        self._end_step()

    # While it moves

    def is_free(self) -> bool:
        """Whether nothing on the paper moves but the paper."""
        return True

    def is_detailed(self) -> bool:
        """Whether it is seen so near that it is drawn in detail: else a picture of it is of no use in a zoom."""
        return True

    def is_crowded(self) -> bool:
        """Whether more is in sight than can be drawn in detail at every step of a zoom."""
        return False

    def _begin_step(self, zoom: float) -> None:
        self.untouched, self.moved = False, True
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
        """Draw everything as it is now."""
        if self._snapshot or self.zooming:
            self._rest.stop()
            self._snapshot, self.zooming = None, False
            self.viewport().update()

    def _paint_live(self, picture: QPixmap, region: QRegion) -> None:
        self._live = True
        self.viewport().render(picture, region.boundingRect().topLeft(), region, QWidget.RenderFlag(0))
        self._live = False

    def paint_scene(self, event: QPaintEvent) -> None:
        """Draw what is in the scene where an event asks for it."""
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

    # Where it looks

    def actual_size(self) -> None:
        """Back to 100 %."""
        self.zoom_by(1 / self.zoom())

    def fit_rect(self, rect: QRectF, least: float, above: int = 0) -> None:
        """Show all of a rectangle of the scene, at no smaller zoom than ``least``: then its beginning.

        So many pixels ``above`` are covered by something else.
        """
        self.settle()
        if rect.isEmpty():
            self.setTransform(QTransform())
            self.centerOn(0, 0)
            return
        rect = rect.adjusted(-theme.SPACE_XL, -theme.SPACE_XL, theme.SPACE_XL, theme.SPACE_XL)
        view = self.viewport().rect().adjusted(0, above, 0, 0)
        zoom = min(view.width() / rect.width(), view.height() / rect.height(), 1.0)
        chosen = max(zoom, least)
        self.setTransform(QTransform.fromScale(chosen, chosen))
        middle = rect.center()
        if rect.height() * chosen > view.height():
            middle.setY(rect.top() + view.height() / chosen / 2)
        if rect.width() * chosen > view.width():
            middle.setX(rect.left() + view.width() / chosen / 2)
        middle.setY(middle.y() - above / chosen / 2)
        self.centerOn(middle)

    def pointer(self) -> QPoint:
        """Where the pointer is, or the middle where it is elsewhere."""
        point = self.pointer_within()
        return point if point is not None else self.viewport().rect().center()

    def pointer_within(self) -> QPoint | None:
        """Where the pointer is in the viewport; None where it is elsewhere."""
        point = self.viewport().mapFromGlobal(self.cursor().pos())
        return point if self.underMouse() and self.viewport().rect().contains(point) else None
