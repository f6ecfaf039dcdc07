"""A search box within a window: a few letters and Enter choose one line of a list."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, named, spaced
from workbench.gui.widgets.search_lines import Find, Line

SIZE = QSize(300, 320)
LEAST_HEIGHT = 160
"""Height in pixels in which the field and a few matches are seen."""


class SearchBox(QFrame):
    """A field and the list of its matches. Enter or a click chooses; Escape or leaving closes."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("searchBox")
        self.view = parent
        self._find: Find = lambda words: ()
        self._chosen: Callable[[str], None] = lambda value: None
        self.choices: Sequence[Line] = ()
        self.field = QLineEdit()
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list = named(QListWidget(), "Found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._choose)
        fill(spaced(QVBoxLayout(self), theme.SPACE_XS, *[theme.SPACE_S] * 4), self.field, self.list)
        self.resize(SIZE)
        self.hide()

    def open(self, point: QPoint, prompt: str, find: Find, choose: Callable[[str], None]) -> None:
        """Show the box with its upper left corner at ``point`` of the parent, or as close as it fits.

        ``prompt`` is the placeholder of the empty field; ``choose`` is called with the value of the chosen entry.
        """
        self._find, self._chosen = find, choose
        self.field.setPlaceholderText(prompt)
        self.field.setAccessibleName(prompt)
        self.field.clear()
        self._search("")
        room = self.view.size() - self.size()
        self.move(max(0, min(point.x(), room.width())), max(0, min(point.y(), room.height())))
        self.show()
        self.raise_()
        self.field.setFocus()

    def open_beside(self, button: QWidget, prompt: str, find: Find, choose: Callable[[str], None]) -> None:
        """Show the box below a button in the parent, or above it if there is too little room, and cover nothing that is
        on its other side.
        """
        corner = button.mapTo(self.view, QPoint())
        above, below = corner.y(), self.view.height() - corner.y() - button.height()
        is_below = below >= min(LEAST_HEIGHT, above)
        self.resize(SIZE.width(), min(SIZE.height(), below if is_below else above))
        self.open(corner + QPoint(0, button.height() if is_below else -self.height()), prompt, find, choose)

    def close_box(self) -> None:
        """Hide the box without choosing anything."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def _search(self, words: str) -> None:
        self.choices = self._find(words)
        self.list.clear()
        for choice in self.choices:
            self.list.addItem(self.item(choice))
        self.list.setCurrentRow(0)

    def item(self, line: Line) -> QListWidgetItem:
        """Return a line as an entry of the list."""
        item = QListWidgetItem(f"{line.title}   {line.note}" if line.note else line.title)
        item.setToolTip(line.help or line.note)
        return item

    def _choose(self, item: QListWidgetItem) -> None:
        choice = self.choices[self.list.row(item)]
        self.close_box()
        self._chosen(choice.value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys go to the field, except Up, Down, Enter and Escape, which control the list."""
        if event.type() == QEvent.Type.FocusOut:
            self.close_box()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event.key())
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        row = self.list.currentRow()
        match key:
            case Qt.Key.Key_Escape | Qt.Key.Key_Tab:
                self.close_box()
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                step = 1 if key == Qt.Key.Key_Down else -1
                self.list.setCurrentRow(max(0, min(row + step, self.list.count() - 1)))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self.list.count():
                    self._choose(self.list.currentItem())
            case _:
                return False
        return True
