"""Canvas keys that are not commands: nudging, moving between cards, Space, Enter and Escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from workbench.gui.canvas import geometry
from workbench.gui.canvas.key_navigation import Way, step

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

WAYS: dict[int, tuple[Way, int, int]] = {
    Qt.Key.Key_Left: ("left", -1, 0),
    Qt.Key.Key_Right: ("right", 1, 0),
    Qt.Key.Key_Up: ("up", 0, -1),
    Qt.Key.Key_Down: ("down", 0, 1),
}
FAR = 8
"""Grid steps that an arrow key with Shift moves."""


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Handle a key press. Return whether it was used."""
    held = event.modifiers()
    with_shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
    if event.key() in WAYS:
        way, dx, dy = WAYS[event.key()]
        if held & Qt.KeyboardModifier.ControlModifier:
            _walk(view, way, add=with_shift)
        else:
            size = geometry.GRID * (FAR if with_shift else 1)
            view.presenter.nudge(dx * size, dy * size)
        return True
    match event.key():
        case Qt.Key.Key_Space:
            view.space_held = True
            view.show_cursor()
        case Qt.Key.Key_Escape:
            view.escape()
        case Qt.Key.Key_Return | Qt.Key.Key_Enter if view.presenter.selection:
            if not view.notes.write_selected():
                view.inspection_wanted.emit()
        case _:
            return False
    return True


def release(view: CanvasView, event: QKeyEvent) -> None:
    """End panning when Space is released."""
    if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
        view.space_held = False
        view.show_cursor()


def _walk(view: CanvasView, way: Way, *, add: bool) -> None:
    """Select the next card that way, or ``add`` it to the selection, and scroll it into view."""
    presenter = view.presenter
    here = view.walked_to if view.walked_to in presenter.selection else next(iter(sorted(presenter.selection)), None)
    links = [(edge.source, edge.target) for edge in presenter.edges.values()]
    positions = presenter.positions
    if here in presenter.notes:
        positions = positions | {here: presenter.notes[here].position}
    found = step(here, way, positions, links)
    if found is not None:
        view.walked_to = found
        presenter.select(presenter.selection | {found} if add else {found})
        view.sight.show({found})
