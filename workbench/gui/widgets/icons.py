"""The icons: 24x24 stroke drawings in ``resources/icons``, coloured by the theme as they are painted.

An icon is painted from its SVG at the requested size, so it is crisp at any scale, and in the theme's colour at that
moment, so icons need not be set again when the theme changes.
"""

from functools import cache, lru_cache
from threading import get_ident

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from workbench.gui.widgets import theme
from workbench.layers.base import Family
from workbench.spec.graph import Colour

FAMILY_ICONS = {family: f"family-{family.name.lower()}" for family in Family}


def icon(name: str, colour: str | None = None) -> QIcon:
    """Return the icon ``name``, in a fixed ``#RRGGBB`` or in the theme's text colour (faint while disabled)."""
    svg(name)  # A missing icon must fail here, not while painting.
    return QIcon(_Engine(name, colour))


def layer_icon(family: Family, *, gives: bool) -> str:
    """Return the name of a layer's icon: its family's, or that of an Output if it ``gives`` no output."""
    return FAMILY_ICONS[family] if gives else "port-output"


def entry_icon(family: Family | None, *, gives: bool = True) -> QIcon:
    """Return the icon of a layer in its family's colour, or that of a block for None."""
    return QIcon(_FamilyEngine(family, gives=gives))


def note_icon(colour: Colour) -> QIcon:
    """Return a spot of a note's colour."""
    return QIcon(_NoteEngine(colour))


def names() -> tuple[str, ...]:
    """Return the names of all icons."""
    return tuple(sorted(path.stem for path in theme.ICONS_FOLDER.glob("*.svg")))


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, width: int, ratio: float = 1.0) -> QPixmap:
    """Return the icon as a pixmap of ``width`` logical pixels, for a screen with ``ratio`` device pixels each."""
    result = QPixmap(round(width * ratio), round(width * ratio))
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    _renderer(name, colour).render(painter, QRectF(result.rect()))
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result


def paint(painter: QPainter, name: str, colour: str, rect: QRectF) -> None:
    """Draw the icon with a painter, as crisply as its device can show it."""
    _renderer(name, colour, get_ident()).render(painter, rect)


@cache
def svg(name: str) -> str:
    """Return the SVG's text, with ``currentColor`` in place of the colour."""
    return (theme.ICONS_FOLDER / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str, thread: int = 0) -> QSvgRenderer:  # noqa: ARG001  # one per thread
    return QSvgRenderer(QByteArray(svg(name).replace("currentColor", colour).encode()))


class _Engine(QIconEngine):
    """Paints one icon at any size, in the theme's current colour: a square, at the left of what is wider."""

    _clones: list["_Engine"] = []
    """Qt owns what ``clone`` returns, but only a reference from Python prevents Python from freeing it first."""

    def __init__(self, name: str, colour: str | None) -> None:
        super().__init__()
        self.name = name
        self.fixed_colour = colour

    def colour(self, mode: QIcon.Mode) -> str:
        tokens = theme.current()
        if mode == QIcon.Mode.Disabled:
            return theme.mix(tokens.text_faint, tokens.surface, 0.4)
        return self.fixed_colour or tokens.text_muted

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        square = QRectF(rect.x(), rect.y() + (rect.height() - side) / 2, side, side)
        _renderer(self.name, QColor(self.colour(mode)).name()).render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        if size.isEmpty():
            return QPixmap()  # requested by widgets without room for an icon; an empty pixmap cannot be painted on
        result = QPixmap(size * scale)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, result.rect(), mode, state)
        painter.end()
        result.setDevicePixelRatio(scale)
        return result

    def clone(self) -> QIconEngine:
        copy = _Engine(self.name, self.fixed_colour)
        self._clones.append(copy)
        return copy


class _FamilyEngine(_Engine):
    """A layer's icon, in its family's current colour."""

    def __init__(self, family: Family | None, *, gives: bool) -> None:
        super().__init__("block" if family is None else layer_icon(family, gives=gives), None)
        self.family = family
        self.gives = gives

    def colour(self, mode: QIcon.Mode) -> str:
        if self.family is None or mode == QIcon.Mode.Disabled:
            return super().colour(mode)
        return theme.current().families[self.family]

    def clone(self) -> QIconEngine:
        copy = _FamilyEngine(self.family, gives=self.gives)
        self._clones.append(copy)
        return copy


class _NoteEngine(_Engine):
    """A spot of a note's colour in the current theme."""

    def __init__(self, note_colour: Colour) -> None:
        super().__init__("spot", None)
        self.note_colour: Colour = note_colour

    def colour(self, mode: QIcon.Mode) -> str:
        return theme.current().notes[self.note_colour]

    def clone(self) -> QIconEngine:
        copy = _NoteEngine(self.note_colour)
        self._clones.append(copy)
        return copy
