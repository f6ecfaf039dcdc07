"""How comments and frames are painted: behind the cards, in their colour, with words that can be read from afar."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.gui import theme
from workbench.gui.canvas.looks import cosmetic, text_font
from workbench.spec.graph import Note

COMMENT_WIDTH = 240.0
TITLE_HEIGHT = 32.0
"""The strip of a frame by which it is grasped."""

FRAME_SHARE, NOTE_SHARE = 0.12, 0.2
"""Of its colour in the ground of a frame and of a comment."""

HANDLE = 8.0
FRAME_Z, COMMENT_Z = -2.0, -1.0
LARGEST_TITLE = 3.0
"""From afar a frame's title is written up to so many times its size."""

Corner = tuple[int, int]
"""(0, 0) is the upper left, (1, 1) the lower right."""

CORNERS: tuple[Corner, ...] = ((0, 0), (1, 0), (0, 1), (1, 1))
EMPTY_COMMENT, EMPTY_FRAME = "Comment", "Frame"
_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class NoteItem(QGraphicsItem):
    """One comment or frame, by its index among the graph's notes."""

    def __init__(self, index: int, note: Note) -> None:
        super().__init__()
        self.index = index
        self.selected = False
        self.show_note(note)

    def show_note(self, note: Note) -> None:
        """Be another one."""
        self.prepareGeometryChange()
        self.note = note
        self.font = text_font(theme.TEXT_BODY)
        self.body = QRectF(0, 0, *note.size) if note.size else self._comment_body()
        # A smaller frame lies on a larger one.
        self.setZValue(COMMENT_Z if note.size is None else FRAME_Z - self.body.width() * self.body.height() / 1e9)
        self.setPos(*note.position)
        self.setToolTip("" if note.size is None else note.text)
        self.update()

    def _comment_body(self) -> QRectF:
        room = QRectF(0, 0, COMMENT_WIDTH - 2 * theme.SPACE_M, 1e5)
        words = QFontMetricsF(self.font).boundingRect(room, _WRAPPED, self.note.text or EMPTY_COMMENT)
        return QRectF(0, 0, COMMENT_WIDTH, words.height() + 2 * theme.SPACE_S)

    @property
    def is_frame(self) -> bool:
        """Whether it surrounds something, and is not a comment."""
        return self.note.size is not None

    def resize(self, body: QRectF) -> None:
        """Surround another rectangle of the scene, while a corner is dragged."""
        self.prepareGeometryChange()
        self.setPos(body.topLeft())
        self.body = QRectF(QPointF(), body.size())
        self.update()

    def grip(self) -> QRectF:
        """Where it is grasped, in its own coordinates: a comment anywhere, a frame by its title."""
        return QRectF(0, 0, self.body.width(), TITLE_HEIGHT) if self.is_frame else self.body

    def corner_at(self, point: QPointF, reach: float) -> Corner | None:
        """The corner of the selected frame within ``reach`` of a point of the scene."""
        if not (self.is_frame and self.selected):
            return None
        place = self.mapFromScene(point)
        return next((corner for corner in CORNERS if (self._corner(corner) - place).manhattanLength() <= reach), None)

    def _corner(self, corner: Corner) -> QPointF:
        return QPointF(self.body.width() * corner[0], self.body.height() * corner[1])

    def boundingRect(self) -> QRectF:
        return self.body.adjusted(-HANDLE, -HANDLE, HANDLE, HANDLE)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.grip())
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        tokens = theme.current()
        colour = tokens.notes[self.note.colour]
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        ground = tokens.canvas if self.is_frame else tokens.surface
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(theme.mix(ground, colour, FRAME_SHARE if self.is_frame else NOTE_SHARE)))
        painter.setPen(cosmetic(QColor(tokens.accent if self.selected else theme.mix(ground, colour, 0.6))))
        painter.drawRoundedRect(self.body, theme.RADIUS_M, theme.RADIUS_M)
        if self.is_frame:
            self._paint_title(painter, zoom)
        else:
            self._paint_words(painter)
        if self.selected and self.is_frame:
            self._paint_handles(painter)

    def _paint_title(self, painter: QPainter, zoom: float) -> None:
        tokens = theme.current()
        larger = min(max(1.0, 0.8 / zoom), LARGEST_TITLE)
        font = text_font(theme.TEXT_HEADING * larger, QFont.Weight.DemiBold)
        room = QRectF(theme.SPACE_M, 0, self.body.width() - 2 * theme.SPACE_M, TITLE_HEIGHT * larger)
        words = QFontMetricsF(font).elidedText(
            self.note.text.replace("\n", " ") or EMPTY_FRAME, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.setFont(font)
        painter.setPen(QColor(tokens.text if self.note.text else tokens.text_muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_words(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setFont(self.font)
        painter.setPen(QColor(tokens.text if self.note.text else tokens.text_muted))
        inner = self.body.adjusted(theme.SPACE_M, theme.SPACE_S, -theme.SPACE_M, -theme.SPACE_S)
        painter.drawText(inner, _WRAPPED, self.note.text or EMPTY_COMMENT)

    def _paint_handles(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setPen(cosmetic(QColor(tokens.accent)))
        painter.setBrush(QColor(tokens.surface))
        for corner in CORNERS:
            point = self._corner(corner)
            painter.drawRect(QRectF(point.x() - HANDLE / 2, point.y() - HANDLE / 2, HANDLE, HANDLE))
