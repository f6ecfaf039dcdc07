"""What the advisor says of a run stands above the canvas, with a way to the layer it speaks of."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.training.test_advisor import LINEAR, chain, sgd
from workbench.gui.main_window import MainWindow
from workbench.session.run import start


def test_advice_leads_to_its_layer(qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    experiment = chain(LINEAR, ("ReLU", {}), epochs=8, optimizer=sgd(5.0, 0.9))
    window.document.replace(experiment, None, saved=True)
    run = start(experiment, tmp_path)
    window.pump.follow(run)
    wait(lambda: run.state == "finished" and any("are dead" in said.words.text() for said in window.messages.messages))
    message = next(said for said in window.messages.messages if "are dead" in said.words.text())
    assert message.kind == "warning" and "LeakyReLU" in message.words.text()
    (button,) = message.findChildren(QPushButton)
    assert button.text() == "Show relu1"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.canvas.presenter.selection == {"relu1"}
