"""The queue in the real window: added to, processed, stopped by hand, and offered at the next start."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from tests.gui.hands import press, shorten, state
from workbench.gui.run_bar.presenter import Command
from workbench.gui.running.queue_window import QueueWindow
from workbench.gui.runtime.run_states import State
from workbench.places import runs_dir
from workbench.runs.queue import Queued, changing, drop, read_queue
from workbench.runs.store import EVENTS, create_run, held, list_runs
from workbench.session.running.in_process import ProcessRun
from workbench.spec import edits
from workbench.spec.record import replace
from workbench.training.device import environment

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def said(window: MainWindow) -> str:
    return " | ".join(message.words.text() for message in window.messages.messages)


def empty_queue() -> None:
    while read_queue(runs_dir()):
        drop(runs_dir(), 1)


def test_runs_wait_are_made_and_are_offered_again(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    before = {run.folder for run in list_runs(runs_dir())}
    for number, epochs in enumerate((1, 500), 1):
        shorten(window, epochs)
        window.commands["queue_add"].trigger()
        wait(lambda number=number: f"is number {number} in the queue" in said(window))
    window.commands["queue_run"].trigger()
    wait(lambda: state(window) is State.RUNNING and len(read_queue(runs_dir())) == 1)
    (done,) = [run for run in list_runs(runs_dir()) if run.state == "finished" and run.folder not in before]
    assert done.experiment.training.epochs == 1
    wait(lambda: window.run_bar.what.text().startswith("2 of 2: 500 epochs · Epoch "))
    press(qtbot, window, Command.STOP)
    wait(lambda: "The queue is paused because its run was stopped." in said(window))
    assert not window.queue.active
    window.messages.clear()
    window.queue.offer()
    wait(lambda: "The queue still has 1 run. The first resumes where it stopped." in said(window))
    (entry,) = read_queue(runs_dir())
    window.trainer.offer(runs_dir() / entry.folder)
    wait(lambda: not window.pump.busy)
    assert "was stopped before it finished" not in said(window), "one offer is enough"
    window.commands["queue_run"].trigger()
    wait(lambda: state(window) is State.RUNNING)
    assert window.trainer.run is not None and window.trainer.run.folder.name == entry.folder
    wait(lambda: window.run_bar.what.text().startswith("2 of 2: 500 epochs · Epoch "))
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED and not window.queue.active)


def test_the_queue_does_not_wait_for_other_work(window: MainWindow, wait: Wait) -> None:
    """Such as a scan of large data, which takes minutes."""
    empty_queue()
    shorten(window, 1)
    end = threading.Event()
    window.pump.background("scan the data", end.wait, lambda _: None)
    try:
        window.commands["queue_add"].trigger()
        window.commands["queue_run"].trigger()  # at once: it runs what is being added
        wait(lambda: "Queue finished: 1 run." in said(window))
    finally:
        end.set()


@pytest.mark.timeout(400)
def test_queued_runs_train_in_separate_processes_where_runs_do(window: MainWindow, wait: Wait) -> None:
    empty_queue()
    window.messages.clear()
    shorten(window, 1)
    window.commands["separate"].trigger()
    window.commands["queue_add"].trigger()
    wait(lambda: "is number 1 in the queue" in said(window))
    window.commands["queue_run"].trigger()
    wait(lambda: window.queue._own is not None)
    assert isinstance(window.queue._own, ProcessRun)
    wait(lambda: "Queue finished: 1 run." in said(window))
    window.commands["separate"].trigger()


def test_a_run_that_is_to_stay_stopped_leaves_the_queue_to_the_next(
    window: MainWindow, qtbot: QtBot, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_queue()
    window.messages.clear()
    for number, epochs in enumerate((500, 1), 1):
        shorten(window, epochs)
        window.commands["queue_add"].trigger()
        wait(lambda number=number: f"is number {number} in the queue" in said(window))
    window.commands["queue_run"].trigger()
    wait(lambda: state(window) is State.RUNNING and window.run_bar.presenter._step > 0)
    press(qtbot, window, Command.STOP)
    wait(lambda: "The queue is paused because its run was stopped." in said(window))
    folder = runs_dir() / read_queue(runs_dir())[0].folder
    before = (folder / EVENTS).read_bytes()
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    window.commands["queue_run"].trigger()
    wait(lambda: "may not match" in said(window) and "Waiting for your answer" in window.run_bar.what.text())
    press(qtbot, window, Command.STOP)
    wait(lambda: f"{folder.name} stays as it was and was removed from the queue." in said(window))
    wait(lambda: "Queue finished: 1 run." in said(window))
    assert not read_queue(runs_dir()) and (folder / EVENTS).read_bytes() == before


def test_what_was_made_before_the_queue_was_emptied_is_not_counted_with_the_next(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    empty_queue()
    window.messages.clear()
    for number, epochs in enumerate((1, 500), 1):
        shorten(window, epochs)
        window.commands["queue_add"].trigger()
        wait(lambda number=number: f"is number {number} in the queue" in said(window))
    window.commands["queue_run"].trigger()
    wait(lambda: waiting() == [500] and state(window) is State.RUNNING and window.run_bar.presenter._step > 0)
    press(qtbot, window, Command.STOP)
    wait(lambda: "The queue is paused because its run was stopped." in said(window))
    empty_queue()
    shorten(window, 1)
    window.commands["queue_add"].trigger()
    wait(lambda: "is number 1 in the queue" in said(window))
    window.commands["queue_run"].trigger()
    wait(lambda: "Queue finished: 1 run." in said(window))


def test_the_order_is_changed_and_one_is_taken_out(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    empty_queue()
    window.messages.clear()
    for number, epochs in enumerate((1, 2, 3), 1):
        shorten(window, epochs)
        window.commands["queue_add"].trigger()
        wait(lambda number=number: f"is number {number} in the queue" in said(window))
    window.commands["queue_show"].trigger()
    (shown,) = window.findChildren(QueueWindow)
    wait(lambda: shown.list.count() == 3)
    assert (
        shown.list.item(2).text().startswith("LeNet on digits\n3 epochs, SGD 0.02, ") and not shown.earlier.isEnabled()
    )
    shown.list.setCurrentRow(2)
    assert not shown.later.isEnabled()
    for order in ([1, 3, 2], [3, 1, 2]):
        qtbot.mouseClick(shown.earlier, Qt.MouseButton.LeftButton)
        wait(lambda order=order: waiting() == order and "\n3 epochs, " in texts(shown)[order.index(3)])
        assert shown.list.currentRow() == order.index(3)
    qtbot.keyClick(shown.list, Qt.Key.Key_Delete)
    wait(lambda: waiting() == [1, 2] and shown.list.count() == 2)
    for left in ([2], []):
        qtbot.mouseClick(shown.remove, Qt.MouseButton.LeftButton)
        wait(lambda left=left: waiting() == left and shown.list.count() == len(left))
    assert shown.empty.isVisible() and not shown.go_on.isEnabled()
    shown.close()


def test_it_is_said_that_the_queue_waits_for_a_run(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    empty_queue()
    shorten(window, 1)
    window.commands["queue_add"].trigger()
    wait(lambda: "is number 1 in the queue" in said(window))
    shorten(window, 500)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING)
    before = window.trainer.run
    window.commands["queue_show"].trigger()
    (shown,) = window.findChildren(QueueWindow)
    wait(shown.go_on.isEnabled)
    qtbot.mouseClick(shown.go_on, Qt.MouseButton.LeftButton)
    assert "The queue starts when the current run ends." in said(window)
    wait(lambda: "It starts when the current run ends." in shown.heading.text())
    assert shown.go_on.text() == "Queue waiting"
    press(qtbot, window, Command.STOP)
    wait(lambda: window.trainer.run is not before)
    wait(lambda: "Queue finished: 1 run." in said(window))
    assert "current run ends" not in said(window) + shown.heading.text()
    shown.close()


def test_where_another_program_makes_the_next_run_the_queue_waits_instead_of_trying_for_ever(
    window: MainWindow, wait: Wait
) -> None:
    empty_queue()
    window.messages.clear()
    elsewhere = create_run(runs_dir(), window.document.experiment)
    with changing(runs_dir()) as entries:
        entries.append(Queued(experiment=window.document.experiment, folder=elsewhere.name))
    with held(elsewhere):
        window.commands["queue_run"].trigger()
        wait(lambda: "The queue is paused. The queue is already running in another window or command" in said(window))
        assert not window.queue.active and not window.trainer.live
    drop(runs_dir(), 1)


def test_in_the_morning_it_is_said_what_became_of_the_runs(window: MainWindow, wait: Wait) -> None:
    empty_queue()
    window.messages.clear()
    shorten(window, 1)
    window.commands["queue_add"].trigger()
    wait(lambda: "is number 1 in the queue" in said(window))
    recipe = window.document.experiment.training
    spoilt = replace(recipe, optimizer=replace(recipe.optimizer, parameters={"lr": 100.0, "momentum": 0.99}), epochs=20)
    window.document.apply("spoil", replace(window.document.experiment, training=spoilt))
    window.commands["queue_add"].trigger()
    wait(lambda: "is number 2 in the queue" in said(window))
    assert "is number 1 in the queue" not in said(window), "of one thing there is one message"
    window.document.undo()
    window.commands["queue_add"].trigger()
    wait(lambda: "is number 3 in the queue" in said(window))
    window.commands["queue_run"].trigger()
    wait(lambda: "Queue finished: 3 runs; failed: " in said(window))
    failed = [run.folder.name for run in list_runs(runs_dir()) if run.state == "failed"]
    assert any(name in said(window) for name in failed)
    last = list_runs(runs_dir())[0]
    wait(lambda: window.trainer.run is not None and window.trainer.run.folder == last.folder)
    wait(lambda: state(window) is State.FINISHED and window.watch.panels["curves"].presenter.num_steps > 0)
    assert "Queue finished: 3 runs" in said(window)


def test_what_cannot_run_is_not_queued(window: MainWindow, wait: Wait) -> None:
    add = window.commands["queue_add"]
    wait(add.isEnabled)
    before = window.document.experiment
    graph = edits.disconnect(before.architecture.graph, "fc1", 0)
    window.document.apply("spoil", replace(before, architecture=replace(before.architecture, graph=graph)))
    wait(lambda: not add.isEnabled())
    window.document.undo()
    wait(add.isEnabled)


def waiting() -> list[int]:
    """The epochs of each waiting entry."""
    return [entry.experiment.training.epochs for entry in read_queue(runs_dir())]


def texts(shown: QueueWindow) -> list[str]:
    return [shown.list.item(row).text() for row in range(shown.list.count())]


def test_three_seeds_are_queued_at_once(window: MainWindow, wait: Wait) -> None:
    empty_queue()
    window.document.apply("seed", replace(window.document.experiment, seed=7))
    wait(window.commands["queue_seeds"].isEnabled)
    window.commands["queue_seeds"].trigger()
    wait(lambda: "LeNet on digits with seeds 7 to 9: numbers 1 to 3 in the queue." in said(window))
    assert [entry.experiment.seed for entry in read_queue(runs_dir())] == [7, 8, 9]
    empty_queue()
