"""A named bar: a line with name and number, and below it a track filled from the left."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from workbench.gui.widgets import theme

ROW = 36
"""Distance from one bar to the next."""

HEIGHT = 8


def paint_bar(
    painter: QPainter,
    row: QRectF,
    *,
    name: str,
    value: str,
    parts: Sequence[tuple[float, str]],
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Draw a bar in the painter's font; ``parts`` are shares of the track with their colours, drawn side by side."""
    tokens, metrics = theme.current(), painter.fontMetrics()
    words = QRectF(row.left(), row.top(), row.width(), metrics.height() + 2)
    painter.setPen(theme.colour(tokens.text))
    painter.drawText(words, Qt.AlignmentFlag.AlignRight, value)
    painter.setPen(theme.colour(tokens.text_muted))
    room = int(row.width()) - metrics.horizontalAdvance(value) - theme.SPACE_S
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(name, elide, room))
    track = QRectF(row.left(), words.bottom() + 1, row.width(), HEIGHT)
    painter.fillPath(_rounded(track), theme.colour(tokens.hover))
    length = sum(share for share, _ in parts) * track.width()
    if not length > 0:
        return
    # The smallest share is drawn as a dot, to show that there is something.
    filled = _rounded(QRectF(track.left(), track.top(), max(length, HEIGHT), HEIGHT))
    left, scale = track.left(), max(length, HEIGHT) / length
    painter.save()
    painter.setClipPath(filled)
    for share, colour in parts:
        width = share * track.width() * scale
        painter.fillRect(QRectF(left, track.top(), width, HEIGHT), theme.colour(colour))
        left += width
    painter.restore()


def _rounded(rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, HEIGHT / 2, HEIGHT / 2)
    return path
