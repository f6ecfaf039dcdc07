"""Input that is typed but not yet confirmed when the window has to do something else."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.gui.forms.editors import Text
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_run_value
from workbench.gui.window.main_window import MainWindow


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
