"""The interactive items of the canvas: cards and connections, and how they react to the pointer.

They hold no state of the network: the scene gives them a ``Card`` or a ``Link``. ``drawing`` paints them all, since
with thousands of items calling each one's ``paint`` every frame is too slow. Whatever changes an item's look calls
``update``.
"""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import PORT_RADIUS, Link
from workbench.gui.canvas.looks import BODY, MARGIN, TILE, CardPainter, Look, Words, cosmetic, lay_out, text_font
from workbench.gui.widgets import theme
from workbench.gui.widgets.theme import Tokens
from workbench.spec.record import replace

HIT_WIDTH = 12.0
ARROW = QPolygonF([QPointF(0, 0), QPointF(-4, -7), QPointF(4, -7)])

PAINTED = BODY.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
"""The area in which a card is painted, relative to its position."""

Changed = Callable[["CardItem | EdgeItem"], None]
"""Called with an item that changed its look or position, or was removed."""


class CardItem(QGraphicsRectItem):
    """One node."""

    def __init__(self, card: Card, changed: Changed) -> None:
        super().__init__(BODY)
        self.changed = changed
        self.selected = self.hovered = self.refused = self.welcomed = False
        self.lit_port: tuple[str, int] | None = None
        self.place = (0.0, 0.0)
        self.painted = PAINTED
        """The area in which the card is painted, in scene coordinates."""
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setZValue(1)
        self.setAcceptHoverEvents(True)
        self.show_card(card)

    def show_card(self, card: Card) -> None:
        """Show another card's contents."""
        self.card = card
        self._words: Words | None = None
        reasons = "\n".join(f"{problem.what}{': ' + problem.mend if problem.mend else ''}" for problem in card.problems)
        self.setToolTip(reasons or card.sentence())
        self.update()

    @property
    def words(self) -> Words:
        """The card's text layout, computed when it is first needed for painting."""
        if self._words is None:
            self._words = lay_out(self.card)
        return self._words

    def setPos(self, x: float, y: float) -> None:  # type: ignore[override]  # only called like this
        super().setPos(x, y)
        self.place = (x, y)
        self.painted = PAINTED.translated(x, y)
        self.changed(self)

    def update(self) -> None:  # type: ignore[override]
        """Schedule a repaint."""
        self._look: tuple[CardPainter, Look] | None = None
        self.changed(self)

    def is_on_fold(self, point: QPointF) -> bool:
        """Whether a scene point is on the mark that expands and collapses."""
        return self.card.is_use and TILE.contains(self.mapFromScene(point))

    def is_on_badge(self, point: QPointF) -> bool:
        """Whether a scene point is on the repeat count."""
        return bool(self.card.badge) and self.words.pill.contains(self.mapFromScene(point))

    def hoverEnterEvent(self, event: object) -> None:
        self.hovered = True
        self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self.hovered = False
        self.update()

    def look(self, painter: CardPainter) -> Look:
        """Return the current look of the card's body."""
        if self._look is None or self._look[0] is not painter:
            self._look = (painter, self._find_look(painter))
        return self._look[1]

    def _find_look(self, painter: CardPainter) -> Look:
        plain = painter.look(self.card)
        border = self.mark(painter) or (painter.tokens.border_strong if self.hovered else plain.border)
        return replace(plain, border=border, ringed=self.selected, lit_port=self.lit_port)

    def mark(self, painter: CardPainter) -> str:
        """Return the colour of a border that is visible from afar too; empty for an ordinary one."""
        if self.refused:
            return painter.tokens.danger
        if self.selected or self.welcomed:
            return painter.tokens.accent
        return painter.problem_colour(self.card)


