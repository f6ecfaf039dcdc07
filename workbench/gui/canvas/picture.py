"""The network as a picture for a paper: SVG, or PNG made from it. In light colours, without selection or hover.

The SVG is drawn in the window's thread, whose items and fonts it uses, in steps that leave the window responsive. The
PNG is rendered from the SVG's bytes, which takes seconds and can be done in another thread.
"""

from collections.abc import Iterator

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import PORT_RADIUS, Link, Point
from workbench.gui.canvas.items import ARROW, path_of
from workbench.gui.canvas.looks import STACK, CardPainter, lay_out
from workbench.gui.canvas.note_items import NoteItem
from workbench.gui.canvas.scene import Scene
from workbench.gui.canvas.unfolded import BlockItem, DotItem
from workbench.gui.widgets import theme
from workbench.gui.widgets.png import png_bytes
from workbench.spec.graph import Note
from workbench.spec.record import Record

Part = NoteItem | BlockItem | DotItem

PAPER = "#FFFFFF"
MARGIN = 12.0
PRINT_DPI = 300.0
MOST_PIXELS, LONGEST_SIDE = 60e6, 30_000.0
"""Limits of a PNG: a network too large for them is rendered at less than 300 dpi."""


class Picture(Record):
    """What is drawn, in scene units; ``title`` goes into the file."""

    title: str
    cards: tuple[tuple[Card, Point], ...]
    links: tuple[Link, ...]
    notes: tuple[tuple[str, Note], ...]


def picture_of(scene: Scene, title: str) -> Picture:
    """Return everything on the canvas, whatever part of it is visible."""
    return Picture(
        title=title,
        cards=tuple((item.card, (item.x(), item.y())) for item in scene.cards.values()),
        links=tuple(scene.links.values()),
        notes=tuple(scene.presenter.notes.items()),
    )


class SvgDrawing:
    """An SVG as large as the network is on screen at 100 %, with its text as text; complete after all ``steps``."""

    def __init__(self, picture: Picture) -> None:
        self.title = picture.title
        self.svg = b""
        self.dpi = QGuiApplication.primaryScreen().logicalDotsPerInch()
        self._picture = picture

    def steps(self) -> Iterator[None]:
        """Draw step by step. Between steps the window draws other things in its own colours."""
        work = self._draw()
        while not self.svg:
            with theme.drawn_in(theme.LIGHT):
                next(work, None)
            yield

    def _draw(self) -> Iterator[None]:
        parts = []
        for part in _self_painted(self._picture):
            parts.append(part)
            yield
        parts.sort(key=lambda part: part.zValue())
        rect = QRectF()
        for covered in _covered(self._picture, parts):
            rect |= covered
            yield
        rect = QRectF(rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect())
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(round(self.dpi))
        generator.setSize(rect.size().toSize())
        generator.setViewBox(QRectF(QPointF(), rect.size()))
        generator.setTitle(self.title)
        generator.setDescription("Made with Workbench")
        painter = QPainter(generator)
        painter.fillRect(QRectF(QPointF(), rect.size()), QColor(PAPER))
        painter.translate(-rect.topLeft())
        yield from _paint(painter, self._picture, parts)
        painter.end()
        self.svg = _for_print(bytes(buffer.data().data()))


def _for_print(svg: bytes) -> bytes:
    """Adapt Qt's SVG to print: let lines scale, and replace "Sans Serif", a name that only Qt knows."""
    font = QGuiApplication.font()
    named, known = (
        f'font-family="{family}"'.encode() for family in (font.family(), f"{QFontInfo(font).family()}, sans-serif")
    )
    return svg.replace(b' vector-effect="non-scaling-stroke"', b"").replace(named, known)


def to_png(svg: bytes, title: str, dpi: float) -> bytes:
    """Render an SVG, sized for a screen of ``dpi``, as a PNG at 300 dpi."""
    renderer = QSvgRenderer(QByteArray(svg))
    size = renderer.defaultSize()
    longest, area = max(size.width(), size.height()), size.width() * size.height()
    scale = min(PRINT_DPI / dpi, LONGEST_SIDE / longest, (MOST_PIXELS / area) ** 0.5)
    image = QImage(
        QSize(round(size.width() * scale), round(size.height() * scale)), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(QColor(PAPER))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    image.setText("Title", title)
    dots_per_metre = round(dpi * scale / 0.0254)
    image.setDotsPerMeterX(dots_per_metre)
    image.setDotsPerMeterY(dots_per_metre)
    return png_bytes(image)


def _self_painted(picture: Picture) -> Iterator[Part]:
    """Yield items for notes, expanded blocks and their ports."""
    for key, note in picture.notes:
        yield NoteItem(key, note)
    for card, place in picture.cards:
        if card.unfolded or card.dot:
            item = BlockItem(card) if card.unfolded else DotItem(card)
            item.setPos(*place)
            yield item


def _covered(picture: Picture, parts: list[Part]) -> Iterator[QRectF]:
    """Yield the rectangle that each drawn item covers."""
    for card, place in picture.cards:
        stack = STACK if card.is_block else 0.0
        body = QRectF(*place, *card.size)
        yield body.adjusted(0, -PORT_RADIUS, stack, max(stack, PORT_RADIUS))
    for link in picture.links:
        yield path_of(link).boundingRect()
    for part in parts:
        yield (part.body if isinstance(part, NoteItem) else part.rect()).translated(part.pos())


def _paint(painter: QPainter, picture: Picture, parts: list[Part]) -> Iterator[None]:
    """Paint in the window's order: frames, expanded blocks, connections, cards, comments, expanded blocks' ports."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for part in parts:
        if part.zValue() < 0:
            _paint_part(painter, part)
            yield
    yield from _paint_links(painter, picture.links)
    cards = CardPainter(theme.LIGHT)
    for card, place in picture.cards:
        if not (card.unfolded or card.dot):
            painter.save()
            painter.translate(*place)
            cards.paint(painter, cards.look(card), card, lay_out(card))
            painter.restore()
            yield
    for part in parts:
        if part.zValue() >= 0:
            _paint_part(painter, part)
            yield


def _paint_part(painter: QPainter, part: Part) -> None:
    painter.save()
    painter.translate(part.pos())
    part.paint(painter, QStyleOptionGraphicsItem())
    painter.restore()


def _paint_links(painter: QPainter, links: tuple[Link, ...]) -> Iterator[None]:
    colour = QColor(theme.LIGHT.edge)
    painter.setPen(QPen(colour, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for link in links:
        painter.drawPath(path_of(link))
        yield
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for link in links:
        painter.drawPolygon(ARROW.translated(link.end[0], link.end[1] - PORT_RADIUS))
