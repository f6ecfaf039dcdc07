"""A box to choose from, whose choices may be longer than it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from workbench.gui.widgets.tips import Tips


class ElidedBox(QComboBox):
    """As wide as some letters; a longer choice is elided in the middle, and the tooltip then begins with all of it."""

    def __init__(self, num_letters: int) -> None:
        super().__init__(minimumContentsLength=num_letters)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        Tips(self, lambda _: self.tip())

    def elided(self) -> str:
        """Return the choice as it is shown."""
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, self._option(), QStyle.SubControl.SC_ComboBoxEditField, self
        )
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room.width())

    def tip(self) -> str:
        text = self.currentText()
        return "\n".join(filter(None, [text if self.elided() != text else "", self.toolTip()]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box as usual, unless the choice must be elided."""
        if self.elided() == self.currentText():
            super().paintEvent(event)
            return
        option = self._option()
        option.currentText = self.elided()
        painter = QStylePainter(self)
        painter.setPen(self.palette().text().color())
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def _option(self) -> QStyleOptionComboBox:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return option
