"""The plane, painted in the colours of the classes that a network predicts there, with the points on top."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.watch.filters.presenter import painted_regions, said_at
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import class_colours
from workbench.gui.widgets.panel import on_surface
from workbench.gui.widgets.tips import Tips
from workbench.session.views.plane import Plane

DOT = 2.5
"""Radius of a point, in pixels."""


class PlaneView(QWidget):
    """A square as large as its room; each class has the colour of its points on the data page."""

    def __init__(self) -> None:
        super().__init__()
        self._plane: Plane | None = None
        self.setMinimumSize(80, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Classes predicted in the plane")
        on_surface(self)
        Tips(self, self._tip)
        theme.changed.connect(self.update)

    def show_plane(self, plane: Plane) -> None:
        """Show what is predicted now."""
        self._plane = plane
        self.update()

    @property
    def step(self) -> int | None:
        """The step after which the network predicts what is shown; None if nothing is."""
        return None if self._plane is None else self._plane.step

    @property
    def square(self) -> QRectF:
        """Where the plane is drawn."""
        side = min(self.width() - 2 * theme.SPACE_M, self.height() - theme.SPACE_XS - theme.SPACE_M)
        return QRectF((self.width() - side) / 2, theme.SPACE_XS, side, side)

    def place_of(self, x: float, y: float) -> QPointF:
        """Return where a point of the plane is drawn."""
        assert self._plane is not None
        square, (middle_x, middle_y) = self.square, self._plane.middle
        scale = square.width() / 2 / self._plane.reach
        return square.center() + QPointF(scale * (x - middle_x), -scale * (y - middle_y))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._plane is None:
            return
        tokens = theme.current()
        colours = class_colours(tokens.curves, len(self._plane.class_names))
        ground, *shades = [(each.red(), each.green(), each.blue()) for each in (QColor(tokens.surface), *colours)]
        painted = painted_regions(self._plane.probabilities, shades, ground)
        side = painted.shape[0]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.square, QImage(painted.data, side, side, 3 * side, QImage.Format.Format_RGB888))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.surface), 0.75))
        for (x, y), label in zip(self._plane.points.tolist(), self._plane.labels.tolist(), strict=True):
            painter.setBrush(colours[label])
            painter.drawEllipse(self.place_of(x, y), DOT, DOT)
        painter.end()

    def _tip(self, position: QPointF) -> str:
        """Return the class predicted at a position, and how confidently."""
        if self._plane is None or not self.square.contains(position):
            return ""
        place = position - self.square.topLeft()
        return said_at(self._plane, place.x() / self.square.width(), place.y() / self.square.height())
