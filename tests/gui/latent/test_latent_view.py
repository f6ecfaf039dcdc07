"""The latent space in the real window: all three views of a run, by mouse and keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from tests.gui.hands import press, state
from tests.training.experiments import digits, variational
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.session.views.latent import NO_PICTURE

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_codes_are_decoded_between_pictures_drawn_and_all_over_their_plane(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    from workbench.gui.latent.view import LatentWindow

    window.document.replace(variational(), None)
    window.activateWindow()
    wait(lambda: window.isActiveWindow() and window.checker.settled)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_L, both)
    shown = window.windows.shown(LatentWindow)
    assert shown is not None
    presenter = shown.presenter
    wait(lambda: presenter.is_shown)
    assert shown.words.text() == "Initial weights (seed 3)" and shown.sheet.isVisible(), "without a run"
    initial = presenter.seen.pictures
    qtbot.keyClick(shown, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    wait(lambda: not np.array_equal(presenter.seen.pictures, initial))
    assert presenter.ends == (1, 1) and np.array_equal(*presenter.seen.ends)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)

    def settled(view: str) -> bool:
        assert window.trainer.run is not None
        answer = window.trainer.run.insight.latent.answers.newest()
        return presenter.is_shown and presenter.seen is answer[1] and presenter.seen.view == view

    wait(lambda: settled("between"))
    assert shown.layers.currentText() == "sample · GaussianSample 2" and shown.pictures.isVisible()
    assert shown.words.text().startswith("Step ") and presenter.ends == (0, 1), "of the run"
    ends = presenter.seen.ends
    shown.last.setFocus()
    shown.last.selectAll()
    qtbot.keyClicks(shown.last, "7")
    qtbot.keyClick(shown.last, Qt.Key.Key_Return)
    gallery = presenter.gallery
    assert gallery is not None
    wait(lambda: np.array_equal(presenter.seen.ends, [ends[0], gallery.picture(7)]))
    before = shown.sheet.grab().toImage()

    qtbot.keyClick(shown.views, Qt.Key.Key_Down)
    wait(lambda: settled("sample"))
    qtbot.keyClick(shown, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert presenter.ends == (0, 7), "nothing that is not shown is chosen"
    assert shown.again.isVisible() and not shown.pictures.isVisible() and shown.sheet.grab().toImage() != before
    assert shown.told.text() == "64 draws from N(0, I), in place of the 2 numbers of sample."
    drawn = presenter.seen.pictures
    qtbot.mouseClick(shown.again, Qt.MouseButton.LeftButton)
    wait(lambda: settled("sample") and not np.array_equal(presenter.seen.pictures, drawn))

    qtbot.keyClick(shown.views, Qt.Key.Key_Down)
    wait(lambda: settled("map"))
    with_dots = shown.sheet.grab().toImage()
    qtbot.mouseClick(shown.dots, Qt.MouseButton.LeftButton)
    assert shown.sheet.grab().toImage() != with_dots and shown.key.text().count("■") == 10

    window.document.replace(digits(epochs=1), None)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and shown.empty.heading == "No latent space to show")
    assert presenter.seen.problem == NO_PICTURE and shown.empty.isVisible() and not shown.views.isVisible()
    window.project.replaced.emit()
    qtbot.keyClick(shown, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert presenter.gallery is None and presenter.ends == (0, 1)
