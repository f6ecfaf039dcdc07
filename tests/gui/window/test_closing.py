"""Closing the real window: with unsaved work, during a run, with threads that do not end."""

import threading

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten
from workbench.data.progress import Progress
from workbench.data.sources import table_file
from workbench.gui.run_bar.presenter import Command
from workbench.gui.settings.presenter import with_data, with_run_value
from workbench.gui.window import closing
from workbench.gui.window.main_window import MainWindow
from workbench.spec.component import Component


def test_closing_with_unsaved_work_can_be_cancelled(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "cancel")
    assert not window.close()
    assert window.isVisible() and window.centralWidget().isEnabled()


def test_closing_while_training_keeps_a_run_that_can_go_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1000)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.panels["curves"].presenter.last_step > 2)
    run = window.trainer.run
    assert not window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean and run.state == "stopped" and not window.isVisible()
    assert (run.folder / "checkpoints" / "last.safetensors").is_file()
    assert window.preferences.get("last_run") == str(run.folder)


def test_closing_at_once_after_run_ends_cleanly(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    press(qtbot, window, Command.RUN)
    window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean and window.trainer.run.state == "stopped"


def test_closing_does_not_wait_for_a_long_table(
    window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def ask(_: object, progress: Progress) -> None:
        asked.set()
        while not threading.Event().wait(0.01):
            progress("Reading the table", 0, 1)

    monkeypatch.setattr(table_file, "asker", ask)
    source = Component(type="TableFile", parameters={"file": "long.csv"})
    window.document.apply("data", with_data(window.document.experiment, source=source))
    wait(asked.is_set)
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "discard")
    window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean


def test_the_window_closes_although_what_ends_its_threads_fails(
    window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_timeout_s: float) -> bool:
        raise ZeroDivisionError("by nought")

    checker_close = window.checker.close
    monkeypatch.setattr(window.checker, "close", broken)
    window.close()
    wait(lambda: window.closing.done)
    assert not window.closing.clean and not window.isVisible() and "by nought" in caplog.text
    assert checker_close(60)


def test_the_window_does_not_wait_for_what_does_not_end(
    window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "PATIENCE_S", 0.5)
    gate = threading.Event()
    window.pump.background("stuck", gate.wait, lambda _: None, lambda _: None)
    window.close()
    wait(lambda: window.closing.done)
    assert not window.closing.clean and not window.isVisible()
    gate.set()
    assert window.checker.close(60) and window.autosave.close(60) and window.outgoing.close(60)
