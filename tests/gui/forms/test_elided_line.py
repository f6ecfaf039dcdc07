"""Of a long path in a field the end is seen, of a name its beginning; a relative path becomes what it means."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QToolTip
from pytestqt.qtbot import QtBot

from workbench.data.sources.table_file import TableFile
from workbench.gui.forms.elided_line import ElidedLine, PathLine
from workbench.gui.forms.form import Form
from workbench.gui.settings.declared import NameSettings
from workbench.spec.forms import parameters_of

PATH = "/home/somebody/a folder/of a folder/with many more/until the line is full/faces.csv"


def test_the_end_of_a_long_path_is_seen_until_it_is_edited(qtbot: QtBot) -> None:
    form = Form(parameters_of(TableFile), {"file": PATH})
    qtbot.addWidget(form)
    form.resize(320, 200)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    editor = form.fields["file"].editor
    line = editor.findChild(PathLine)
    assert line is not None
    form.fields["picture"].editor.inputs()[0].setFocus(Qt.FocusReason.OtherFocusReason)
    assert line.elided().startswith("…") and line.elided().endswith("/faces.csv")
    unfocused = line.grab().toImage()
    line.setText(line.elided())
    line.setCursorPosition(0)
    assert unfocused == line.grab().toImage(), "drawn as Qt draws a text that fits"
    line.setText(PATH)
    assert tip_of(line) == PATH
    line.setFocus(Qt.FocusReason.OtherFocusReason)
    assert line.grab().toImage() != unfocused
    qtbot.keyClick(line, Qt.Key.Key_End)
    qtbot.keyClicks(line, "x")
    assert line.text() == f"{PATH}x"


def tip_of(line: QLineEdit) -> str:
    point = line.rect().center()
    QApplication.sendEvent(line, QHelpEvent(QHelpEvent.Type.ToolTip, point, line.mapToGlobal(point)))
    words = QToolTip.text()
    QToolTip.hideText()
    return words


def test_the_beginning_of_a_long_name_is_seen_again_once_it_is_entered(qtbot: QtBot) -> None:
    form = Form(parameters_of(NameSettings), {"name": ""})
    qtbot.addWidget(form)
    form.resize(320, 80)
    form.show()
    editor = form.fields["name"].editor
    line = editor.findChild(ElidedLine)
    assert line is not None
    line.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.keyClicks(line, 3 * "LeNet with dropout and ")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    line.clearFocus()
    assert line.elided().startswith("LeNet with dropout") and line.elided().endswith("…")
    assert tip_of(line) == line.text()
    form.show_values({"name": "LeNet"})
    assert line.elided() == "LeNet" and tip_of(line) == editor.toolTip() != ""


def test_a_relative_path_becomes_what_it_means_now_wherever_the_experiment_is_saved(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = Form(parameters_of(TableFile), {"file": PATH})
    qtbot.addWidget(form)
    line = form.fields["file"].editor.findChild(PathLine)
    assert line is not None
    for typed, meant in {"faces.csv": tmp_path / "faces.csv", "~/faces.csv": "~/faces.csv"}.items():
        line.clear()
        qtbot.keyClicks(line, typed)
        with qtbot.waitSignal(form.edited) as edited:
            qtbot.keyClick(line, Qt.Key.Key_Return)
        assert edited.args == ["file", str(meant)]
        assert line.text() == str(meant)
