"""The network seen from afar: rectangles and lines, cached by colour in square cells of the paper.

A frame draws a few dozen lists, however many cards there are; a change rebuilds the lists of one cell.
"""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from workbench.gui.canvas.items import CardItem, EdgeItem
from workbench.gui.canvas.looks import BODY, CardPainter, cosmetic
from workbench.gui.widgets import theme

CELL = 1600.0
"""Side of a cell in scene units: about four cards wide and twenty high."""

Item = CardItem | EdgeItem


class Cell:
    """The items whose upper left corner lies in one square of the paper."""

    def __init__(self) -> None:
        self.items: dict[Item, None] = {}
        self.painter: CardPainter | None = None
        """The painter that the lists were made for; None while they are out of date."""

    def make(self, painter: CardPainter) -> None:
        """Group the items by colour, unless that is up to date."""
        if self.painter is painter:
            return
        self.painter = painter
        self.bounds = QRectF()
        self.lines: dict[str, QPainterPath] = {}
        self.fills: dict[str, list[QRectF]] = {}
        self.frames: dict[str, list[QRectF]] = {}
        for item in self.items:
            self.bounds |= item.painted
            if isinstance(item, EdgeItem):
                self.lines.setdefault(item.colour(painter.tokens), QPainterPath()).addPath(item.path())
                continue
            body = BODY.translated(item.pos())
            colour = theme.mix(painter.family_colour(item.card.family), painter.tokens.surface, 0.45)
            self.fills.setdefault(colour, []).append(body)
            mark = item.mark(painter)
            if mark:
                self.frames.setdefault(mark, []).append(body)


class Far:
    """All items, grouped by cell."""

    def __init__(self) -> None:
        self.cells: dict[tuple[float, float], Cell] = {}
        self.homes: dict[Item, Cell] = {}

    def remove(self, item: Item) -> None:
        cell = self.homes.pop(item, None)
        if cell is not None:
            del cell.items[item]
            cell.painter = None

    def touch(self, item: Item) -> None:
        """Add an item, or update it after a move."""
        corner = item.painted.topLeft()
        place = (corner.x() // CELL, corner.y() // CELL)
        cell = self.cells.get(place)
        if cell is None:
            cell = self.cells[place] = Cell()
        if self.homes.get(item) is not cell:
            self.remove(item)
            self.homes[item] = cell
            cell.items[item] = None
        cell.painter = None

    def refresh(self, item: Item) -> None:
        """Update an item whose look has changed."""
        self.homes[item].painter = None

    def paint(self, painter: QPainter, cards: CardPainter, exposed: Sequence[QRectF]) -> None:
        """Draw what intersects ``exposed``: lines, then cards, then the borders of marked cards."""
        seen = self._seen(cards, exposed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for cell in seen:
            for colour, path in cell.lines.items():
                painter.setPen(cosmetic(QColor(colour)))
                painter.drawPath(path)
        self.paint_cards(painter, cards, exposed)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for cell in seen:
            for colour, bodies in cell.frames.items():
                painter.setPen(cosmetic(QColor(colour)))
                painter.drawRects(bodies)

    def paint_cards(self, painter: QPainter, cards: CardPainter, exposed: Sequence[QRectF]) -> None:
        """Draw only the cards, without any marks."""
        painter.setPen(Qt.PenStyle.NoPen)
        for cell in self._seen(cards, exposed):
            for colour, bodies in cell.fills.items():
                painter.setBrush(QColor(colour))
                painter.drawRects(bodies)

    def _seen(self, cards: CardPainter, exposed: Sequence[QRectF]) -> list[Cell]:
        for cell in self.cells.values():
            cell.make(cards)
        return [cell for cell in self.cells.values() if any(map(cell.bounds.intersects, exposed))]
