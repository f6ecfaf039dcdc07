"""The window as somebody uses it: real widgets, a real network, real training, real files."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QEnterEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.test_forms import turn
from workbench.events import RunPaused
from workbench.gui import closing, project, theme
from workbench.gui.batch.view import BatchWindow
from workbench.gui.curves.points import Points
from workbench.gui.editors import Text
from workbench.gui.inspector.presenter import with_graph
from workbench.gui.main_window import MainWindow
from workbench.gui.number_box import NumberBox
from workbench.gui.project import named
from workbench.gui.run_bar.presenter import Command
from workbench.gui.run_states import State
from workbench.gui.runs.view import RunsWindow
from workbench.gui.settings.presenter import with_data, with_run_value, with_training
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.files import read_experiment, to_json


def shorten(window: MainWindow, epochs: int) -> None:
    experiment = with_training(window.document.experiment, epochs=epochs)
    window.document.replace(experiment, window.document.path)


def press(qtbot: QtBot, window: MainWindow, command: Command) -> None:
    place = window.run_bar._commands.index(command)
    qtbot.mouseClick(window.run_bar.buttons[place], Qt.MouseButton.LeftButton)


def state(window: MainWindow) -> State:
    return window.run_bar.presenter.state


def test_the_analysis_of_the_first_network_is_shown(window: MainWindow) -> None:
    assert "parameters" in window.status.totals.text()
    assert not window.status.problems.isVisibleTo(window)
    assert window.status.device.text()
    assert [window.sidebar.tabText(index) for index in range(3)] == ["Inspector", "Data", "Training"]


def test_the_memory_of_training_follows_batch_and_optimizer(window: MainWindow) -> None:
    def memory_words() -> str:
        return window.status.totals.text().rpartition("·")[2].strip()

    before = memory_words()
    assert f"batches of {window.document.experiment.training.batch_size}" in before
    window.document.apply("larger", with_training(window.document.experiment, batch_size=999))
    large = memory_words()
    assert "batches of 999" in large and large != before
    window.document.apply("Adam", with_training(window.document.experiment, optimizer=Component(type="Adam")))
    assert memory_words() != large
    window.document.undo()
    assert memory_words() == large


def test_one_epoch_fills_every_panel(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    assert state(window) is State.PREPARING
    wait(lambda: window.watch.filters._filters is not None)
    first = window.watch.filters._filters.copy()
    wait(lambda: window.watch.neighbours.presenter.gallery is not None)
    window.watch.neighbours.gallery.chosen.emit(3)
    wait(lambda: state(window) is State.FINISHED)
    curves = window.watch.curves.presenter
    assert len(curves.loss.train.raw) == curves.num_steps > 0
    assert len(curves.loss.validation) == len(curves.measure.validation) == 1
    assert curves.loss.train.raw.y[-1] < curves.loss.train.raw.y[0]
    assert curves.best_epoch == 1
    wait(
        lambda: (
            window.watch.neighbours.presenter.answer
            and window.watch.neighbours.presenter.answer.step == curves.num_steps
        )
    )
    neighbours = window.watch.neighbours.presenter.neighbours
    assert len(neighbours) == 20 and 3 not in [neighbour.index for neighbour in neighbours]
    assert [n.distance for n in neighbours] == sorted(n.distance for n in neighbours)
    wait(lambda: not np.array_equal(window.watch.filters._filters, first))
    assert "accuracy" in window.run_bar.detail.text()


def test_pause_continue_stop_and_going_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=50)
    press(qtbot, window, Command.RUN)
    curves = window.watch.curves.presenter
    wait(lambda: curves.last_step >= 3)
    press(qtbot, window, Command.PAUSE)
    log = window.trainer.run.log
    wait(lambda: isinstance(log.since(0)[-1], RunPaused) and state(window) is State.PAUSED)
    paused_at = log.since(0)[-1].step
    wait(lambda: curves.last_step == paused_at)
    press(qtbot, window, Command.CONTINUE)
    wait(lambda: curves.last_step > paused_at)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    stopped_at = curves.last_step
    press(qtbot, window, Command.RESUME)
    wait(lambda: curves.last_step > stopped_at)
    assert curves.loss.train.raw.x.tolist() == list(range(1, curves.last_step + 1))
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_ctrl_enter_runs(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    window.activateWindow()
    window.canvas.setFocus()
    wait(window.canvas.hasFocus)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: state(window) is State.FINISHED)


def learning_rate(window: MainWindow, wait: Wait) -> Text:
    window.sidebar.setCurrentWidget(window.training_page)
    editor = window.training_page.optimizer.form.fields["lr"].editor
    assert isinstance(editor, Text)
    window.activateWindow()
    editor.line.setFocus()
    wait(editor.line.hasFocus)
    editor.line.selectAll()
    return editor


def test_run_takes_the_number_on_the_screen_or_refuses(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    rate = window.document.experiment.training.optimizer.parameters["lr"]
    editor = learning_rate(window, wait)
    qtbot.keyClicks(editor.line, "1000")
    assert window.document.experiment.training.optimizer.parameters["lr"] == rate
    press(qtbot, window, Command.RUN)
    assert window.trainer.run is None and not window.trainer.live
    assert "at most 100" in window.messages.messages[0].words.text()
    assert float(editor.line.text()) == rate and not editor.line.property("invalid")
    qtbot.keyClicks(learning_rate(window, wait).line, "0.002")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: state(window) is State.FINISHED)
    assert window.trainer.run.experiment.training.optimizer.parameters["lr"] == 0.002
    assert not window.messages.messages


def test_undo_drops_what_is_being_typed_before_it_undoes_a_step(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    editor = learning_rate(window, wait)
    text = editor.line.text()
    qtbot.keyClicks(editor.line, "1000")
    window.commands["undo"].trigger()
    assert editor.line.text() == text and not editor.line.property("invalid")
    assert window.document.experiment.seed == 5
    window.commands["undo"].trigger()
    assert window.document.experiment.seed == 0


def test_run_leaves_the_keys_where_they_were(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    window.activateWindow()
    window.canvas.setFocus()
    wait(window.canvas.hasFocus)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    assert window.canvas.hasFocus()
    window.run_bar.buttons[0].setFocus()
    qtbot.keyClick(window.run_bar.buttons[0], Qt.Key.Key_Space)
    assert window.run_bar.buttons[1].hasFocus()
    wait(lambda: state(window) is State.FINISHED)


def test_a_message_that_is_answered_leaves_the_keys_to_the_canvas(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    """Else Ctrl+Z goes to the palette's search field, and nothing is undone."""
    window.activateWindow()
    pressed: list[bool] = []
    window.messages.say("info", "Something to do.", ("Do it", lambda: pressed.append(True)))
    (button,) = [b for b in window.messages.findChildren(QPushButton) if b.text() == "Do it"]
    button.setFocus()
    wait(button.hasFocus)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    wait(window.canvas.hasFocus)
    assert pressed


