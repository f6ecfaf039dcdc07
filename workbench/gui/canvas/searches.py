"""What the search box is used for: adding and replacing layers, connecting nodes, removing a connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from workbench.gui.canvas import choices, geometry
from workbench.gui.palette.presenter import Entry, entries
from workbench.spec.words import plural

if TYPE_CHECKING:
    from workbench.gui.canvas.card_keys import Port
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.widgets.search_box import SearchBox


class Searches:
    """Opens the search box and carries out the choice."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._presenter = view.presenter

    @cached_property
    def box(self) -> SearchBox:
        """The search box, created when first needed: before the first paint it would cost 3 ms."""
        from workbench.gui.canvas.layer_search import LayerSearch

        box = LayerSearch(self._view)
        box.closed.connect(self._view.setFocus)
        return box

    def add(self, point: QPoint, source: Port | None = None, target: Port | None = None) -> None:
        """Search for a layer to add at ``point``, fed by ``source`` or feeding ``target`` if given."""
        offered = self._offered(takes=source is not None, gives=target is not None)
        shape = self._presenter.shape_of(*source) if source else None

        def choose(kind: str) -> None:
            x, y = self._view.mapToScene(point).toTuple()
            if source or target:
                half = geometry.CARD_HEIGHT / 2 * (1 if source else -1)
                self._view.attempt(self._presenter.add_connected, kind, (x, y + half), source, target)
            else:
                self._view.attempt(self._presenter.add, kind, (x, y))

        self.box.open(point, "Add a layer", lambda words: choices.layers(offered, words, shape), choose)

    def add_after(self) -> None:
        """Search for a layer to add after the selected card, or before an Output; at the pointer unless exactly one is
        selected.
        """
        name = self._presenter.only_card()
        if name is None:
            self.add(self._view.pointer())
            return
        card = self._presenter.cards[name]
        source: Port | None
        if card.ports.outputs:
            where, source = "after", (name, 0)
        else:
            edge = self._presenter.edges.get((name, 0))
            where, source = "before", (edge.source, edge.source_slot) if edge else None
        shape = self._presenter.shape_of(*source) if source else None
        offered = self._offered(takes=True, gives=where == "before")
        self.box.open(
            self._below(name),
            f"Add a layer {where} {card.name}",
            lambda words: choices.layers(offered, words, shape),
            self._view.add_after_selection,
        )

    def replace(self) -> None:
        """Search for the layer that replaces the selected nodes."""
        cards = sorted(self._presenter.selection & self._presenter.cards.keys())
        if not cards:
            self._view.say("Select the nodes to replace")
            return
        own = self._presenter.cards[cards[0]].family
        offered = sorted(self._offered(takes=True, gives=True), key=lambda entry: entry.family != own)
        what = self._presenter.cards[cards[0]].name if len(cards) == 1 else plural(len(cards), "node")
        self.box.open(
            self._below(cards[0]),
            f"Replace {what} with",
            lambda words: choices.layers(offered, words),
            lambda kind: self._view.attempt(self._presenter.replace_selected, kind),
        )

    def connect(self) -> None:
        """Search for a node that the selected card feeds or, if it lacks an input, that feeds it."""
        name = self._presenter.only_card()
        if name is None:
            self._view.say("Select one node to connect it")
            return
        title = self._presenter.cards[name].name
        if not choices.partners(self._presenter, name, ""):
            self._view.say(f"{title} is the only node: add another to connect it to")
            return

        def connect(value: str) -> None:
            way, other = value.split(" ", 1)
            source, target = (other, name) if way == choices.FROM else (name, other)
            self._view.attempt(self._presenter.connect_to, (source, 0), target)

        self.box.open(
            self._below(name),
            f"Connect {title}",
            lambda words: choices.partners(self._presenter, name, words),
            connect,
        )

    def disconnect(self) -> None:
        """Choose a connection of the selected card to remove, by the node at its other end."""
        name = self._presenter.only_card()
        if name is None or not choices.connections(self._presenter, name, ""):
            self._view.say("Select one connected node to disconnect it")
            return
        self.box.open(
            self._below(name),
            f"Remove a connection of {self._presenter.cards[name].name}",
            lambda words: choices.connections(self._presenter, name, words),
            lambda value: self._view.attempt(self._presenter.disconnect, choices.edge_key(value)),
        )

    def _offered(self, *, takes: bool = False, gives: bool = False) -> list[Entry]:
        found = entries(self._presenter.architecture().blocks, self._presenter.library)
        return [entry for entry in found if (entry.takes or not takes) and (entry.gives or not gives)]

    def _below(self, name: str) -> QPoint:
        corner = self._view.canvas_scene.cards[name].pos()
        return self._view.mapFromScene(corner + QPointF(0, geometry.CARD_HEIGHT + 2 * geometry.GRID))
