"""The screen shows the scene, whether it is repainted piece by piece or all at once."""

from collections.abc import Callable
from itertools import product

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import on_screen, whole
from tests.gui.canvas.networks import chain, experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas import geometry
from workbench.gui.canvas.looks import BODY, MARGIN, TEXT_MARGIN, lay_out, painter_of, text_font
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.spec import edits
from workbench.spec.graph import Node
from workbench.spec.record import replace

Open = Callable[[float], CanvasView]


@pytest.fixture
def at_zoom(qtbot: QtBot) -> Open:
    """A function that opens a canvas on a chain with a skip and an unconnected Add, at a given zoom."""

    def open_canvas(zoom: float) -> CanvasView:
        graph = chain("Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear")
        graph = edits.add_node(graph, Node(name="sum", type="Add", inputs=("n0", "n2"), position=(700.0, 500.0)))
        view = CanvasView(Document(experiment(graph)))
        qtbot.addWidget(view)
        view.resize(900, 600)
        view.show()
        view.show_analysis(analyse(view.presenter.document.experiment.architecture))
        view.zoom_by(zoom / view.zoom())
        return view

    return open_canvas


def drag(view: CanvasView) -> None:
    x, y = view.presenter.positions["n1"]
    start = view.mapFromScene(QPointF(x + geometry.CARD_WIDTH / 4, y + geometry.CARD_HEIGHT / 2))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(view.viewport(), start + QPoint(19, 7) * step)
        QApplication.processEvents()
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(19, 7) * 5)


def hover(view: CanvasView) -> None:
    edge = view.canvas_scene.edges["sum", 0]
    edge.hoverEnterEvent(None)
    QApplication.processEvents()
    edge.hoverLeaveEvent(None)
    view.canvas_scene.edges["n0", 0].hoverEnterEvent(None)
    view.canvas_scene.cards["n0"].hoverEnterEvent(None)


CHANGES: dict[str, Callable[[CanvasView], object]] = {
    "pan": lambda view: [(view.pan(13, -29), QApplication.processEvents()) for _ in range(4)],
    "drag": drag,
    "select": lambda view: (view.presenter.select_all(), QApplication.processEvents(), view.presenter.select({"n1"})),
    "hover": hover,
    "delete": lambda view: (view.presenter.select({"n1"}), view.presenter.delete()),
    "delete and undo": lambda view: (
        view.presenter.select({"sum"}),
        view.presenter.delete(),
        QApplication.processEvents(),
        view.presenter.document.undo(),
        view.presenter.select({"n2"}),
    ),
    "rename": lambda view: view.presenter.rename("n0", "another_name"),
    "hide a connection": lambda view: (
        view.canvas_scene.edges["sum", 1].hide(),
        QApplication.processEvents(),
        view.canvas_scene.edges["sum", 1].show(),
        view.canvas_scene.edges["sum", 0].hide(),
    ),
}


@pytest.mark.parametrize("zoom", [0.3, 0.45, 1.0])
@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_piece_by_piece_looks_as_if_painted_at_once(at_zoom: Open, zoom: float, change: str) -> None:
    view = at_zoom(zoom)
    before = on_screen(view)
    assert before == whole(view)
    CHANGES[change](view)
    assert on_screen(view) != before
    assert on_screen(view) == whole(view)


@pytest.mark.parametrize("zoom", [0.08, 0.2, 0.39])
def test_from_afar_each_card_is_where_it_stands_in_its_familys_colour(at_zoom: Open, zoom: float) -> None:
    view = at_zoom(zoom)
    picture, tokens = on_screen(view), theme.current()
    for name, item in view.canvas_scene.cards.items():
        place = view.mapFromScene(item.sceneBoundingRect().center())
        family = item.card.family
        assert family is not None
        wanted = theme.mix(tokens.families[family], tokens.surface, 0.45)
        seen = [picture.pixelColor(place + QPoint(dx, 0)).name().upper() for dx in (-5, 5)]
        assert seen == [wanted, wanted], name


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("zoom", [0.6, 1.0, 2.3])
def test_a_kept_body_is_the_body_drawn(at_zoom: Open, mode: str, zoom: float) -> None:
    cards = painter_of("dark" if mode == "dark" else "light")
    item = at_zoom(1.0).canvas_scene.cards["sum"]
    kept = cards.body(item.look(cards), zoom, 1.0).toImage()
    drawn = QImage(kept.size(), kept.format())
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.scale(zoom, zoom)
    painter.translate(MARGIN, MARGIN)
    cards.paint_body(painter, item.look(cards))
    painter.end()
    assert kept == drawn
    assert kept.width() >= (BODY.width() + 2 * MARGIN) * zoom


def test_words_stay_in_their_card_however_long(at_zoom: Open) -> None:
    view = at_zoom(1.0)
    view.presenter.rename("n0", "a_name_of_a_hundred_letters_" + "x" * 70)
    words = view.canvas_scene.cards["a_name_of_a_hundred_letters_" + "x" * 70].words
    assert words.name.endswith("…")
    assert words.name_at.x() < words.pill.left() <= words.kind_at.x() <= words.size_at.x() <= BODY.right()


def test_no_word_runs_into_another(at_zoom: Open) -> None:
    small = QFontMetricsF(text_font(theme.TEXT_SMALL))
    plain = at_zoom(1.0).presenter.cards["n0"]
    for name, kind, size, badge in product(
        ("1", "transformerencoder12"),
        ("ReLU", "TransformerEncoder"),
        ("", "99,999 params", "999 M params"),
        ("", "×12"),
    ):
        card = replace(plain, name=name, type=kind, size_words=size, badge=badge, shape="1024×112×112")
        words = lay_out(replace(card, detail="7×7, 1024 filters, stride 2, pad 3, no bias"))
        kind_right = words.kind_at.x() + small.horizontalAdvance(words.kind)
        assert words.pill.right() <= words.kind_at.x() and kind_right <= words.size_at.x()
        assert words.size_at.x() + small.horizontalAdvance(words.size) <= BODY.right() - TEXT_MARGIN + 0.01
        assert words.detail_at.x() + small.horizontalAdvance(words.detail) < words.shape_at.x()
        assert (words.size, words.shape) == (size, "1024×112×112")


def test_the_shape_on_a_connection_is_shown_while_the_pointer_is_there(at_zoom: Open) -> None:
    view = at_zoom(1.0)
    edge, bubble = view.canvas_scene.edges["n0", 0], view.canvas_scene.bubble
    edge.hoverEnterEvent(None)
    assert bubble.isVisible() and bubble.words == edge.words != ""
    assert bubble.pos() == edge.path().pointAtPercent(0.5)
    edge.hoverLeaveEvent(None)
    assert not bubble.isVisible()
