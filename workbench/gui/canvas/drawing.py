"""The one item that paints all cards and connections, in as much detail as can be seen.

Far away the network is drawn as a few lists of rectangles and lines. Nearer, each card is its body, a picture that it
shares with all cards of its look, and its words: the name alone, then all of them.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.gui import theme
from workbench.gui.canvas.far import Far, Item
from workbench.gui.canvas.items import CardItem, EdgeItem
from workbench.gui.canvas.looks import MARGIN, MIDDLE, cosmetic, painter_of

FAR = 0.4
"""Zoom below which a card is a plain rectangle."""

CROWD = 200
"""More cards and connections than these are not painted at every step of a zoom."""

EVERYWHERE = QRectF(-1e7, -1e7, 2e7, 2e7)


class Drawing(QGraphicsItem):
    """Everything in the scene that is a card or a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.far = Far()
        self.painted: dict[Item, QRectF] = {}
        """Where each item is on the picture."""
        self.pieces: list[QRectF] = []
        """The rectangles of the scene of which a view paints the next frame, where these are few."""
        self._exposed: list[QRectF] | None = None
        """What is to be painted anew, while it is collected."""
        self.hasty = False
        """Where there is a crowd, it is painted as from afar: the next frame will show it otherwise again."""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def touch(self, item: Item) -> None:
        """Paint anew where an item was and where it is."""
        before, now = self.painted.get(item), item.painted
        if before is not None:
            self._expose(before)
        if now.isNull():
            self.remove(item)
            return
        if now is before:
            self.far.refresh(item)
            return
        self.painted[item] = now
        self._expose(now)
        self.far.touch(item)

    def remove(self, item: Item) -> None:
        """Forget a removed item."""
        self.far.remove(item)
        before = self.painted.pop(item, None)
        if before is not None:
            self._expose(before)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Much is touched together: where it is a crowd, all is painted anew."""
        outer, self._exposed = self._exposed, [] if self._exposed is None else self._exposed
        try:
            yield
        finally:
            exposed, self._exposed = self._exposed, outer
        if outer is not None:
            return
        if len(exposed) > CROWD:
            self.scene().update()
        else:
            for rect in exposed:
                self._expose(rect)

    def _expose(self, rect: QRectF) -> None:
        """Have a rectangle painted anew. The item's own ``update`` would unite all that it is told within one event."""
        if self._exposed is None:
            self.scene().update(rect)
        else:
            self._exposed.append(rect)

    def boundingRect(self) -> QRectF:
        return EVERYWHERE

    def contains(self, point: object) -> bool:
        """What is touched are the items, not their picture."""
        return False

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        exposed = self.pieces or [option.exposedRect]
        zoom = painter.worldTransform().m11()
        if zoom < FAR:
            self.far.paint(painter, painter_of(theme.current().name), exposed)
            return
        items = self._seen(exposed)
        if self.hasty and len(items) > CROWD:
            self.far.paint(painter, painter_of(theme.current().name), exposed)
            return
        _paint_edges(painter, [item for item in items if isinstance(item, EdgeItem) and item.key])
        _paint_cards(painter, [item for item in items if type(item) is CardItem], zoom)

    def is_crowded(self, seen: QRectF) -> bool:
        """Whether there is more in a rectangle than can be painted within a frame of a zoom."""
        return len(self._seen([seen])) > CROWD

    def _seen(self, pieces: list[QRectF]) -> list[QGraphicsItem]:
        """Items of the scene in these rectangles, each once, in the order in which they cover each other."""
        within, order = Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.AscendingOrder
        near = [piece.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) for piece in pieces]
        if len(near) == 1:
            return self.scene().items(near[0], within, order)
        path = QPainterPath()
        for piece in near:
            path.addRect(piece)
        return self.scene().items(path, within, order)


def _paint_edges(painter: QPainter, edges: list[EdgeItem]) -> None:
    """All lines, then all arrows; those that look like most first, each kind with its pen or brush."""
    tokens = theme.current()
    kinds = [(cosmetic(QColor(tokens.edge)), QColor(tokens.edge), [edge for edge in edges if edge.is_plain])]
    kinds += [(edge.line(), QColor(edge.colour(tokens)), [edge]) for edge in edges if not edge.is_plain]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen, _, alike in kinds:
        painter.setPen(pen)
        for edge in alike:
            painter.drawPath(edge.path())
            if edge.selected:
                painter.drawPath(edge.path().translated(1, 0))
    painter.setPen(Qt.PenStyle.NoPen)
    for _, colour, alike in kinds:
        painter.setBrush(colour)
        for edge in alike:
            painter.drawPolygon(edge.arrow)


def _paint_cards(painter: QPainter, items: list[CardItem], zoom: float) -> None:
    """Cards in their order. Each begins on a whole pixel, as its body's picture must."""
    cards = painter_of(theme.current().name)
    ratio = painter.device().devicePixelRatioF()
    view, still = painter.worldTransform(), QTransform()
    margin, left, top = MARGIN * zoom, view.dx(), view.dy()
    for item in items:
        x = _whole((item.place[0] * zoom + left - margin) * ratio) / ratio
        y = _whole((item.place[1] * zoom + top - margin) * ratio) / ratio
        painter.setWorldTransform(still)
        painter.drawPixmap(QPointF(x, y), cards.body(item.look(cards), zoom, ratio))
        painter.setWorldTransform(QTransform(zoom, 0, 0, zoom, x + margin, y + margin))
        if zoom < MIDDLE:
            cards.paint_name_alone(painter, item.card)
        else:
            cards.paint_words(painter, item.card, item.words)
    painter.setWorldTransform(view)


def _whole(pixels: float) -> int:
    """The nearest pixel. Of two as near always the same one: ``round``'s choice hangs on where the paper lies."""
    return math.floor(pixels + 0.5 + 1e-6)