class EdgeItem(QGraphicsPathItem):
    """One connection."""

    def __init__(self, key: tuple[str, int] | None, changed: Changed) -> None:
        super().__init__()
        self.key = key
        self.changed = changed
        self._bounds = QRectF()
        self.painted = self._bounds
        """The area in which it is painted, in scene coordinates; empty while it is hidden."""
        self.selected = self.hovered = self.dashed = False
        self.words = ""
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setAcceptHoverEvents(True)

    def show_link(self, link: Link) -> None:
        """Show another route."""
        self.setPath(path_of(link))
        # Read from the item, since Qt ignores a path that is almost equal, and the bounds must match Qt's index.
        self._bounds = self.path().controlPointRect().adjusted(-HIT_WIDTH, -HIT_WIDTH, HIT_WIDTH, HIT_WIDTH)
        self.painted = self._bounds if self.isVisible() else QRectF()
        self.arrow = ARROW.translated(link.end[0], link.end[1] - PORT_RADIUS)
        self.changed(self)

    def show_words(self, words: str) -> None:
        """Set the tensor's shape, shown while the pointer is on the connection."""
        self.words = words
        self.setToolTip(f"{words} for each picture" if words else "")

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(HIT_WIDTH)
        return stroker.createStroke(self.path())

    def hide(self) -> None:
        """Hide the item, so that it is neither painted nor clickable."""
        super().hide()
        self.painted = QRectF()
        self.changed(self)

    def show(self) -> None:
        super().show()
        self.painted = self._bounds
        self.changed(self)

    def update(self) -> None:  # type: ignore[override]
        """Schedule a repaint."""
        self.changed(self)

    def hoverEnterEvent(self, event: object) -> None:
        self.hovered = True
        self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self.hovered = False
        self.update()

    def line(self) -> QPen:
        pen = cosmetic(QColor(self.colour(theme.current())))
        if self.dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        return pen

    def colour(self, tokens: Tokens) -> str:
        """Return the colour of its line and arrow."""
        return tokens.edge if self.is_plain else tokens.accent

    @property
    def is_plain(self) -> bool:
        """Whether it has the default look."""
        return not (self.selected or self.hovered or self.dashed)


class Draft(EdgeItem):
    """The connection being dragged, above all cards."""

    def __init__(self) -> None:
        super().__init__(None, lambda item: None)
        self.dashed = True
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)
        self.setAcceptHoverEvents(False)
        self.setZValue(2)
        self.hide()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(self.line())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.path())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().accent))
        painter.drawPolygon(self.arrow)


class Bubble(QGraphicsItem):
    """A label on the connection under the pointer."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.edge: EdgeItem | None = None
        self.setZValue(3)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def show_on(self, edge: EdgeItem | None) -> None:
        """Show the label in the middle of a connection; hide it for None or an empty label."""
        self.prepareGeometryChange()
        self.edge, self.words = edge, edge.words if edge else ""
        self.setVisible(bool(self.words))
        if edge:
            self.setPos(edge.path().pointAtPercent(0.5))

    def boundingRect(self) -> QRectF:
        width = QFontMetricsF(text_font(theme.TEXT_SMALL)).horizontalAdvance(self.words) + 14
        return QRectF(-width / 2, -10, width, 20).adjusted(-1, -1, 1, 1)

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        tokens = theme.current()
        pill = self.boundingRect().adjusted(1, 1, -1, -1)
        painter.setPen(cosmetic(QColor(tokens.accent)))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setPen(QColor(tokens.text))
        painter.setFont(text_font(theme.TEXT_SMALL))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.words)


def path_of(link: Link) -> QPainterPath:
    """Return a smooth curve downwards, or around the cards in the way, along the link's lane."""
    (x1, y1), (x2, y2) = link.start, link.end
    path = QPainterPath(QPointF(x1, y1))
    if link.lane is None:
        bend = max(min(abs(y2 - y1) / 2, 80.0), 16.0)
        path.cubicTo(x1, y1 + bend, x2, y2 - bend, x2, y2)
        return path
    lane, turn = link.lane, 24.0
    # Both turns fit into the gap between two rows.
    if y2 > y1:
        path.cubicTo(x1, y1 + turn, lane, y1 + 2, lane, y1 + turn)
        path.lineTo(lane, y2 - turn)
        path.cubicTo(lane, y2 - 2, x2, y2 - turn, x2, y2)
    else:
        path.cubicTo(x1, y1 + turn, lane, y1 + turn, lane, y1 - turn)
        path.lineTo(lane, y2 + turn)
        path.cubicTo(lane, y2 - turn, x2, y2 - turn, x2, y2)
    return path
