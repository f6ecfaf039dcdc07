"""Painting of comments and frames: in their colour, comments above the cards and frames behind them."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.gui.canvas.alignment import Box
from workbench.gui.canvas.drawing import FAR
from workbench.gui.canvas.looks import cosmetic, text_font
from workbench.gui.canvas.note_places import TITLE_HEIGHT
from workbench.gui.canvas.unfolded import DEEPEST
from workbench.gui.widgets import theme
from workbench.spec.graph import Note

WIDEST_COMMENT, NARROWEST_COMMENT = 240.0, 72.0
FRAME_SHARE, NOTE_SHARE = 0.12, 0.2
"""Share of the colour in the background of a frame and of a comment."""

LINE_SHARE = 0.6
HANDLE = 7.0
"""Side, in screen pixels, of the squares by which a selected frame is resized."""

LEAST_GRIP = 20.0
"""Minimum height in pixels of the title strip by which a frame can be grabbed from afar."""

ABOVE_CARDS = 1.5
"""Comments cover what they lie on; otherwise their text would be cut off."""

TITLE_ZOOM, LARGEST_TITLE = 0.8, 1.25
"""Below this zoom a frame's title grows, up to so many times its size; further away ``far_titles`` shows it."""

Side = tuple[int, int]
"""The dragged part of a frame: (-1, 0) is its left edge, (1, 1) its lower right corner."""

SIDES: tuple[Side, ...] = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)
EMPTY_COMMENT, EMPTY_FRAME = "Comment", "Frame"
_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


@lru_cache(maxsize=1024)
def size_of_comment(text: str) -> tuple[float, float]:
    """Return the size of a comment with this text: as wide as its words, up to a readable line length."""
    room = QRectF(0, 0, WIDEST_COMMENT - 2 * theme.SPACE_M, 1e5)
    words = QFontMetricsF(text_font(theme.TEXT_BODY)).boundingRect(room, _WRAPPED, text or EMPTY_COMMENT)
    width = min(max(words.width() + 2 * theme.SPACE_M + 1, NARROWEST_COMMENT), WIDEST_COMMENT)
    return (width, words.height() + 2 * theme.SPACE_S)


class NoteItem(QGraphicsItem):
    """One comment or frame. It holds no state of the network: the scene gives it a ``Note`` as it is shown."""

    def __init__(self, key: str, note: Note) -> None:
        super().__init__()
        self.key = key
        self.selected = False
        self.show_note(note)

    def show_note(self, note: Note) -> None:
        self.prepareGeometryChange()
        self.note = note
        self.body = QRectF(QPointF(), QRectF(0, 0, *(note.size or size_of_comment(note.text))).size())
        # A frame is above the expanded block it is in, but below blocks inside it; small frames are above large ones.
        depth, area = self.key.count("/"), self.body.width() * self.body.height()
        self.setZValue(depth - DEEPEST - 0.5 - min(area / 1e9, 0.4) if self.is_frame else ABOVE_CARDS)
        self.setPos(*note.position)
        self.update()

    @property
    def is_frame(self) -> bool:
        """Whether it is a frame rather than a comment."""
        return self.note.size is not None

    def sentence(self) -> str:
        """The note as a sentence for screen readers."""
        what = "frame" if self.is_frame else "comment"
        return f"{self.note.colour} {what}: {self.note.text}" if self.note.text else f"{self.note.colour} {what}, empty"

    def surround(self, box: Box) -> None:
        """Show another scene rectangle while an edge is being dragged."""
        self.prepareGeometryChange()
        self.setPos(box.left, box.top)
        self.body = QRectF(0, 0, box.width, box.height)
        self.update()

    def side_at(self, point: QPointF, reach: float) -> Side | None:
        """Return the corner or edge of a frame within ``reach`` of a scene point."""
        if not self.is_frame:
            return None
        place = self.mapFromScene(point)
        if not self.body.adjusted(-reach, -reach, reach, reach).contains(place):
            return None
        x = _end(place.x(), self.body.width(), reach)
        y = _end(place.y(), self.body.height(), reach)
        return (x, y) if x or y else None

    def boundingRect(self) -> QRectF:
        return self.body.adjusted(-2, -2, 2, 2)

    def is_grasped(self, point: QPointF, zoom: float) -> bool:
        """Whether a scene point grabs the note: anywhere on a comment, the title strip of a frame."""
        title = QRectF(0, 0, self.body.width(), max(TITLE_HEIGHT, LEAST_GRIP / zoom)) & self.body
        return (title if self.is_frame else self.body).contains(self.mapFromScene(point))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_body(painter)
        if zoom >= FAR and self.is_frame:
            self._paint_title(painter, zoom)
        elif zoom >= FAR:
            self._paint_words(painter)
        if self.selected and self.is_frame:
            self._paint_handles(painter, zoom)

    def paint_body(self, painter: QPainter) -> None:
        """Draw its background and border, with the upper left corner at the origin."""
        tokens = theme.current()
        colour = tokens.notes[self.note.colour]
        ground, share = (tokens.canvas, FRAME_SHARE) if self.is_frame else (tokens.surface, NOTE_SHARE)
        painter.setBrush(QColor(theme.mix(ground, colour, share)))
        painter.setPen(cosmetic(QColor(tokens.accent if self.selected else theme.mix(ground, colour, LINE_SHARE))))
        radius = float(theme.RADIUS_L if self.is_frame else theme.RADIUS_M)
        painter.drawRoundedRect(self.body, radius, radius)
        if self.selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.body.adjusted(1, 1, -1, -1), radius - 1, radius - 1)

    def _paint_title(self, painter: QPainter, zoom: float) -> None:
        tokens = theme.current()
        larger = min(max(1.0, TITLE_ZOOM / zoom), LARGEST_TITLE)
        font = text_font(theme.TEXT_HEADING * larger, QFont.Weight.DemiBold)
        room = QRectF(theme.SPACE_M, 0, self.body.width() - 2 * theme.SPACE_M, TITLE_HEIGHT * larger)
        title = self.note.text.replace("\n", " ") or EMPTY_FRAME
        words = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, room.width())
        colour = tokens.notes[self.note.colour]
        painter.setFont(font)
        painter.setPen(QColor(theme.mix(tokens.text, colour, 0.25) if self.note.text else tokens.text_muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_words(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setFont(text_font(theme.TEXT_BODY))
        painter.setPen(QColor(tokens.text if self.note.text else tokens.text_muted))
        inner = self.body.adjusted(theme.SPACE_M, theme.SPACE_S, -theme.SPACE_M, -theme.SPACE_S)
        painter.drawText(inner.adjusted(0, 0, 1, 1), _WRAPPED, self.note.text or EMPTY_COMMENT)

    def _paint_handles(self, painter: QPainter, zoom: float) -> None:
        tokens, side = theme.current(), HANDLE / zoom
        painter.setPen(cosmetic(QColor(tokens.accent)))
        painter.setBrush(QColor(tokens.surface))
        for x, y in SIDES:
            if x and y:
                middle = QPointF(self.body.width() * (x + 1) / 2, self.body.height() * (y + 1) / 2)
                painter.drawRect(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side))


def _end(value: float, size: float, reach: float) -> int:
    """Return -1 near the start of an interval, 1 near its end, and 0 in between."""
    return -1 if value <= reach else 1 if value >= size - reach else 0
