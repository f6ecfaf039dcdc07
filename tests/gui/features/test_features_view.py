"""Feature maps in the real window: layers, channels, pictures and the strongest ones, by mouse and keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from tests.gui.hands import drop_file, press, shorten, state
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.session.views.attention import OnePicture
from workbench.session.views.feature_sheet import ZERO
from workbench.session.views.features import FeaturesQuestion

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def test_maps_of_a_layer_are_shown_and_followed(window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path) -> None:
    from workbench.gui.canvas import context_menu
    from workbench.gui.features.view import FeaturesWindow
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.own_pictures.view import OwnPicturesWindow
    from workbench.gui.watch.neighbours.view import NeighboursPanel

    window.activateWindow()
    wait(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    shown = window.windows.shown(FeaturesWindow)
    assert shown is not None
    wait(lambda: shown.words.text().endswith("initial weights (seed 0)"))
    shorten(window, 1)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    presenter, run = shown.presenter, window.trainer.run
    assert run is not None
    last = run.insight.features.ask(FeaturesQuestion(picture=OnePicture(name="", split="test")))
    wait(lambda: run.insight.features.answers.newest(last - 1) is not None)
    wait(lambda: presenter.is_shown and presenter.seen.step == run.insight.features.answers.newest()[1].step)
    assert shown.layers.currentText() == "conv1 · Conv2d 6×28×28" and shown.words.text() == presenter.words

    # A channel, by mouse and keys; the map's colours are those of its numbers.
    shown.grab()
    tiling = shown.grid.tiling()
    place = QPoint(int(tiling.place(1)[0]) + 20, 20)
    qtbot.mouseClick(shown.grid.viewport(), LEFT, pos=place)
    assert presenter.number == 1 and shown.told.text().startswith("Channel 1: ")
    before = shown.channel.grab().toImage()
    qtbot.keyClick(shown.grid, Qt.Key.Key_End)
    assert presenter.number == 5 and shown.channel.grab().toImage() != before
    qtbot.mouseClick(shown.one_scale, LEFT)
    assert not presenter.one_scale
    image, values = shown.grid._image(5), presenter.values[5]
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    assert abs(image.pixelIndex(int(column), int(row)) - ZERO) == ZERO, "the strongest colour is the largest number's"
    beside = shown.channel.grab().toImage()
    qtbot.mouseClick(shown.overlay, LEFT)
    assert shown.channel.grab().toImage() != beside

    # A layer from the canvas, a picture by number, the next by key, one of the neighbours' and of the mistakes.
    card = window.canvas.canvas_scene.drawn_rect(["relu2"]).center()
    menu = context_menu.make(window.canvas, window.canvas.mapFromScene(card))
    next(action for action in menu.actions() if action.text() == "Feature maps…").trigger()
    wait(lambda: presenter.layer.path == "relu2")
    shown.pictures.setFocus()
    shown.pictures.selectAll()
    qtbot.keyClicks(shown.pictures, "7")
    qtbot.keyClick(shown.pictures, Qt.Key.Key_Return)
    wait(lambda: presenter.words.startswith("Test picture 7, "))
    qtbot.keyClick(shown, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    gallery = presenter.gallery
    assert gallery is not None
    wait(lambda: np.array_equal(presenter.seen.pixels, gallery.picture(8)))
    window.findChild(NeighboursPanel).ask(4)
    wait(lambda: np.array_equal(presenter.seen.pixels, gallery.picture(4)) and shown.pictures.value() == 4)
    window.commands["mistakes"].trigger()
    mistakes = window.windows.shown(MistakesWindow)
    assert mistakes is not None
    wait(lambda: mistakes.examples.gallery.isVisible() and mistakes.examples.gallery._indices.size)
    qtbot.mouseClick(mistakes.examples.gallery.viewport(), LEFT, pos=QPoint(20, 20))
    qtbot.mouseClick(mistakes.examples.looks.features, LEFT)
    wait(lambda: "predicted as" in presenter.words)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(tmp_path / "mine.png")
    window.commands["own_pictures"].trigger()
    own = window.windows.shown(OwnPicturesWindow)
    assert own is not None and own.looks.features.isHidden()
    drop_file(own, tmp_path / "mine.png")
    wait(lambda: len(own.presenter.shown) == 1)
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    own.activateWindow()
    wait(own.isActiveWindow)
    qtbot.keyClick(own, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: presenter.words.startswith("mine.png · step ") and presenter.seen.pixels.shape == (1, 28, 28))
    assert window.windows.shown(FeaturesWindow) is shown, "there is one such window"

    # The strongest pictures; a click on one shows its maps, in which the channel's largest number is its response.
    qtbot.keyClick(shown.grid, Qt.Key.Key_Home)
    qtbot.mouseClick(shown.wants_strongest, LEFT)
    wait(lambda: len(presenter.exciting) == 16 and not presenter.awaits_ranking)
    assert shown.strongest.isVisible() and not shown.progress.isVisible()
    second = presenter.exciting[1]
    shown.grab()
    second_tile = QPoint(int(shown.strongest.tiling().place(1)[0]) + 20, 20)
    qtbot.mouseClick(shown.strongest.viewport(), LEFT, pos=second_tile)
    wait(lambda: np.array_equal(presenter.seen.pixels, gallery.picture(second.number)))
    np.testing.assert_allclose(presenter.values[0].max(), second.response, atol=1e-5)
    assert presenter.framed == second.part
    shown.by.setCurrentIndex(1)
    shown.by.activated.emit(1)
    assert shown.ranking.text().startswith("Of ") and "by the mean" in shown.ranking.text()

    qtbot.mouseClick(shown.wants_strongest, LEFT)
    assert shown.strongest.isHidden() and shown.by.isHidden() and not presenter.awaits_ranking

    shown.clear()
    assert shown.empty.isVisible() and shown.layers.isHidden()
    shown.close()
    mistakes.close()
    own.close()
    assert all(follower.listener is not shown for follower in window.pump._followers)


def test_only_channels_in_view_are_drawn(qtbot: QtBot) -> None:
    from workbench.compiler.places import FeatureLayer
    from workbench.gui.features.channels import ChannelGrid
    from workbench.gui.features.presenter import FeaturesPresenter
    from workbench.session.views.attention import OnePicture
    from workbench.session.views.features import FeaturesSeen

    presenter = FeaturesPresenter()
    presenter.show_picture(OnePicture(name="one"))
    presenter.asked(1)
    layer = FeatureLayer(path="conv", type="Conv2d", shape=(2048, 7, 7), layout="maps", sides=(7, 7))
    values = np.random.default_rng(0).normal(size=(2048, 7, 7)).astype(np.float32)
    others = np.zeros((2048, 0), np.float32)
    seen = FeaturesSeen(
        step=1, pixels=np.zeros((1, 8, 8), np.uint8), layers=(layer,), layer=layer, values=values, others=others
    )
    assert presenter.take_answer(1, seen)
    grid = ChannelGrid(presenter)
    qtbot.addWidget(grid)
    grid.resize(600, 500)
    grid.show()
    grid.show_channels()
    grid.grab()
    assert 0 < len(grid._images) < 60
    grid.chosen.connect(presenter.choose_channel)
    qtbot.keyClick(grid, Qt.Key.Key_End)
    grid.grab()
    assert presenter.number == 2047 and 2047 in grid._images and len(grid._images) < 120
