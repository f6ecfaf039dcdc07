"""The start page on an empty canvas: what it offers, and the room it takes."""

from PySide6.QtCore import QMimeData, QPointF, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench.data import SOURCES
from workbench.data.downloads.downloaded import DownloadedSet
from workbench.gui.canvas.start_page import STARTERS, StartPage
from workbench.gui.experiment.presets import SMALL, preset_titles
from workbench.gui.palette.presenter import MIME_TYPE
from workbench.gui.window.main_window import MainWindow
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment


def new(window: MainWindow, wait: Wait) -> StartPage:
    page = window.canvas.empty.page
    assert page is not None and not page.isVisible()
    window.commands["new"].trigger()
    wait(page.isVisible)
    assert not window.canvas.empty.hint.isVisible()
    return page


def experiment(window: MainWindow) -> Experiment:
    return window.document.experiment


def test_every_tile_trains_on_a_cpu_without_a_download() -> None:
    small = preset_titles()[SMALL]
    for starter in STARTERS:
        assert starter.name in small
        assert not issubclass(SOURCES[read_experiment(starter.name).data.source.type], DownloadedSet)


def test_a_tile_opens_its_preset(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    page = new(window, wait)
    tile = page.tiles[0]
    qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    wait(lambda: experiment(window) == read_experiment(tile.starter.name))
    assert not page.isVisible() and not window.document.dirty


def test_its_tiles_are_as_many_as_there_is_room_for(window: MainWindow, wait: Wait) -> None:
    page, canvas = new(window, wait), window.canvas
    canvas.setParent(None)  # a splitter would change its size
    canvas.show()
    for size, num_tiles in (
        (QSize(900, 600), 6),
        (QSize(478, 306), 4),
        (QSize(378, 266), 1),
        (QSize(240, 200), 1),
        (QSize(240, 150), 0),
    ):
        canvas.resize(size)
        wait(lambda size=size: canvas.size() == size)
        assert sum(tile.isVisible() for tile in page.tiles) == num_tiles
        assert canvas.rect().contains(page.geometry())
        for tile in page.tiles[:num_tiles]:
            assert page.rect().contains(tile.geometry()) and tile.height() == page.tiles[0].height()
    window.drawing.insertWidget(0, canvas)


def test_no_button_is_cut_in_a_small_window(window: MainWindow, wait: Wait) -> None:
    window.resize(1000, 640)
    page = new(window, wait)
    buttons = [button for button in page.findChildren(QPushButton) if button not in page.tiles]
    assert len(buttons) == 3
    assert all(button.width() >= button.sizeHint().width() for button in buttons)


def test_it_stays_below_messages_and_loses_what_has_no_room_there(window: MainWindow, wait: Wait) -> None:
    window.resize(1024, 640)
    page, canvas = new(window, wait), window.canvas
    before = sum(tile.isVisible() for tile in page.tiles)
    window.messages.say("info", "The run was stopped before it finished. " * 3)
    wait(lambda: page.y() > window.messages.geometry().bottom())
    assert sum(tile.isVisible() for tile in page.tiles) < before
    assert canvas.rect().contains(page.geometry())
    window.messages.clear()
    wait(lambda: sum(tile.isVisible() for tile in page.tiles) == before)


def test_nothing_is_cut_on_the_smallest_canvas(window: MainWindow, wait: Wait) -> None:
    page, canvas = new(window, wait), window.canvas
    canvas.setParent(None)  # a splitter would change its size
    canvas.show()
    for size, num_buttons, num_labels in ((QSize(240, 110), 2, 1), (QSize(240, 60), 2, 0), (QSize(480, 160), 3, 2)):
        canvas.resize(size)
        wait(lambda size=size: canvas.size() == size)
        labels = [label for label in page.findChildren(QLabel) if label.parent() is page and label.isVisible()]
        buttons = [button for button in page.buttons if button.isVisible()]
        assert (len(buttons), len(labels)) == (num_buttons, num_labels)
        assert all(part.width() >= part.minimumSizeHint().width() for part in (*buttons, *labels))
        assert all(label.height() >= label.heightForWidth(label.width()) for label in labels)
        assert all(page.rect().contains(part.geometry()) for part in (*buttons, *labels))
        assert canvas.rect().contains(page.geometry())
    window.drawing.insertWidget(0, canvas)


def test_a_layer_dropped_on_it_comes_to_the_canvas(qapp: QApplication, window: MainWindow, wait: Wait) -> None:
    page = new(window, wait)
    data = QMimeData()
    data.setData(MIME_TYPE, b"Input")
    place, none = QPointF(20, 30), Qt.MouseButton.NoButton
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), copy, data, none, keys)
    qapp.sendEvent(page, enter)
    assert enter.isAccepted()
    there = window.canvas.mapToScene(page.mapTo(window.canvas, place.toPoint()))
    qapp.sendEvent(page, QDropEvent(place, copy, data, none, keys))
    (node,) = experiment(window).architecture.graph.nodes
    box = window.canvas.presenter.box(node.name)
    assert node.type == "Input" and not page.isVisible()
    assert box.left <= there.x() <= box.right and box.top <= there.y() <= box.bottom
