"""Frame titles as seen from afar: at a fixed size, above the cards, which are plain rectangles there."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from workbench.gui.canvas.drawing import FAR, Overlay
from workbench.gui.canvas.looks import cosmetic, text_font
from workbench.gui.canvas.note_items import LINE_SHARE, NOTE_SHARE, NoteItem
from workbench.gui.widgets import theme

LEAST_WIDTH = 64.0
"""Minimum width of a title in pixels, however small its frame is."""


class FarTitles(Overlay):
    """Paints all titles, so that where two overlap only the larger frame's is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[NoteItem] = []
        """Frames with a title, the largest first."""
        self.setZValue(4)

    def show_frames(self, notes: Iterable[NoteItem]) -> None:
        """Show the titles of the frames among these notes."""
        frames = [item for item in notes if item.is_frame and item.note.text]
        if frames or self.frames:
            self.prepareGeometryChange()
            self.frames = sorted(frames, key=lambda item: -item.body.width() * item.body.height())
            self.update()

    def boundingRect(self) -> QRectF:
        rect = QRectF()
        for item in self.frames:
            rect |= item.mapRectToScene(item.body)
        # From afar a title may be wider than its frame.
        return rect.adjusted(0, 0, 1000, 400) if self.frames else rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        view = painter.worldTransform()
        if view.m11() >= FAR:
            return
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = text_font(theme.TEXT_SMALL, QFont.Weight.DemiBold)
        painter.setFont(font)
        taken: list[QRectF] = []
        for item in self.frames:
            frame = view.mapRect(item.mapRectToScene(item.body))
            pill, words = _pill(frame, item.note.text.replace("\n", " "), QFontMetricsF(font))
            if not any(pill.intersects(other) for other in taken):
                taken.append(pill)
                _paint_pill(painter, pill, words, theme.current().notes[item.note.colour])
        painter.setWorldTransform(view)


def _pill(frame: QRectF, title: str, metrics: QFontMetricsF) -> tuple[QRectF, str]:
    """Return the rectangle of a title and as much of its text as fits."""
    room = max(frame.width(), LEAST_WIDTH) - 2 * theme.SPACE_S
    words = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
    width, height = metrics.horizontalAdvance(words) + 2 * theme.SPACE_XS + 4, metrics.height() + 4
    return QRectF(frame.left() + 2, frame.top() + 2, width, height), words


def _paint_pill(painter: QPainter, pill: QRectF, words: str, colour: str) -> None:
    tokens = theme.current()
    painter.setPen(cosmetic(QColor(theme.mix(tokens.surface, colour, LINE_SHARE))))
    painter.setBrush(QColor(theme.mix(tokens.surface, colour, NOTE_SHARE)))
    painter.drawRoundedRect(pill, theme.RADIUS_S, theme.RADIUS_S)
    painter.setPen(QColor(tokens.text))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
