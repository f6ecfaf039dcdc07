"""The minimap: shown when it helps, accurate, and usable for navigation."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.canvas.networks import chain, experiment
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow
from workbench.spec import edits

Open = Callable[[int], CanvasView]


@pytest.fixture
def chain_of(qtbot: QtBot) -> Open:
    """A function that opens a canvas on a column of ``length`` cards."""

    def open_canvas(length: int) -> CanvasView:
        graph = chain(*["ReLU"] * length)
        graph = edits.move(graph, {node.name: (0.0, 72.0 * row) for row, node in enumerate(graph.nodes)})
        view = CanvasView(Document(experiment(graph)))
        qtbot.addWidget(view)
        view.resize(800, 600)
        view.show()
        return view

    return open_canvas


def test_it_is_there_when_the_network_is_larger_than_the_window(chain_of: Open) -> None:
    view = chain_of(3)
    assert not view.minimap.isVisible()
    view.zoom_by(8.0)
    assert view.minimap.isVisible()
    view.sight.fit()
    assert not view.minimap.isVisible()
    view.pan(2000, 0)
    assert view.minimap.isVisible()
    view.minimap.want(False)
    assert not view.minimap.isVisible()
    view.minimap.want(True)
    assert view.minimap.isVisible()


def test_it_hides_no_card_where_nearly_all_is_seen(chain_of: Open) -> None:
    view = chain_of(3)
    extent, height = view.minimap.extent, view.seen().height()
    view.centerOn(extent.center().x(), extent.top() + 0.1 * extent.height() + height / 2)
    assert not view.seen().contains(extent) and not view.minimap.isVisible()
    view.centerOn(extent.center().x(), extent.top() + 0.3 * extent.height() + height / 2)
    assert view.minimap.isVisible()


def test_it_hides_no_card_of_a_small_canvas(chain_of: Open, qtbot: QtBot) -> None:
    view = chain_of(60)
    assert view.minimap.isVisible()
    for size in ((460, 600), (800, 306)):
        view.resize(*size)
        qtbot.waitUntil(lambda: not view.minimap.isVisible())
        view.resize(800, 600)
        qtbot.waitUntil(view.minimap.isVisible)


def test_it_stays_in_its_corner_and_within_its_size(chain_of: Open) -> None:
    view = chain_of(60)
    for size in ((800, 600), (500, 280), (1300, 900)):
        view.resize(*size)
        QApplication.processEvents()
        room = view.rect().adjusted(0, 0, -theme.SPACE_M, -theme.SPACE_M)
        assert view.minimap.geometry().bottomRight() == room.bottomRight()
        assert view.minimap.width() <= 216 and view.minimap.height() <= 160
        assert view.minimap.height() <= 0.3 * view.height() + 1, "it covers a small canvas"


def test_a_click_goes_there_and_a_drag_takes_the_window_along(chain_of: Open) -> None:
    view = chain_of(60)
    minimap = view.minimap
    item = view.canvas_scene.cards["n40"]
    there = minimap.to_map(item.sceneBoundingRect()).center().toPoint()
    QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=there)
    assert view.seen().contains(item.sceneBoundingRect())
    QTest.mouseMove(minimap, QPoint(there.x(), 12))
    QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton, pos=QPoint(there.x(), 12))
    assert view.seen().contains(view.canvas_scene.cards["n0"].sceneBoundingRect())
    assert not view.presenter.selection


def test_places_there_and_back_agree(chain_of: Open) -> None:
    minimap = chain_of(60).minimap
    for point in (QPointF(3, 5), QPointF(20, 100)):
        again = minimap.to_map(QRectF(minimap.to_scene(point), QRectF(0, 0, 1, 1).size())).topLeft()
        assert (again - point).manhattanLength() < 1e-6


def colours(view: CanvasView) -> set[str]:
    picture = view.minimap.grab().toImage()
    return {picture.pixelColor(x, y).name().upper() for x in range(picture.width()) for y in range(picture.height())}


def test_it_shows_each_change_and_the_mode(chain_of: Open) -> None:
    view = chain_of(20)
    view.zoom_by(2.0)
    wanted = theme.mix(theme.LIGHT.families[view.canvas_scene.cards["n1"].card.family], theme.LIGHT.surface, 0.45)
    pools = {theme.mix(theme.LIGHT.families[family], theme.LIGHT.surface, 0.45) for family in theme.LIGHT.families}
    assert wanted in colours(view)
    before = colours(view) & pools
    view.presenter.add("Linear", (152.0, -400.0))
    QApplication.processEvents()
    assert len(colours(view) & pools) == len(before) + 1


def test_it_is_switched_off_in_the_menu_and_that_is_remembered(window: MainWindow) -> None:
    action = window.commands["minimap"]
    assert action.isChecked() and window.canvas.minimap.wanted
    action.trigger()
    assert not window.canvas.minimap.wanted
    assert window.preferences.get("minimap") in (False, "false")
    window.window_state.restore()
    assert not action.isChecked() and not window.canvas.minimap.wanted
