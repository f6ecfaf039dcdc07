"""How cards and connections are painted. Items hold no truth: the scene gives them a ``Card`` or a path.

Far away a card is a plain rectangle with its family's colour: 1,000 of them repaint in some 15 ms.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.gui import icons, theme
from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_RADIUS, Link, port_offset

FAR, MIDDLE = 0.35, 0.5
"""Zooms below which a card is a plain rectangle, and bears no more than its name."""

STACK = 5.0
STRIP = 4.0
BODY = QRectF(0, 0, CARD_WIDTH, CARD_HEIGHT)
TILE = QRectF(14, 10, 28, 28)
TEXT_LEFT, TEXT_RIGHT = 52.0, CARD_WIDTH - 12.0
HIT_WIDTH = 12.0


def text_font(points: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font for text that is zoomed with the scene: hinting would make its widths jump."""
    font = theme.font(points, weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


class CardItem(QGraphicsItem):
    """One node."""

    def __init__(self, card: Card) -> None:
        super().__init__()
        self.selected = self.hovered = self.refused = self.welcomed = False
        self.lit_port: tuple[str, int] | None = None
        self.setZValue(1)
        self.setAcceptHoverEvents(True)
        self.show_card(card)

    def show_card(self, card: Card) -> None:
        """Bear other words."""
        self.prepareGeometryChange()
        self.card = card
        self._lay_out()
        reasons = "\n".join(f"{problem.what}{': ' + problem.mend if problem.mend else ''}" for problem in card.problems)
        self.setToolTip(reasons or card.sentence())
        self.update()

    def _lay_out(self) -> None:
        """Cut the words to their room once, not at every painting."""
        self.name_font = text_font(theme.TEXT_BODY, QFont.Weight.DemiBold)
        self.small_font = text_font(theme.TEXT_SMALL)
        name, small = QFontMetricsF(self.name_font), QFontMetricsF(self.small_font)
        mark = 22.0 if self.card.problems else 0.0
        self.name_right = TEXT_RIGHT - mark
        self.name = name.elidedText(self.card.name, Qt.TextElideMode.ElideRight, (self.name_right - TEXT_LEFT) * 0.6)
        self.badge_left = TEXT_LEFT + name.horizontalAdvance(self.name) + 6
        self.badge_width = small.horizontalAdvance(self.card.badge) + 10 if self.card.badge else 0.0
        type_room = self.name_right - self.badge_left - self.badge_width - 10
        self.kind = small.elidedText(self.card.type, Qt.TextElideMode.ElideRight, max(type_room, 0))
        room = TEXT_RIGHT - TEXT_LEFT - 10
        fits = small.horizontalAdvance(self.card.detail) + small.horizontalAdvance(self.card.facts_in_full) <= room
        self.facts = self.card.facts_in_full if fits else self.card.facts
        facts_width = small.horizontalAdvance(self.facts) + 10 if self.facts else 0
        self.detail = small.elidedText(
            self.card.detail, Qt.TextElideMode.ElideRight, TEXT_RIGHT - TEXT_LEFT - facts_width
        )

    def boundingRect(self) -> QRectF:
        margin = PORT_RADIUS + 2
        extra = STACK if self.card.is_block else 0.0
        return BODY.adjusted(-margin, -margin, margin + extra, margin + extra)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(BODY)
        return path

    def hoverEnterEvent(self, event: object) -> None:
        self.hovered = True
        self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self.hovered = False
        self.update()

    def family_colour(self) -> str:
        """The strip's and icon's colour."""
        tokens = theme.current()
        return tokens.text_muted if self.card.family is None else tokens.families[self.card.family]

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        if zoom < FAR:
            self._paint_far(painter)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_body(painter)
        if zoom < MIDDLE:
            self._paint_name_alone(painter)
            return
        self._paint_tile(painter, zoom * painter.device().devicePixelRatioF())
        self._paint_words(painter)
        self._paint_ports(painter)

    def _border(self) -> QColor:
        tokens = theme.current()
        if self.refused:
            return QColor(tokens.danger)
        if self.selected or self.welcomed:
            return QColor(tokens.accent)
        if any(problem.severity == "error" for problem in self.card.problems):
            return QColor(tokens.danger)
        if self.card.problems:
            return QColor(tokens.warning)
        return QColor(tokens.border_strong if self.hovered else tokens.border)

    def _fill(self) -> QColor:
        tokens = theme.current()
        return QColor(theme.mix(tokens.surface, tokens.accent, 0.1)) if self.selected else QColor(tokens.surface)

    def _paint_far(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(BODY, QColor(theme.mix(self.family_colour(), theme.current().surface, 0.45)))
        if self.selected or self.card.problems:
            painter.setPen(cosmetic(self._border()))
            painter.drawRect(BODY)

    def _paint_body(self, painter: QPainter) -> None:
        radius = float(theme.RADIUS_L - 2)
        painter.setPen(cosmetic(self._border()))
        painter.setBrush(self._fill())
        if self.card.is_block:
            painter.drawRoundedRect(BODY.translated(STACK, STACK), radius, radius)
        painter.drawRoundedRect(BODY, radius, radius)
        if self.selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(BODY.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.family_colour()))
        painter.drawRoundedRect(QRectF(4, 10, STRIP, CARD_HEIGHT - 20), STRIP / 2, STRIP / 2)

    def _paint_name_alone(self, painter: QPainter) -> None:
        painter.setPen(QColor(theme.current().text))
        painter.setFont(text_font(theme.TEXT_TITLE, QFont.Weight.DemiBold))
        painter.drawText(BODY.adjusted(20, 0, -12, 0), Qt.AlignmentFlag.AlignVCenter, self.card.name)

    def _paint_tile(self, painter: QPainter, ratio: float) -> None:
        colour = self.family_colour()
        painter.setBrush(theme.colour(colour, 0.13))
        painter.drawRoundedRect(TILE, theme.RADIUS_M, theme.RADIUS_M)
        name = "block" if self.card.family is None else icons.FAMILY_ICONS[self.card.family]
        picture = icons.pixmap(name, colour, 18, float(min(max(round(ratio * 2) / 2, 1.0), 4.0)))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(TILE.adjusted(5, 5, -5, -5), picture, QRectF(picture.rect()))

    def _paint_words(self, painter: QPainter) -> None:
        tokens = theme.current()
        upper = QRectF(TEXT_LEFT, 6, self.name_right - TEXT_LEFT, 19)
        lower = QRectF(TEXT_LEFT, 24, TEXT_RIGHT - TEXT_LEFT, 17)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(tokens.text))
        painter.setFont(self.name_font)
        painter.drawText(upper, left, self.name)
        painter.setFont(self.small_font)
        painter.drawText(lower, right, self.facts)
        painter.setPen(QColor(tokens.text_faint))
        painter.drawText(upper, right, self.kind)
        painter.setPen(QColor(tokens.text_muted))
        painter.drawText(lower, left, self.detail)
        if self.card.badge:
            pill = QRectF(self.badge_left, 9, self.badge_width, 15)
            painter.setBrush(QColor(tokens.hover))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(pill, 7.5, 7.5)
            painter.setPen(QColor(tokens.text))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.card.badge)
        if self.card.problems:
            self._paint_mark(painter)

    def _paint_mark(self, painter: QPainter) -> None:
        error = any(problem.severity == "error" for problem in self.card.problems)
        tokens = theme.current()
        picture = icons.pixmap("error" if error else "warning", tokens.danger if error else tokens.warning, 16, 3.0)
        painter.drawPixmap(QRectF(TEXT_RIGHT - 16, 7, 16, 16), picture, QRectF(picture.rect()))

    def _paint_ports(self, painter: QPainter) -> None:
        tokens = theme.current()
        ports = self.card.ports
        for side, names, y in (("input", ports.inputs, 0.0), ("output", ports.outputs, CARD_HEIGHT)):
            for index in range(len(names)):
                lit = self.lit_port == (side, index)
                painter.setPen(cosmetic(QColor(tokens.accent if lit else tokens.edge)))
                painter.setBrush(QColor(tokens.accent if lit else tokens.surface))
                radius = PORT_RADIUS + 1.5 if lit else PORT_RADIUS
                painter.drawEllipse(QPointF(port_offset(index, len(names)), y), radius, radius)


