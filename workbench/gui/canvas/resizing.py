"""Resizing frames by their edges and corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from workbench.gui.canvas.alignment import Box
from workbench.gui.canvas.geometry import snap
from workbench.gui.canvas.interaction import Interaction
from workbench.gui.canvas.note_items import Side
from workbench.gui.canvas.note_places import LEAST_FRAME

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


CURSORS: dict[Side, Qt.CursorShape] = {
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
}


class Resize(Interaction):
    """Drag a frame's edge or corner, snapping to the grid unless Alt is held. The contents stay."""

    def __init__(self, view: CanvasView, start: QPoint, key: str, side: Side) -> None:
        super().__init__(view, start)
        self.key = key
        self.side = side
        self.before = self.box = self.presenter.box(key)
        self.presenter.select({key})

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        way = self.view.mapToScene(point) - self.start_scene
        free = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        left, right = _dragged(self.before.left, self.before.right, self.side[0], way.x(), LEAST_FRAME[0], free=free)
        top, bottom = _dragged(self.before.top, self.before.bottom, self.side[1], way.y(), LEAST_FRAME[1], free=free)
        self.box = Box(left=left, top=top, width=right - left, height=bottom - top)
        self.scene.notes[self.key].surround(self.box)

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        if self.box != self.before:
            self.presenter.resize(self.key, self.box)

    def cancel(self) -> None:
        self.scene.notes[self.key].surround(self.before)


def _dragged(start: float, end: float, side: int, by: float, least: float, *, free: bool) -> tuple[float, float]:
    """Return an interval with its start (``side`` -1), end (1) or neither moved, of at least the minimum length."""
    place = round if free else snap
    if side < 0:
        return min(float(place(start + by)), end - least), end
    if side > 0:
        return start, max(float(place(end + by)), start + least)
    return start, end
