"""A line edit that keeps Enter to itself."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class Line(QLineEdit):
    """QLineEdit passes Enter on, to a window's default button or to the canvas, which react to it too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept Enter, so that it is not passed on."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
