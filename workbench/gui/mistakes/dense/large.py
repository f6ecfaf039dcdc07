"""One prediction, as large as there is room."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import Images, draw_strip
from workbench.gui.widgets.tiling import Tiling, fit
from workbench.session.views.mistakes.drawn import CAPTIONS

LONGEST = 1024
"""Side of a picture in pixels: of a larger one a smaller copy is shown."""

LEAST = 240
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class LargePrediction(QWidget):
    """Shows input, target, output and errors of a picture. The arrow keys ask for the one before or after it."""

    stepped = Signal(int)
    """Emitted with -1 for the picture before, or 1 for the one after."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__()
        self.index: int | None = None
        """The picture that is shown."""
        self.images = Images(self, pump, longest=len(CAPTIONS) * LONGEST, most_read=1)
        self.images.arrived.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(LEAST, LEAST)
        self.setAccessibleName("The selected picture: input, target, output and errors")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return a size for pictures that can be looked at."""
        return QSize(2 * LEAST, 2 * LEAST)

    def show_picture(self, index: int | None) -> None:
        self.index = index
        self.update()

    def tiling(self) -> Tiling:
        """Return the grid of the four pictures, as large as fits."""
        size, line = self.images.size, QFontMetricsF(theme.font(theme.TEXT_SMALL)).height()
        shape = max(size.width() // len(CAPTIONS), 1), max(size.height(), 1)
        room = float(self.width()), float(self.height())
        return fit(len(CAPTIONS), shape, room, gap=theme.SPACE_M, largest=LONGEST, footer=line + theme.SPACE_XS)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.index is None:
            return
        painter, tiling = QPainter(self), self.tiling()
        corners = [QPointF(*tiling.place(number)) for number in range(len(CAPTIONS))]
        places = [QRectF(corner.x(), corner.y(), tiling.width, tiling.height) for corner in corners]
        draw_strip(painter, self.images(self.index), places)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.setPen(theme.colour(theme.current().text_muted))
        for place, caption in zip(places, CAPTIONS, strict=True):
            below = QRectF(place.left(), place.bottom() + theme.SPACE_XS / 2, place.width(), tiling.footer)
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, caption)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the arrow keys."""
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for another picture."""
        step = STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)