def test_undo_in_an_empty_search_field_is_the_document_s(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.activateWindow()
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    field = window.palette_panel.field
    wait(window.commands["undo"].isEnabled)
    field.setFocus()
    wait(field.hasFocus)
    qtbot.keyClicks(field, "conv")
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not field.text()
    assert window.document.experiment.seed == 5
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.experiment.seed == 0


def test_the_keys_are_the_canvas_s_from_the_first_moment_and_after_new(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    """An empty canvas says that Tab searches for a layer; so it does."""
    window.activateWindow()
    wait(window.canvas.hasFocus)
    window.palette_panel.field.setFocus()
    window.project.new()
    assert window.canvas.hasFocus()


def test_an_empty_canvas_is_no_mistake(window: MainWindow, wait: Wait) -> None:
    """It cannot be run, and why stands beside the button; but nothing is wrong with it."""
    window.project.new()
    wait(lambda: window.checker.settled)
    assert window.status.problems.isHidden() and window.inspector.page.problems.isHidden()
    assert not window.status.totals.text(), "no row of zeros"
    assert window.run_bar.presenter.first_error and window.run_bar.presenter.first_error.what == "the network is empty"
    window.canvas.presenter.add("Linear", (0.0, 0.0))
    wait(lambda: window.checker.settled)
    assert "problem" in window.status.problems.text() and not window.status.problems.isHidden()


def test_a_button_that_changed_by_itself_under_the_pointer_is_deaf_for_a_moment(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    shorten(window, epochs=100)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING)
    button, place = window.run_bar.buttons[0], QPointF(5, 5)
    QApplication.sendEvent(button, QEnterEvent(place, place, place))
    window.trainer.run.stop()
    wait(lambda: button.text() == "Run")
    asked = []
    window.run_bar.asked.connect(asked.append)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [] and not window.trainer.live
    wait(lambda: time.monotonic() >= window.run_bar._deaf_until_s)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [Command.RUN]


def test_a_failure_is_said_in_full_and_the_panels_promise_nothing_more(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    folder = Component(type="ImageFolder", parameters={"folder": "/nowhere/at/all"})
    window.document.apply("folder", with_data(window.document.experiment, source=folder))
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FAILED and window.messages.messages)
    message = window.messages.messages[0]
    assert message.kind == "error" and "/nowhere/at/all" in message.words.text()
    assert window.run_bar.what.text() == "Failed before the first step"
    assert window.run_bar.what.property("role") == "danger"
    wait(lambda: window.watch.filters.empty.heading == "No filters yet")
    assert window.watch.neighbours.empty.heading == "No pictures yet"
    assert window.watch.curves.empty.heading == "No curves"
    assert not window.watch.curves.save.isEnabled()


def test_another_document_lets_an_ended_run_go(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.filters._filters is not None)
    assert window.watch.curves.save.isEnabled()
    window.commands["new"].trigger()
    wait(lambda: window.checker.settled and not window.pump.busy)
    assert window.trainer.run is None and state(window) is State.IDLE
    assert window.watch.curves.presenter.is_empty and not window.watch.curves.save.isEnabled()
    assert window.watch.curves.empty.heading == "No run yet"
    assert all(panel.empty.isVisibleTo(panel) for panel in window.watch.panels)
    wait(lambda: not window.commands["export"].isEnabled())
    assert window.commands["runs"].isEnabled()


def test_a_run_at_work_is_followed_on_under_its_name(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=100)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.curves.presenter.last_step > 2)
    window.commands["new"].trigger()
    run = window.trainer.run
    wait(lambda: window.run_bar.what.text().startswith(f"{run.folder.name} · Epoch"))
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    wait(lambda: window.run_bar.what.text().startswith("The network is empty"))
    assert window.run_bar.detail.text().startswith(f"{run.folder.name} · Stopped")
    window.project.open_preset("perceptron")
    wait(lambda: state(window) is State.IDLE)


def test_a_broken_network_cannot_run_and_its_problem_is_one_click_away(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    window.canvas.presenter.select(["conv1"])
    window.canvas.presenter.delete()
    node = window.document.experiment.architecture.graph.nodes[1]
    window.canvas.presenter.disconnect((node.name, 0))
    wait(lambda: window.checker.settled)
    assert not window.run_bar.buttons[0].isEnabled()
    assert window.run_bar.buttons[0].toolTip().startswith("This network cannot run yet.")
    window.canvas.presenter.select([])
    qtbot.mouseClick(window.status.problems, Qt.MouseButton.LeftButton)
    assert window.canvas.presenter.selection
    window.document.undo()
    window.document.undo()
    wait(lambda: window.checker.settled and window.run_bar.buttons[0].isEnabled())


def test_a_run_that_fails_says_what_to_do(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=5)
    sgd = Component(type="SGD", parameters={"lr": 100.0})
    window.document.apply(
        "rate", with_training(window.document.experiment, optimizer=sgd, schedule=Component(type="Constant"))
    )
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FAILED)
    assert window.run_bar.what.text().startswith("Failed after step")
    assert window.run_bar.detail.text().startswith("Step ")
    assert "learning rate" in window.run_bar.detail.text()
    assert "Traceback" not in window.run_bar.what.text() + window.run_bar.detail.text()
    assert window.watch.curves.presenter.failure is not None
    (message,) = [message for message in window.messages.messages if message.kind == "error"]
    assert "The batch is kept in unsound/step-" in message.words.text()
    (blamed,) = [key for key, card in window.canvas.presenter.cards.items() if card.problems]
    look = next(button for button in message.findChildren(QPushButton) if button.text() == "Show the batch")
    qtbot.mouseClick(look, Qt.MouseButton.LeftButton)
    batch = window.findChild(BatchWindow)
    assert isinstance(batch, BatchWindow)
    wait(lambda: batch.presenter.seen is not None)
    assert ", not made · 64 pictures" in batch.words.text()
    batch.close()
    show = next(button for button in message.findChildren(QPushButton) if button.text() == f"Show {blamed}")
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert window.canvas.presenter.selection == {blamed}
    again = next(button for button in message.findChildren(QPushButton) if button.text().startswith("Run again"))
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    assert not window.canvas.presenter.cards[blamed].problems
    assert window.document.experiment.training.optimizer.parameters["lr"] == 10.0
    wait(lambda: state(window) is State.FAILED)


def test_save_and_open_again(window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 11))
    assert window.isWindowModified()
    saved = window.document.experiment
    window.commands["save"].trigger()
    wait(lambda: not window.document.dirty)
    assert window.windowTitle().startswith("mine.json") and not window.isWindowModified()
    saved = named(saved, "mine")
    assert read_experiment(file) == saved
    window.commands["new"].trigger()
    assert window.document.experiment != saved
    assert window.preferences.recent_files[0] == file
    window.project.open(file)
    wait(lambda: window.document.path == file)
    assert window.document.experiment == saved


