"""The routes of connections between cards, reused from one version of the network to the next. No Qt.

Each graph is routed separately: connections inside an expanded block do not avoid cards outside it.
"""

from collections import defaultdict
from collections.abc import Mapping

from workbench.gui.canvas import geometry
from workbench.gui.canvas.card_keys import EdgeKey, parent
from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import Link, Point
from workbench.gui.canvas.lanes import Columns, Lanes, kept_between
from workbench.gui.canvas.levels import SIDE
from workbench.gui.canvas.making import Edge
from workbench.gui.canvas.shown import Shown


class Routing:
    """The links of all connections, by the input that they feed."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lanes[EdgeKey]] = {}
        self._columns: dict[str, Columns] = {}
        self._straight: dict[EdgeKey, tuple[tuple[Edge, Point, Point, Card, Card], Link]] = {}

    def lead(self, shown: Shown) -> dict[EdgeKey, Link]:
        """Return the links for the current positions; an unchanged link is the same object as before."""
        before, self._straight = self._straight, {}
        positions, cards, straight = shown.positions, shown.cards, self._straight
        links: dict[str, dict[EdgeKey, Link]] = {key: {} for key in shown.contents.levels}
        is_flat = len(links) == 1
        for key, edge in shown.edges.items():
            source, target = edge.source, edge.target
            ends = (edge, positions[source], positions[target], cards[source], cards[target])
            known = before.get(key)
            if known is None or known[0] != ends:
                link = _link_between(edge, positions, cards)
                known = (ends, known[1] if known and known[1] == link else link)
            straight[key] = known
            links["" if is_flat else parent(target)][key] = known[1]
        places = _obstacles(shown, positions)
        self._columns = {key: self._columns.get(key, Columns(())).now(places[key]) for key in links}
        self._lanes = {key: self._lanes.get(key, Lanes()) for key in links}
        led: dict[EdgeKey, Link] = {}
        for outer, own in links.items():
            led.update(_within(shown, outer, self._lanes[outer].lead(own, self._columns[outer]), positions))
        return led


class Dragging:
    """The links of cards that are being dragged; the staying cards are indexed only once."""

    def __init__(self, shown: Shown, moving: frozenset[str]) -> None:
        self._shown = shown
        self._edges: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in shown.edges.values():
            if edge.source in moving or edge.target in moving:
                self._edges[parent(edge.target)].append(edge)
        self._moving: defaultdict[str, set[str]] = defaultdict(set)
        for key in moving & shown.cards.keys():
            self._moving[parent(key)].add(key)
        staying = _obstacles(shown, {key: place for key, place in shown.positions.items() if key not in moving})
        self._staying = {outer: Columns(staying[outer]) for outer in self._edges}

    def lead(self, positions: Mapping[str, Point]) -> dict[EdgeKey, Link]:
        """Return the links for all cards at these positions."""
        cards = self._shown.cards
        found: dict[EdgeKey, Link] = {}
        for outer, edges in self._edges.items():
            moving = _obstacles(self._shown, {key: positions[key] for key in self._moving[outer]})[outer]
            links = {edge.key: _link_between(edge, positions, cards) for edge in edges}
            led = Lanes[EdgeKey]().lead(links, self._staying[outer].with_cards(moving))
            found.update(_within(self._shown, outer, led, positions))
        return found


def _obstacles(shown: Shown, positions: Mapping[str, Point]) -> Mapping[str, list[Point]]:
    """Return the cards' positions by graph; an expanded block counts as a wall of cards."""
    found: defaultdict[str, list[Point]] = defaultdict(list)
    if len(shown.contents.levels) == 1:
        found[""] = list(positions.values())
        return found
    for key, place in positions.items():
        card = shown.cards[key]
        if card.unfolded:
            found[parent(key)] += geometry.tiles(place, card.size)
        elif not card.dot:
            found[parent(key)].append(place)
    return found


def _link_between(edge: Edge, positions: Mapping[str, Point], cards: Mapping[str, Card]) -> Link:
    """Return the direct link from port to port."""
    (x1, y1), (dx1, dy1) = positions[edge.source], cards[edge.source].output_offset(edge.source_slot)
    (x2, y2), (dx2, dy2) = positions[edge.target], cards[edge.target].input_offset(edge.target_slot)
    return Link(start=(x1 + dx1, y1 + dy1), end=(x2 + dx2, y2 + dy2))


def _within(
    shown: Shown, outer: str, links: Mapping[EdgeKey, Link], positions: Mapping[str, Point]
) -> Mapping[EdgeKey, Link]:
    """Return the links of one graph, kept inside the expanded block that it belongs to."""
    if not outer:
        return links
    left, width = positions[outer][0], shown.cards[outer].size[0]
    return dict(zip(links, kept_between(list(links.values()), left, left + width, SIDE), strict=True))
