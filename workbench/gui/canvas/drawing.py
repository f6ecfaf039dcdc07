"""The one item that paints all cards and connections, with as much detail as the zoom can show.

From afar the network is drawn as a few lists of rectangles and lines. Closer, each card is drawn as its body, a pixmap
shared by all cards of the same look, and its text: the name alone, or everything.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.gui.canvas.far import Far, Item
from workbench.gui.canvas.items import CardItem, EdgeItem
from workbench.gui.canvas.looks import MARGIN, MIDDLE, cosmetic, painter_of
from workbench.gui.widgets import theme

FAR = 0.4
"""Zoom below which a card is drawn as a plain rectangle."""

CROWD = 200
"""With more visible cards and connections than this, the steps of a zoom are painted in reduced detail."""

EVERYWHERE = QRectF(-1e7, -1e7, 2e7, 2e7)


class Overlay(QGraphicsItem):
    """A drawing that the pointer does not touch: its events go to the items."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def contains(self, point: object) -> bool:
        return False


class Drawing(Overlay):
    """Paints all cards and connections of the scene."""

    def __init__(self) -> None:
        super().__init__()
        self.far = Far()
        self.painted: dict[Item, QRectF] = {}
        """The rectangle where each item was last painted."""
        self.pieces: list[QRectF] = []
        """The rectangles of the scene that a view paints in the next frame, if they are few."""
        self._exposed: list[QRectF] | None = None
        """The rectangles to repaint, while they are being collected."""
        self.hasty = False
        """Whether crowds are painted as from afar, because the next frame of a zoom replaces them anyway."""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def touch(self, item: Item) -> None:
        """Repaint an item where it was and where it is now."""
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
        self.far.remove(item)
        before = self.painted.pop(item, None)
        if before is not None:
            self._expose(before)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Collect the repaints of many changes; above ``CROWD`` the whole scene is repainted."""
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
        """Schedule a repaint of a rectangle. The item's own ``update`` would unite all rectangles of one event."""
        if self._exposed is None:
            self.scene().update(rect)
        else:
            self._exposed.append(rect)

    def boundingRect(self) -> QRectF:
        return EVERYWHERE

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
        """Whether a rectangle contains more than can be painted within one frame of a zoom."""
        return len(self._seen([seen])) > CROWD

    def _seen(self, pieces: list[QRectF]) -> list[QGraphicsItem]:
        """Return the scene's items in these rectangles, each once, in stacking order."""
        within, order = Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.AscendingOrder
        near = [piece.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) for piece in pieces]
        if len(near) == 1:
            return self.scene().items(near[0], within, order)
        path = QPainterPath()
        for piece in near:
            path.addRect(piece)
        return self.scene().items(path, within, order)


def _paint_edges(painter: QPainter, edges: list[EdgeItem]) -> None:
    """Paint all lines, then all arrows; those in the default look come first and share one pen and brush."""
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
    """Paint cards in stacking order, each aligned to whole pixels, as the pixmap of its body requires."""
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
    """Round to the nearest pixel, ties always up: with ``round``, ties would depend on the scroll position."""
    return math.floor(pixels + 0.5 + 1e-6)
