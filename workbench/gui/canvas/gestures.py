"""The gesture that a mouse press or double click starts; also panning and rubber-band selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QRubberBand

from workbench.gui.canvas import name_editor
from workbench.gui.canvas.card_keys import parent
from workbench.gui.canvas.connecting import Connect
from workbench.gui.canvas.interaction import ADDING, Interaction
from workbench.gui.canvas.moving import Move
from workbench.gui.canvas.resizing import Resize

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

PRESS_REACH = 9.0
"""Pixels; smaller than the reach for dropping a connection, so that a card can be grabbed near its ports."""

EDGE_REACH = 5.0
"""Pixels within which a frame's edge can be grabbed."""


class Pan(Interaction):
    """Pan the view by dragging with Space or the middle button."""

    def __init__(self, view: CanvasView, start: QPoint) -> None:
        super().__init__(view, start)
        self.last = start
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        step = point - self.last
        self.last = point
        self.view.pan(step.x(), step.y())

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.cancel()

    def cancel(self) -> None:
        # The view stays where it was dragged to.
        self.view.show_cursor()


class Select(Interaction):
    """Select what the rubber band touches, in the graph where it started; a plain click clears the selection."""

    def __init__(self, view: CanvasView, start: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(view, start)
        self.before = self.presenter.selection if modifiers & ADDING else frozenset()
        level = self.presenter.level_at(self.start_scene.toTuple())
        self.within = [key for key, item in self.scene.cards.items() if parent(key) == level.key and not item.card.dot]
        self.notes = [item for key, item in self.scene.notes.items() if parent(key) == level.key]
        self.band = QRubberBand(QRubberBand.Shape.Rectangle, view.viewport())
        self.presenter.select(self.before)

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        if not self.is_drag(point):
            return
        rect = QRect(self.start, point).normalized()
        self.band.setGeometry(rect if not rect.isEmpty() else QRect(self.start, QSize(1, 1)))
        self.band.show()
        area = self.view.mapToScene(rect).boundingRect()
        touched = {key for key in self.within if self.scene.cards[key].sceneBoundingRect().intersects(area)}
        for item in self.notes:
            # A band inside a frame selects the frame's contents, not the frame.
            body = item.mapRectToScene(item.body)
            if area.contains(body) or (area.intersects(body) and not item.is_frame):
                touched.add(item.key)
        self.presenter.select(self.before | touched)

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.band.hide()
        self.band.deleteLater()

    def cancel(self) -> None:
        self.finish(self.start, Qt.KeyboardModifier.NoModifier)
        self.presenter.select(self.before & (self.presenter.cards.keys() | self.presenter.notes.keys()))


def begin(view: CanvasView, event: QMouseEvent) -> Interaction | None:
    """Return the gesture that a mouse press starts."""
    point = event.position().toPoint()
    place = view.mapToScene(point)
    if event.button() == Qt.MouseButton.MiddleButton or (
        event.button() == Qt.MouseButton.LeftButton and view.space_held
    ):
        return Pan(view, point)
    if event.button() != Qt.MouseButton.LeftButton:
        return None
    port = view.canvas_scene.port_at(place, PRESS_REACH)
    if port:
        return Connect(view, point, port)
    card = view.canvas_scene.card_at(place)
    if card and card.card.dot:
        view.presenter.select({card.card.key})
        return None
    if card:
        return Move(view, point, card.card.key, event.modifiers())
    return _on_paper(view, point, event.modifiers())


def double_click(view: CanvasView, point: QPoint) -> None:
    """Edit the name or repeat count there, open a block, or search for a layer to add."""
    place = view.mapToScene(point)
    card = view.canvas_scene.card_at(place)
    if card and card.is_on_badge(place):
        name_editor.repeat_selected(view)
    elif card and view.presenter.is_use(card.card.key):
        view.blocks.enter(card.card.key)
    elif card or view.canvas_scene.note_at(place, view.zoom()):
        view.rename_selected()
    else:
        view.searches.add(point)


def _on_paper(view: CanvasView, point: QPoint, modifiers: Qt.KeyboardModifier) -> Interaction | None:
    """Return the gesture that starts on a note, a connection or empty paper."""
    scene, place = view.canvas_scene, view.mapToScene(point)
    side = scene.frame_side_at(place, EDGE_REACH / view.zoom())
    if side:
        return Resize(view, point, *side)
    note, edge = scene.note_at(place, view.zoom()), scene.edge_at(place)
    if edge and (note is None or note.is_frame):
        view.presenter.select((), edge.key)
        return None
    return Move(view, point, note.key, modifiers) if note else Select(view, point, modifiers)
