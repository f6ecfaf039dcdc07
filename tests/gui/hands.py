"""Actions and observations shared by tests of the real window."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_speed, with_training
from workbench.gui.window.main_window import MainWindow


def drop_file(window: QWidget, path: Path) -> None:
    """Send the events of a drag of a file or a folder from another program."""
    data, place = QMimeData(), QPoint(9, 9)
    data.setUrls([QUrl.fromLocalFile(str(path))])
    held = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (QDragEnterEvent(place, *held), QDropEvent(QPointF(place), *held)):
        QApplication.sendEvent(window, event)
        assert event.isAccepted()


def shorten(window: MainWindow, epochs: int) -> None:
    experiment = with_training(window.document.experiment, epochs=epochs)
    window.document.replace(experiment, window.document.path)


def prolong(window: MainWindow) -> None:
    """Let the next run take so long that no test sees its end.

    Without a trial of compiling: it takes half a minute, and on a busy machine, where steps are slow, it seems to pay.
    """
    experiment = with_speed(with_training(window.document.experiment, epochs=5000), "compile", "off")
    window.document.replace(experiment, window.document.path)


def press(qtbot: QtBot, window: MainWindow, command: Command) -> None:
    """Press a command's button once it can be pressed: a panel may show a step before the run bar offers to pause."""

    def able() -> list[QPushButton]:
        pairs = zip(window.run_bar.buttons, window.run_bar._commands, strict=False)
        return [button for button, its in pairs if its is command and button.isEnabled()]

    qtbot.waitUntil(lambda: bool(able()))
    (button,) = able()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def state(window: MainWindow) -> State:
    return window.run_bar.presenter.state


def turn(widget: QWidget, by: int = 120) -> None:
    """Turn the wheel above a widget by this many eighths of a degree."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
