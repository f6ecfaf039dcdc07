"""The advisor's messages above the canvas, with a button that shows the layer concerned."""

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, state
from tests.session.waiting import DEADLINE_S
from tests.training.experiments import LINEAR, chain, sgd
from workbench.events import AdviceGiven
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.window.main_window import MainWindow
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay


def test_advice_leads_to_its_layer(qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    experiment = chain(LINEAR, ("ReLU", {}), epochs=8, optimizer=sgd(5.0, 0.9))
    window.document.replace(experiment, None, saved=True)
    run = start(experiment, tmp_path)
    window.pump.follow(run)
    wait(lambda: run.state == "finished" and any("are dead" in said.words.text() for said in window.messages.messages))
    message = next(said for said in window.messages.messages if "are dead" in said.words.text())
    assert message.kind == "warning" and "LeakyReLU" in message.words.text()
    (button,) = message.findChildren(QPushButton)
    assert button.text() == "Show relu1"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.canvas.presenter.selection == {"relu1"}


def test_a_run_that_is_resumed_does_not_repeat_its_advice(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    experiment = chain(LINEAR, ("ReLU", {}), epochs=8, optimizer=sgd(5.0, 0.9))
    window.document.replace(experiment, None, saved=True)
    run = start(experiment, tmp_path)

    def advice_while_following(folder: Path) -> list[str]:
        window.messages.clear()
        window.pump.unfollow()
        again = Replay(folder)
        window.pump.follow(again)
        wait(lambda: state(window) is State.FINISHED and window.run_bar._run is again)
        assert again.join(DEADLINE_S)
        for _ in window.pump._followers:
            window.pump.tick()  # a turn for each
        return [said.words.text() for said in window.messages.messages if said.kind == "warning"]

    assert run.join(DEADLINE_S)
    assert advice_while_following(run.folder)
    assert not advice_while_following(run.folder)
    other = tmp_path / "other"
    shutil.copytree(run.folder, other)
    assert advice_while_following(other)


def test_what_helps_a_training_that_diverges_is_offered_to_the_running_one(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    window.resize(1440, 900)  # wide enough for the buttons' whole texts
    experiment = chain(LINEAR, ("ReLU", {}), epochs=2000, optimizer=sgd(3.0, 0.9))
    window.document.replace(experiment, None, saved=True)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: any("diverges" in said.words.text() for said in window.messages.messages))
    message = next(said for said in window.messages.messages if "diverges" in said.words.text())
    (slower,) = [each for each in message.findChildren(QPushButton) if each.text() == "Reduce the rate to a tenth"]
    qtbot.mouseClick(slower, Qt.MouseButton.LeftButton)
    assert "learning rate 3 → 0.3" in window.steering.words.text()
    qtbot.mouseClick(window.steering.apply, Qt.MouseButton.LeftButton)
    run = window.trainer.run
    assert run is not None
    wait(lambda: run.experiment.training.optimizer.parameters["lr"] == 0.3)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_gradients_that_explode_can_be_clipped_in_the_running_run(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.document.replace(chain(epochs=2000, optimizer=sgd(0.1)), None, saved=True)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING)
    said = AdviceGiven(at=0.0, epoch=1, kind="exploding gradients", what="The gradients explode.", advice="Clip them.")
    window.advice._tell(said)
    (clip,) = window.messages.messages[0].findChildren(QPushButton)
    qtbot.mouseClick(clip, Qt.MouseButton.LeftButton)
    assert "clip gradients at none → 1" in window.steering.words.text()
    qtbot.mouseClick(window.steering.apply, Qt.MouseButton.LeftButton)
    run = window.trainer.run
    assert run is not None
    wait(lambda: run.experiment.training.clip_norm == 1.0)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_overfitting_offers_an_early_end_where_there_is_none_yet(window: MainWindow) -> None:
    advice = window.advice
    said = AdviceGiven(at=0.0, epoch=4, kind="overfitting", what="It overfits.", advice="Stop.")
    advice._tell(said)
    (button,) = window.messages.messages[0].findChildren(QPushButton)
    button.click()
    assert window.document.experiment.training.patience == 5
    advice._tell(said)
    assert not window.messages.messages[0].findChildren(QPushButton)
