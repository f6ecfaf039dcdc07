"""The scene: items kept in step with the presenter's cards and edges, only what changed being touched."""

import math
from collections import defaultdict
from collections.abc import Mapping
from itertools import groupby

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsScene

from workbench.gui import theme
from workbench.gui.canvas import geometry
from workbench.gui.canvas.card_keys import parent
from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.drawing import Drawing
from workbench.gui.canvas.geometry import Link, Point
from workbench.gui.canvas.guide_lines import GuideLines
from workbench.gui.canvas.items import Bubble, CardItem, Draft, EdgeItem
from workbench.gui.canvas.lanes import with_lanes
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.canvas.unfolded import BlockItem, DotItem, SelfPainted

DOTS, DOT = 24, 2
"""Between two dots in scene units, and a dot's side in pixels."""

DOTS_FROM = 0.5
"""Zoom below which they are not drawn."""

MARGIN = 4000.0
PORT_REACH = 14.0


class Scene(QGraphicsScene):
    """Cards by key and connections by their target."""

    def __init__(self, presenter: Presenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.cards: dict[str, CardItem] = {}
        self.edges: dict[tuple[str, int], EdgeItem] = {}
        self.links: dict[tuple[str, int], Link] = {}
        self.drawing = Drawing()
        self.draft = Draft()
        self.bubble = Bubble()
        self.guide_lines = GuideLines()
        for item in (self.drawing, self.draft, self.bubble, self.guide_lines):
            self.addItem(item)
        self.sync()

    def sync(self) -> None:
        """Bring every item in step with the presenter."""
        presenter = self.presenter
        for name, item in list(self.cards.items()):
            if name not in presenter.cards or type(item) is not _kind(presenter.cards[name]):
                self._remove(self.cards.pop(name))
        for key in self.edges.keys() - presenter.edges.keys():
            self._remove(self.edges.pop(key))
            self.links.pop(key, None)
        for name, card in presenter.cards.items():
            if name not in self.cards:
                self.cards[name] = self._make(card)
                self.addItem(self.cards[name])
            elif self.cards[name].card != card:
                self.cards[name].show_card(card)
            if self.cards[name].place != presenter.positions[name]:
                self.cards[name].setPos(*presenter.positions[name])
        for key, edge in presenter.edges.items():
            if key not in self.edges:
                self.edges[key] = EdgeItem(key, self._edge_changed)
                self.addItem(self.edges[key])
            if self.edges[key].words != edge.shape:
                self.edges[key].show_words(edge.shape)
        self.route(presenter.positions)
        self.show_selection()
        self.setSceneRect(self.cards_rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def _make(self, card: Card) -> CardItem:
        kind = _kind(card)
        return kind(card) if issubclass(kind, SelfPainted) else CardItem(card, self.drawing.touch)

    def _remove(self, item: CardItem | EdgeItem) -> None:
        self.removeItem(item)
        self.drawing.remove(item)
        if self.bubble.edge is item:
            self.bubble.show_on(None)

    def _edge_changed(self, edge: CardItem | EdgeItem) -> None:
        self.drawing.touch(edge)
        if isinstance(edge, EdgeItem) and edge.hovered:
            self.bubble.show_on(edge)
        elif self.bubble.edge is edge:
            self.bubble.show_on(None)

    def route(self, positions: Mapping[str, Point], only: frozenset[str] | None = None) -> None:
        """Lead the connections between cards at these places; ``only`` those of some nodes while these are dragged."""
        keys = [
            key
            for key, edge in self.presenter.edges.items()
            if only is None or edge.source in only or edge.target in only
        ]
        # Within each graph for itself: what is inside an unfolded block goes around nothing that is outside.
        obstacles = self._obstacles(positions)
        for outer, inside in groupby(sorted(keys, key=_outer), key=_outer):
            own = list(inside)
            links = with_lanes([self._link(key, positions) for key in own], obstacles[outer])
            for key, link in zip(own, links, strict=True):
                if self.links.get(key) != link:
                    self.links[key] = link
                    self.edges[key].show_link(link)

    def _obstacles(self, positions: Mapping[str, Point]) -> Mapping[str, list[Point]]:
        """The cards of each graph; an unfolded block stands in the way like a wall of cards."""
        obstacles: defaultdict[str, list[Point]] = defaultdict(list)
        for key, card in self.presenter.cards.items():
            if card.unfolded:
                obstacles[parent(key)] += geometry.tiles(positions[key], card.size)
            elif not card.dot:
                obstacles[parent(key)].append(positions[key])
        return obstacles

    def _link(self, key: tuple[str, int], positions: Mapping[str, Point]) -> Link:
        edge, cards = self.presenter.edges[key], self.presenter.cards
        (x1, y1), (dx1, dy1) = positions[edge.source], cards[edge.source].output_offset(edge.source_slot)
        (x2, y2), (dx2, dy2) = positions[edge.target], cards[edge.target].input_offset(edge.target_slot)
        return Link(start=(x1 + dx1, y1 + dy1), end=(x2 + dx2, y2 + dy2))

    def show_selection(self) -> None:
        """Mark the selected items."""
        for name, item in self.cards.items():
            if item.selected != (name in self.presenter.selection):
                item.selected = not item.selected
                item.update()
        for key, edge in self.edges.items():
            if edge.selected != (key == self.presenter.selected_edge):
                edge.selected = not edge.selected
                edge.update()

    def cards_rect(self) -> QRectF:
        """The rectangle around all cards."""
        rect = QRectF()
        for item in self.cards.values():
            rect = rect.united(item.sceneBoundingRect())
        return rect

    def card_at(self, point: QPointF) -> CardItem | None:
        """The card under a point."""
        return next((item for item in self.items(point) if isinstance(item, CardItem)), None)

    def edge_at(self, point: QPointF) -> EdgeItem | None:
        """The connection under a point, cards left aside."""
        return next((item for item in self.items(point) if isinstance(item, EdgeItem) and item.key), None)

    def port_at(self, point: QPointF, reach: float = PORT_REACH) -> tuple[str, str, int] | None:
        """The nearest port within reach, as node, ``input`` or ``output``, and slot."""
        near = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        found: list[tuple[float, str, str, int]] = []
        for item in self.items(near):
            if isinstance(item, CardItem):
                found += [
                    (distance, item.card.key, side, index)
                    for distance, side, index in self._ports_near(item, point, reach)
                ]
        return min(found)[1:] if found else None

    def _ports_near(self, item: CardItem, point: QPointF, reach: float) -> list[tuple[float, str, int]]:
        card, left, top = item.card, item.x() - point.x(), item.y() - point.y()
        spots = [("input", i, card.input_offset(i)) for i in range(len(card.ports.inputs))]
        spots += [("output", i, card.output_offset(i)) for i in range(len(card.ports.outputs))]
        distances = (((left + x) ** 2 + (top + y) ** 2, side, index) for side, index, (x, y) in spots)
        return [(square, side, index) for square, side, index in distances if square <= reach**2]

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """A quiet field of dots that goes away from afar."""
        tokens, zoom = theme.current(), painter.worldTransform().m11()
        if zoom < DOTS_FROM:
            painter.fillRect(rect, QColor(tokens.canvas))
            return
        _paint_dots(painter, painter.worldTransform(), QRectF(rect))


def _kind(card: Card) -> type[CardItem]:
    """What stands for a card on the canvas."""
    return BlockItem if card.unfolded else DotItem if card.dot else CardItem


def _outer(key: tuple[str, int]) -> str:
    """The unfolded block that a connection is in."""
    return parent(key[0])


def _paint_dots(painter: QPainter, view: QTransform, rect: QRectF) -> None:
    """One row is painted and then repeated: thousands of points, one by one, would take longer than all cards."""
    tokens, ratio, seen = theme.current(), painter.device().devicePixelRatioF(), view.mapRect(rect).toAlignedRect()
    row = QPixmap(round(seen.width() * ratio), round(DOT * ratio))
    row.setDevicePixelRatio(ratio)
    row.fill(QColor(tokens.canvas))
    dots = QPainter(row)
    for column in range(int(rect.left() // DOTS), math.ceil(rect.right() / DOTS) + 1):
        dots.fillRect(round(view.dx() + column * DOTS * view.m11()) - seen.left(), 0, DOT, DOT, QColor(tokens.grid))
    dots.end()
    painter.save()
    painter.resetTransform()
    painter.fillRect(seen, QColor(tokens.canvas))
    for line in range(int(rect.top() // DOTS), math.ceil(rect.bottom() / DOTS) + 1):
        painter.drawPixmap(seen.left(), round(view.dy() + line * DOTS * view.m22()), row)
    painter.restore()
