"""One step and the batch in the real window, on a real run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from tests.gui.test_main_window import press, state
from workbench.events import StepFinished
from workbench.gui.run_bar.presenter import Command, State

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.main_window import MainWindow


def test_step_by_step_with_the_batch_beside_it(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.batch.view import BatchWindow

    assert not window.commands["step"].isEnabled()
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING and window.run_bar.presenter._step > 0)
    press(qtbot, window, Command.PAUSE)
    run = window.trainer.run
    assert run is not None
    wait(lambda: state(window) is State.PAUSED and window.commands["step"].isEnabled())
    window.commands["batch"].trigger()
    batch = window.findChild(BatchWindow)
    assert isinstance(batch, BatchWindow)
    wait(lambda: batch.presenter.seen is not None and batch.step.isEnabled())
    for make_a_step in (
        lambda: press(qtbot, window, Command.STEP),
        lambda: qtbot.mouseClick(batch.step, Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(batch, Qt.Key.Key_F10),
    ):
        seen = batch.presenter.seen
        assert seen is not None
        make_a_step()
        wait(lambda seen=seen: batch.presenter.seen is not seen)
        assert batch.presenter.seen is not None and batch.presenter.seen.step == seen.step + 1
        assert state(window) is State.PAUSED
    (last,) = [event for event in run.log.since(0) if isinstance(event, StepFinished)][-1:]
    assert f"Step {last.step:,}" in batch.words.text() and f"{last.loss:.2f}" in batch.words.text()
    corner = batch.grid.index_at(QPointF(20, 20))
    assert corner == 0
    batch.worst.click()
    assert batch.grid.index_at(QPointF(20, 20)) == batch.presenter.seen.losses.argmax()
    qtbot.keyClick(batch, Qt.Key.Key_Escape)
    assert not run.insight._watching_batch
    assert all(follower.listener is not batch for follower in window.pump._followers)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
