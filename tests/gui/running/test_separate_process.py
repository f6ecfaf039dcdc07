"""A run in a separate process: followed by the window, left when it closes, and found again by another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait, opened
from tests.gui.hands import prolong
from tests.training.experiments import endless
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.run_states import State
from workbench.gui.window.main_window import MainWindow
from workbench.session.running.distributed import Machines, start_distributed
from workbench.session.running.in_process import ProcessRun, is_running


@pytest.fixture
def ended() -> Iterator[list[ProcessRun]]:
    """Runs whose processes are ended after the test, whether or not it passes."""
    runs: list[ProcessRun] = []
    yield runs
    for run in runs:
        assert run._process is not None
        run._process.kill()
        run._process.wait()


@pytest.mark.timeout(400)
def test_a_run_outlives_the_window_and_is_found_again(
    qtbot: QtBot,
    qapp: QApplication,
    window: MainWindow,
    wait: Wait,
    monkeypatch: pytest.MonkeyPatch,
    ended: list[ProcessRun],
) -> None:
    window.commands["separate"].trigger()
    prolong(window)
    qtbot.mouseClick(window.run_bar.buttons[0], Qt.MouseButton.LeftButton)
    wait(lambda: window.run_bar.presenter.state is State.RUNNING and window.run_bar.presenter.failure is None)
    run = window.trainer.run
    assert isinstance(run, ProcessRun) and run._process is not None
    ended.append(run)
    assert any("separate process" in message.words.text() for message in window.messages.messages)
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "discard")
    window.close()
    wait(lambda: window.closing.done)
    assert is_running(run.folder) and run._process.poll() is None

    with opened(qapp, wait, monkeypatch) as other:
        if not other.messages.messages:
            other.offer_last_run()
            wait(lambda: other.messages.messages)
        (button,) = [button for button in other.messages.findChildren(QPushButton) if button.text() == "Follow"]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        wait(lambda: other.run_bar.presenter.state is State.RUNNING)
        assert other.trainer.run is not None and other.trainer.run.folder == run.folder
        other.trainer.do(Command.STOP)
        wait(lambda: other.run_bar.presenter.state is State.STOPPED)
        wait(lambda: not any("separate process" in message.words.text() for message in other.messages.messages))
        run._process.wait()
        assert not is_running(Path(run.folder))
        other.commands["separate"].trigger()


@pytest.mark.slow
def test_a_run_of_several_processes_begun_elsewhere_is_followed_by_its_folder(
    qtbot: QtBot, window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = start_distributed(endless(), tmp_path, Machines(devices=2), sharded=False, stays=False)
    try:
        wait(lambda: run.state == "running")
        window.windows.open_runs()
        (runs,) = window.findChildren(RunsWindow)
        wait(lambda: not window.pump.busy)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(run.folder))
        (button,) = [each for each in runs.findChildren(QPushButton) if each.text() == "Open a folder…"]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        wait(lambda: window.run_bar.presenter.state is State.RUNNING)
        assert isinstance(window.trainer.run, ProcessRun) and window.trainer.run.folder == run.folder
        window.trainer.do(Command.PAUSE)
        wait(lambda: window.run_bar.presenter.state is State.PAUSED)
        window.trainer.do(Command.STOP)
        wait(lambda: window.run_bar.presenter.state is State.STOPPED)
    finally:
        run.stop()
        assert run.join(120) and run.state == "stopped"
