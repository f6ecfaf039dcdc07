"""What a run asks before it resumes."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.window.main_window import MainWindow
from workbench.runs.store import LAST
from workbench.session.running.in_thread import start
from workbench.training.device import environment


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
