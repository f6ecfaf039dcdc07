"""How a card looks: its body, which depends on its ``Look``, and its text.

Cards of one look have the same body. On screen, a body is painted once per zoom and cached as a pixmap; only the text
is painted for each card. In files (``CardPainter.paint``) both are drawn.
"""

import math
from functools import cache, lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPainter, QPen, QPixmap, QTransform

from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_RADIUS, port_offset
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.lettering import Lettering, is_file
from workbench.gui.widgets.theme import Tokens
from workbench.layers.base import Family
from workbench.spec.record import Record

MIDDLE = 0.53
"""Zoom below which a card shows only its name."""

STACK = 5.0
STRIP = 4.0
BODY = QRectF(0, 0, CARD_WIDTH, CARD_HEIGHT)
TILE = QRectF(14, 10, 28, 28)
TEXT_LEFT, TEXT_MARGIN = 52.0, 12.0
KIND_ROOM = 60.0
"""Minimum width for the type, however long the name is."""

UPPER, LOWER = QRectF(TEXT_LEFT, 6, 0, 19), QRectF(TEXT_LEFT, 24, 0, 17)
MARK = QRectF(-TEXT_MARGIN - 16, 7, 16, 16)
"""Relative to the card's right edge."""
MARGIN = PORT_RADIUS + STACK + 2
"""How far a card's painting reaches beyond its body."""


class Look(Record):
    """What determines a card's body. ``family`` is None for blocks, which have no ``icon``; colours are ``#RRGGBB``."""

    family: Family | None
    icon: str
    stacked: bool
    border: str
    ringed: bool = False
    inputs: int = 1
    outputs: int = 1
    lit_port: tuple[str, int] | None = None


class Words(Record):
    """A card's texts, elided to the available width, each with the left end of its baseline."""

    name: str
    name_at: QPointF
    kind: str
    kind_at: QPointF
    size: str
    size_at: QPointF
    detail: str
    detail_at: QPointF
    shape: str
    shape_at: QPointF
    badge: str
    pill: QRectF


