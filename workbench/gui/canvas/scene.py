"""The graphics scene: keeps items in sync with the presenter's cards and edges, updating only what changed."""

import math
from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.drawing import Drawing
from workbench.gui.canvas.far_titles import FarTitles
from workbench.gui.canvas.geometry import Link, Point
from workbench.gui.canvas.guide_lines import GuideLines
from workbench.gui.canvas.items import Bubble, CardItem, Draft, EdgeItem
from workbench.gui.canvas.looks import BODY
from workbench.gui.canvas.note_items import NoteItem, Side
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.canvas.routing import Dragging, Routing
from workbench.gui.canvas.unfolded import BlockItem, DotItem, SelfPainted
from workbench.gui.widgets import theme

DOTS, DOT = 24, 2
"""Distance between two dots of the background in scene units, and a dot's side in pixels."""

DOTS_FROM = 0.5
"""Zoom below which the dots are not drawn."""

MARGIN = 4000.0
PORT_REACH = 14.0


class Scene(QGraphicsScene):
    """Items of cards and notes by key, and of connections by the input that they feed."""

    def __init__(self, presenter: Presenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.cards: dict[str, CardItem] = {}
        self.notes: dict[str, NoteItem] = {}
        self.edges: dict[tuple[str, int], EdgeItem] = {}
        self.links: dict[tuple[str, int], Link] = {}
        self.routing = Routing()
        self._extent = QRectF()
        """The bounding rectangle of all cards and notes."""
        self._marked: set[str | tuple[str, int]] = set()
        """The selection that the items were last given."""
        self._gone: list[QGraphicsItem] = []
        self.drawing = Drawing()
        self.draft = Draft()
        self.bubble = Bubble()
        self.guide_lines = GuideLines()
        self.far_titles = FarTitles()
        for item in (self.drawing, self.draft, self.bubble, self.guide_lines, self.far_titles):
            self.addItem(item)
        self.sync()

    def sync(self) -> None:
        """Update all items from the presenter."""
        presenter = self.presenter
        for name in self.cards.keys() - presenter.cards.keys():
            self._remove(self.cards.pop(name))
        for key in self.edges.keys() - presenter.edges.keys():
            self._remove(self.edges.pop(key))
            self.links.pop(key, None)
        with self.drawing.at_once():
            self._sync_cards()
            self._sync_notes()
            self._sync_edges()
            self._show_links(self.routing.lead(presenter))
            self.show_selection()
        self._extent = self._around([*self.cards.values(), *self.notes.values()])
        self.setSceneRect(self._extent.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def _sync_cards(self) -> None:
        positions = self.presenter.positions
        for name, card in self.presenter.cards.items():
            item, place = self.cards.get(name), positions[name]
            if item is not None and item.card is not card:
                if type(item) is _kind(card):
                    item.show_card(card)
                else:
                    self._remove(item)
                    item = None
            if item is None:
                item = self.cards[name] = self._make(card)
                self.addItem(item)
            if item.place != place:
                item.setPos(*place)

    def _sync_edges(self) -> None:
        for key, edge in self.presenter.edges.items():
            item = self.edges.get(key)
            if item is None:
                item = self.edges[key] = EdgeItem(key, self._edge_changed)
                self.addItem(item)
            if item.words != edge.shape:
                item.show_words(edge.shape)

    def _sync_notes(self) -> None:
        notes = self.presenter.notes
        for key in self.notes.keys() - notes.keys():
            self._let_go(self.notes.pop(key))
        for key, note in notes.items():
            if key not in self.notes:
                self.notes[key] = NoteItem(key, note)
                self.addItem(self.notes[key])
            else:
                self.notes[key].show_note(note)
        self.far_titles.show_frames(self.notes.values())

    def item(self, key: str) -> CardItem | NoteItem:
        return self.cards.get(key) or self.notes[key]

    def _make(self, card: Card) -> CardItem:
        kind = _kind(card)
        return kind(card) if issubclass(kind, SelfPainted) else CardItem(card, self.drawing.touch)

    def _remove(self, item: CardItem | EdgeItem) -> None:
        self._let_go(item)
        self.drawing.remove(item)
        if self.bubble.edge is item:
            self.bubble.show_on(None)

    def _let_go(self, item: QGraphicsItem) -> None:
        """Remove an item, but keep it alive until the current event ends, which Qt may be delivering to it."""
        self.removeItem(item)
        if not self._gone:
            QTimer.singleShot(0, self._gone.clear)
        self._gone.append(item)

    def _edge_changed(self, edge: CardItem | EdgeItem) -> None:
        self.drawing.touch(edge)
        if isinstance(edge, EdgeItem) and edge.hovered:
            self.bubble.show_on(edge)
        elif self.bubble.edge is edge:
            self.bubble.show_on(None)

    def dragging(self, keys: Iterable[str]) -> Callable[[Mapping[str, Point]], None]:
        """Return a function that reroutes these cards' connections during a drag, given the positions of all cards."""
        dragging = Dragging(self.presenter, frozenset(keys))
        return lambda positions: self._show_links(dragging.lead(positions))

    def _show_links(self, links: Mapping[tuple[str, int], Link]) -> None:
        for key, link in links.items():
            known = self.links.get(key)
            if known is not link and known != link:
                self.links[key] = link
                self.edges[key].show_link(link)

    def show_selection(self) -> None:
        """Mark the selected items."""
        selected: set[str | tuple[str, int]] = {*self.presenter.selection}
        if self.presenter.selected_edge:
            selected.add(self.presenter.selected_edge)
        with self.drawing.at_once():
            for key in self._marked | selected:
                item = self._marked_item(key)
                if item is not None and item.selected != (key in selected):
                    item.selected = not item.selected
                    item.update()
        self._marked = selected

    def _marked_item(self, key: str | tuple[str, int]) -> CardItem | NoteItem | EdgeItem | None:
        return self.edges.get(key) if isinstance(key, tuple) else self.cards.get(key) or self.notes.get(key)

    def drawn_rect(self, keys: Iterable[str] | None = None) -> QRectF:
        """Return the bounding rectangle of these cards and notes, or of all."""
        return QRectF(self._extent) if keys is None else self._around(map(self.item, keys))

    def _around(self, items: Iterable[CardItem | NoteItem]) -> QRectF:
        rect, plain = QRectF(), []
        for item in items:
            if type(item) is CardItem:
                plain.append(item.place)
            elif isinstance(item, NoteItem):
                rect |= item.mapRectToScene(item.body)
            else:
                rect |= item.sceneBoundingRect()
        if plain:
            lefts, tops = zip(*plain, strict=True)
            rect |= BODY.translated(min(lefts), min(tops)) | BODY.translated(max(lefts), max(tops))
        return rect

    def note_at(self, point: QPointF, zoom: float) -> NoteItem | None:
        """Return the topmost note that can be grabbed at a point."""
        grasped = (item for item in self.notes.values() if item.is_grasped(point, zoom))
        return max(grasped, key=lambda item: item.zValue(), default=None)

    def frame_side_at(self, point: QPointF, reach: float) -> tuple[str, Side] | None:
        """Return the smallest frame with an edge or corner within reach, and which side it is."""
        frames = sorted(self.notes.values(), key=lambda item: item.body.width() * item.body.height())
        found = ((item.key, side) for item in frames if (side := item.side_at(point, reach)))
        return next(found, None)

    def card_at(self, point: QPointF) -> CardItem | None:
        """Return the card under a point, or None where a comment covers it."""
        item = next((item for item in self.items(point) if isinstance(item, CardItem) or _is_comment(item)), None)
        return item if isinstance(item, CardItem) else None

    def edge_at(self, point: QPointF) -> EdgeItem | None:
        """Return the connection under a point, ignoring cards."""
        return next((item for item in self.items(point) if isinstance(item, EdgeItem) and item.key), None)

    def port_at(self, point: QPointF, reach: float = PORT_REACH) -> tuple[str, str, int] | None:
        """Return the nearest port within reach as (node, ``input`` or ``output``, slot)."""
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

    def paint_underlay(self, painter: QPainter) -> None:
        """Draw what lies below cards and connections in small: frames, comments and expanded blocks, without text."""
        below: list[BlockItem | NoteItem] = [item for item in self.cards.values() if isinstance(item, BlockItem)]
        for item in sorted([*below, *self.notes.values()], key=lambda item: item.zValue()):
            painter.save()
            painter.translate(item.pos())
            item.paint_body(painter)
            painter.restore()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw a faint grid of dots, which disappears from afar."""
        tokens, zoom = theme.current(), painter.worldTransform().m11()
        if zoom < DOTS_FROM:
            painter.fillRect(rect, QColor(tokens.canvas))
            return
        _paint_dots(painter, painter.worldTransform(), QRectF(rect))


def _kind(card: Card) -> type[CardItem]:
    """Return the item class for a card."""
    return BlockItem if card.unfolded else DotItem if card.dot else CardItem


def _is_comment(item: QGraphicsItem) -> bool:
    return isinstance(item, NoteItem) and not item.is_frame


def _paint_dots(painter: QPainter, view: QTransform, rect: QRectF) -> None:
    """Draw one row of dots and repeat it, since thousands of single points would take longer than all cards."""
    tokens, ratio, seen = theme.current(), painter.device().devicePixelRatioF(), view.mapRect(rect).toAlignedRect()
    row = QPixmap(round(seen.width() * ratio), round(DOT * ratio))
    row.setDevicePixelRatio(ratio)
    row.fill(QColor(tokens.canvas))
    dots = QPainter(row)
    dots.setPen(Qt.PenStyle.NoPen)
    dots.setBrush(QColor(tokens.grid))
    for column in range(int(rect.left() // DOTS), math.ceil(rect.right() / DOTS) + 1):
        dots.drawRect(round(view.dx() + column * DOTS * view.m11()) - seen.left(), 0, DOT, DOT)
    dots.end()
    painter.save()
    painter.resetTransform()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.canvas))
    painter.drawRect(seen)
    for line in range(int(rect.top() // DOTS), math.ceil(rect.bottom() / DOTS) + 1):
        painter.drawPixmap(seen.left(), round(view.dy() + line * DOTS * view.m22()), row)
    painter.restore()
