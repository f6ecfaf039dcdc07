"""The tool bar: files and undo, the run bar, and what shows or exports the network."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QToolBar

LEAST_WIDTH = 680
"""In a narrower window the tools before the run bar would leave it no room, as on a projector at 200 %."""


class ToolBar(QToolBar):
    """Tools of which the first, all of them in the menus, give way to the others in a narrow window."""

    def __init__(self) -> None:
        super().__init__("Tools", movable=False, iconSize=QSize(18, 18))
        self.setObjectName("tools")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._first: Sequence[QAction] = ()
        self._next: QAction | None = None

    def let_give_way(self, first: Sequence[QAction], before: QAction) -> None:
        """Remove ``first`` in a narrow window; in a wide one they are ``before`` the rest."""
        self._first, self._next = first, before

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide, shown = event.size().width() >= LEAST_WIDTH, self.actions()
        if self._next is None or is_wide == (self._first[0] in shown):
            return
        if is_wide:
            self.insertActions(self._next, self._first)
        else:
            for action in self._first:
                self.removeAction(action)
