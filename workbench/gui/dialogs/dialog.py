"""Base of the windows besides the main one."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import on_surface, spaced


class Dialog(QDialog):
    """A dialog in which Enter presses the focused button, or else the default one if there is one.

    What ends with it is connected to ``finished``: Escape ends a dialog without a ``closeEvent``.
    """

    def __init__(self, parent: QWidget | None, title: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        on_surface(self)

    def make_column(self, spacing: int = theme.SPACE_M) -> QVBoxLayout:
        """Return a layout of the dialog from top to bottom, with a margin."""
        return spaced(QVBoxLayout(self), spacing, *[theme.SPACE_L] * 4)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the screen, and prevent Qt from making the first button the default if none is."""
        room = self.screen().availableSize()
        self.setMinimumSize(self.minimumSize().boundedTo(room))
        self.resize(self.size().boundedTo(room))
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press the focused button, whatever the default is."""
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            focused.click()
        else:
            super().keyPressEvent(event)
