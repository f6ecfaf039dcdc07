"""Dragging cards and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from workbench.gui.canvas import geometry
from workbench.gui.canvas.alignment import Box, Guides, around
from workbench.gui.canvas.card_keys import is_note, parent
from workbench.gui.canvas.interaction import ADDING, Interaction
from workbench.gui.canvas.levels import Level

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

GUIDE_REACH = 5.0
"""Pixels within which a card snaps to a guide."""


class Move(Interaction):
    """Drag the selection and what its frames hold.

    An unconnected card dropped on a connection is inserted there; unconnected cards can be dropped into an expanded
    block or out of one. The drag snaps to guides from nearby cards, or else to the grid; with Alt, to neither.
    """

    def __init__(self, view: CanvasView, start: QPoint, name: str, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(view, start)
        self.name = name
        self.was_selected = name in self.presenter.selection
        self.adding = bool(modifiers & ADDING)
        self.on_fold = not is_note(name) and self.scene.cards[name].is_on_fold(self.start_scene)
        if not self.was_selected:
            self.presenter.select(self.presenter.selection | {name} if self.adding else {name})
        self.going = self.presenter.with_held(self.presenter.selection)
        """What gets a new position; an expanded block carries its contents along."""
        self.before = self.presenter.positions | {key: note.position for key, note in self.presenter.notes.items()}
        self.places = dict(self.before)
        self.carried = [key for key in self.places if self._is_carried(key)]
        self.can_insert = not is_note(name) and self.presenter.can_insert(name)
        self.lead = self.scene.dragging(self.carried)
        self.moved = False
        self.box = around(self.presenter.boxes().values())
        self.guides = Guides(self._staying())

    def _staying(self) -> list[Box]:
        """Return the rectangles of the visible cards of the same graph that are not dragged."""
        seen, carried = self.view.seen(), set(self.carried)
        left, top, right, bottom = seen.left(), seen.top(), seen.right(), seen.bottom()
        boxes = (
            self.presenter.box(key)
            for key in self.presenter.beside(self.name)
            if key not in carried and not self.presenter.cards[key].dot
        )
        return [box for box in boxes if left < box.right and box.left < right and top < box.bottom and box.top < bottom]

    def _is_carried(self, key: str) -> bool:
        """Whether it is moved itself, or is inside an expanded block that is."""
        return key in self.going or ("/" in key and self._is_carried(parent(key)))

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        if not self.moved and not self.is_drag(point):
            return
        self.moved = True
        offset = self.view.mapToScene(point) - self.start_scene
        dx, dy = self._held(offset.x(), offset.y(), modifiers)
        for key in self.carried:
            x, y = self.before[key]
            self.places[key] = (x + dx, y + dy)
            self.scene.item(key).setPos(x + dx, y + dy)
        self.lead(self.places)
        edge = self._edge_under(point)
        self.view.light_edge(edge)
        self._welcome(None if edge else self._level_under(point))

    def _level_under(self, point: QPoint) -> Level | None:
        """Return the other graph that the cards would be dropped into."""
        level = self.presenter.level_at(self.view.mapToScene(point).toTuple())
        own = self.presenter.level_of(self.name)
        if level.scope == own.scope or self._is_carried(level.key):
            return None
        return level if self.presenter.is_loose(self.going) else None

    def _welcome(self, level: Level | None) -> None:
        """Highlight the expanded block that the cards would go into."""
        for key in self.presenter.contents.levels:
            item = self.scene.cards.get(key)
            welcomed = level is not None and key == level.key
            if item is not None and item.welcomed != welcomed:
                item.welcomed = welcomed
                item.update()

    def _held(self, dx: float, dy: float, modifiers: Qt.KeyboardModifier) -> geometry.Point:
        """Return the cards' offset, after snapping, for an offset of the pointer."""
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self.scene.guide_lines.show_lines(())
            return (round(dx), round(dy))
        left, top = self.guides.hold(self.box.shifted(dx, dy), GUIDE_REACH / self.view.zoom())
        held = self.box.shifted(left - self.box.left, top - self.box.top)
        self.scene.guide_lines.show_lines(self.guides.lines(held))
        return (left - self.box.left, top - self.box.top)

    def _edge_under(self, point: QPoint) -> tuple[str, int] | None:
        if self.presenter.selection != {self.name} or not self.can_insert:
            return None
        edge = self.scene.edge_at(self.view.mapToScene(point))
        return edge.key if edge else None

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        edge = self._edge_under(point) if self.moved else None
        level = self._level_under(point) if self.moved and not edge else None
        self._put_out()
        shown = {key: self.places[key] for key in self.going}
        if edge:
            self.view.attempt(self.presenter.insert, self.name, edge)
            self.scene.sync()
        elif level:
            self.view.attempt(self.presenter.move_into, level, shown)
            self.scene.sync()
        elif self.moved:
            self.presenter.move(shown)
        elif self.on_fold:
            self.view.blocks.toggle_fold(self.name)
        elif self.adding and self.was_selected:
            self.presenter.select(self.presenter.selection - {self.name})
        elif not self.adding:
            self.presenter.select({self.name})
            if self.was_selected:  # another tab than the inspector may be in front since
                self.view.selection_changed.emit(self.presenter.selected())

    def cancel(self) -> None:
        self._put_out()
        self.scene.sync()

    def _put_out(self) -> None:
        """Show nothing more of where the cards would go."""
        self.view.light_edge(None)
        self._welcome(None)
        self.scene.guide_lines.show_lines(())
