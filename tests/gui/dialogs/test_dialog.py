"""Secondary windows: which button Enter presses, and which windows exist."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QStyle, QVBoxLayout
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench.gui.batch.view import BatchWindow
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.dialogs.keys_window import KeysWindow
from workbench.gui.export.view import OnnxDialog
from workbench.gui.window.main_window import MainWindow


class Asking(Dialog):
    """A field and two buttons, the second of which may be the default."""

    def __init__(self, *, has_default: bool) -> None:
        super().__init__(None, "Asking")
        self.pressed: list[str] = []
        self.field = QLineEdit()
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        self.buttons = {name: QPushButton(name) for name in ("other", "default")}
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.pressed.append(name))
            column.addWidget(button)
        self.buttons["default"].setDefault(has_default)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
@pytest.mark.parametrize("has_default", [False, True])
def test_enter_presses_what_has_the_keys_or_the_default_and_nothing_else(
    qtbot: QtBot, wait: Wait, key: Qt.Key, has_default: bool
) -> None:
    asking = Asking(has_default=has_default)
    qtbot.addWidget(asking)
    asking.show()
    asking.activateWindow()
    wait(asking.isActiveWindow)
    asking.field.setFocus()
    qtbot.keyClick(asking.field, key)
    assert asking.pressed == ["default"] * has_default
    asking.pressed.clear()
    for name, button in asking.buttons.items():
        button.setFocus()
        qtbot.keyClick(button, key)
        assert asking.pressed.pop() == name and not asking.pressed


def test_it_is_no_larger_than_the_screen(qtbot: QtBot) -> None:
    asking = Asking(has_default=False)
    qtbot.addWidget(asking)
    asking.resize(5000, 4000)
    asking.show()
    room = asking.screen().availableGeometry()
    assert asking.width() <= room.width() and asking.height() <= room.height()


def test_of_a_kind_one_is_there_and_a_closed_one_is_gone(window: MainWindow, wait: Wait) -> None:
    for _ in range(3):
        window.commands["export"].trigger()
        wait(lambda: len(window.findChildren(OnnxDialog)) == 1)
    for command, kind in (("batch", BatchWindow), ("keys", KeysWindow)):
        window.commands[command].trigger()
        there = window.findChild(kind)
        window.commands[command].trigger()
        assert window.findChildren(kind) == [there] and there.isVisible()
    window.windows.close()
    wait(lambda: not window.findChildren(Dialog))


def test_a_dialog_is_never_larger_than_the_screen(qtbot: QtBot) -> None:
    asking = Asking(has_default=False)
    qtbot.addWidget(asking)
    asking.setMinimumWidth(100_000)
    asking.show()
    assert asking.width() <= asking.screen().availableSize().width()


def test_a_menu_longer_than_the_screen_scrolls(window: MainWindow) -> None:
    menu = window.menuBar().actions()[0].menu()
    assert menu.style().styleHint(QStyle.StyleHint.SH_Menu_Scrollable, None, menu)
