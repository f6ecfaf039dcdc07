"""Line edits for names and paths, which may be longer than the field."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame

from workbench.gui.widgets.tips import Tips

MARGIN = 2
"""Distance between the edge and the text, as in QLineEdit."""


class ElidedLine(QLineEdit):
    """A line edit that elides a long text while it has no focus; its tooltip is then the whole text.

    Its own tooltip takes precedence, and without either its parent's is shown, as for any widget.
    """

    mode = Qt.TextElideMode.ElideRight

    def __init__(self, text: str = "", *, placeholder: str = "") -> None:
        super().__init__(text, placeholderText=placeholder)
        Tips(self, lambda _: self._tip())

    def elided(self) -> str:
        """Return the text shown without the focus."""
        return self.fontMetrics().elidedText(self.text(), self.mode, self._text_rect().width())

    def _tip(self) -> str:
        if self.toolTip() or self.elided() != self.text():
            return self.toolTip() or self.text()
        around = self.parentWidget()
        return around.toolTip() if around is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as usual, unless the text must be elided."""
        elided = self.elided()
        if self.hasFocus() or elided == self.text():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, self._option(), painter, self)
        painter.setPen(self.palette().text().color())
        painter.drawText(self._text_rect(), Qt.AlignmentFlag.AlignVCenter, elided)
        painter.end()

    def _option(self) -> QStyleOptionFrame:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        return option

    def _text_rect(self) -> QRect:
        contents = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, self._option(), self)
        return contents.adjusted(MARGIN, 0, -MARGIN, 0)


class PathLine(ElidedLine):
    """Elides the beginning of a long path: paths differ mostly at their end."""

    mode = Qt.TextElideMode.ElideLeft
