"""One gesture, one object: it is made when a button goes down and gone when the button comes up.

``begin`` chooses which. While it lasts nothing but items move; the document changes once, in ``finish``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QRubberBand

from workbench.gui.canvas import geometry
from workbench.gui.canvas.alignment import Box, Guides, around
from workbench.gui.canvas.card_keys import parent
from workbench.gui.canvas.geometry import Link
from workbench.gui.canvas.levels import Level

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

PRESS_REACH = 9.0
"""Smaller than the reach when a connection is dropped, so that a card can be grasped near its ports too."""

GUIDE_REACH = 5.0
"""Pixels within which a card is drawn to a line."""

ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Interaction:
    """Base of the gestures. Points are those of the viewport; ``cancel`` leaves everything as it was."""

    def __init__(self, view: CanvasView, start: QPoint) -> None:
        self.view = view
        self.scene = view.canvas_scene
        self.presenter = view.presenter
        self.start = start
        self.start_scene = view.mapToScene(start)

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer moved."""

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The button came up."""

    def cancel(self) -> None:
        """Escape was pressed."""

    def is_drag(self, point: QPoint) -> bool:
        """Whether the pointer went far enough to mean more than a click."""
        return (point - self.start).manhattanLength() >= QApplication.startDragDistance()


class Pan(Interaction):
    """Space-drag or middle-drag moves the paper."""

    def __init__(self, view: CanvasView, start: QPoint) -> None:
        super().__init__(view, start)
        self.last = start
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        step = point - self.last
        self.last = point
        self.view.pan(step.x(), step.y())

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.view.show_cursor()

    cancel = finish  # type: ignore[assignment]  # the paper stays where it was dragged


class Select(Interaction):
    """Dragging over empty paper selects what the band touches, of the graph it began in; a click selects nothing."""

    def __init__(self, view: CanvasView, start: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(view, start)
        self.before = self.presenter.selection if modifiers & ADDING else frozenset()
        level = self.presenter.level_at((self.start_scene.x(), self.start_scene.y()))
        self.within = [key for key, item in self.scene.cards.items() if parent(key) == level.key and not item.card.dot]
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
        self.presenter.select(self.before | touched)

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.band.hide()
        self.band.deleteLater()

    def cancel(self) -> None:
        self.finish(self.start, Qt.KeyboardModifier.NoModifier)
        self.presenter.select(self.before)


class Move(Interaction):
    """Dragging a card moves the selection; a loose card dropped on a connection goes into it.

    So do loose cards dropped into an unfolded block, or out of one. It keeps to the lines of cards near by, shown
    thinly, and else to the grid; with Alt to neither.
    """

    def __init__(self, view: CanvasView, start: QPoint, name: str, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(view, start)
        self.name = name
        self.was_selected = name in self.presenter.selection
        self.adding = bool(modifiers & ADDING)
        self.on_fold = self.scene.cards[name].is_on_fold(self.start_scene)
        if not self.was_selected:
            self.presenter.select(self.presenter.selection | {name} if self.adding else {name})
        self.places = dict(self.presenter.positions)
        self.carried = [key for key in self.places if self._is_carried(key)]
        self.moved = False
        self.box = around(self.presenter.boxes().values())
        self.guides = Guides(self._staying())

    def _staying(self) -> list[Box]:
        """Cards of the same graph that are in sight."""
        seen = self.view.mapToScene(self.view.viewport().rect()).boundingRect()
        carried = set(self.carried)
        return [
            self.presenter.box(key)
            for key in self.presenter.beside(self.name)
            if key not in carried and not self.presenter.cards[key].dot
            if self.scene.cards[key].sceneBoundingRect().intersects(seen)
        ]

    def _is_carried(self, key: str) -> bool:
        """Selected, or in an unfolded block that is."""
        while key:
            if key in self.presenter.selection:
                return True
            key = parent(key)
        return False

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        if not self.moved and not self.is_drag(point):
            return
        self.moved = True
        offset = self.view.mapToScene(point) - self.start_scene
        dx, dy = self._held(offset.x(), offset.y(), modifiers)
        for key in self.carried:
            x, y = self.presenter.positions[key]
            self.places[key] = (x + dx, y + dy)
            self.scene.cards[key].setPos(x + dx, y + dy)
        self.scene.route(self.places, frozenset(self.carried))
        edge = self._edge_under(point)
        self.view.light_edge(edge)
        self._welcome(None if edge else self._level_under(point))

    def _level_under(self, point: QPoint) -> Level | None:
        """The other graph that the cards would be dropped into."""
        place = self.view.mapToScene(point)
        level = self.presenter.level_at((place.x(), place.y()))
        own = self.presenter.level_of(self.name)
        if level.scope == own.scope or self._is_carried(level.key):
            return None
        return level if self.presenter.is_loose(self.presenter.selection) else None

    def _welcome(self, level: Level | None) -> None:
        """Show which unfolded block the cards would go into."""
        for key, item in self.scene.cards.items():
            welcomed = level is not None and key == level.key
            if item.card.unfolded and item.welcomed != welcomed:
                item.welcomed = welcomed
                item.update()

    def _held(self, dx: float, dy: float, modifiers: Qt.KeyboardModifier) -> geometry.Point:
        """The way that the cards go when the pointer goes this one."""
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self.scene.guide_lines.show_lines(())
            return (round(dx), round(dy))
        left, top = self.guides.hold(self.box.shifted(dx, dy), GUIDE_REACH / self.view.zoom())
        held = self.box.shifted(left - self.box.left, top - self.box.top)
        self.scene.guide_lines.show_lines(self.guides.lines(held))
        return (left - self.box.left, top - self.box.top)

    def _edge_under(self, point: QPoint) -> tuple[str, int] | None:
        if self.presenter.selection != {self.name} or not self.presenter.can_insert(self.name):
            return None
        edge = self.scene.edge_at(self.view.mapToScene(point))
        return edge.key if edge else None

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        edge = self._edge_under(point) if self.moved else None
        level = self._level_under(point) if self.moved and not edge else None
        self.view.light_edge(None)
        self._welcome(None)
        shown = {key: self.places[key] for key in self.presenter.selection}
        self.scene.guide_lines.show_lines(())
        if edge:
            self.view.attempt(lambda: self.presenter.insert(self.name, edge))
            self.scene.sync()
        elif level:
            self.view.attempt(lambda: self.presenter.move_into(level, shown))
            self.scene.sync()
        elif self.moved:
            self.presenter.move(shown)
        elif self.on_fold:
            self.view.blocks.toggle_fold(self.name)
        elif self.adding and self.was_selected:
            self.presenter.select(self.presenter.selection - {self.name})
        elif not self.adding:
            self.presenter.select({self.name})

    def cancel(self) -> None:
        self.view.light_edge(None)
        self._welcome(None)
        self.scene.guide_lines.show_lines(())
        self.scene.sync()


class Connect(Interaction):
    """Dragging from a port draws a connection; every port that cannot take it says why.

    From an input that is connected, the end of that connection is taken along: dropped on empty paper, it is
    gone. From a free port, dropped on empty paper, the search for a new node to connect opens.
    """

    def __init__(self, view: CanvasView, start: QPoint, port: tuple[str, str, int]) -> None:
        super().__init__(view, start)
        name, side, slot = port
        self.held = self._connection_into(name, slot) if side == "input" else None
        if self.held:
            edge = self.presenter.edges[self.held]
            name, side, slot = edge.source, "output", edge.source_slot
            self.scene.edges[self.held].hide()
        self.end, self.side = (name, slot), side
        self.other_side = "input" if side == "output" else "output"
        self.reason = ""
        self._welcome()

    def _connection_into(self, name: str, slot: int) -> tuple[str, int] | None:
        ports = self.presenter.cards[name].ports
        return None if ports.many or (name, slot) not in self.presenter.edges else (name, slot)

    def _welcome(self) -> None:
        """Light up what can be connected."""
        for name, item in self.scene.cards.items():
            names = item.card.ports.inputs if self.other_side == "input" else item.card.ports.outputs
            item.welcomed = any(not self._refusal((name, slot)) for slot in range(len(names)))
            item.update()

    def _refusal(self, other: tuple[str, int]) -> str:
        if self.held and self.held == other:
            return ""
        source, target = (self.end, other) if self.side == "output" else (other, self.end)
        return self.presenter.refusal(source, target)

    def _target(self, point: QPoint) -> tuple[str, int] | None:
        """The port meant: the one in reach, else the only fitting one of the card under the pointer."""
        place = self.view.mapToScene(point)
        port = self.scene.port_at(place)
        if port and port[1] == self.other_side:
            return (port[0], port[2])
        card = self.scene.card_at(place)
        if card is None or card.card.key == self.end[0]:
            return None
        names = card.card.ports.inputs if self.other_side == "input" else card.card.ports.outputs
        fitting = [slot for slot in range(len(names)) if not self._refusal((card.card.key, slot))]
        return (card.card.key, fitting[0] if fitting else 0)

    def move(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        target = self._target(point)
        self.reason = self._refusal(target) if target else ""
        for name, item in self.scene.cards.items():
            lit = (self.other_side, target[1]) if target and name == target[0] and not self.reason else None
            refused = bool(self.reason and target and name == target[0])
            if (item.lit_port, item.refused) != (lit, refused):
                item.lit_port, item.refused = lit, refused
                item.update()
        self._draw(self.view.mapToScene(point), target)
        self.view.say(self.reason)

    def _draw(self, point: QPointF, target: tuple[str, int] | None) -> None:
        here = self._point(self.end, self.side)
        there = self._point(target, self.other_side) if target and not self.reason else (point.x(), point.y())
        start, end = (here, there) if self.side == "output" else (there, here)
        self.scene.draft.show_link(Link(start=start, end=end))
        self.scene.draft.show()

    def _point(self, end: tuple[str, int], side: str) -> geometry.Point:
        return self.presenter.input_point(*end) if side == "input" else self.presenter.output_point(*end)

    def finish(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        target = self._target(point)
        self.cancel()
        if not self.is_drag(point) or (self.held and target == self.held):
            return
        if target is None:
            self._finish_on_paper(point)
            return
        source, end = (self.end, target) if self.side == "output" else (target, self.end)
        self.view.attempt(lambda: self.presenter.connect(source, end, self.held))

    def _finish_on_paper(self, point: QPoint) -> None:
        if self.scene.card_at(self.view.mapToScene(point)):
            return
        if self.held:
            self.presenter.disconnect(self.held)
        elif self.side == "output":
            self.view.searches.add(point, source=self.end)
        else:
            self.view.searches.add(point, target=self.end)

    def cancel(self) -> None:
        self.scene.draft.hide()
        if self.held:
            self.scene.edges[self.held].show()
        for item in self.scene.cards.values():
            item.welcomed = item.refused = False
            item.lit_port = None
            item.update()


def begin(view: CanvasView, event: QMouseEvent) -> Interaction | None:
    """The gesture that a pressed button begins."""
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
    edge = view.canvas_scene.edge_at(place)
    if edge:
        view.presenter.select((), edge.key)
        return None
    return Select(view, point, event.modifiers())
