"""Why a network answers so, for a picture of one's own and one of the data, from the windows that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt

from tests.gui.hands import drop_file, press, state
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_speed, with_training
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def test_an_answer_is_explained_by_each_method_for_any_class(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.own_pictures.view import OwnPicturesWindow
    from workbench.gui.why.view import WhyWindow

    digits = replace(read_experiment("lenet-digits"), data=DataRecipe(source=Component(type="Digits")))
    window.document.replace(with_speed(with_training(digits, epochs=1), "compile", "off"), None)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    for name in ("own_pictures", "mistakes"):
        window.commands[name].trigger()
    own, mistakes = window.windows.shown(OwnPicturesWindow), window.windows.shown(MistakesWindow)
    assert own is not None and mistakes is not None
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(tmp_path / "mine.png")
    drop_file(own, tmp_path / "mine.png")
    wait(lambda: len(own.presenter.shown) == 1 and own.looks.why.isEnabled())
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    qtbot.keyClick(own.grid, Qt.Key.Key_Space)
    why = window.windows.shown(WhyWindow)
    assert why is not None and why.empty.heading == "Asking the network…"
    presenter = why.presenter
    wait(lambda: presenter.map is not None)
    assert why.words.text().startswith("mine.png · step ") and why.picture.isVisible() and why.layers.isHidden()
    assert why.pictures.isVisible() and why.pictures.text() == "–", "it is none of the data"
    assert why.methods.currentText() == "Occlusion" and why.places.count() == 11
    assert why.places.itemText(0) == f"Likeliest: {why.places.itemText(1)}"
    occluded = why.picture.grab().toImage()
    middle = QPointF(why.picture.width() * 0.75, why.picture.height() * 0.5)
    assert why.picture.tip(middle).startswith("row ") and not why.picture.tip(QPointF(1, 1))

    qtbot.keyClick(why.methods, Qt.Key.Key_Down)  # Grad-CAM
    assert presenter.is_waiting and presenter.map is None and why.told.text() == "Computing…", "no other method's map"
    wait(lambda: presenter.map is not None)
    assert why.told.text() == why.picture.accessibleDescription() and "Red: maps of " in why.told.text()
    assert why.layers.isVisible() and why.layers.currentText() == presenter.seen.layer == why.layers.itemText(0)
    assert why.picture.grab().toImage() != occluded
    qtbot.keyClick(why.layers, Qt.Key.Key_End)
    assert why.layers.currentText() == presenter.layers[-1], "it stays chosen while it is asked about"
    wait(lambda: presenter.map is not None)
    assert presenter.seen.layer == presenter.layers[-1]
    qtbot.keyClick(why.places, Qt.Key.Key_End)
    wait(lambda: presenter.map is not None)
    assert presenter.seen.place == int(presenter.seen.values.argmin())

    wait(lambda: mistakes.presenter.mistakes is not None)
    mistakes.everything.click()
    qtbot.mouseClick(mistakes.examples.gallery.viewport(), LEFT, pos=QPoint(20, 20))
    wait(lambda: presenter.map is not None and "predicted as" in why.words.text())
    found = mistakes.presenter.mistakes
    index = int(found.pictures()[0])
    assert why.pictures.text() == str(index) and why.pictures.minimum() == 0
    assert presenter.seen.truth == found.labels[index] and presenter.seen.place == found.predicted[index]
    assert sum(why.places.itemText(row).endswith(" · true class") for row in range(why.places.count())) == 1
    why.close()
    qtbot.mouseClick(mistakes.examples.looks.why, LEFT)
    again = window.windows.shown(WhyWindow)
    assert again is not None and again is not why
    wait(lambda: again.presenter.map is not None)
