"""Pictures of one's own in the real window, answered by a real run as the command answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt

from tests.gui.hands import drop_file, press, prolong, state
from workbench.data.progress import silent
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.session.views.predictions import predictions_of_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_dropped_pictures_are_answered_while_the_network_learns_and_as_the_command_does(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    from workbench.gui.own_pictures.view import OwnPicturesWindow

    for number in range(12):
        noise = np.random.default_rng(number).integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{number:02}.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    window.commands["own_pictures"].trigger()
    own = window.findChild(OwnPicturesWindow)
    assert isinstance(own, OwnPicturesWindow)
    assert own.empty.heading == "No network to ask yet" and own.empty.isVisible()
    prolong(window)
    press(qtbot, window, Command.RUN)
    wait(lambda: own._run is not None)
    assert own.empty.heading == "Drop pictures here"
    assert not own.remove.isEnabled()

    drop_file(own, tmp_path)
    wait(lambda: own.presenter.answer is not None)
    assert own.grid.isVisible() and own.words.text().startswith("12 of 13 files can be read · step ")
    first = own.presenter.answer
    wait(lambda: own.presenter.answer is not first)  # after an epoch
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    run = window.trainer.run
    assert run is not None
    wait(lambda: own.presenter.answer is not None and own.presenter.answer.step == run.log.outline()[-1].step)

    last = own.presenter.answer
    assert last is not None and not last.problem
    assert last.pictures[0].pixels.shape == (1, 28, 28), "it is shown as the network sees it"
    told = own.grid.tip(QPointF(20, 40))
    assert told.splitlines()[0] == str(tmp_path / "00.png") and len(told.splitlines()) == 6
    assert told in own.grid.accessibleDescription()
    own.grid.setFocus()
    assert own.grid.verticalScrollBar().maximum() > 0
    qtbot.keyClick(own.grid, Qt.Key.Key_PageDown)
    assert own.grid.verticalScrollBar().value() > 0 and own.grid.current > 0
    qtbot.keyClick(own.grid, Qt.Key.Key_End)
    assert own.grid.current == len(own.presenter.cards) - 1
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    assert own.grid.current == 0 and own.grid.verticalScrollBar().value() == 0

    (tmp_path / "broken.png").unlink()
    qtbot.keyClick(own, Qt.Key.Key_F5)
    wait(lambda: own.words.text().startswith("12 pictures · step "))
    qtbot.keyClick(own.grid, Qt.Key.Key_Right)
    qtbot.keyClick(own.grid, Qt.Key.Key_Delete)
    assert own.words.text().startswith("11 pictures · step ")
    names = [card.name for card in own.presenter.cards]
    assert "01.png" not in names and own.presenter.cards[own.grid.current].name == "02.png", (
        "only the current card goes"
    )
    qtbot.mouseClick(own.remove, Qt.MouseButton.LeftButton)
    assert own.empty.heading == "Drop pictures here" and own.empty.isVisible() and not own.words.text()

    window.trainer.show(run.folder)
    wait(lambda: own._run is not None and own._run is not run)
    drop_file(own, tmp_path / "03.png")
    wait(lambda: own.presenter.answer is not None)
    (found,) = predictions_of_run(run.folder, [tmp_path / "03.png"], silent)
    assert own.presenter.answer is not None and own.presenter.answer.pictures[0].answers == found.answers
    (card,) = own.presenter.cards
    assert [bar.name for bar in card.bars] == [choice.name for choice in found.answers[0].choices]

    plain = own.grid.grab().toImage()
    own.grid.setFocus()
    qtbot.keyClick(own.grid, Qt.Key.Key_Space)
    wait(lambda: own.presenter.cards[0].falls is not None)
    assert own.grid.grab().toImage() != plain, "red lies over the picture"
    told = own.grid.tip(QPointF(20, 40))
    assert "without the red" in told or "no part matters" in told
    qtbot.mouseClick(own.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 80))
    assert own.presenter.cards[0].falls is None
    drop_file(own, tmp_path / "04.png")
    wait(lambda: len(own.presenter.cards) == 2)
    qtbot.keyClick(own.grid, Qt.Key.Key_Right)
    qtbot.keyClick(own.grid, Qt.Key.Key_Space)
    wait(lambda: own.presenter.cards[1].falls is not None)
    assert own.presenter.cards[0].falls is None
    own.close()
    assert all(follower.listener is not own for follower in window.pump._followers)
