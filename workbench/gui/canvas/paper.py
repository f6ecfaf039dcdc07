"""The paper that the canvas is drawn on: zoomed, moved, fitted to the window. It knows nothing of networks."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from workbench.gui import theme

LEAST_ZOOM, GREATEST_ZOOM, READABLE_ZOOM = 0.08, 3.0, 0.55


class Paper(QGraphicsView):
    """A scene under a window that is moved over it."""

    def __init__(self, scene: QGraphicsScene) -> None:
        super().__init__()
        self.untouched = True
        """Nobody has moved the paper yet: it goes on fitting the window."""
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
        self.untouched = False
        point = point or self.viewport().rect().center()
        place = self.mapToScene(point)
        zoom = min(max(self.zoom() * factor, LEAST_ZOOM), GREATEST_ZOOM)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        shift = self.mapFromScene(place) - point
        self.pan(-shift.x(), -shift.y())

    def pan(self, dx: int, dy: int) -> None:
        """Move the paper by pixels."""
        self.untouched = False
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - dx)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - dy)

    def look_at(self, middle: QPointF, zoom: float) -> None:
        """Show this point of the scene in the middle, at this zoom."""
        self.untouched = False
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(middle)

    def actual_size(self) -> None:
        """Back to 100 %."""
        self.zoom_by(1 / self.zoom())

    def fit_rect(self, rect: QRectF, least: float, above: int = 0) -> None:
        """Show all of a rectangle of the scene, at no smaller zoom than ``least``: then its beginning.

        So many pixels ``above`` are covered by something else.
        """
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
        point, room = self.viewport().mapFromGlobal(self.cursor().pos()), self.viewport().rect()
        return point if self.underMouse() and room.contains(point) else room.center()
