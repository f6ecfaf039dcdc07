"""The window's appearance: all colours, distances and type sizes, light and dark, in this file alone.

``apply`` styles the application; custom painting asks ``current()`` while painting and repaints on ``changed``. Family
colours remain distinguishable under simulated protanopia, deuteranopia and tritanopia (they are based on Okabe and
Ito's); each family has an icon too, so that colour is never the only cue.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from string import Template
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from workbench import shipped
from workbench.layers.base import Family
from workbench.spec.graph import Colour
from workbench.spec.record import Record

Mode = Literal["system", "light", "dark"]

# Distances, in logical pixels.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
RADIUS_S, RADIUS_M, RADIUS_L = 4, 6, 10
ICON_SIZE = 16
CONTROL_HEIGHT = 28
TAB_HEIGHT, TAB_PADDING = 32, 6

ICONS_FOLDER = shipped.resources() / "icons"
STYLE_FILE = shipped.resources() / "style.qss"

TINT = 0.06
"""Share of a signal colour in the background of what is marked with it."""

# Type sizes, in points.
TEXT_SMALL, TEXT_BODY, TEXT_HEADING, TEXT_TITLE = 8.5, 9.5, 10.5, 14.0
SIZES = {
    "space_xs": SPACE_XS,
    "space_s": SPACE_S,
    "space_m": SPACE_M,
    "space_l": SPACE_L,
    "space_xl": SPACE_XL,
    "tab_padding": TAB_PADDING,
    "tab_text": TAB_HEIGHT - 2 * TAB_PADDING - 2,
    "radius_s": RADIUS_S,
    "radius_m": RADIUS_M,
    "radius_l": RADIUS_L,
    "text_small": TEXT_SMALL,
    "text_heading": TEXT_HEADING,
    "text_title": TEXT_TITLE,
}
"""By their names in the style sheet."""


class Tokens(Record):
    """The colours of one theme, as ``#RRGGBB``."""

    name: Literal["light", "dark"]
    ground: str
    """Background behind panels: tool bars, gaps."""
    surface: str
    """Panels, cards, menus."""
    canvas: str
    """Canvas and plots."""
    field: str
    """Inside of inputs."""
    hover: str
    pressed: str
    text: str
    text_muted: str
    text_faint: str
    border: str
    """Between parts, where nothing depends on seeing it."""
    border_strong: str
    """Around inputs, buttons and handles: contrast of 3:1 to what is in and around it (WCAG 2.2, 1.4.11)."""
    grid: str
    edge: str
    accent: str
    on_accent: str
    selection: str
    success: str
    warning: str
    danger: str
    curves: tuple[str, ...]
    families: dict[Family, str]
    notes: dict[Colour, str]
    """Comments and frames; only a little of the colour goes into their background, so that text stays readable."""


LIGHT = Tokens(
    name="light",
    ground="#F3F4F6",
    surface="#FFFFFF",
    canvas="#F8F9FB",
    field="#FFFFFF",
    hover="#EAECF1",
    pressed="#DEE2E9",
    text="#1B1F27",
    text_muted="#4E5563",
    text_faint="#646B78",
    border="#DDE0E6",
    border_strong="#858D9B",
    grid="#DFE3EA",
    edge="#868E9C",
    accent="#2563EB",
    on_accent="#FFFFFF",
    selection="#DCE8FF",
    success="#18794A",
    warning="#8F5B00",
    danger="#C2322B",
    curves=("#0072B2", "#C9580A", "#008F6B", "#B04F8A", "#7A6A00", "#5B4BC4", "#1B95BF", "#4A4F5A"),
    families={
        Family.PORTS: "#555A66",
        Family.CONVOLUTION: "#2672EF",
        Family.POOLING: "#07A1C8",
        Family.LINEAR: "#663AB5",
        Family.ACTIVATION: "#D37E22",
        Family.NORMALISATION: "#258651",
        Family.REGULARISATION: "#90183F",
        Family.JOIN: "#7D6E00",
        Family.SHAPE: "#3B3024",
        Family.ATTENTION: "#C14B90",
        Family.RECURRENT: "#003C5A",
    },
    notes={
        "grey": "#6B7482",
        "blue": "#2672EF",
        "green": "#1F9254",
        "yellow": "#C98F00",
        "red": "#D64540",
        "purple": "#8A4FD0",
    },
)

DARK = Tokens(
    name="dark",
    ground="#17191E",
    surface="#1F2228",
    canvas="#131519",
    field="#181A1F",
    hover="#2A2E36",
    pressed="#353A44",
    text="#E8EAEE",
    text_muted="#B0B7C3",
    text_faint="#959DAA",
    border="#333842",
    border_strong="#68707D",
    grid="#262A31",
    edge="#6B7482",
    accent="#6EA0FF",
    on_accent="#0B1220",
    selection="#243F6E",
    success="#4CC38A",
    warning="#E5B04B",
    danger="#FF7F76",
    curves=("#5AA9FF", "#F2A03D", "#35B36B", "#E08FC0", "#E8DF6E", "#A79BFF", "#8FD3F0", "#B9BFC9"),
    families={
        Family.PORTS: "#BEBEC2",
        Family.CONVOLUTION: "#69A6FA",
        Family.POOLING: "#61DDF9",
        Family.LINEAR: "#7F72DC",
        Family.ACTIVATION: "#FCA322",
        Family.NORMALISATION: "#329A38",
        Family.REGULARISATION: "#DA5A7B",
        Family.JOIN: "#EBE489",
        Family.SHAPE: "#C7B197",
        Family.ATTENTION: "#C185BB",
        Family.RECURRENT: "#C3F0D2",
    },
    notes={
        "grey": "#98A0AD",
        "blue": "#69A6FA",
        "green": "#4CC38A",
        "yellow": "#E5B93F",
        "red": "#FF7F76",
        "purple": "#B592F5",
    },
)


