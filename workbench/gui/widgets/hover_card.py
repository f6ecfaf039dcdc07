"""The picture of the dot under the pointer, on a card beside it."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import draw_picture

PICTURE = 56


def paint_card(
    painter: QPainter, room: QRectF, point: QPointF, image: QImage | None, size: QSize, lines: Sequence[str]
) -> None:
    """Draw the picture of the dot at ``point`` beside it, with ``lines`` of text below, within ``room``.

    ``size`` is that of the picture as stored; the image is null until it is read, and None where there is none.
    """
    tokens, metrics = theme.current(), painter.fontMetrics()
    shown = QSize(0, 0) if image is None else size.scaled(PICTURE, PICTURE, Qt.AspectRatioMode.KeepAspectRatio)
    width = max([shown.width(), *map(metrics.horizontalAdvance, lines)]) + 2 * theme.SPACE_S
    height = shown.height() + len(lines) * metrics.height() + 2 * theme.SPACE_S
    card = QRectF(point.x() + theme.SPACE_M, point.y() - height / 2, width, height)
    if card.right() > room.right():
        card.moveRight(point.x() - theme.SPACE_M)
    card.moveTop(min(max(card.top(), room.top()), max(room.bottom() - height, room.top())))
    painter.setPen(QPen(QColor(tokens.border), 1))
    painter.setBrush(QColor(tokens.surface))
    painter.drawRoundedRect(card, 4, 4)
    if image is not None:
        left = card.left() + (width - shown.width()) / 2
        draw_picture(painter, QRectF(left, card.top() + theme.SPACE_S, shown.width(), shown.height()), image)
    painter.setPen(QColor(tokens.text))
    foot = card.adjusted(0, 0, 0, -theme.SPACE_XS)
    painter.drawText(foot, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, "\n".join(lines))
