"""Runs in the real window: started, paused, stopped, failed, resumed and viewed again; and the panels' content."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent, QImage
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.events import DataPrepared, RunPaused
from workbench.gui.batch.view import BatchWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_data, with_training
from workbench.gui.watch.curves.points import Points
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow
from workbench.places import runs_dir
from workbench.runs.log import encode
from workbench.runs.store import EVENTS, create_run
from workbench.spec.component import Component
from workbench.spec.files import read_experiment


def test_one_epoch_fills_every_panel(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    assert state(window) is State.PREPARING
    wait(lambda: window.watch.panels["filters"]._filters is not None)
    first = window.watch.panels["filters"]._filters.copy()
    wait(lambda: window.watch.panels["neighbours"].presenter.gallery is not None)
    window.watch.panels["neighbours"].gallery.chosen.emit(3)
    wait(lambda: state(window) is State.FINISHED)
    curves = window.watch.panels["curves"].presenter
    assert len(curves.loss.train.raw) == curves.num_steps > 0
    assert len(curves.loss.validation) == len(curves.measure.validation) == 1
    assert curves.loss.train.raw.y[-1] < curves.loss.train.raw.y[0]
    assert curves.best_epoch == 1
    wait(
        lambda: (
            window.watch.panels["neighbours"].presenter.answer
            and window.watch.panels["neighbours"].presenter.answer.step == curves.num_steps
        )
    )
    neighbours = window.watch.panels["neighbours"].presenter.neighbours
    assert len(neighbours) == 20 and 3 not in [neighbour.index for neighbour in neighbours]
    assert [n.distance for n in neighbours] == sorted(n.distance for n in neighbours)
    wait(lambda: not np.array_equal(window.watch.panels["filters"]._filters, first))
    assert "accuracy" in window.run_bar.detail.text()


def test_the_smallest_window_has_room_for_the_buttons_of_a_run(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.resize(window.minimumSizeHint())
    overflow = window.tools.findChild(QToolButton, "qt_toolbar_ext_button")
    shorten(window, epochs=50)
    for command, reached in ((Command.RUN, State.RUNNING), (Command.PAUSE, State.PAUSED)):
        press(qtbot, window, command)
        wait(lambda reached=reached: state(window) is reached)
        assert overflow.isHidden() and window.run_bar.isVisible()
        assert all(button.width() >= button.sizeHint().width() for button in window.run_bar.buttons)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_pause_continue_stop_and_going_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=50)
    press(qtbot, window, Command.RUN)
    curves = window.watch.panels["curves"].presenter
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


def test_a_run_killed_before_its_first_checkpoint_begins_again(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    """Offered when the window opens, viewed, and resumed: the message says that it starts again."""
    shorten(window, epochs=1)
    folder = create_run(runs_dir(), window.document.experiment)
    begun = [DataPrepared(at=0, num_train=1, num_val=0, num_test=0, class_names=(), picture_shape=(1,), fingerprint="")]
    (folder / EVENTS).write_bytes(encode(begun))
    window.trainer.offer(folder)
    wait(lambda: window.messages.messages)
    (offer,) = window.messages.messages
    assert offer.words.text() == f"The run {folder.name} was stopped before it finished."
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


def test_ctrl_enter_runs(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    window.activateWindow()
    window.canvas.setFocus()
    wait(window.canvas.hasFocus)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: state(window) is State.FINISHED)


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
    wait(lambda: window.watch.panels["filters"].empty.heading == "No filters yet")
    assert window.watch.panels["neighbours"].empty.heading == "No pictures yet"
    assert window.watch.panels["curves"].empty.heading == "No curves"
    assert not window.watch.panels["curves"].save.isEnabled()


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
    shorten(window, epochs=100)
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
    assert not window.run_bar.detail.text(), "the message says why, and once is enough"
    assert window.watch.panels["curves"].presenter.failure is not None
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


def test_the_next_window_offers_to_go_on(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=50)
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
    assert (
        len(window.watch.panels["curves"].presenter.loss.train.raw) == window.watch.panels["curves"].presenter.num_steps
    )
    assert window.commands["export"].isEnabled()


def test_points_and_a_perceptron_have_their_own_words_and_filters(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.project.open_preset("mlp-xor")
    wait(lambda: window.document.experiment.name != read_experiment("lenet-digits").name and window.checker.settled)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    assert window.watch.panels["filters"]._filters is None
    assert len(window.watch.panels["curves"].presenter.loss.train.raw)
    window.project.open_preset("perceptron")
    wait(lambda: window.document.experiment.name == read_experiment("perceptron").name and window.checker.settled)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.panels["filters"]._filters is not None)
    assert window.watch.panels["filters"]._filters.shape == (10, 1, 8, 8)


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
    qtbot.mouseClick(window.watch.panels["curves"].save, Qt.MouseButton.LeftButton)
    wait(file.is_file)
    assert made_in and threading.main_thread() not in made_in, "of a long run it takes seconds"
    assert len(file.read_text().splitlines()) == 1 + window.watch.panels["curves"].presenter.num_steps


def test_filters_are_saved_as_they_are_shown(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = window.watch.panels["filters"]
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
    before = [panel.width() for panel in window.watch.panels.values()]
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.panels["neighbours"].presenter.gallery is not None)
    window.watch.panels["neighbours"].gallery.chosen.emit(3)
    wait(lambda: window.watch.panels["neighbours"].presenter.neighbours)
    assert [panel.width() for panel in window.watch.panels.values()] == before
