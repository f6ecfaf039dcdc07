"""The field for the text of a comment or the title of a frame, in its place on the canvas."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget


class NoteEditor(QPlainTextEdit):
    """Enter or leaving the field saves the text, Shift+Enter starts a new line, Escape discards the changes."""

    def __init__(
        self,
        parent: QWidget,
        text: str,
        place: QRect,
        *,
        write: Callable[[str], bool],
        discard: Callable[[str], bool],
        leave: Callable[[], None],
    ) -> None:
        """``write`` saves the text, ``discard`` leaves it to redo. Both return whether that worked; if not, the field
        stays open for corrections.
        """
        super().__init__(parent)
        self._write = write
        self._discard = discard
        self._leave = leave
        self._done = False
        self.setAccessibleName("Text of the note")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlainText(text)
        self.selectAll()
        self.setTabChangesFocus(True)
        self.setGeometry(place)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()
        self.show()
        self.setFocus()

    def _grow(self) -> None:
        """Grow with the text, starting at the initial height."""
        lines = max(self.document().size().height(), 1)
        wanted = round(lines * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin()) + 10
        self.resize(self.width(), max(self.height(), wanted))

    def enter(self) -> None:
        """Save the text, unless that has happened already."""
        self._finish(self._write)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._finish(self._discard)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ShiftModifier
        ):
            self.enter()
        else:
            super().keyPressEvent(event)
        # Otherwise the key would go on to the canvas, which reacts to it too.
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # The field's own context menu (paste, undo) takes the focus for a moment.
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.enter()

    def _finish(self, end: Callable[[str], bool]) -> None:
        if self._done:
            return
        self._done = True
        had_keys = self.hasFocus()
        if not end(self.toPlainText().strip()):
            self._done = False
            return
        self.deleteLater()
        if had_keys:
            self._leave()