def text_font(points: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return a font for text that is zoomed with the scene: hinting would make its widths jump.

    The size is in whole pixels, as Qt draws it anyway; an exported file with a fractional size would get other text
    widths.
    """
    font = theme.font(points, weight)
    font.setPixelSize(round(points * QGuiApplication.primaryScreen().logicalDotsPerInch() / 72))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def cosmetic(colour: QColor) -> QPen:
    """Return a pen one device pixel wide at every zoom, which Qt draws five times faster than any other width."""
    pen = QPen(colour)
    pen.setWidth(1)
    pen.setCosmetic(True)
    return pen


def lay_out(card: Card) -> Words:
    """Elide the texts to the available width, once rather than at every painting.

    On the left is what the user set, on the right what follows from it: the number of parameters, and below it the
    shape.
    """
    name_metrics = QFontMetricsF(text_font(theme.TEXT_BODY, QFont.Weight.DemiBold))
    small = QFontMetricsF(text_font(theme.TEXT_SMALL))
    right = Qt.TextElideMode.ElideRight
    text_right = card.size[0] - TEXT_MARGIN
    name_right = text_right - (22.0 if card.problems else 0.0)
    size_left = name_right - small.horizontalAdvance(card.size_words)
    badge_width = small.horizontalAdvance(card.badge) + 10 if card.badge else 0.0
    kind_room = min(small.horizontalAdvance(card.type), KIND_ROOM) + 10 + (badge_width + 12 if card.badge else 6)
    name_room = min((name_right - TEXT_LEFT) * 0.6, size_left - TEXT_LEFT - kind_room)
    name = name_metrics.elidedText(card.name, right, name_room)
    badge_left = TEXT_LEFT + name_metrics.horizontalAdvance(name) + 6
    kind_left = badge_left + (badge_width + 6 if card.badge else 0.0)
    kind = small.elidedText(card.type, right, max(size_left - kind_left - (10 if card.size_words else 0), 0))
    shape_left = text_right - small.horizontalAdvance(card.shape)
    detail = small.elidedText(card.detail, right, shape_left - TEXT_LEFT - (10 if card.shape else 0))
    return Words(
        name=name,
        name_at=QPointF(TEXT_LEFT, _base_line(UPPER, name_metrics)),
        kind=kind,
        kind_at=QPointF(kind_left, _base_line(UPPER, name_metrics)),
        size=card.size_words,
        size_at=QPointF(size_left, _base_line(UPPER, small)),
        detail=detail,
        detail_at=QPointF(TEXT_LEFT, _base_line(LOWER, small)),
        shape=card.shape,
        shape_at=QPointF(shape_left, _base_line(LOWER, small)),
        badge=card.badge,
        pill=QRectF(badge_left, 9, badge_width, 15),
    )


def _base_line(line: QRectF, metrics: QFontMetricsF) -> float:
    return line.center().y() + (metrics.ascent() - metrics.descent()) / 2


class CardPainter:
    """Paints cards in the colours of one theme, with cached pens and fonts for thousands of cards."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.name = Lettering(text_font(theme.TEXT_BODY, QFont.Weight.DemiBold))
        self.small = Lettering(text_font(theme.TEXT_SMALL))
        self.title = Lettering(text_font(theme.TEXT_TITLE, QFont.Weight.DemiBold))
        self.title_at = QPointF(BODY.left() + 20, _base_line(BODY, self.title.metrics))
        self.text, self.muted, self.faint = (
            QPen(QColor(colour)) for colour in (tokens.text, tokens.text_muted, tokens.text_faint)
        )

    def look(self, card: Card) -> Look:
        """Return the look of a card that is neither selected nor hovered."""
        return Look(
            family=card.family,
            icon=""
            if card.family is None
            else icons.layer_icon(card.type, card.family, gives=bool(card.ports.outputs)),
            stacked=card.is_block,
            border=self.problem_colour(card) or self.tokens.border,
            inputs=len(card.ports.inputs),
            outputs=len(card.ports.outputs),
        )

    def problem_colour(self, card: Card) -> str:
        """Return red for an error, yellow for a warning, and an empty string without problems."""
        if not card.problems:
            return ""
        return self.tokens.danger if _has_error(card) else self.tokens.warning

    def family_colour(self, family: Family | None) -> str:
        """Return the colour of the strip and the icon."""
        return self.tokens.text_muted if family is None else self.tokens.families[family]

    def paint(self, painter: QPainter, look: Look, card: Card, words: Words) -> None:
        """Draw a whole card with its upper left corner at the origin."""
        self.paint_body(painter, look)
        self.paint_words(painter, card, words)

    def paint_body(self, painter: QPainter, look: Look, zoom: float = 1.0) -> None:
        """Draw everything but the text, in the detail visible at ``zoom``."""
        tokens, radius = self.tokens, float(theme.RADIUS_L - 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(cosmetic(QColor(look.border)))
        painter.setBrush(QColor(theme.mix(tokens.surface, tokens.accent, 0.1) if look.ringed else tokens.surface))
        if look.stacked:
            painter.drawRoundedRect(BODY.translated(STACK, STACK), radius, radius)
        painter.drawRoundedRect(BODY, radius, radius)
        if look.ringed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(BODY.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
        colour = self.family_colour(look.family)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(4, 10, STRIP, CARD_HEIGHT - 20), STRIP / 2, STRIP / 2)
        if zoom >= MIDDLE:
            self._paint_tile(painter, look, colour)
            self._paint_ports(painter, look)

    def _paint_tile(self, painter: QPainter, look: Look, colour: str) -> None:
        if look.family is None:
            self.paint_fold(painter, unfolded=False)
        else:
            self._paint_picture(painter, look.icon, colour)

    def paint_fold(self, painter: QPainter, *, unfolded: bool) -> None:
        """Draw the mark that expands and collapses a block."""
        self._paint_picture(painter, "chevron-down" if unfolded else "chevron-right", self.family_colour(None))

    def _paint_picture(self, painter: QPainter, name: str, colour: str) -> None:
        painter.setBrush(theme.colour(colour, 0.13))
        painter.drawRoundedRect(TILE, theme.RADIUS_M, theme.RADIUS_M)
        icons.paint(painter, name, colour, TILE.adjusted(5, 5, -5, -5))

    def _paint_ports(self, painter: QPainter, look: Look) -> None:
        for side, count, y in (("input", look.inputs, 0.0), ("output", look.outputs, CARD_HEIGHT)):
            for index in range(count):
                point = QPointF(port_offset(index, count), y)
                self.paint_port(painter, point, lit=look.lit_port == (side, index))

    def paint_port(self, painter: QPainter, point: QPointF, *, lit: bool) -> None:
        painter.setPen(cosmetic(QColor(self.tokens.accent if lit else self.tokens.edge)))
        painter.setBrush(QColor(self.tokens.accent if lit else self.tokens.surface))
        radius = PORT_RADIUS + 1.5 if lit else PORT_RADIUS
        painter.drawEllipse(point, radius, radius)

    def paint_words(self, painter: QPainter, card: Card, words: Words) -> None:
        """Draw the texts."""
        write = Lettering.spell if is_file(painter) else Lettering.write
        painter.setPen(self.text)
        write(self.name, painter, words.name_at, words.name)
        if words.shape:
            write(self.small, painter, words.shape_at, words.shape)
        painter.setPen(self.faint)
        write(self.small, painter, words.kind_at, words.kind)
        painter.setPen(self.muted)
        if words.size:
            write(self.small, painter, words.size_at, words.size)
        if words.detail:
            write(self.small, painter, words.detail_at, words.detail)
        if words.badge:
            self._paint_badge(painter, words)
        if card.problems:
            mark = "error" if _has_error(card) else "warning"
            icons.paint(painter, mark, self.problem_colour(card), MARK.translated(card.size[0], 0))

    def _paint_badge(self, painter: QPainter, words: Words) -> None:
        painter.setBrush(QColor(self.tokens.hover))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(words.pill, 7.5, 7.5)
        painter.setPen(self.text)
        painter.setFont(self.small.font)
        painter.drawText(words.pill, Qt.AlignmentFlag.AlignCenter, words.badge)

    def paint_name_alone(self, painter: QPainter, card: Card) -> None:
        """Draw only the name, large enough to be read from further away."""
        painter.setPen(self.text)
        self.title.write(painter, self.title_at, card.name)

    @lru_cache(maxsize=64)  # noqa: B019  # painters live as long as the program: one for each theme
    def body(self, look: Look, zoom: float, ratio: float) -> QPixmap:
        """Return the body as a pixmap for ``zoom``, in which the card's corner is at (``MARGIN``, ``MARGIN``)."""
        size = BODY.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).size() * zoom * ratio
        result = QPixmap(math.ceil(size.width()), math.ceil(size.height()))
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        painter.setTransform(QTransform.fromScale(zoom * ratio, zoom * ratio).translate(MARGIN, MARGIN))
        self.paint_body(painter, look, zoom)
        painter.end()
        result.setDevicePixelRatio(ratio)
        return result


@cache
def painter_of(mode: Literal["light", "dark"]) -> CardPainter:
    """Return the painter of a theme."""
    return CardPainter(theme.DARK if mode == "dark" else theme.LIGHT)


def _has_error(card: Card) -> bool:
    return any(problem.severity == "error" for problem in card.problems)
