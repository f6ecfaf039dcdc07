"""A temporary message at the bottom of the canvas."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from workbench.gui.widgets import theme

SHOWN_MS = 5000


class Toast(QLabel):
    """A label that mouse events pass through."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setProperty("role", "toast")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, words: str) -> None:
        """Show a message; an empty one hides the toast."""
        self.setVisible(bool(words))
        if words:
            self.setText(words)
            self._timer.start()
            self.place()

    def place(self) -> None:
        """Move to the middle of the lower edge."""
        self.adjustSize()
        left, room = (self._canvas.width() - self.width()) // 2, self._canvas.height() - theme.SPACE_L
        self.move(left, room - self.height())
