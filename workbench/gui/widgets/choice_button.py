"""A button in place of a field, which opens a menu of what can be chosen."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter

from workbench.gui.widgets import theme

ARROW, ARROW_MARGIN = 10, 6
"""The size of the arrow and its distance from the right edge, as those of a combo box."""


class ChoiceButton(QPushButton):
    """Draws the arrow of a combo box itself: if a style sheet has a rule for the arrow of a button's menu, Qt ignores
    the padding of its text.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "choice")
        self._arrow = QSvgRenderer(str(theme.ICONS_FOLDER / "controls" / "down.svg"), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button without the menu's arrow, then the arrow of a combo box."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.features &= ~QStyleOptionButton.ButtonFeature.HasMenu
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        margin = ARROW_MARGIN if self.text() else (self.width() - ARROW) // 2
        left, top = self.width() - margin - ARROW, (self.height() - ARROW) // 2
        self._arrow.render(painter, QRectF(left, top, ARROW, ARROW))
        painter.end()
