"""One gesture, one object: it is made when a button goes down and gone when the button comes up.

``gestures`` chooses which. While it lasts nothing but items move; the document changes once, in ``finish``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
"""What is clicked with one of these comes to the selection, or leaves it."""


class Interaction:
    """Base of the gestures. Points are those of the viewport; ``cancel`` leaves everything as it was."""

    def __init__(self, view: CanvasView, start: QPoint) -> None:
        self.view = view
        self.scene = view.canvas_scene
        self.presenter = view.presenter
        self.start = start
        self.start_scene = view.mapToScene(start)
        self._architecture, self._trail = self.presenter.architecture(), self.presenter.trail

    @property
    def is_outdated(self) -> bool:
        """Whether a key has changed the network under it meanwhile, or led elsewhere."""
        return self.presenter.architecture() is not self._architecture or self.presenter.trail != self._trail

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer moved."""

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The button came up."""

    def cancel(self) -> None:
        """Escape was pressed."""

    def is_drag(self, point: QPoint) -> bool:
        """Whether the pointer went far enough to mean more than a click."""
        return (point - self.start).manhattanLength() >= QApplication.startDragDistance()
