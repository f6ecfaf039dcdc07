"""The icons: 24x24 stroke drawings in ``resources/icons``, coloured by the theme as they are painted.

An icon is painted from its SVG at the requested size, so it is crisp at any scale, and in the theme's colour at that
moment, so icons need not be set again when the theme changes.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from threading import get_ident

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from workbench.gui.widgets import theme
from workbench.layers import LAYERS
from workbench.layers.base import Family
from workbench.spec.graph import Colour

FAMILY_ICONS = {family: f"family-{family.name.lower()}" for family in Family}
CURVE_ICONS = {name: f"curve-{name.lower()}" for name, layer in LAYERS.table.items() if layer.elementwise}


def icon(name: str, colour: str | None = None) -> QIcon:
    """Return the icon ``name``, in a fixed ``#RRGGBB`` or in the theme's text colour (faint while disabled)."""
    svg(name)  # A missing icon must fail here, not while painting.
    return QIcon(_Engine(name, lambda tokens: colour or tokens.text_muted))


def layer_icon(kind: str, family: Family, *, gives: bool) -> str:
    """Return the name of the icon of a layer of this type: the curve of an activation, else that of its family, or of
    an Output if it ``gives`` no output.
    """
    return CURVE_ICONS.get(kind) or (FAMILY_ICONS[family] if gives else "port-output")


def entry_icon(kind: str, family: Family | None, *, gives: bool = True) -> QIcon:
    """Return the icon of a layer in its family's colour, or that of a block for None."""
    if family is None:
        return icon("block")
    return QIcon(_Engine(layer_icon(kind, family, gives=gives), lambda tokens: tokens.families[family]))


def note_icon(colour: Colour) -> QIcon:
    """Return a spot of a note's colour."""
    return QIcon(_Engine("spot", lambda tokens: tokens.notes[colour]))


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
    """Paints one icon at any size, in a ``colour`` of the current theme: a square, at the left of what is wider."""

    _clones: list["_Engine"] = []
    """Qt owns what ``clone`` returns, but only a reference from Python prevents Python from freeing it first."""

    def __init__(self, name: str, colour: Callable[[theme.Tokens], str]) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        square = QRectF(rect.x(), rect.y() + (rect.height() - side) / 2, side, side)
        tokens = theme.current()
        faint = theme.mix(tokens.text_faint, tokens.surface, 0.4)
        colour = faint if mode == QIcon.Mode.Disabled else self._colour(tokens)
        _renderer(self._name, QColor(colour).name()).render(painter, square)

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
        copy = _Engine(self._name, self._colour)
        self._clones.append(copy)
        return copy
