"""The network as a picture for a paper: SVG, or PNG made from it. In light colours, with nothing that was only pointed at.

What is drawn is gathered in the window's thread; drawing it may take seconds, and can be done in another.
"""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from workbench.gui import theme
from workbench.gui.canvas.cards import Card
from workbench.gui.canvas.geometry import PORT_RADIUS, Link, Point
from workbench.gui.canvas.items import ARROW, path_of
from workbench.gui.canvas.looks import STACK, CardPainter, lay_out
from workbench.gui.canvas.note_items import NoteItem
from workbench.gui.canvas.scene import Scene
from workbench.gui.canvas.unfolded import BlockItem, DotItem
from workbench.spec.graph import Note
from workbench.spec.record import Record

Part = NoteItem | BlockItem | DotItem

PAPER = "#FFFFFF"
MARGIN = 12.0
PRINT_DPI = 300.0
MOST_PIXELS, LONGEST_SIDE = 60e6, 30_000.0
"""Of a PNG: a network too large for it at 300 dpi has fewer."""


class Picture(Record):
    """What is drawn, in scene units; ``title`` goes into the file."""

    title: str
    cards: tuple[tuple[Card, Point], ...]
    links: tuple[Link, ...]
    notes: tuple[tuple[str, Note], ...]


def picture_of(scene: Scene, title: str) -> Picture:
    """What the canvas shows, whatever part of it the window shows."""
    return Picture(
        title=title,
        cards=tuple((item.card, (item.x(), item.y())) for item in scene.cards.values()),
        links=tuple(scene.links.values()),
        notes=tuple(scene.presenter.notes.items()),
    )


def to_svg(picture: Picture) -> bytes:
    """As an SVG of the size that it has on the screen at 100 %, its words as text."""
    with theme.drawn_in(theme.LIGHT):
        parts = _self_painted(picture)
        rect = _extent(picture, parts)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(round(QGuiApplication.primaryScreen().logicalDotsPerInch()))
        generator.setSize(rect.size().toSize())
        generator.setViewBox(QRectF(QPointF(), rect.size()))
        generator.setTitle(picture.title)
        generator.setDescription("Drawn by Workbench")
        painter = QPainter(generator)
        painter.fillRect(QRectF(QPointF(), rect.size()), QColor(PAPER))
        painter.translate(-rect.topLeft())
        _paint(painter, picture, parts)
        painter.end()
    # A line of one pixel at every size would be a hair in print; "Sans Serif" is a name that only Qt knows.
    font = QGuiApplication.font()
    named, known = (
        f'font-family="{family}"'.encode() for family in (font.family(), f"{QFontInfo(font).family()}, sans-serif")
    )
    return bytes(buffer.data().data()).replace(b' vector-effect="non-scaling-stroke"', b"").replace(named, known)


def to_png(picture: Picture) -> bytes:
    """As a PNG of 300 dots an inch."""
    renderer = QSvgRenderer(QByteArray(to_svg(picture)))
    size, dpi = renderer.defaultSize(), QGuiApplication.primaryScreen().logicalDotsPerInch()
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
    image.setText("Title", picture.title)
    dots_per_metre = round(dpi * scale / 0.0254)
    image.setDotsPerMeterX(dots_per_metre)
    image.setDotsPerMeterY(dots_per_metre)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt takes a str
    return bytes(buffer.data().data())


def _self_painted(picture: Picture) -> list[Part]:
    """Notes, unfolded blocks and their ports, from the lowest up."""
    parts: list[Part] = [NoteItem(key, note) for key, note in picture.notes]
    for card, place in picture.cards:
        if card.unfolded or card.dot:
            item = BlockItem(card) if card.unfolded else DotItem(card)
            item.setPos(*place)
            parts.append(item)
    return sorted(parts, key=lambda part: part.zValue())


def _extent(picture: Picture, parts: list[Part]) -> QRectF:
    """What is drawn and a margin, on whole units."""
    rect = QRectF()
    for card, place in picture.cards:
        stack = STACK if card.is_block else 0.0
        body = QRectF(*place, *card.size)
        rect |= body.adjusted(0, -PORT_RADIUS, stack, max(stack, PORT_RADIUS))
    for link in picture.links:
        rect |= path_of(link).boundingRect()
    for part in parts:
        rect |= (part.body if isinstance(part, NoteItem) else part.rect()).translated(part.pos())
    return QRectF(rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect())


def _paint(painter: QPainter, picture: Picture, parts: list[Part]) -> None:
    """Notes and the paper of unfolded blocks, connections, cards, and the ports of unfolded blocks: as in the window."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for part in parts:
        if part.zValue() < 0:
            _paint_part(painter, part)
    _paint_links(painter, picture.links)
    cards = CardPainter(theme.LIGHT)
    for card, place in picture.cards:
        if not (card.unfolded or card.dot):
            painter.save()
            painter.translate(*place)
            cards.paint(painter, cards.look(card), card, lay_out(card))
            painter.restore()
    for part in parts:
        if part.zValue() >= 0:
            _paint_part(painter, part)


def _paint_part(painter: QPainter, part: Part) -> None:
    painter.save()
    painter.translate(part.pos())
    part.paint(painter, QStyleOptionGraphicsItem())
    painter.restore()


def _paint_links(painter: QPainter, links: tuple[Link, ...]) -> None:
    colour = QColor(theme.LIGHT.edge)
    painter.setPen(QPen(colour, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for link in links:
        painter.drawPath(path_of(link))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for link in links:
        painter.drawPolygon(ARROW.translated(link.end[0], link.end[1] - PORT_RADIUS))
