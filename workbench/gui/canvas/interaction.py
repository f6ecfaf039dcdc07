"""Mouse gestures: one object each, created when the button is pressed and dropped when it is released.

``gestures`` chooses which. During a gesture only items move; the document changes once, in ``finish``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
"""Clicking with one of these adds to the selection or removes from it."""


class Interaction:
    """Base class of gestures. Points are in viewport coordinates; ``cancel`` restores the state before."""

    def __init__(self, view: CanvasView, start: QPoint) -> None:
        self.view = view
        self.scene = view.canvas_scene
        self.presenter = view.presenter
        self.start = start
        self.start_scene = view.mapToScene(start)
        self._architecture, self._trail = self.presenter.architecture(), self.presenter.trail

    @property
    def is_outdated(self) -> bool:
        """Whether a shortcut has meanwhile changed the network or opened another block."""
        return self.presenter.architecture() is not self._architecture or self.presenter.trail != self._trail

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer was moved."""

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """Escape was pressed."""

    def is_drag(self, point: QPoint) -> bool:
        """Whether the pointer moved far enough to count as a drag."""
        return (point - self.start).manhattanLength() >= QApplication.startDragDistance()
