"""What follows the end of a run: batches that fit, or a question if it cannot resume exactly."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.data.folders import fill
from tests.gui.conftest import Wait
from tests.gui.hands import press
from workbench.durable import write_bytes
from workbench.events import RunFailed
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_data, with_training
from workbench.gui.window.main_window import MainWindow
from workbench.runs.log import encode
from workbench.runs.store import EVENTS, LAST, create_run
from workbench.session.in_thread import start
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training.device import environment
from workbench.training.fitting import OutOfMemory


def test_a_run_out_of_memory_begins_again_with_a_batch_that_fits(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    window.resize(1440, 900)  # wide enough for the button's whole text
    experiment = with_training(window.document.experiment, epochs=1, batch_size=4096)
    folder = create_run(tmp_path, experiment)
    error = OutOfMemory(batch_size=96, tried=4096)
    write_bytes(
        folder / EVENTS,
        encode([RunFailed(at=1.0, what=str(error), advice=error.advice, step=0, batch_size=error.batch_size)]),
    )
    window.trainer.show(folder)
    wait(lambda: window.messages.messages)
    (message,) = window.messages.messages
    assert message.kind == "error"
    assert message.words.text() == f"{error} Batches of 96 fit (training.batch_size=96)."
    (button,) = [button for button in message.findChildren(QPushButton) if button.text().startswith("Run again")]
    assert button.text() == "Run again with batches of 96"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.document.experiment == replace(experiment, training=replace(experiment.training, batch_size=96))
    wait(lambda: window.run_bar.presenter.state is State.FINISHED)
    assert window.trainer.run is not None and window.trainer.run.experiment.training.batch_size == 96


def test_a_run_without_its_data_leads_to_the_data_settings(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "pets", cat=4, dog=4)
    source = Component(type="ImageFolder", parameters={"folder": str(folder)})
    window.document.replace(with_data(window.document.experiment, source=source), None)
    wait(lambda: window.checker.settled)
    folder.rename(tmp_path / "moved")
    press(qtbot, window, Command.RUN)
    wait(lambda: window.messages.messages)
    (message,) = window.messages.messages
    assert "folder not found" in message.words.text()
    (button,) = message.findChildren(QPushButton)
    assert window.sidebar.currentWidget() is not window.data_page
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.sidebar.currentWidget() is window.data_page and window.data_page.isVisible()


def test_a_run_that_cannot_go_on_exactly_asks(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(with_training(window.document.experiment, epochs=2), tmp_path)
    wait((run.folder / LAST).is_file)
    run.stop()
    assert run.join(30)
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    window.trainer.resume(run.folder)
    wait(lambda: any("may not match" in message.words.text() for message in window.messages.messages))
    (message,) = [message for message in window.messages.messages if "may not match" in message.words.text()]
    wait(
        lambda: window.run_bar.what.text() == "Waiting for your answer"
    )  # both hear of it in the same turn, or the next
    (button,) = [button for button in message.findChildren(QPushButton) if button.text() == "Resume anyway"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wait(lambda: window.run_bar.presenter.state is State.FINISHED)


@pytest.mark.parametrize(("answer", "becomes"), [("Resume anyway", State.FINISHED), ("Keep it stopped", State.STOPPED)])
def test_the_question_can_be_answered_where_its_message_is_gone(
    qtbot: QtBot,
    window: MainWindow,
    wait: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    becomes: State,
) -> None:
    """Other messages push it out; and it disappears once the question is answered elsewhere."""
    run = start(with_training(window.document.experiment, epochs=2), tmp_path)
    wait((run.folder / LAST).is_file)
    run.stop()
    assert run.join(30)
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    window.trainer.resume(run.folder)
    wait(lambda: window.messages.messages and window.run_bar.what.text() == "Waiting for your answer")
    assert window.run_bar.progress.maximum(), "nothing moves where nothing is done"
    if becomes is State.FINISHED:
        for number in range(3):
            window.messages.say("warning", f"Something else, {number}.")
    (button,) = [button for button in window.run_bar.buttons if button.text() == answer and button.isVisible()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wait(lambda: window.run_bar.presenter.state is becomes)
    wait(lambda: not any("may not match" in message.words.text() for message in window.messages.messages))
