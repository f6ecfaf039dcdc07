"""The effect of an initialiser is reported once a run has its weights, and can be viewed layer by layer."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench.events import WeightsDrawn
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.settings.presenter import with_training
from workbench.gui.window.main_window import MainWindow
from workbench.session.initialisation import lines, sentence
from workbench.session.running.in_thread import start
from workbench.spec.component import Component


def test_what_an_initialiser_did_is_told(qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    chosen = with_training(window.document.experiment, epochs=1, initialiser=Component(type="Xavier"))
    run = start(chosen, tmp_path)
    window.pump.follow(run)
    wait(lambda: run.state == "finished" and window.messages.messages)
    (drawn,) = (event for event in run.log.since(0) if isinstance(event, WeightsDrawn))
    (message,) = window.messages.messages
    assert message.kind == "info" and message.words.text() == sentence(drawn)

    (button,) = message.findChildren(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (shown,) = window.findChildren(TextWindow)
    assert shown.lines.toPlainText().split("\n") == list(lines(drawn))
    assert all(layer.layer in shown.lines.toPlainText() for layer in drawn.layers) and drawn.layers
    shown.close()
    wait(lambda: not window.findChildren(TextWindow))