class EdgeItem(QGraphicsItem):
    """One connection, or the one being drawn."""

    def __init__(self, key: tuple[str, int] | None = None) -> None:
        super().__init__()
        self.key = key
        self.selected = self.hovered = self.dashed = False
        self.words = ""
        self.path = QPainterPath()
        self.arrow = QPolygonF()
        self.bounds = QRectF()
        self.setAcceptHoverEvents(key is not None)
        if key is None:
            self.setZValue(2)

    def show_link(self, link: Link) -> None:
        """Lead elsewhere."""
        self.prepareGeometryChange()
        self.path = path_of(link)
        x, y = link.end
        tip = y - PORT_RADIUS
        self.arrow = QPolygonF([QPointF(x, tip), QPointF(x - 4, tip - 7), QPointF(x + 4, tip - 7)])
        self.middle = self.path.pointAtPercent(0.5) if not self.path.isEmpty() else QPointF()
        self.bounds = self.path.boundingRect().adjusted(-70, -12, 70, 12)

    def show_words(self, words: str) -> None:
        """The tensor's shape, shown while the pointer is on the connection."""
        self.words = words
        self.setToolTip(f"{words} for each picture" if words else "")

    def boundingRect(self) -> QRectF:
        return self.bounds

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(HIT_WIDTH)
        return stroker.createStroke(self.path)

    def hoverEnterEvent(self, event: object) -> None:
        self.hovered = True
        self.setZValue(3)
        self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self.hovered = False
        self.setZValue(0)
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        tokens = theme.current()
        near = option.levelOfDetailFromTransform(painter.worldTransform()) >= FAR
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, near)
        colour = QColor(tokens.accent if self.selected or self.hovered or self.dashed else tokens.edge)
        pen = cosmetic(colour)
        if self.dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.path)
        if self.selected:
            painter.drawPath(self.path.translated(1, 0))
        if near:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(self.arrow)
        if self.hovered and self.words:
            self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        tokens = theme.current()
        font = text_font(theme.TEXT_SMALL)
        width = QFontMetricsF(font).horizontalAdvance(self.words) + 14
        pill = QRectF(self.middle.x() - width / 2, self.middle.y() - 10, width, 20)
        painter.setPen(cosmetic(QColor(tokens.accent)))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setPen(QColor(tokens.text))
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.words)


