"""The scene: items kept in step with the presenter's cards and edges, only what changed being touched."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsScene

from workbench.gui import theme
from workbench.gui.canvas import geometry
from workbench.gui.canvas.geometry import Link, Point
from workbench.gui.canvas.items import CardItem, EdgeItem, cosmetic
from workbench.gui.canvas.lanes import with_lanes
from workbench.gui.canvas.presenter import Presenter

DOTS = 24
MARGIN = 4000.0
PORT_REACH = 14.0


class Scene(QGraphicsScene):
    """Cards by name and connections by their target."""

    def __init__(self, presenter: Presenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.cards: dict[str, CardItem] = {}
        self.edges: dict[tuple[str, int], EdgeItem] = {}
        self.links: dict[tuple[str, int], Link] = {}
        self.draft = EdgeItem()
        self.draft.dashed = True
        self.draft.hide()
        self.addItem(self.draft)
        self.sync()

    def sync(self) -> None:
        """Bring every item in step with the presenter."""
        presenter = self.presenter
        for name in self.cards.keys() - presenter.cards.keys():
            self.removeItem(self.cards.pop(name))
        for key in self.edges.keys() - presenter.edges.keys():
            self.removeItem(self.edges.pop(key))
            self.links.pop(key, None)
        for name, card in presenter.cards.items():
            if name not in self.cards:
                self.cards[name] = CardItem(card)
                self.addItem(self.cards[name])
            elif self.cards[name].card != card:
                self.cards[name].show_card(card)
            self.cards[name].setPos(*presenter.positions[name])
        for key, edge in presenter.edges.items():
            if key not in self.edges:
                self.edges[key] = EdgeItem(key)
                self.addItem(self.edges[key])
            if self.edges[key].words != edge.shape:
                self.edges[key].show_words(edge.shape)
        self.route(presenter.positions)
        self.show_selection()
        self.setSceneRect(self.cards_rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def route(self, positions: Mapping[str, Point], only: frozenset[str] | None = None) -> None:
        """Lead the connections between cards at these places; ``only`` those of some nodes while these are dragged."""
        keys = [
            key
            for key, edge in self.presenter.edges.items()
            if only is None or edge.source in only or edge.target in only
        ]
        links = with_lanes([self._link(key, positions) for key in keys], positions.values())
        for key, link in zip(keys, links, strict=True):
            if self.links.get(key) != link:
                self.links[key] = link
                self.edges[key].show_link(link)

    def _link(self, key: tuple[str, int], positions: Mapping[str, Point]) -> Link:
        edge = self.presenter.edges[key]
        outputs, inputs = (
            self.presenter.cards[edge.source].ports.outputs,
            self.presenter.cards[edge.target].ports.inputs,
        )
        return Link(
            start=geometry.output_point(positions[edge.source], edge.source_slot, max(len(outputs), 1)),
            end=geometry.input_point(positions[edge.target], edge.target_slot, max(len(inputs), 1)),
        )

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
                    (distance, item.card.name, side, index)
                    for distance, side, index in self._ports_near(item, point, reach)
                ]
        return min(found)[1:] if found else None

    def _ports_near(self, item: CardItem, point: QPointF, reach: float) -> list[tuple[float, str, int]]:
        place = (item.x(), item.y())
        ports = item.card.ports
        spots = [("input", i, geometry.input_point(place, i, len(ports.inputs))) for i in range(len(ports.inputs))]
        spots += [("output", i, geometry.output_point(place, i, len(ports.outputs))) for i in range(len(ports.outputs))]
        distances = (((x - point.x()) ** 2 + (y - point.y()) ** 2, side, index) for side, index, (x, y) in spots)
        return [(square, side, index) for square, side, index in distances if square <= reach**2]

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """A quiet field of dots that goes away from afar."""
        tokens = theme.current()
        painter.fillRect(rect, QColor(tokens.canvas))
        if painter.worldTransform().m11() < 0.5:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = cosmetic(QColor(tokens.grid))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setWidth(2)
        painter.setPen(pen)
        left, top = int(rect.left()) // DOTS * DOTS, int(rect.top()) // DOTS * DOTS
        painter.drawPoints(
            [
                QPointF(x, y)
                for x in range(left, int(rect.right()) + DOTS, DOTS)
                for y in range(top, int(rect.bottom()) + DOTS, DOTS)
            ]
        )
