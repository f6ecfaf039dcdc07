"""A temporary message at the bottom of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel

from workbench.gui.widgets import theme

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

SHOWN_MS = 5000


class Toast(QLabel):
    """A label that mouse events pass through."""

    def __init__(self, canvas: CanvasView) -> None:
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
            self.raise_()  # over good news, which cover nothing for long
            self.place()

    def place(self) -> None:
        """Move to the middle of the lower edge, or above the messages there."""
        self.adjustSize()
        _, below = self._canvas.sight.covered
        left, bottom = (self._canvas.width() - self.width()) // 2, self._canvas.height() - below - theme.SPACE_L
        self.move(left, bottom - self.height())