def test_of_two_documents_the_one_asked_for_last_is_shown(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, release, read = tmp_path / "slow.json", threading.Event(), project.read_network
    slow.write_text(to_json(read_experiment("perceptron")))

    def read_slowly(path: Path) -> object:
        release.wait()
        return read(path)

    monkeypatch.setattr(project, "read_network", read_slowly)
    window.project.open(slow)
    window.project.open_preset("mlp-xor")
    try:
        wait(lambda: window.document.experiment == read_experiment("mlp-xor"))
    finally:
        release.set()
    wait(lambda: not window.pump.busy)
    assert window.document.experiment == read_experiment("mlp-xor") and window.document.path is None


def test_what_is_edited_while_a_file_is_read_is_asked_about(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, asked = tmp_path / "other.json", []
    file.write_text(to_json(read_experiment("perceptron")))
    window.project.open(file)
    edited = with_run_value(window.document.experiment, "seed", 11)
    window.document.apply("seed", edited)
    monkeypatch.setattr(window.project, "ask_to_save", lambda: asked.append(1) or "cancel")
    wait(lambda: asked)
    assert window.document.experiment == edited


def test_what_is_saved_under_a_name_is_called_so(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.project.new()
    assert window.document.experiment.name == "untitled"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "my first.json"), ""))
    window.project.save()
    wait(lambda: (tmp_path / "my first.json").is_file() and not window.document.dirty)
    saved = read_experiment(tmp_path / "my first.json")
    assert (saved.name, saved.architecture.name) == ("my first", "my first")
    assert window.document.experiment == saved