def cosmetic(colour: QColor) -> QPen:
    """One device pixel wide at every zoom: Qt draws that five times faster than any other width."""
    pen = QPen(colour)
    pen.setWidth(1)
    pen.setCosmetic(True)
    return pen


def path_of(link: Link) -> QPainterPath:
    """A smooth curve downwards, or around the cards in the way along the link's lane."""
    (x1, y1), (x2, y2) = link.start, link.end
    path = QPainterPath(QPointF(x1, y1))
    if link.lane is None:
        bend = max(min(abs(y2 - y1) / 2, 80.0), 16.0)
        path.cubicTo(x1, y1 + bend, x2, y2 - bend, x2, y2)
        return path
    lane, turn = link.lane, 24.0
    # Both turns are made in the gap between two rows.
    if y2 > y1:
        path.cubicTo(x1, y1 + turn, lane, y1 + 2, lane, y1 + turn)
        path.lineTo(lane, y2 - turn)
        path.cubicTo(lane, y2 - 2, x2, y2 - turn, x2, y2)
    else:
        path.cubicTo(x1, y1 + turn, lane, y1 + turn, lane, y1 - turn)
        path.lineTo(lane, y2 + turn)
        path.cubicTo(lane, y2 - turn, x2, y2 - turn, x2, y2)
    return path
