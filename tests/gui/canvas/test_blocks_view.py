"""Blocks on a real canvas: clicks on titles, markers and menus."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import LEFT, drag
from tests.gui.canvas.networks import experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas import context_menu
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.spec.files import read_architecture
from workbench.spec.record import replace

Open = Callable[[], CanvasView]


@pytest.fixture
def resnet(qtbot: QtBot) -> CanvasView:
    """A canvas on ResNet-20 after analysis."""
    architecture = read_architecture("resnet20")
    view = CanvasView(Document(replace(experiment(architecture.graph), architecture=architecture)))
    qtbot.addWidget(view)
    view.resize(1400, 900)
    view.show()
    view.activateWindow()
    view.setFocus()
    view.show_analysis(analyse(architecture, classes=10))
    return view


def at(view: CanvasView, key: str, dx: float = 100, dy: float = 12) -> QPoint:
    x, y = view.presenter.positions[key]
    return view.mapFromScene(QPointF(x + dx, y + dy))


def click_fold(view: CanvasView, key: str) -> None:
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, key, 28, 24))


def test_a_click_on_the_mark_unfolds_under_the_pointer_and_folds_again(resnet: CanvasView) -> None:
    before = at(resnet, "layer2")
    places = dict(resnet.presenter.positions)
    click_fold(resnet, "layer2")
    assert "layer2/0" in resnet.canvas_scene.cards
    assert (at(resnet, "layer2") - before).manhattanLength() <= 2
    click_fold(resnet, "layer2/1")
    assert "layer2/1/conv1" in resnet.canvas_scene.cards
    click_fold(resnet, "layer2")
    assert resnet.presenter.positions == places
    assert not any(key.startswith("layer2/") for key in resnet.canvas_scene.cards)


def test_a_double_click_looks_into_a_block_and_escape_comes_back(resnet: CanvasView, qapp: QApplication) -> None:
    QTest.mouseDClick(resnet.viewport(), LEFT, pos=at(resnet, "layer3"))
    assert resnet.presenter.trail == ("layer3",) and set(resnet.canvas_scene.cards) == {"input", "0", "1", "output"}
    assert resnet.breadcrumbs.isVisible() and resnet.breadcrumbs.words == (
        "ResNet-20",
        "layer3: Stage",
        "used twice",
    )
    resnet.presenter.select({"1"})
    QTest.keyClick(resnet, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert resnet.presenter.trail == ("layer3", "1")
    wide, seen = resnet.breadcrumbs.width(), []
    for width in range(wide, 160, -40):
        resnet.resize(width, 600)
        assert resnet.breadcrumbs.geometry().right() < width
        parts = [part for part in resnet.breadcrumbs.findChildren(QWidget) if part.isVisible()]
        names = [part for part in parts if isinstance(part, QToolButton)]
        arrows = [part for part in parts if isinstance(part, QLabel) and part.text() == "›"]
        assert len(arrows) == len(names), "an arrow goes with its name"
        seen.append([name.text() for name in names])
    assert ["ResNet-20", "layer3: Stage"] in seen and ["ResNet-20", "…"] in seen, "the way back to the network stays"
    resnet.resize(1200, 800)
    assert resnet.breadcrumbs.width() == wide, "there is room for all of it again"
    for mode in ("dark", "light"):
        theme.apply(qapp, mode)
        qapp.processEvents()
        assert resnet.breadcrumbs.width() == resnet.breadcrumbs.sizeHint().width(), "nor does another theme cut it"
    resnet.breadcrumbs.findChildren(QToolButton)[-2].click()
    assert resnet.presenter.trail == () and resnet.presenter.selection == {"layer3"}
    assert not resnet.breadcrumbs.isVisible()
    QTest.mouseDClick(resnet.viewport(), LEFT, pos=at(resnet, "layer1"))
    QTest.keyClick(resnet, Qt.Key.Key_Escape)
    assert resnet.presenter.trail == () and resnet.presenter.selection == {"layer1"}


def test_the_band_begun_inside_a_block_selects_in_it(resnet: CanvasView) -> None:
    click_fold(resnet, "layer2")
    resnet.sight.fit_all()
    start, end = at(resnet, "layer2/0", -12, -6), at(resnet, "layer2/1", 40, 30)
    drag(resnet, start, end)
    assert resnet.presenter.selection == {"layer2/0", "layer2/1"}
    QTest.keyClick(resnet, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert resnet.presenter.selection == {"layer2/block1"}
    assert set(resnet.presenter.architecture().blocks["Stage"].by_name) == {"input", "block1", "output"}
    QTest.keyClick(resnet, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert resnet.presenter.selection == {"layer2/0", "layer2/1"}


def test_dragging_the_title_takes_along_what_is_inside(resnet: CanvasView) -> None:
    click_fold(resnet, "layer2")
    inside = resnet.presenter.positions["layer2/0"]
    outside = resnet.presenter.positions["layer2"]
    start = at(resnet, "layer2")
    QTest.mousePress(resnet.viewport(), LEFT, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(resnet.viewport(), start + QPoint(-12, 4) * step)
    item = resnet.canvas_scene.cards["layer2/0"]
    moved = resnet.canvas_scene.cards["layer2"].pos() - QPointF(*outside)
    assert moved.x() < 0 and item.pos() - QPointF(*inside) == moved
    QTest.mouseRelease(resnet.viewport(), LEFT, pos=start + QPoint(-60, 20))
    assert resnet.presenter.document.undo_label == "move layer2"


def test_ports_of_an_unfolded_block_connect_on_the_inside(resnet: CanvasView) -> None:
    click_fold(resnet, "layer2")
    resnet.sight.fit_all()
    start = QPointF(*resnet.presenter.output_point("layer2/input", 0))
    end = QPointF(*resnet.presenter.input_point("layer2/1", 0))
    points = resnet.mapFromScene(start), resnet.mapFromScene(end)
    QTest.mousePress(resnet.viewport(), LEFT, pos=points[0])
    for step in range(1, 6):
        QTest.mouseMove(resnet.viewport(), points[0] + (points[1] - points[0]) * step / 5)
    QTest.mouseRelease(resnet.viewport(), LEFT, pos=points[1])
    assert resnet.presenter.architecture().blocks["Stage"].by_name["1"].inputs == ("input",)


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        ("layer2", {"Open block", "Expand or collapse", "Ungroup"}),
        ("conv1", {"Group into a block", "Rename or edit text"}),
    ],
)
def test_the_menu_offers_what_fits(resnet: CanvasView, key: str, offered: set[str]) -> None:
    menu = context_menu.make(resnet, at(resnet, key))
    assert offered <= {action.text() for action in menu.actions()}
    assert resnet.presenter.selection == {key}
    menu.deleteLater()
    on_paper = context_menu.make(resnet, QPoint(3, 3))
    assert "Paste" in {action.text() for action in on_paper.actions()}
    on_paper.deleteLater()
    QApplication.processEvents()


def test_one_use_is_given_a_block_of_its_own(resnet: CanvasView) -> None:
    resnet.presenter.select({"layer3"})
    resnet.commands["make_own"].trigger()
    assert resnet.presenter.node("layer3").type == "Stage2"
    assert resnet.presenter.node("layer2").type == "Stage"


def test_repeats_are_typed_on_the_badge(resnet: CanvasView) -> None:
    click_fold(resnet, "layer1")
    resnet.sight.fit_all()
    x, y = resnet.presenter.positions["layer1/0"]
    pill = resnet.canvas_scene.cards["layer1/0"].words.pill.center()
    QTest.mouseClick(resnet.viewport(), LEFT, pos=resnet.mapFromScene(QPointF(x, y) + pill))
    QTest.mouseDClick(resnet.viewport(), LEFT, pos=resnet.mapFromScene(QPointF(x, y) + pill))
    editor = resnet.viewport().findChild(QLineEdit, "renameEditor")
    assert isinstance(editor, QLineEdit) and editor.text() == "3"
    QTest.keyClicks(editor, "many")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert "not a valid number of repeats" in resnet.toast.text() and editor.property("invalid")
    editor.selectAll()
    QTest.keyClicks(editor, "5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert resnet.presenter.cards["layer1/0"].badge == "×5"


def test_a_loose_card_is_dragged_into_a_block_and_out_again(resnet: CanvasView) -> None:
    click_fold(resnet, "layer2")
    resnet.presenter.add("Dropout", (-900.0, 100.0))
    resnet.sight.fit_all()
    drag(resnet, at(resnet, "dropout1"), at(resnet, "layer2", 20, 70))
    assert resnet.presenter.selection == {"layer2/dropout1"}
    assert "dropout1" in resnet.presenter.architecture().blocks["Stage"].by_name
    assert "dropout1" not in resnet.presenter.graph.by_name
    resnet.sight.fit_all()
    drag(resnet, at(resnet, "layer2/dropout1"), at(resnet, "layer1", -260, 0))
    assert resnet.presenter.selection == {"dropout1"}
    resnet.presenter.document.undo()
    assert "layer2/dropout1" in resnet.presenter.cards


def test_a_loose_card_dropped_on_a_connection_in_a_block_goes_into_it(resnet: CanvasView) -> None:
    click_fold(resnet, "layer2")
    resnet.presenter.add("Dropout", (-900.0, 100.0))
    resnet.sight.fit_all()
    gap = (
        QPointF(*resnet.presenter.output_point("layer2/0", 0)) + QPointF(*resnet.presenter.input_point("layer2/1", 0))
    ) / 2
    drag(resnet, at(resnet, "dropout1"), resnet.mapFromScene(gap))
    assert resnet.presenter.architecture().blocks["Stage"].by_name["1"].inputs == ("dropout1",)
    assert "dropout1" not in resnet.presenter.graph.by_name


def test_a_block_that_nothing_uses_is_looked_into_and_left(resnet: CanvasView) -> None:
    resnet.presenter.select({"layer1"})
    resnet.presenter.delete()
    resnet.blocks.look_into("FirstStage")
    assert resnet.breadcrumbs.words == ("ResNet-20", "FirstStage", "not used")
    resnet.breadcrumbs.chosen.emit(0)
    assert resnet.presenter.trail == () and not resnet.breadcrumbs.isVisible()
