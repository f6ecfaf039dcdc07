"""Expanded blocks: the background behind the contents, with its title, and the dots on its edges that are its ports.

As there are few of them, they paint themselves: the background below all cards and connections, the dots above them.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.items import CardItem
from workbench.gui.canvas.levels import HEADER
from workbench.gui.canvas.looks import MARGIN, MIDDLE, cosmetic, painter_of
from workbench.gui.widgets import theme

DEEPEST = 100
"""More than the possible nesting depth of blocks."""

SHADE, DARKEST = 0.035, 0.14
"""How much darker than the canvas the background gets per nesting level, and at most."""


class SelfPainted(CardItem):
    """A card of any size that paints itself."""

    def __init__(self, card: Card) -> None:
        super().__init__(card, QGraphicsItem.update)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)

    def show_card(self, card: Card) -> None:
        self.setRect(QRectF(0, 0, *card.size))
        super().show_card(card)

    def boundingRect(self) -> QRectF:
        return self.rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def paint_ports(self, painter: QPainter) -> None:
        """Draw a dot for each input and output."""
        tokens, card = theme.current(), self.card
        sides = (("input", card.ports.inputs, card.input_offset), ("output", card.ports.outputs, card.output_offset))
        for side, names, offset in sides:
            for index in range(len(names)):
                painter_of(tokens.name).paint_port(painter, QPointF(*offset(index)), lit=self.lit_port == (side, index))


class BlockItem(SelfPainted):
    """An expanded block. It is grabbed by its title; the area below counts as empty paper."""

    def show_card(self, card: Card) -> None:
        super().show_card(card)
        # Below everything in it: its cards, and the connections among them.
        self.setZValue(card.key.count("/") - DEEPEST)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self.rect().width(), HEADER))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        cards, zoom = painter_of(theme.current().name), painter.worldTransform().m11()
        self.paint_body(painter)
        if zoom >= MIDDLE:
            painter.setPen(Qt.PenStyle.NoPen)
            cards.paint_fold(painter, unfolded=True)
            cards.paint_words(painter, self.card, self.words)
            self.paint_ports(painter)
        else:
            cards.paint_name_alone(painter, self.card)

    def paint_body(self, painter: QPainter) -> None:
        """Draw its background and border, with the upper left corner at the origin."""
        cards = painter_of(theme.current().name)
        tokens, radius = cards.tokens, float(theme.RADIUS_L)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(cosmetic(QColor(self.look(cards).border)))
        shade = min(SHADE * (self.card.key.count("/") + 1), DARKEST)
        painter.setBrush(QColor(theme.mix(tokens.canvas, tokens.text, shade)))
        painter.drawRoundedRect(self.rect(), radius, radius)
        if self.selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), radius - 1, radius - 1)


class DotItem(SelfPainted):
    """An Input or Output of an expanded block."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self.setZValue(2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if painter.worldTransform().m11() < MIDDLE:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if mark := self.mark(painter_of(theme.current().name)):
            painter.setPen(cosmetic(QColor(mark)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect(), theme.RADIUS_S, theme.RADIUS_S)
        self.paint_ports(painter)
