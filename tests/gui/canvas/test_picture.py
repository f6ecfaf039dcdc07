"""Exported pictures, read back by an XML parser, Qt's SVG renderer and Pillow."""

import io
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import svg_of
from tests.gui.canvas.networks import chain, experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas.geometry import CARD_WIDTH
from workbench.gui.canvas.picture import MARGIN, Picture, SvgDrawing, picture_of, to_png
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.spec.graph import Note
from workbench.spec.record import replace

SVG = "{http://www.w3.org/2000/svg}"
CROSSING = Note(position=(-40.0, -60.0), size=(400.0, 200.0), text="The <stem> & more", colour="blue")


@pytest.fixture
def picture(qtbot: QtBot) -> Picture:
    """The picture of a chain with a frame, everything selected."""
    graph = replace(chain("ReLU", "Tanh", "Flatten"), notes=(CROSSING,))
    view = CanvasView(Document(experiment(graph)))
    qtbot.addWidget(view)
    view.show_analysis(analyse(view.presenter.document.experiment.architecture))
    view.presenter.select_all()
    return picture_of(view.canvas_scene, "My network")


def test_an_svg_has_a_title_and_its_words_as_text(picture: Picture) -> None:
    root = ElementTree.fromstring(svg_of(picture))
    assert root.findtext(f"{SVG}title") == "My network"
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert {"input", "n0", "ReLU", "1×28×28", "Tanh", "784", "The <stem> & more"} <= set(words)
    _, _, width, _ = map(float, root.attrib["viewBox"].split())
    assert CARD_WIDTH < width <= 400 + 2 * MARGIN + 1
    assert not any(element.get("vector-effect") == "non-scaling-stroke" for element in root.iter())


def png_of(picture: Picture) -> bytes:
    return to_png(svg_of(picture), picture.title, SvgDrawing(picture).dpi)


def rendered(svg: bytes) -> QImage:
    renderer = QSvgRenderer(QByteArray(svg))
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def test_the_ground_is_white_and_nothing_is_marked_as_selected(picture: Picture) -> None:
    image = rendered(svg_of(picture))
    corners = {image.pixelColor(x, y).name() for x in (1, image.width() - 2) for y in (1, image.height() - 2)}
    assert corners == {"#ffffff"}
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}
    assert theme.LIGHT.accent.lower() not in colours and "#ff00ff" not in colours
    assert theme.LIGHT.surface.lower() in colours


def test_a_png_has_300_dots_an_inch_and_a_title(picture: Picture) -> None:
    image = Image.open(io.BytesIO(png_of(picture)))
    assert image.info["Title"] == "My network"
    assert image.info["dpi"] == pytest.approx((300, 300), rel=0.01)
    on_screen = rendered(svg_of(picture))
    assert image.width / on_screen.width() == pytest.approx(image.height / on_screen.height(), rel=0.01)
    assert image.width >= 2 * on_screen.width()


def test_a_dark_window_makes_the_same_picture(picture: Picture) -> None:
    light = svg_of(picture)
    with theme.drawn_in(theme.DARK):
        assert theme.current() is theme.DARK
        drawing = SvgDrawing(picture)
        assert all(theme.current() is theme.DARK for _ in drawing.steps()), "in between the window has its own colours"
        assert drawing.svg == light
    assert theme.current() is not theme.DARK


def test_thousands_of_cards_make_a_png_that_can_be_opened(picture: Picture) -> None:
    (card, _), *_ = picture.cards
    many = tuple((card, (column * 400.0, row * 80.0)) for column in range(40) for row in range(25))
    image = Image.open(io.BytesIO(png_of(Picture(title="large", cards=many, links=(), notes=()))))
    assert image.width * image.height <= 61e6
    assert image.width > 10_000
