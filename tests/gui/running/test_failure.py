"""What the window says of a run that has failed, and what it offers."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.data.folders import fill
from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.durable import write_bytes
from workbench.events import RunFailed
from workbench.gui.batch.view import BatchWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_data, with_training
from workbench.gui.window.main_window import MainWindow
from workbench.runs.log import encode
from workbench.runs.store import EVENTS, create_run
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training.trouble.failures import OutOfMemory


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
    wait(lambda: window.watch.panels["filters"].empty.heading == "No filters to show")
    assert window.watch.panels["neighbours"].empty.heading == "No pictures to show"
    assert window.watch.panels["curves"].empty.heading == "No curves"
    assert not window.watch.panels["curves"].save.isEnabled()


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
    wait(lambda: not window.canvas.presenter.cards[blamed].problems)
    assert window.document.experiment.training.optimizer.parameters["lr"] == 10.0
    wait(lambda: state(window) is State.FAILED)


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
