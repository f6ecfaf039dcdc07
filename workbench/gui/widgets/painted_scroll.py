"""Base of self-painted widgets that scroll vertically."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from workbench.gui.widgets import theme
from workbench.gui.widgets.tips import Tips


class PaintedScroll(QAbstractScrollArea):
    """A scroll area drawn on its panel rather than as an input field; what is painted depends on the width.

    ``step`` is the scroll bar's single step, in pixels.
    """

    def __init__(self, name: str, step: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(step)
        Tips(self.viewport(), self.tip)
        theme.changed.connect(self.viewport().update)

    def whole_height(self) -> int:
        """Return the height of everything at the current width, in pixels."""
        raise NotImplementedError

    def tip(self, position: QPointF) -> str:
        """Return the tooltip at a position in the viewport."""
        raise NotImplementedError

    def measure(self) -> None:
        """Adapt the scroll range to what is shown, and paint it."""
        bar, seen = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(self.whole_height() - seen, 0))
        bar.setPageStep(seen)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.measure()
