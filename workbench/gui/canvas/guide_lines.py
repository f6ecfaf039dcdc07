"""The thin lines that show what a dragged card is aligned with."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from workbench.gui.canvas.alignment import Guide
from workbench.gui.canvas.drawing import EVERYWHERE, Overlay
from workbench.gui.canvas.looks import cosmetic
from workbench.gui.widgets import theme


class GuideLines(Overlay):
    """Lines above everything else, one device pixel wide at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[QLineF] = []
        self.setZValue(5)

    def show_lines(self, guides: Sequence[Guide]) -> None:
        lines = [QLineF(QPointF(*guide.start), QPointF(*guide.end)) for guide in guides]
        if lines != self.lines:
            for line in (*self.lines, *lines):
                # Not the item's own ``update``, which unites all rectangles of one event.
                self.scene().update(QRectF(line.p1(), line.p2()).normalized().adjusted(-1, -1, 1, 1))
            self.lines = lines

    def boundingRect(self) -> QRectF:
        # A rectangle around the lines would repaint everything between them at every move.
        return EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(cosmetic(QColor(theme.current().accent)))
        painter.drawLines(self.lines)
