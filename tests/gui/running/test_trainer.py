"""Runs in the real window: started, paused, stopped, resumed, let go and viewed again."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, prolong, shorten, state
from tests.training.experiments import endless, with_training
from workbench.data.dataset import Dataset
from workbench.data.progress import Progress
from workbench.events import DataPrepared, RunPaused
from workbench.gui.batch.view import BatchWindow
from workbench.gui.experiment.project import new_experiment
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.run_states import LIVE, State
from workbench.gui.window.main_window import MainWindow
from workbench.places import runs_dir
from workbench.runs.log import encode
from workbench.runs.renaming import rename_run
from workbench.runs.store import EVENTS, create_run
from workbench.session.running import replay
from workbench.session.running.in_thread import ThreadRun, start
from workbench.session.running.watched import NOTE
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment
from workbench.training import speed_trial

KEYS_OF = {
    Command.RUN: "run",
    Command.PAUSE: "pause",
    Command.CONTINUE: "pause",
    Command.RESUME: "pause",
    Command.STEP: "step",
    Command.STOP: "stop",
}


def tell_their_keys(window: MainWindow) -> bool:
    """Whether the tooltip of each button that can be pressed ends in the keys that do the same."""
    able = [button for button in window.run_bar.presenter.buttons() if button.enabled and button.command in KEYS_OF]
    keys = [window.commands[KEYS_OF[button.command]].shortcut().toString() for button in able]
    return bool(able) and all(button.tip.endswith(f"   {key}") for button, key in zip(able, keys, strict=True))


def test_pause_continue_stop_and_going_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    prolong(window)
    assert tell_their_keys(window)
    press(qtbot, window, Command.RUN)
    curves = window.watch.panels["curves"].presenter
    wait(lambda: curves.last_step >= 3)
    assert tell_their_keys(window)
    press(qtbot, window, Command.PAUSE)
    log = window.trainer.run.log
    wait(lambda: isinstance(log.since(0)[-1], RunPaused) and state(window) is State.PAUSED)
    paused_at = log.since(0)[-1].step
    wait(lambda: curves.last_step == paused_at)
    assert tell_their_keys(window)
    press(qtbot, window, Command.CONTINUE)
    wait(lambda: curves.last_step > paused_at)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    stopped_at = curves.last_step
    assert tell_their_keys(window)
    press(qtbot, window, Command.RESUME)
    wait(lambda: curves.last_step > stopped_at)
    assert curves.loss.train.raw.x.tolist() == list(range(1, curves.last_step + 1))
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_a_run_killed_before_its_first_checkpoint_begins_again(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    """Offered when the window opens, viewed, and resumed: the message says that it starts again."""
    shorten(window, epochs=1)
    folder = create_run(runs_dir(), window.document.experiment)
    begun = [DataPrepared(at=0, num_train=1, num_val=0, num_test=0, class_names=(), picture_shape=(1,), fingerprint="")]
    (folder / EVENTS).write_bytes(encode(begun))
    window.trainer.offer(folder)
    wait(lambda: window.messages.messages)
    (offer,) = window.messages.messages
    assert offer.words.text() == f"The run {folder.name} was stopped before it finished, after 0 of 1 epoch."
    window.trainer.show(folder)
    wait(lambda: state(window) is State.STOPPED)
    press(qtbot, window, Command.RESUME)
    wait(lambda: window.messages.messages)
    assert [message.words.text() for message in window.messages.messages] == [
        "The run had saved no checkpoint yet: it starts again from its first step."
    ]
    wait(lambda: state(window) is State.FINISHED)
    assert window.trainer.run.folder == folder
    curves = window.watch.panels["curves"].presenter
    assert curves.loss.train.raw.x.tolist() == list(range(1, curves.num_steps + 1))


def test_ctrl_enter_runs_and_a_renamed_run_is_followed_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    window.activateWindow()
    window.canvas.setFocus()
    wait(window.canvas.hasFocus)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: state(window) is State.FINISHED)
    wait(lambda: state(window) is State.FINISHED)
    before = window.trainer.run.folder
    edited = with_training(window.document.experiment, epochs=7)
    window.document.apply("edit", edited)
    window.trainer.follow_renamed(before, renamed := rename_run(before, "mine"))
    wait(lambda: window.trainer.run is not None and window.trainer.run.folder == renamed and not window.pump.busy)
    assert state(window) is State.FINISHED and window.document.experiment == edited, "the document stays"


def test_another_document_lets_an_ended_run_go(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.panels["filters"]._filters is not None)
    assert window.watch.panels["curves"].save.isEnabled()
    window.commands["new"].trigger()
    wait(lambda: window.checker.settled and not window.pump.busy)
    assert window.trainer.run is None and state(window) is State.IDLE
    assert window.watch.panels["curves"].presenter.is_empty and not window.watch.panels["curves"].save.isEnabled()
    assert window.watch.panels["curves"].empty.heading == "No run yet"
    assert all(panel.empty.isVisibleTo(panel) for panel in window.watch.panels.values())
    wait(lambda: not window.commands["export"].isEnabled())
    assert window.commands["runs"].isEnabled()


def test_a_running_run_is_followed_on_under_its_name(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    prolong(window)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.panels["curves"].presenter.last_step > 2)
    window.commands["new"].trigger()
    run = window.trainer.run
    wait(lambda: window.run_bar.what.text().startswith(f"{run.folder.name} · Epoch"))
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    wait(lambda: window.run_bar.what.text().startswith("The network is empty"))
    assert window.run_bar.detail.text().startswith(f"{run.folder.name} · Stopped")
    window.project.open_preset("perceptron")
    wait(lambda: state(window) is State.IDLE)


def test_the_next_window_offers_to_go_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    prolong(window)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.panels["curves"].presenter.last_step > 2)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    stopped_at = window.watch.panels["curves"].presenter.last_step
    window.project.open_preset("perceptron")
    wait(lambda: window.document.experiment.name == read_experiment("perceptron").name and window.trainer.run is None)
    window.offer_last_run()
    wait(lambda: window.messages.messages)
    (message,) = window.messages.messages
    message.findChild(QPushButton).click()
    wait(lambda: window.watch.panels["curves"].presenter.last_step > stopped_at)
    assert window.document.experiment == window.trainer.run.experiment


def test_an_earlier_run_is_shown_again_with_all_it_had(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    run = window.trainer.run
    window.project.open_preset("perceptron")
    wait(lambda: window.document.experiment != run.experiment)
    window.commands["runs"].trigger()
    runs = window.findChild(RunsWindow)
    wait(runs.table.rowCount)
    cell = next(cell for cell in runs.table.findItems(run.folder.name, Qt.MatchFlag.MatchExactly))
    runs.table.setCurrentItem(cell)
    qtbot.mouseClick(runs.open_button, Qt.MouseButton.LeftButton)
    wait(lambda: window.trainer.run is not run and state(window) is State.FINISHED)
    wait(
        lambda: (
            window.watch.panels["filters"]._filters is not None
            and window.watch.panels["neighbours"].presenter.gallery is not None
        )
    )
    assert window.document.experiment == run.experiment
    assert window.run_bar.what.text().startswith(f"{run.folder.name} · Finished"), "several look alike"
    assert (
        len(window.watch.panels["curves"].presenter.loss.train.raw) == window.watch.panels["curves"].presenter.num_steps
    )
    assert window.commands["export"].isEnabled()


def test_a_run_that_is_read_late_does_not_replace_another_document(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    folder = window.trainer.run.folder
    window.trainer.show(folder)
    window.commands["new"].trigger()
    wait(lambda: window.trainer.run is not None and window.trainer.run.folder == folder)
    assert window.document.experiment == new_experiment()
    wait(lambda: window.run_bar.detail.text().startswith(f"{folder.name} · Finished"))


def test_the_next_run_does_not_wait_for_the_network_of_the_one_shown(
    qtbot: QtBot, window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its data may take minutes to be read: here, until that is given up."""

    def dataset_of(_: Experiment, progress: Progress) -> Dataset:
        while True:
            progress("Reading", 0, 1)
            threading.Event().wait(0.01)

    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    monkeypatch.setattr(replay, "dataset_of", dataset_of)

    def show() -> replay.Replay:
        window.trainer.show(window.trainer.run.folder)
        wait(lambda: isinstance(window.trainer.run, replay.Replay))
        return window.trainer.run

    for goes_on, has_gone_on in (
        (window.commands["run"].trigger, lambda: isinstance(window.trainer.run, ThreadRun)),
        (window.commands["new"].trigger, lambda: window.trainer.run is None and not window.pump.busy),
    ):
        shown = show()
        try:
            wait(window.commands["run"].isEnabled)
            goes_on()
            wait(has_gone_on)
            wait(lambda: state(window) not in LIVE)
        finally:
            shown.stop()


