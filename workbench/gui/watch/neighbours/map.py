"""The map: the gallery's pictures as dots in the colours of their classes, similar ones close together."""

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.watch.neighbours.presenter import NeighboursPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import class_colours
from workbench.gui.widgets.hover_card import paint_card
from workbench.gui.widgets.pictures import Images

DOT, NEAR_DOT, QUERY_DOT = 2.5, 4.0, 6.0
"""Radii in pixels: of a picture, of one of the nearest, and of the query."""

INSTEAD = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
BELOW = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
"""Where the sentence is without dots, and with some."""

REACH = 8.0
"""How close in pixels the pointer must be to a dot."""

FAINT = 0.15
"""The opacity of a picture of another class than that which is shown."""

MOST_NAMES = 30


class MapView(QWidget):
    """Paints the map with the query and its nearest, and the picture below the pointer; a click makes it the query."""

    chosen = Signal(int)

    def __init__(self, presenter: NeighboursPresenter, images: Images) -> None:
        super().__init__()
        self.presenter = presenter
        self.images = images
        self._hovered: int | None = None
        self.setMinimumWidth(240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Map of the pictures")
        theme.changed.connect(self.update)

    def points(self) -> list[QPointF]:
        """Return where the map's pictures are drawn."""
        metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
        low = metrics.boundingRect(self._words_room(), BELOW, self.presenter.map_words).height()
        room = QRectF(self.rect()).adjusted(theme.SPACE_L, theme.SPACE_S, -theme.SPACE_L, -low - theme.SPACE_S)
        return [
            QPointF(room.left() + x * room.width(), room.bottom() - y * room.height())
            for x, y in self.presenter.map_places.tolist()
        ]

    def _words_room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(theme.SPACE_M, 0, -theme.SPACE_M, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dots, then the names of the classes, and a sentence below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = self.points()
        if points:
            self._paint_dots(painter, points)
            self._paint_names(painter, points)
            if self._hovered is not None:
                self._paint_hovered(painter, points[self._hovered])
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.setPen(theme.colour(theme.current().text_muted))
        painter.drawText(self._words_room(), BELOW if points else INSTEAD, self.presenter.map_words)
        painter.end()

    def _paint_dots(self, painter: QPainter, points: list[QPointF]) -> None:
        tokens, presenter = theme.current(), self.presenter
        assert presenter.map is not None and presenter.gallery is not None
        near = {neighbour.index for neighbour in presenter.neighbours}
        colours = class_colours(tokens.curves, max(len(presenter.gallery.class_names), 1))
        edge, ring = QPen(QColor(tokens.surface), 0.75), QPen(QColor(tokens.text), 1.5)
        numbers, is_of_class = presenter.map.indices.tolist(), presenter.map_is_of_class.tolist()

        def rank(place: int) -> tuple[bool, bool, bool]:
            return numbers[place] == presenter.query, numbers[place] in near, is_of_class[place]

        for place in sorted(range(len(numbers)), key=rank):
            number = numbers[place]
            is_query = number == presenter.query
            painter.setOpacity(1 if any(rank(place)) else FAINT)
            painter.setPen(ring if is_query or number in near else edge)
            painter.setBrush(colours[presenter.class_of(number)])
            radius = QUERY_DOT if is_query else NEAR_DOT if number in near else DOT
            painter.drawEllipse(points[place], radius, radius)
        painter.setOpacity(1)

    def _paint_names(self, painter: QPainter, points: list[QPointF]) -> None:
        """Write each class's name amid its dots, unless it meets that of a class with more pictures."""
        tokens = theme.current()
        painter.setFont(theme.font(theme.TEXT_SMALL))
        written: list[QRectF] = []
        for name, middle in self._middles(points):
            size = painter.fontMetrics().boundingRect(name).size()
            rect = QRectF(0, 0, size.width() + theme.SPACE_S, size.height())
            rect.moveCenter(middle)
            rect.moveLeft(min(max(rect.left(), 0), self.width() - rect.width()))
            if any(rect.intersects(other) for other in written):
                continue
            written.append(rect)
            ground = QColor(tokens.surface)
            ground.setAlphaF(0.8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(rect, 3, 3)
            painter.setPen(QColor(tokens.text))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, name)

    def _middles(self, points: list[QPointF]) -> Iterator[tuple[str, QPointF]]:
        """Yield the name of each class and the median of its dots, those of most pictures first."""
        presenter = self.presenter
        assert presenter.map is not None and presenter.gallery is not None
        names, labels = presenter.gallery.class_names, presenter.gallery.labels
        if labels is None or len(names) > MOST_NAMES:
            return
        classes = labels[presenter.map.indices]
        xy = np.array([(point.x(), point.y()) for point in points])
        for index in np.argsort(-np.bincount(classes, minlength=len(names)), kind="stable").tolist():
            if (chosen := (classes == index) & presenter.map_is_of_class).any():
                x, y = np.median(xy[chosen], axis=0).tolist()
                yield names[index], QPointF(x, y)

    def _paint_hovered(self, painter: QPainter, point: QPointF) -> None:
        """Draw the picture of the dot below the pointer beside it, with its class."""
        assert self.presenter.map is not None and self._hovered is not None
        number = int(self.presenter.map.indices[self._hovered])
        name = self.presenter.class_name(number)
        lines = [name] if name else []
        paint_card(painter, QRectF(self.rect()), point, self.images(number), self.images.size, lines)

    def place_at(self, position: QPointF) -> int | None:
        """Return which dot is at a position, by its place among the map's."""
        points = self.points()
        if not points:
            return None
        far = [(point - position).manhattanLength() for point in points]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= REACH else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def _hover(self, place: int | None) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            assert self.presenter.map is not None
            self.chosen.emit(int(self.presenter.map.indices[place]))
