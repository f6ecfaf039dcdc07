"""About: the versions and licences of what is installed, the copied facts, and the folder of runs."""

from importlib.metadata import version

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench import __version__
from workbench.gui.dialogs.about import AboutWindow
from workbench.gui.window.main_window import MainWindow
from workbench.places import runs_dir
from workbench.session.doctor import DISTRIBUTIONS


def test_it_says_what_the_program_stands_on_and_copies_it_without_folders(
    window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        window.commands["about"].trigger()
    (about,) = window.findChildren(AboutWindow)
    assert not about.copy.isEnabled()
    wait(about.copy.isEnabled)
    cells = [[about.table.item(row, column).text() for column in range(3)] for row in range(about.table.rowCount())]
    assert [name for name, _, _ in cells] == ["Python", *DISTRIBUTIONS]
    assert [["torch", version("torch")]] == [cells[:2] for cells in cells if cells[0] == "torch"]
    licences = {name: licence for name, _, licence in cells if name != "Python"}
    assert all(licence and len(licence) < 200 for licence in licences.values())
    assert licences["workbench"] == "MIT" and licences["onnxscript"] == "MIT License"
    assert "LGPL-3.0-only" in licences["PySide6-Essentials"]
    about.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert f"workbench: {__version__}" in copied and "device: " in copied and str(runs_dir().parent) not in copied

    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    runs_dir().mkdir(parents=True, exist_ok=True)
    about.runs.click()
    assert not opened, "the window does not ask the disk"
    wait(lambda: opened == [QUrl.fromLocalFile(str(runs_dir()))])
    about.close()


def test_return_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["about"].trigger()
    about = window.findChild(AboutWindow)
    assert about is not None
    focused = about.focusWidget()
    assert isinstance(focused, QPushButton) and focused.text() == "Close" and focused.isDefault()
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    assert not about.isVisible()