class _Theme(QObject):
    """The requested mode and the current tokens."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode: Mode = "system"
        self.tokens = LIGHT
        self.follows_system = False


_theme = _Theme()
changed = _theme.changed
"""Emitted after the tokens have changed: ``theme.changed.connect(self.update)``."""


def current() -> Tokens:
    """Return the current tokens."""
    return _drawn_in.get() or _theme.tokens


_drawn_in: ContextVar[Tokens | None] = ContextVar("drawn_in", default=None)


@contextmanager
def drawn_in(tokens: Tokens) -> Iterator[None]:
    """Use these colours for all painting in this block and thread: paper is white in a dark window, too."""
    before = _drawn_in.set(tokens)
    try:
        yield
    finally:
        _drawn_in.reset(before)


def apply(app: QApplication, mode: Mode) -> None:
    """Style the whole application; in ``system`` mode it follows the desktop's light and dark from then on."""
    choose(app, mode)
    dress(app)
    changed.emit()


def choose(app: QApplication, mode: Mode) -> None:
    """Set what widgets are created with: tokens, palette and font."""
    _theme.mode = mode
    if not _theme.follows_system:
        app.styleHints().colorSchemeChanged.connect(_follow_system)
        _theme.follows_system = True
    _theme.tokens = DARK if _is_dark(mode) else LIGHT
    app.setPalette(palette(_theme.tokens))
    app.setFont(font(TEXT_BODY))


def dress(app: QApplication) -> None:
    """Set the style sheet that widgets are painted with.

    The old one is removed first: Qt replaces one sheet by another a widget at a time, which takes longer.
    """
    app.setStyleSheet("")
    app.setStyleSheet(style_sheet(_theme.tokens))


def _is_dark(mode: Mode) -> bool:
    if mode == "system":
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return mode == "dark"


def _follow_system() -> None:
    app = QApplication.instance()
    if _theme.mode == "system" and isinstance(app, QApplication):
        apply(app, "system")


def colour(value: str, alpha: float = 1.0) -> QColor:
    """Return a token as a QColor; ``alpha`` is from 0 (transparent) to 1."""
    result = QColor(value)
    result.setAlphaF(alpha)
    return result


def font(points: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the desktop's own typeface in one of the sizes above."""
    result = QFont(QGuiApplication.font())
    result.setPointSizeF(points)
    result.setWeight(weight)
    return result


def tabular(font: QFont) -> QFont:
    """Return a font whose digits all have the same width, so that numbers in a column are easy to compare."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def palette(tokens: Tokens) -> QPalette:
    """Return the palette for everything that the style draws by itself."""
    role = QPalette.ColorRole
    result = QPalette()
    for target, value in {
        role.Window: tokens.ground,
        role.WindowText: tokens.text,
        role.Base: tokens.field,
        role.AlternateBase: tokens.ground,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.text_faint,
        role.Button: tokens.surface,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.danger,
        role.ToolTipBase: tokens.surface,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.selection,
        role.HighlightedText: tokens.text,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Accent: tokens.accent,
        role.Light: tokens.surface,
        role.Midlight: tokens.hover,
        role.Mid: tokens.border,
        role.Dark: tokens.border_strong,
        role.Shadow: tokens.border,
    }.items():
        result.setColor(target, QColor(value))
    disabled = colour(tokens.text_faint, 0.7)
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, target, disabled)
    return result


def style_sheet(tokens: Tokens) -> str:
    """Return ``resources/style.qss`` in these colours and the sizes above."""
    mixed = {
        "danger_tint": mix(tokens.surface, tokens.danger, TINT),
        "warning_tint": mix(tokens.surface, tokens.warning, TINT),
        "accent_hover": mix(tokens.accent, tokens.on_accent, 0.07),
        "accent_pressed": mix(tokens.accent, tokens.text, 0.2),
    }
    values = msgspec.structs.asdict(tokens) | mixed | SIZES | {"controls": ICONS_FOLDER.joinpath("controls").as_posix()}
    return Template(STYLE_FILE.read_text(encoding="utf-8")).substitute(values)


@cache
def mix(first: str, second: str, share: float) -> str:
    """Return ``first`` mixed with ``share`` (0..1) of ``second``."""
    a, b = QColor(first), QColor(second)
    channels = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(x + (y - x) * share):02X}" for x, y in channels)


def readable_on(ground: str) -> str:
    """Return the text colour, of the two themes', with the higher contrast ratio on a background (WCAG 2.2)."""
    light, dark = sorted((LIGHT.text, DARK.text), key=_luminance, reverse=True)
    here = _luminance(ground) + 0.05
    return light if (_luminance(light) + 0.05) / here >= here / (_luminance(dark) + 0.05) else dark


def _luminance(value: str) -> float:
    """Return the relative luminance, from 0 for black to 1 for white."""
    found = QColor(value)
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (found.redF(), found.greenF(), found.blueF())
    ]
    return float(sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
