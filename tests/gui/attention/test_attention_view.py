"""Attention over a picture of one's own and over one of the data, from the windows that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt

from tests.gui.hands import drop_file, press, state
from workbench.gui.attention.presenter import ROLLOUT
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_speed, with_training
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.attention.view import AttentionWindow
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.own_pictures.view import OwnPicturesWindow
    from workbench.gui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def small_transformer() -> Experiment:
    """On digits, 8 by 8 pixels, of which it makes 2 by 2 patches."""
    experiment = replace(read_experiment("vit_mini"), data=DataRecipe(source=Component(type="Digits")))
    experiment = override(experiment, "architecture.graph.nodes.input.shape", "[1, 8, 8]")
    return with_speed(with_training(experiment, epochs=1), "compile", "off")


def opened(window: MainWindow) -> tuple[OwnPicturesWindow, MistakesWindow]:
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.own_pictures.view import OwnPicturesWindow

    for name in ("own_pictures", "mistakes"):
        window.commands[name].trigger()
    own, mistakes = window.windows.shown(OwnPicturesWindow), window.windows.shown(MistakesWindow)
    assert own is not None and mistakes is not None
    return own, mistakes


def middle_of(attention: AttentionWindow, row: int, column: int) -> QPoint:
    return attention.picture._cell(row, column).center().toPoint()


def test_a_picture_of_ones_own_and_one_of_the_data_show_what_the_network_attends_to(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    from workbench.gui.attention.view import AttentionWindow

    window.document.replace(small_transformer(), None)
    wait(lambda: window.checker.settled)
    own, mistakes = opened(window)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(tmp_path / "mine.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    drop_file(own, tmp_path / "broken.png")
    wait(lambda: len(own.presenter.shown) == 1)
    assert own.looks.attention.isVisible() and not own.looks.attention.isEnabled(), "it cannot be read"
    drop_file(own, tmp_path / "mine.png")
    wait(lambda: len(own.presenter.shown) == 2)
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    assert own.looks.attention.isEnabled()

    own.activateWindow()
    wait(own.isActiveWindow)
    qtbot.keyClick(own, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    attention = window.windows.shown(AttentionWindow)
    assert attention is not None and attention.empty.heading == "Asking the network…"
    wait(lambda: attention.presenter.is_shown)
    presenter = attention.presenter
    assert attention.words.text().startswith("mine.png · step ") and attention.picture.isVisible()
    assert attention.layers.count() == 7 and attention.layers.currentText() == "encoder_layer_5"
    assert not attention.default.isEnabled() and attention.default.text() == "Class token"
    attention.grab()  # painted, so that clicks know where the picture is

    of_class = presenter.map.shares
    qtbot.mouseClick(attention.picture, LEFT, pos=middle_of(attention, 1, 0))
    wait(lambda: presenter.framed == (1, 0))
    assert attention.default.isEnabled() and not np.array_equal(presenter.map.shares, of_class)
    assert attention.told.text() == attention.picture.accessibleDescription() == presenter.told
    qtbot.keyClick(attention.picture, Qt.Key.Key_Right)
    wait(lambda: presenter.framed == (1, 1))
    assert attention.picture.tip(QPointF(middle_of(attention, 0, 1))).startswith("row 1, column 2: ")
    plain = attention.picture.grab().toImage()
    qtbot.mouseClick(attention.maps.viewport(), LEFT, pos=QPoint(int(attention.maps.tiling().pitch[0]) + 20, 20))
    assert presenter.map.caption == "head 1" and attention.picture.grab().toImage() != plain
    qtbot.keyClick(attention.maps, Qt.Key.Key_End)
    assert presenter.map.caption == "head 4"
    assert attention.maps.tip(QPointF(20, 20)).startswith("mean of heads: up to ")
    qtbot.mouseClick(attention.default, LEFT)
    wait(lambda: presenter.framed is None)

    qtbot.keyClick(attention.layers, Qt.Key.Key_Home)
    wait(lambda: presenter.path == ROLLOUT)
    assert presenter.map.caption == "all 6 layers"

    mistakes.everything.click()
    mistakes.examples.gallery.select(None)
    assert mistakes.examples.looks.attention.isVisible() and not mistakes.examples.looks.attention.isEnabled(), (
        "none is selected"
    )
    wait(lambda: mistakes.presenter.mistakes is not None)
    qtbot.mouseClick(mistakes.examples.gallery.viewport(), LEFT, pos=QPoint(20, 20))
    qtbot.mouseClick(mistakes.examples.looks.attention, LEFT)
    wait(lambda: presenter.is_shown and "predicted as" in attention.words.text())
    found = mistakes.presenter.mistakes
    assert found is not None and presenter.seen is not None
    index = int(found.pictures()[0])
    assert np.array_equal(presenter.seen.pixels, mistakes.presenter.galleries["test"].picture(index))
    assert window.windows.shown(AttentionWindow) is attention, "there is one such window"

    for listener in (attention, own, mistakes):
        listener.clear()
    assert attention.empty.heading == "No network to look into yet" and attention.empty.isVisible()
    assert own.looks.attention.isHidden() and mistakes.examples.looks.attention.isHidden()
    attention.close()
    assert all(follower.listener is not attention for follower in window.pump._followers)
