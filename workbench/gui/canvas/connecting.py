"""Drawing connections between ports with the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from workbench.gui.canvas import geometry
from workbench.gui.canvas.geometry import Link
from workbench.gui.canvas.interaction import Interaction

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


class Connect(Interaction):
    """Drag a connection from a port; ports that cannot take it say why.

    Dragging from a connected input moves the end of that connection, and dropping it on empty paper removes it.
    Dropping a new connection on empty paper opens the search for a node to connect.
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
        """Highlight the cards that can be connected."""
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
        """Return the port within reach, or else the first fitting port of the card under the pointer."""
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
        there = self._point(target, self.other_side) if target and not self.reason else point.toTuple()
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
        self.view.attempt(self.presenter.connect, source, end, self.held)

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