def test_a_benchmark_that_was_disturbed_is_repeated(
    qtbot: QtBot, window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(speed_trial, "FEWEST_STEPS", 1)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    shorten(window, epochs=1)
    shown = window.training_page.speed
    assert shown.again.isHidden()

    def sentence_of_a_run() -> str:
        press(qtbot, window, Command.RUN)
        wait(lambda: state(window) is State.FINISHED and not shown.again.isHidden())
        return shown.words.text()

    assert "earlier run" not in sentence_of_a_run()
    kept = sentence_of_a_run()
    assert "as an earlier run found" in kept
    window.sidebar.setCurrentWidget(window.training_page)
    qtbot.mouseClick(shown.again, Qt.MouseButton.LeftButton)
    wait(shown.again.isHidden)
    assert shown.words.text() == f"{kept} The next run is benchmarked again."
    assert "earlier run" not in sentence_of_a_run()


def test_a_run_that_trains_elsewhere_is_watched_and_left(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    """Elsewhere is a thread here: all that the window sees of it is its folder."""
    run = start(endless(), runs_dir())
    try:
        window.trainer.show(run.folder)
        wait(lambda: state(window) is State.RUNNING and window.watch.panels["curves"].presenter.last_step > 3)
        assert any(message.words.text() == NOTE for message in window.messages.messages)
        (button,) = window.run_bar.presenter.buttons()
        assert button.text == "Stop watching" and tell_their_keys(window)
        assert not any(window.commands[name].isEnabled() for name in ("run", "pause", "step"))
        window.commands["batch"].trigger()
        batch = window.findChild(BatchWindow)
        assert batch.empty.isVisible() and "cannot be seen" in batch.empty.heading
        batch.close()
        window.document.apply("patience", with_training(window.document.experiment, patience=9))
        assert window.steering.isHidden(), "nothing can be applied from here"
        press(qtbot, window, Command.STOP)
        assert state(window) is State.IDLE and window.trainer.run is None
        wait(lambda: not window.messages.messages)
        assert run.state == "running"
    finally:
        run.stop()
        assert run.join(120)


def test_a_folder_that_is_no_run_is_not_opened(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    window.trainer.show(tmp_path)
    wait(lambda: window.messages.messages)
    assert str(tmp_path) in window.messages.messages[0].words.text()
    assert state(window) is State.IDLE and not window.trainer.live, "nothing was to be started"
