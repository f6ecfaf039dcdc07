"""The box that adds a node where the pointer is: a few letters, Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.icons import entry_icon
from workbench.gui.palette.presenter import Entry, search

SIZE = QSize(280, 320)


class SearchBox(QFrame):
    """A field and the list of what answers it. Enter or a click chooses; Escape or leaving closes."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("searchBox")
        self.view = parent
        self.offered: Sequence[Entry] = ()
        self.field = QLineEdit(placeholderText="Add a layer")
        self.field.setAccessibleName("Search for a layer to add")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Layers found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_S, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.resize(SIZE)
        self.hide()

    def open(self, point: QPoint, offered: Sequence[Entry]) -> None:
        """Show with its upper left at ``point`` of the parent, moved so that all of it is seen."""
        self.offered = offered
        self.field.clear()
        self._search("")
        room = self.view.size() - self.size()
        self.move(max(0, min(point.x(), room.width())), max(0, min(point.y(), room.height())))
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_box(self) -> None:
        """Hide, choosing nothing."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def _search(self, words: str) -> None:
        self.list.clear()
        for entry in search(self.offered, words):
            item = QListWidgetItem(entry_icon(entry.family), entry.title)
            item.setData(Qt.ItemDataRole.UserRole, entry.type)
            item.setToolTip(entry.help)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem) -> None:
        self.close_box()
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys go to the field; up, down, Enter and Escape mean the list."""
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
