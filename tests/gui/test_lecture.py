"""Two of the experiments in docs/lecture.md, as done in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from tests.gui.hands import press, shorten, state
from workbench.events import StepFinished, WeightsLoaded
from workbench.gui.compare_runs.view import CompareRunsWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.running.queue_window import QueueWindow
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.run_states import State
from workbench.gui.weights.view import WeightsDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def press_message(window: MainWindow, words: str) -> None:
    (button,) = [each for each in window.messages.findChildren(QPushButton) if each.text() == words]
    button.click()


def test_dropout_and_none_in_one_chart(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    window.commands["queue_add"].trigger()
    canvas = window.canvas
    canvas.presenter.select({"relu4"})
    canvas.commands["add"].trigger()
    qtbot.keyClicks(canvas.searches.box.field, "dropout")
    qtbot.keyClick(canvas.searches.box.field, Qt.Key.Key_Return)
    assert window.document.experiment.architecture.graph.by_name["fc3"].inputs == ("dropout1",)
    wait(lambda: not window.pump.busy)
    window.commands["queue_add"].trigger()
    window.commands["queue_show"].trigger()
    shown = window.findChild(QueueWindow)
    wait(lambda: shown.list.count() == 2)
    assert "LeNet-5: with dropout1" in shown.list.item(1).text()
    shown.close()
    wait(lambda: not window.pump.busy)
    window.commands["queue_run"].trigger()
    wait(lambda: not window.queue.active)
    press_message(window, "Compare them")
    compared = window.findChild(CompareRunsWindow)
    wait(lambda: compared.presenter is not None)
    compared.split.setCurrentText("Training and validation")
    compared.split.activated.emit(compared.split.currentIndex())
    assert [group.label for group in compared.presenter.groups] == ["LeNet-5", "LeNet-5: with dropout1"]


def test_a_network_starts_from_the_weights_of_an_earlier_run(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    first = window.trainer.run
    window.commands["runs"].trigger()
    runs = window.findChild(RunsWindow)
    wait(runs.table.rowCount)
    window.incoming.names = ()  # the names of the libraries' models are not needed
    qtbot.mouseClick(runs.weights_button, Qt.MouseButton.LeftButton)
    dialog = window.windows.shown(WeightsDialog)
    wait(lambda: dialog.presenter.phase != "running")
    assert dialog.words.text() == "10 of 10 tensors match."
    dialog.action.click()
    wait(lambda: window.document.experiment.training.weights is not None and window.checker.settled)
    assert first.folder.name in window.training_page.start_weights.file.toolTip()
    press(qtbot, window, Command.RUN)
    wait(lambda: window.trainer.run not in (None, first) and state(window) is State.FINISHED)
    events = window.trainer.run.log.since(0)
    assert [event.num_filled for event in events if isinstance(event, WeightsLoaded)] == [10]
    before, after = (
        next(event.loss for event in each if isinstance(event, StepFinished)) for each in (first.log.since(0), events)
    )
    assert after < before
