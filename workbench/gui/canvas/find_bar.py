"""The find bar (Ctrl+F) at the top of the canvas."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from workbench.gui.canvas.finding import Match, find
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, named, spaced, styled, tool_button
from workbench.spec.experiment import Architecture

WIDTH = 380


class FindBar(QFrame):
    """Typing goes to the first match, Enter to the next, Shift+Enter to the previous one; Escape closes."""

    def __init__(
        self,
        parent: QWidget,
        architecture: Callable[[], Architecture],
        show: Callable[[Match], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setObjectName("findBar")
        self._architecture = architecture
        self._show = show
        self._leave = leave
        self.matches: list[Match] = []
        self.number = 0
        """Index of the match shown."""
        self.field = named(QLineEdit(placeholderText="Find a name, type, value or note"), "Find in the network")
        self.field.textEdited.connect(self._search)
        self.field.installEventFilter(self)
        self.count = styled(QLabel(), "muted")
        margins = (theme.SPACE_S, theme.SPACE_XS, theme.SPACE_XS, theme.SPACE_XS)
        row = fill(spaced(QHBoxLayout(self), theme.SPACE_XS, *margins), (self.field, 1), self.count)
        for name, words, press in (
            ("chevron-up", "Previous match   Shift+Enter", lambda: self.step(-1)),
            ("chevron-down", "Next match   Enter", lambda: self.step(1)),
            ("close", "Close   Escape", self.close_bar),
        ):
            button = tool_button(name, words)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(press)
            row.addWidget(button)
        self.hide()

    def open(self) -> None:
        """Show the bar with the previous search selected, so that typing replaces it."""
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus()
        self.field.selectAll()
        self._count()

    def place(self) -> None:
        """Move to the upper right corner of the canvas."""
        room = self._canvas.width() - 2 * theme.SPACE_S
        self.resize(min(WIDTH, room), self.sizeHint().height())
        self.move(self._canvas.width() - self.width() - theme.SPACE_S, theme.SPACE_S)

    def close_bar(self) -> None:
        """Hide the bar and return the focus to the canvas."""
        self.hide()
        self._leave()

    def step(self, by: int) -> None:
        """Go to the next match, cyclically. The search is repeated, because the network may have changed."""
        shown = self.matches[self.number] if self.matches else None
        self.matches = find(self._architecture(), self.field.text())
        self.number = (self.matches.index(shown) + by) % len(self.matches) if shown in self.matches else 0
        self._tell()

    def _search(self, words: str) -> None:
        self.matches, self.number = find(self._architecture(), words), 0
        self._tell()

    def _tell(self) -> None:
        self._count()
        if self.matches:
            self._show(self.matches[self.number])

    def _count(self) -> None:
        if self.matches:
            why = self.matches[self.number].why
            self.count.setText(f"{self.number + 1} of {len(self.matches)}")
            self.count.setToolTip(why)
        else:
            self.count.setText("no matches" if self.field.text().strip() else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle Enter and Escape for the bar."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            match event.key():
                case Qt.Key.Key_Escape:
                    self.close_bar()
                case Qt.Key.Key_Up:
                    self.step(-1)
                case Qt.Key.Key_Down:
                    self.step(1)
                case Qt.Key.Key_Return | Qt.Key.Key_Enter if (
                    not event.modifiers() & Qt.KeyboardModifier.ControlModifier
                ):
                    self.step(-1 if back else 1)
                case _:
                    return False
            return True
        return super().eventFilter(watched, event)