def test_the_menu_leads_to_the_experiments_name(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["sidebar"].trigger()
    assert window.sidebar.isHidden()
    window.commands["name"].trigger()
    line = window.focusWidget()
    assert isinstance(line, QLineEdit)
    qtbot.keyClicks(line, "third try")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.document.experiment.name == "third try" and window.windowTitle().startswith("third try[*]")


def test_a_file_that_is_none_is_a_sentence(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    before = window.document.experiment
    file = tmp_path / "broken.json"
    file.write_text('{"format": "workbench/experiment", "nonsense": 1}')
    window.project.open(file)
    wait(lambda: window.messages.messages)
    (message,) = window.messages.messages
    assert "broken.json" in message.words.text() and "Traceback" not in message.words.text()
    assert window.document.experiment is before


@pytest.mark.parametrize(
    ("answer", "opened", "kept"), [("cancel", False, False), ("discard", True, False), ("save", True, True)]
)
def test_unsaved_work_is_asked_about(
    window: MainWindow,
    wait: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    opened: bool,
    kept: bool,
) -> None:
    file = tmp_path / "kept.json"
    monkeypatch.setattr(window.project, "ask_to_save", lambda: answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    window.project.open_preset("perceptron")
    wait(lambda: not window.pump.busy)
    assert (window.document.experiment.name == read_experiment("perceptron").name) is opened
    assert file.exists() is kept


def test_closing_with_unsaved_work_can_be_cancelled(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "cancel")
    assert not window.close()
    assert window.isVisible() and window.centralWidget().isEnabled()


def test_closing_while_training_keeps_a_run_that_can_go_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1000)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.curves.presenter.last_step > 2)
    run = window.trainer.run
    assert not window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean and run.state == "stopped" and not window.isVisible()
    assert (run.folder / "checkpoints" / "last.safetensors").is_file()
    assert window.preferences.get("last_run") == str(run.folder)


def test_the_next_window_offers_to_go_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=50)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.curves.presenter.last_step > 2)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    stopped_at = window.watch.curves.presenter.last_step
    window.project.open_preset("perceptron")
    wait(lambda: window.document.experiment.name == read_experiment("perceptron").name and window.trainer.run is None)
    window.offer_last_run()
    wait(lambda: window.messages.messages)
    (message,) = window.messages.messages
    message.findChild(QPushButton).click()
    wait(lambda: window.watch.curves.presenter.last_step > stopped_at)
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
    wait(lambda: window.watch.filters._filters is not None and window.watch.neighbours.presenter.gallery is not None)
    assert window.document.experiment == run.experiment
    assert len(window.watch.curves.presenter.loss.train.raw) == window.watch.curves.presenter.num_steps
    assert window.commands["export"].isEnabled()


