"""The run bar as laid out, and its buttons in the real window."""

import time

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFontMetrics
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, prolong, shorten, state
from tests.gui.run_bar.told import STARTED, step
from workbench.events import RunStopped
from workbench.gui.run_bar import view
from workbench.gui.run_bar.presenter import Command
from workbench.gui.run_bar.view import Details, RunBar
from workbench.gui.runtime.run_states import State
from workbench.gui.window.main_window import MainWindow
from workbench.spec.problems import Problem


def test_a_problem_is_not_cut_while_there_is_room_beside_it(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.presenter.begin(32)
    bar.presenter.feed((STARTED, step(1), RunStopped(at=0.2, step=1)))
    bar.presenter.observe("stopped", None)
    bar.show_problems(
        (Problem(node="output", what="3 numbers come out, but the data has 2 classes", mend="change it"),)
    )
    wanted, beside = (
        QFontMetrics(label.font()).horizontalAdvance(label.text()) + 1 for label in (bar.what, bar.detail)
    )
    bar.resize(bar.width() - bar.what.width() - bar.detail.width() + wanted + beside, bar.height())
    assert bar.detail.text()
    assert (bar.what.width(), bar.detail.width()) == (wanted, beside)


def test_details_without_room_lose_whole_parts_and_the_remaining_time_last(qtbot: QtBot) -> None:
    detail = Details()
    qtbot.addWidget(detail)
    detail.show()
    metrics = detail.fontMetrics()  # once shown: the style sheet of a window opened before has its own font
    detail.setText("step 114 of 684 · 1,391 pictures/s · 1 min 7 s left · CPU")
    for fitting in (
        "step 114 of 684 · 1,391 pictures/s · 1 min 7 s left · CPU",
        "step 114 of 684 · 1,391 pictures/s · 1 min 7 s left",
        "1,391 pictures/s · 1 min 7 s left",
        "1 min 7 s left",
    ):
        detail.resize(metrics.horizontalAdvance(fitting), 20)
        assert detail.fitted() == fitting
        assert detail.toolTip() == ("" if fitting == detail.text() else detail.text())
    detail.resize(metrics.horizontalAdvance("1 min"), 20)
    assert not detail.fitted()


def test_the_smallest_window_has_room_for_every_tool(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.resize(window.minimumSize())
    overflow = window.tools.findChild(QToolButton, "qt_toolbar_ext_button")

    def check() -> None:
        QApplication.processEvents()
        assert overflow.isHidden() and window.run_bar.isVisible()
        shown = [button for button in window.run_bar.buttons if button.isVisible()]
        assert shown and all(button.width() >= button.sizeHint().width() for button in shown)

    prolong(window)
    for command, reached in (
        (Command.RUN, State.RUNNING),
        (Command.PAUSE, State.PAUSED),
        (Command.STOP, State.STOPPED),
    ):
        press(qtbot, window, command)
        wait(lambda reached=reached: state(window) is reached)
        check()
    window.run_bar.presenter.observe("preparing", ("It had other pictures in another order", 0, 0), asks=True)
    window.run_bar.refresh()
    assert [button.text() for button in window.run_bar.buttons[:2]] == ["Resume anyway", "Keep it stopped"]
    check()


def test_on_a_projector_at_200_percent_the_other_tools_give_way_to_the_run(window: MainWindow, wait: Wait) -> None:
    before = window.tools.actions()
    window.setMinimumSize(400, 300)  # as on a small screen
    window.resize(512, 384)
    wait(lambda: window.width() == 512 and window.run_bar.isVisible())
    (run, *_) = window.run_bar.buttons
    assert (
        run.text() == "Run"
        and run.width() >= run.sizeHint().width()
        and run.visibleRegion().boundingRect() == run.rect()
    )
    window.resize(1000, 600)
    wait(lambda: window.tools.actions() == before)
    wait(lambda: [a.text() for a in before if not window.tools.widgetForAction(a).isVisible()] == [])


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
    qtbot: QtBot, window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "DEAF_S", 3600.0)  # however long a busy machine takes until the click
    prolong(window)
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
    with monkeypatch.context() as later:
        later.setattr(time, "monotonic", lambda: window.run_bar._deaf_until_s)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [Command.RUN]


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


def test_what_a_run_does_has_its_room_before_the_details(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.presenter.begin(32)
    bar.presenter.feed((STARTED, step(1), step(2)))
    bar.presenter.observe("paused", None)
    bar.refresh()
    words = bar.what.fontMetrics().horizontalAdvance(bar.what.text()) + 1
    buttons = sum(button.width() for button in bar.buttons)
    bar.resize(buttons + words + 100, bar.height())
    assert bar.what.width() == words and 0 < bar.detail.width() < 100
    bar.resize(3 * (buttons + words), bar.height())
    assert bar.what.width() == words and bar.detail.fitted() == bar.detail.text()
    assert bar.width() - bar.detail.mapTo(bar, bar.detail.rect().bottomRight()).x() < 20, "at the right end"


def test_in_a_narrow_window_the_epoch_stays_and_the_name_of_the_run_gives_way(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.presenter.begin(32)
    bar.presenter.feed((STARTED, step(1), step(2)))
    bar.presenter.observe("running", None)
    bar.name_run("2026-11-29-lenet-with-dropout-after-both-hidden-layers-12")
    seen = []
    for width in (1200, 560, 480):
        bar.resize(width, bar.height())
        shown = bar.what.fitted()
        assert bar.what.fontMetrics().horizontalAdvance(shown) <= bar.what.width()
        assert shown.endswith("Epoch 1 of 2")
        seen.append(shown)
    assert seen[0] == bar.what.text() and seen[1].startswith("2026-") and "12 · Epoch" in seen[1]
    for name, room, shown in (
        (bar.presenter.run_name, 9, "Epoch 1 of 2"),  # not a joint without a name
        ("7", 9, "Epoch 1 of 2"),
        ("7", 90, "7 · Epoch 1 of 2"),
    ):
        bar.name_run(name)
        bar.what.setMinimumWidth(0)
        bar.what.resize(bar.what.fontMetrics().horizontalAdvance("Epoch 1 of 2") + room, bar.what.height())
        assert bar.what.fitted() == shown


def test_without_details_the_buttons_are_no_wider(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.resize(1200, bar.height())
    bar.show()
    widths = [bar.buttons[0].sizeHint().width()]
    for show in (bar.clear, lambda: bar.refuse("Not started: the data set is gone."), bar.starting):
        show()
        assert not bar.detail.text()
        left = bar.buttons[len(bar.presenter.buttons()) - 1].geometry().right()
        qtbot.waitUntil(lambda left=left: 0 < bar.what.mapTo(bar, bar.what.rect().topLeft()).x() - left < 30)
        widths.append(bar.buttons[0].width())
    assert max(widths) < 130
