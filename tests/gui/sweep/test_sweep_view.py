"""The window of a sweep in the real one: chosen, typed, checked in the background, added to the queue with Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QPushButton

from tests.gui.running.test_queue_keeper import empty_queue, said
from workbench.gui.settings.presenter import with_training
from workbench.gui.sweep.view import SweepWindow
from workbench.places import runs_dir
from workbench.runs.queue import read_queue
from workbench.spec import edits
from workbench.spec.experiment import Experiment
from workbench.spec.override import override
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def opened(window: MainWindow) -> SweepWindow:
    window.commands["queue_sweep"].trigger()
    shown = window.windows.shown(SweepWindow)
    assert shown is not None
    return shown


def choose(qtbot: QtBot, shown: SweepWindow, words: str, typed: str) -> None:
    """Add a row with the keyboard: its setting by a few letters, then its values."""
    qtbot.keyClick(shown.more, Qt.Key.Key_Space)
    qtbot.keyClicks(shown.search.field, words)
    qtbot.keyClick(shown.search.field, Qt.Key.Key_Return)
    qtbot.keyClicks(shown.rows[-1].line, typed)


def test_the_search_of_settings_covers_no_row_in_a_low_window(window: MainWindow, qtbot: QtBot) -> None:
    shown = opened(window)
    shown.resize(680, 360)
    for _ in range(3):
        qtbot.keyClick(shown.more, Qt.Key.Key_Space)
        box, (*_, row) = shown.search, shown.rows
        place = QRect(row.choose.mapTo(shown, QPoint()), row.choose.size())
        assert box.isVisible() and not box.geometry().intersects(place)
        assert shown.rect().contains(box.geometry()) and box.list.height() > 60
        qtbot.keyClick(box.field, Qt.Key.Key_Escape)


def queued() -> list[Experiment]:
    return [entry.experiment for entry in read_queue(runs_dir())]


def test_a_sweep_over_two_settings_is_typed_checked_and_queued_with_enter(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    empty_queue()
    window.messages.clear()
    shown = opened(window)
    first = shown.rows[0].line
    assert first.text() == "0.02" and first.selectedText() == "0.02", "typing replaces it"
    qtbot.mouseClick(shown.rows[0].suggest, Qt.MouseButton.LeftButton)
    assert first.text() == "0.002, 0.02, 0.2"
    choose(qtbot, shown, "batch", "64, 128")
    assert shown.rows[1].choose.text() == "batch size"
    assert (shown.words.text(), shown.add.text()) == ("3 × 2 = 6 runs", "Add 6 runs")
    qtbot.keyClick(shown.rows[1].line, Qt.Key.Key_Return)
    wait(lambda: "6 runs of LeNet on digits: numbers 1 to 6 in the queue." in said(window))
    made = [(run.training.optimizer.parameters["lr"], run.training.batch_size) for run in queued()]
    assert made == [(rate, size) for rate in (0.002, 0.02, 0.2) for size in (64, 128)]
    offered = {button.text() for button in window.messages.findChildren(QPushButton)}
    assert offered >= {"Run queue", "Show queue"}
    wait(lambda: window.windows.shown(SweepWindow) is None)
    again = opened(window)
    assert [row.line.text() for row in again.rows] == ["0.002, 0.02, 0.2", "64, 128"], "for the session they stay"
    qtbot.keyClick(again.rows[0].line, Qt.Key.Key_Escape)
    wait(lambda: window.windows.shown(SweepWindow) is None)
    assert len(queued()) == 6
    empty_queue()


def test_a_setting_is_read_whole_in_a_narrow_window(window: MainWindow, qtbot: QtBot) -> None:
    shown = opened(window)
    shown.resize(400, 400)
    assert shown.width() == 400
    qtbot.waitUntil(lambda: shown.rows[0].choose.text() == "learning rate")
    assert shown.rows[0].line.geometry().right() < shown.rows[0].suggest.geometry().left()
    shown.close()


def test_a_network_that_a_value_makes_invalid_is_not_queued_and_the_value_is_named(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    empty_queue()
    window.canvas.presenter.select({"conv2"})
    shown = opened(window)
    qtbot.mouseClick(shown.rows[0].choose, Qt.MouseButton.LeftButton)
    assert shown.search.choices[0].title == "out channels of conv2", "the selected layer's settings come first"
    qtbot.keyClicks(shown.search.field, "kernel conv2")
    qtbot.keyClick(shown.search.field, Qt.Key.Key_Return)
    qtbot.keyClicks(shown.rows[0].line, "3, 5, 40")
    choose(qtbot, shown, "seed", "0, 1")
    qtbot.keyClick(shown.rows[1].line, Qt.Key.Key_Return)
    assert shown.words.text() == "3 × 2 = 6 runs, being checked…"
    wait(lambda: shown.words.text().startswith("Kernel size of conv2 40: conv2: the 40×40 window is larger than the "))
    assert not shown.add.isEnabled() and shown.isVisible() and queued() == []
    shown.rows[0].line.selectAll()
    qtbot.keyClicks(shown.rows[0].line, "3, 5")
    assert shown.words.text() == "2 × 2 = 4 runs" and shown.add.isEnabled()
    qtbot.mouseClick(shown.rows[1].remove, Qt.MouseButton.LeftButton)
    assert [row.choose.text() for row in shown.rows] == ["kernel size of conv2"] and shown.words.text() == "2 runs"
    assert not shown.rows[0].remove.isEnabled()
    shown.close()


def test_it_follows_the_experiment(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    before = window.document.experiment
    shown = opened(window)
    choose(qtbot, shown, "out features of fc1", "60, 80")
    fewer = replace(before.architecture, graph=edits.disconnect(before.architecture.graph, "fc1", 0))
    window.document.apply("spoil", replace(before, architecture=fewer))
    wait(lambda: not shown.add.isEnabled())
    assert shown.words.text().startswith("fc1: "), "no value is to blame"
    window.document.undo()
    wait(lambda: shown.presenter.checked is not None)
    assert shown.words.text() == "1 × 2 = 2 runs" and shown.add.isEnabled()
    window.document.apply("shorten", with_training(before, epochs=3))
    qtbot.mouseClick(shown.add, Qt.MouseButton.LeftButton)
    wait(lambda: len(queued()) == 2)
    assert [(run.training.epochs, run.architecture.graph.by_name["fc1"].parameters) for run in queued()] == [
        (3, {"out_features": 60}),
        (3, {"out_features": 80}),
    ]
    empty_queue()


def test_what_only_training_refuses_is_refused_too(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    if pytest.importorskip("torch").cuda.is_available():
        pytest.skip("this machine has a GPU")
    shown = opened(window)
    qtbot.mouseClick(shown.rows[0].choose, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(shown.search.field, "device")
    qtbot.keyClick(shown.search.field, Qt.Key.Key_Return)
    qtbot.keyClicks(shown.rows[0].line, "cpu, cuda")
    wait(lambda: shown.words.text().startswith("Device cuda: "))
    shown.close()


def test_cross_validation_queues_a_run_for_each_fold(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    empty_queue()
    window.messages.clear()
    window.document.replace(override(window.document.experiment, "data.fold", "2/3"), None)
    before = opened(window)
    window.commands["queue_folds"].trigger()
    shown = window.windows.shown(SweepWindow)
    assert shown is not None and shown is not before
    (row,) = shown.rows
    assert (row.choose.text(), row.line.text(), shown.add.text()) == ("fold", "1/3, 2/3, 3/3", "Add 3 runs")
    qtbot.keyClicks(row.line, "1/3, 4/3")
    wait(lambda: "Fold 4/3: input: there is no fold “4/3”" in shown.words.text())
    qtbot.keyClick(row.line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(row.line, "1/3, 2/3, 3/3")
    qtbot.keyClick(row.line, Qt.Key.Key_Return)
    wait(lambda: "numbers 1 to 3 in the queue" in said(window))
    assert [run.data.fold for run in queued()] == ["1/3", "2/3", "3/3"]
    empty_queue()
