"""Colours are legible and distinguishable for everybody, by WCAG 2.1, Machado et al. 2009 and CIEDE2000."""

import re
from collections.abc import Iterator
from itertools import combinations, permutations

import numpy as np
import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTableWidget,
    QTextBrowser,
    QToolBar,
    QToolButton,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from skimage.color import deltaE_ciede2000, rgb2lab

from workbench.gui.canvas.note_items import NOTE_SHARE
from workbench.gui.widgets import theme
from workbench.gui.widgets.gallery import GalleryView
from workbench.layers.base import Family

MODES = [theme.LIGHT, theme.DARK]

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISIONS = {
    "ordinary": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
JUST_TOLD_APART = 2.3
"""The smallest CIEDE2000 difference visible side by side; marks of a few pixels need several times that."""


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def seen(colour: str, vision: np.ndarray) -> np.ndarray:
    """The colour in CIELAB, as seen with this vision."""
    channels = np.clip(vision @ linear(colour), 0, 1)
    return rgb2lab(np.where(channels <= 0.0031308, channels * 12.92, 1.055 * channels ** (1 / 2.4) - 0.055))


def contrast(first: str, second: str) -> float:
    luminances = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (first, second))
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("text", ["text", "text_muted", "text_faint", "accent", "danger", "warning", "success"])
@pytest.mark.parametrize("ground", ["ground", "surface", "canvas", "field"])
def test_text_can_be_read_on_every_surface(tokens: theme.Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
def test_text_can_be_read_on_what_is_selected_pressed_and_filled(tokens: theme.Tokens) -> None:
    for ground in (tokens.selection, tokens.hover, tokens.pressed):
        assert contrast(tokens.text, ground) >= 4.5 and contrast(tokens.text_muted, ground) >= 4.5
    for sign in (tokens.danger, tokens.warning):
        ground = theme.mix(tokens.surface, sign, theme.TINT)
        assert contrast(tokens.text, ground) >= 4.5 and contrast(sign, ground) >= 4.5
    primary = re.findall(r'role="primary"\](?::hover|:pressed)? \{ background: (#\w+)', theme.style_sheet(tokens))
    assert len(primary) == 3 and all(contrast(tokens.on_accent, ground) >= 4.5 for ground in primary)
    assert contrast(tokens.surface, tokens.text) >= 4.5  # a toast
    handles = re.findall(r"QScrollBar::handle(?::hover)? \{ background: (#\w+)", theme.style_sheet(tokens))
    grounds = (tokens.ground, tokens.surface, tokens.canvas, tokens.field)
    assert len(handles) == 2 and all(contrast(handle, ground) >= 3 for handle in handles for ground in grounds)
    assert contrast(tokens.edge, tokens.canvas) >= 3


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("control", [QLineEdit, QSpinBox, QComboBox, QPlainTextEdit, QPushButton, QCheckBox])
def test_the_edge_of_a_control_stands_out_from_what_it_lies_on_and_holds(
    qtbot: QtBot, tokens: theme.Tokens, control: type[QWidget]
) -> None:
    """As painted: 3 to 1, by success criterion 1.4.11 of WCAG 2.1."""
    widget = control()
    qtbot.addWidget(widget)
    widget.setStyleSheet(theme.style_sheet(tokens))
    widget.resize(120, 28)
    image = widget.grab().toImage()
    edge = image.pixelColor(0, image.height() // 2).name()
    for ground in (tokens.ground, tokens.surface, tokens.canvas, tokens.field):
        assert contrast(edge, ground) >= 3


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("scrolled", [QTreeWidget, QTableWidget, GalleryView, QScrollArea, QTextBrowser])
def test_what_is_scrolled_by_keys_shows_that_it_has_them(
    qtbot: QtBot, tokens: theme.Tokens, scrolled: type[QWidget]
) -> None:
    window, area = QWidget(), scrolled()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    for widget in (QLineEdit(), area):
        column.addWidget(widget)
    window.setStyleSheet(theme.style_sheet(tokens))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    def edge() -> str:
        return str(area.grab().toImage().pixelColor(0, area.height() // 2).name())

    area.clearFocus()
    before = edge()
    area.setFocus()
    assert before != tokens.accent.lower() == edge()


@pytest.fixture
def undressed(qapp: QApplication) -> Iterator[None]:
    """Gives the application back as it was."""
    before = (qapp.palette(), qapp.styleSheet(), qapp.font(), qapp.style().name())
    yield
    theme.choose(qapp, "light")
    qapp.setStyle(before[3])
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])
    qapp.setFont(before[2])


@pytest.mark.parametrize(
    "modes", [*permutations(MODES)], ids=lambda modes: " to ".join(tokens.name for tokens in modes)
)
@pytest.mark.usefixtures("undressed")
def test_the_way_to_tools_that_do_not_fit_can_be_seen(
    qapp: QApplication, qtbot: QtBot, modes: tuple[theme.Tokens, ...]
) -> None:
    """Also after the colours were switched."""
    drawing = theme.ICONS_FOLDER.joinpath("controls", "down.svg").read_text(encoding="utf-8")
    (icon,) = re.findall("#[0-9A-Fa-f]{6}", drawing)
    tools = QToolBar()
    qtbot.addWidget(tools)
    for _ in range(9):
        tools.addAction("Tool")
    tools.resize(120, 40)
    tools.show()
    for tokens in modes:
        theme.choose(qapp, tokens.name)
        theme.dress(qapp)
        more = tools.findChild(QToolButton, "qt_toolbar_ext_button")
        assert more is not None
        qtbot.waitUntil(more.isVisible)
        picture = more.grab().toImage()
        shown = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
        assert icon.lower() in shown and contrast(icon, tokens.ground) >= 3
        assert more.toolTip() == "More tools"


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("field", [QLineEdit, QPlainTextEdit])
def test_a_hint_in_an_empty_field_can_be_read(qtbot: QtBot, tokens: theme.Tokens, field: type[QWidget]) -> None:
    empty = field()
    qtbot.addWidget(empty)
    empty.setPlaceholderText(10 * "█")
    empty.setStyleSheet(theme.style_sheet(tokens))
    empty.show()
    picture = empty.grab().toImage()
    shown = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert max(contrast(colour, tokens.field) for colour in shown) == contrast(tokens.text_faint, tokens.field)


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("vision", VISIONS)
def test_families_are_told_apart_by_every_eye(tokens: theme.Tokens, vision: str) -> None:
    assert set(tokens.families) == set(Family)
    for first, second in combinations(tokens.families, 2):
        colours = (seen(tokens.families[family], VISIONS[vision]) for family in (first, second))
        assert deltaE_ciede2000(*colours) > 4 * JUST_TOLD_APART, f"{first} and {second}"


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
def test_families_and_curves_stand_out_from_their_ground(tokens: theme.Tokens) -> None:
    for colour in (*tokens.families.values(), *tokens.curves):
        assert contrast(colour, tokens.surface) >= 3


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("vision", VISIONS)
def test_the_first_four_curves_are_told_apart_by_every_eye(tokens: theme.Tokens, vision: str) -> None:
    for first, second in combinations(tokens.curves[:4], 2):
        assert deltaE_ciede2000(seen(first, VISIONS[vision]), seen(second, VISIONS[vision])) > 3 * JUST_TOLD_APART


@pytest.mark.parametrize("tokens", MODES, ids=lambda tokens: tokens.name)
def test_notes_bear_text_and_their_colours_are_told_apart(tokens: theme.Tokens) -> None:
    grounds = [theme.mix(tokens.surface, colour, NOTE_SHARE) for colour in tokens.notes.values()]
    for ground in grounds:
        assert contrast(tokens.text, ground) >= 4.5 and contrast(tokens.text_muted, ground) >= 4.5
    for first, second in combinations(grounds, 2):
        assert deltaE_ciede2000(seen(first, np.eye(3)), seen(second, np.eye(3))) > 2 * JUST_TOLD_APART


@pytest.mark.usefixtures("undressed")
def test_applying_a_mode_dresses_the_application_and_tells_who_paints(qapp: QApplication, qtbot: QtBot) -> None:
    for tokens in (theme.DARK, theme.LIGHT):
        with qtbot.waitSignal(theme.changed):
            theme.apply(qapp, tokens.name)
        assert theme.current() is tokens
        assert qapp.palette().color(QPalette.ColorRole.Text).name().upper() == tokens.text
