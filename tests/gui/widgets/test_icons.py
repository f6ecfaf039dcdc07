"""Every icon is drawn in the requested colour, at any scale."""

import re
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from torch import nn

from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import BESIDE_TEXT, icon_button
from workbench.layers import LAYERS
from workbench.layers.base import Family

GUI = Path(icons.__file__).parents[1]


def colours(image: QImage) -> set[str]:
    """The colours of the fully opaque pixels."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("name", icons.names())
def test_an_icon_is_a_valid_drawing_of_one_colour(qapp: QApplication, name: str) -> None:
    assert QSvgRenderer(icons.svg(name).encode()).isValid()
    assert "currentColor" in icons.svg(name)
    image = icons.icon(name, "#123456").pixmap(QSize(64, 64)).toImage()
    assert colours(image) == {"#123456"}


def test_every_family_has_its_own_icon() -> None:
    assert {icons.FAMILY_ICONS[family] for family in Family} <= set(icons.names())
    assert len({icons.svg(icons.FAMILY_ICONS[family]) for family in Family}) == len(Family)


@pytest.mark.parametrize("name", sorted(name for name, layer in LAYERS.table.items() if layer.elementwise))
def test_an_activation_has_its_own_curve(name: str) -> None:
    """It passes through where torch's function does; its axes say where both are zero."""
    drawn = re.search(r'points="([^"]+)"', icons.svg(icons.layer_icon(name, Family.ACTIVATION, gives=True)))
    axes = re.search(r'd="M([\d.]+) 3v18M3 ([\d.]+)h18"', icons.svg(icons.CURVE_ICONS[name]))
    assert drawn is not None and axes is not None
    places = torch.tensor([[float(part) for part in point.split(",")] for point in drawn[1].split()]).double()
    module = (nn.LeakyReLU(0.2) if name == "LeakyReLU" else getattr(nn, name)()).double().requires_grad_(False)
    across, down = (places - torch.tensor([float(part) for part in axes.groups()])).T
    assert any(fits(module, across * scale, -down) for scale in scales(places[:, 0]))
    others = {icons.svg(other) for kind, other in icons.CURVE_ICONS.items() if kind != name}
    assert icons.svg(icons.CURVE_ICONS[name]) not in others


def scales(across: torch.Tensor) -> list[float]:
    """How many units a pixel may be: over a few units, in quarters."""
    return [quarters / 4 / float(across[-1] - across[0]) for quarters in range(4, 80)]


def fits(module: nn.Module, inputs: torch.Tensor, heights: torch.Tensor) -> bool:
    """Whether the heights are the module's answers in some unit."""
    outputs = module(inputs)
    unit = float(heights @ outputs / (outputs @ outputs))
    return torch.allclose(outputs * unit, heights, atol=0.05)


def test_every_icon_is_shown_somewhere() -> None:
    source = "".join(path.read_text("utf-8") for path in GUI.rglob("*.py"))
    shown = set(re.findall(r'"([\w-]+)"', source)) | set(icons.FAMILY_ICONS.values())
    shown |= set(icons.CURVE_ICONS.values())
    assert set(icons.names()) <= shown


def test_an_unknown_name_fails_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon")


def test_an_icon_takes_the_colour_of_the_moment_and_is_pale_while_disabled(qapp: QApplication) -> None:
    icon = icons.icon("run")
    assert colours(icon.pixmap(QSize(48, 48)).toImage()) == {QColor(theme.current().text_muted).name()}
    assert icon.pixmap(QSize(48, 48), QIcon.Mode.Disabled).toImage() != icon.pixmap(QSize(48, 48)).toImage()


def test_an_icon_is_sharp_on_a_screen_of_double_density(qapp: QApplication) -> None:
    picture = icons.icon("run").pixmap(QSize(16, 16), 2.0)
    assert (picture.width(), picture.devicePixelRatio()) == (32, 2.0)


def test_an_icon_before_a_text_keeps_its_shape_and_its_distance(qapp: QApplication, qtbot: QtBot) -> None:
    """Beyond the 4 pixels that Qt leaves."""
    square = icons.icon("stop").pixmap(QSize(theme.ICON_SIZE, theme.ICON_SIZE)).toImage()
    wide = icons.icon("stop").pixmap(BESIDE_TEXT).toImage()
    assert wide.copy(square.rect()) == square
    assert colours(wide.copy(theme.ICON_SIZE, 0, theme.SPACE_XS, theme.ICON_SIZE)) == set()
    words = "Stop and save a checkpoint"
    near, far = QPushButton(icons.icon("stop"), words), icon_button("stop", words)
    for button in (near, far):
        qtbot.addWidget(button)
    near.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
    assert far.sizeHint().width() == near.sizeHint().width() + theme.SPACE_XS


def test_a_changed_copy_of_an_icon_lives_on(qapp: QApplication) -> None:
    copy = QIcon(icons.entry_icon("Linear", Family.LINEAR))
    copy.addPixmap(QPixmap(4, 4))
    assert not copy.pixmap(QSize(16, 16)).isNull()


def test_where_there_is_no_room_there_is_no_icon_and_no_complaint(qapp: QApplication) -> None:
    assert icons.icon("run").pixmap(QSize(0, 16)).isNull()