def test_closing_at_once_after_run_ends_cleanly(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    press(qtbot, window, Command.RUN)
    window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean and window.trainer.run.state == "stopped"


def test_a_dropped_file_is_opened(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    file = tmp_path / "dropped.json"
    file.write_text(to_json(read_experiment("perceptron")))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    place, none = QPointF(400, 300), Qt.MouseButton.NoButton
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), copy, data, none, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(place, copy, data, none, keys))
    wait(lambda: window.document.path == file)


def test_points_and_a_perceptron_have_their_own_words_and_filters(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.project.open_preset("mlp-xor")
    wait(lambda: window.document.experiment.name != read_experiment("lenet-digits").name and window.checker.settled)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    assert window.watch.filters._filters is None
    assert len(window.watch.curves.presenter.loss.train.raw)
    window.project.open_preset("perceptron")
    wait(lambda: window.document.experiment.name == read_experiment("perceptron").name and window.checker.settled)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.filters._filters is not None)
    assert window.watch.filters._filters.shape == (10, 1, 8, 8)


def test_curves_are_saved_with_every_point(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    file = tmp_path / "curves.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "curves"), ""))
    csv, made_in = Points.csv, []
    monkeypatch.setattr(Points, "csv", lambda points: made_in.append(threading.current_thread()) or csv(points))
    qtbot.mouseClick(window.watch.curves.save, Qt.MouseButton.LeftButton)
    wait(file.is_file)
    assert made_in and threading.main_thread() not in made_in, "of a long run it takes seconds"
    assert len(file.read_text().splitlines()) == 1 + window.watch.curves.presenter.num_steps


def test_filters_are_saved_as_they_are_shown(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = window.watch.filters
    assert not filters.save.isEnabled()
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and filters._filters is not None)
    for suffix in (".png", ".svg"):
        file = tmp_path / f"filters{suffix}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, file=file: (str(file), ""))
        qtbot.mouseClick(filters.save, Qt.MouseButton.LeftButton)
        wait(file.is_file)
        picture, shown = QImage(str(file)), filters.grid.grab().toImage()
        layout, corner = filters.grid.layout_now()
        middle = corner + QPointF(layout.width / 2 + 1, layout.height / 2 + 1)
        scale = picture.width() / shown.width()
        assert picture.pixelColor((middle * scale).toPoint()) == shown.pixelColor(middle.toPoint())
        assert picture.pixelColor(1, 1).name() == theme.current().surface.lower()


def test_the_panels_keep_their_width_while_a_run_learns(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.resize(1440, 900)
    wait(lambda: window.watch.side_by_side)
    before = [panel.width() for panel in window.watch.panels]
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.neighbours.presenter.gallery is not None)
    window.watch.neighbours.gallery.chosen.emit(3)
    wait(lambda: window.watch.neighbours.presenter.neighbours)
    assert [panel.width() for panel in window.watch.panels] == before


def test_presets_are_listed_by_their_titles(window: MainWindow) -> None:
    menu = QMenu()
    window.files.list_presets(menu)
    small, large = (action.menu() for action in menu.actions())
    assert read_experiment("perceptron").name in [action.text() for action in small.actions()]
    assert [action.text()[:1] for action in small.actions()] == sorted(action.text()[:1] for action in small.actions())
    titles = [action.text() for action in large.actions()]
    residual = [read_experiment(f"resnet{depth}").name for depth in (18, 34, 50, 101, 152)]
    first = titles.index(residual[0])
    assert titles[first : first + 5] == residual


def test_panels_stand_side_by_side_where_there_is_room_and_behind_tabs_where_not(
    window: MainWindow, wait: Wait
) -> None:
    window.resize(1440, 900)
    wait(lambda: window.watch.side_by_side)
    assert all(panel.isVisible() for panel in window.watch.panels)
    window.resize(1024, 700)
    wait(lambda: not window.watch.side_by_side)
    (tabs,) = window.watch.findChildren(QTabWidget)
    tabs.setCurrentWidget(window.watch.filters)
    assert window.watch.filters.isVisible() and not window.watch.curves.isVisible()
    window.resize(1440, 900)
    wait(lambda: all(panel.isVisible() for panel in window.watch.panels))


def test_colours_change_everywhere_and_are_remembered(window: MainWindow) -> None:
    before = window.grab().toImage().pixelColor(5, 5)
    window.commands["theme"].trigger()
    assert window.grab().toImage().pixelColor(5, 5) != before
    assert window.preferences.colours in ("light", "dark")
    window.commands["theme"].trigger()
    assert window.grab().toImage().pixelColor(5, 5) == before


def test_the_list_of_keys_names_each_command_once_and_can_be_searched(qtbot: QtBot, window: MainWindow) -> None:
    from workbench.gui.commands import key_groups
    from workbench.gui.keys_window import KeysWindow

    groups = key_groups(window.canvas.commands)
    keys = [key for rows in groups.values() for _, keys in rows for key in keys.split(" or ") if key]
    assert len(keys) == len(set(keys))
    assert all(groups.values()), "a heading without keys"
    window.commands["keys"].trigger()
    listed = window.findChild(KeysWindow)
    assert listed is not None
    QTest.keyClicks(listed.field, "select all")
    assert [what.text() for _, what, _ in listed.rows if what.isVisibleTo(listed)] == ["Select all"]
    assert [heading.text() for heading, _ in listed.headings if heading.isVisibleTo(listed)] == ["Canvas"]
    QTest.keyClicks(listed.field, " no such thing")
    assert listed.nothing.isVisibleTo(listed)
    listed.close()


def test_no_settings_are_cut_however_narrow_their_column_is(window: MainWindow) -> None:
    window.top.setSizes([2000, 2000, 0])
    for page in (window.data_page, window.training_page):
        window.sidebar.setCurrentWidget(page)
        QApplication.processEvents()
        assert page.widget().width() <= page.viewport().width()


def test_height_and_width_of_their_own_fit_into_the_inspector(window: MainWindow) -> None:
    """A padding apart for height and width, with its words and its way back to the default, is the widest row of all."""
    apart = {"kernel_size": [3, 5], "padding": [1, 2]}
    experiment = window.document.experiment
    graph = edits.set_parameters(experiment.architecture.graph, "conv1", apart)
    window.document.apply("two sides", with_graph(experiment, graph))
    window.canvas.presenter.select({"conv1"})
    window.sidebar.setCurrentWidget(window.inspector)
    window.resize(1440, 900)
    window.top.setSizes([200, 920, 320])
    QApplication.processEvents()
    assert window.sidebar.width() <= 320
    assert window.inspector.widget().width() <= window.inspector.viewport().width()


def test_scrolling_past_a_field_changes_nothing(window: MainWindow) -> None:
    window.canvas.presenter.select({"conv1"})
    window.canvas.setFocus()
    before = window.document.experiment
    fields = [*window.sidebar.findChildren(QComboBox), *window.sidebar.findChildren(QAbstractSpinBox)]
    assert {window.data_page.mixing.types, *window.inspector.findChildren(NumberBox)} < set(fields)
    for field in fields:
        for by in (120, -120):
            turn(field, by)
            assert window.document.experiment is before, (field.accessibleName(), field.parent())


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


def test_find_answers_wherever_the_focus_is(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    window.activateWindow()
    wait(window.isActiveWindow)
    window.palette_panel.field.setFocus()
    qtbot.keyClicks(window.palette_panel.field, "f")
    assert not window.canvas.find_bar.isVisible()
    qtbot.keyClick(window.palette_panel.field, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    wait(window.canvas.find_bar.isVisible)
