"""Actions and observations shared by tests of the real window."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.gui.main_window import MainWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.run_states import State
from workbench.gui.settings.presenter import with_training


def shorten(window: MainWindow, epochs: int) -> None:
    experiment = with_training(window.document.experiment, epochs=epochs)
    window.document.replace(experiment, window.document.path)


def press(qtbot: QtBot, window: MainWindow, command: Command) -> None:
    place = window.run_bar._commands.index(command)
    qtbot.mouseClick(window.run_bar.buttons[place], Qt.MouseButton.LeftButton)


def state(window: MainWindow) -> State:
    return window.run_bar.presenter.state
