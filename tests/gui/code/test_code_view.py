"""The code panel in the real window."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from tests.gui.conftest import Wait
from workbench.gui.code.view import CodePanel
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow
from workbench.spec import edits
from workbench.spec.files import read_experiment
from workbench.spec.graph import Graph
from workbench.spec.record import replace


@pytest.fixture
def panel(window: MainWindow, wait: Wait) -> CodePanel:
    if not window.commands["code"].isChecked():  # it is remembered from the last window
        window.commands["code"].trigger()
    panel = window.outgoing.code
    assert panel is not None
    wait(lambda: panel.settled)
    return panel


def change(window: MainWindow, graph: Graph) -> None:
    experiment = window.document.experiment
    architecture = replace(experiment.architecture, graph=graph)
    window.document.apply("change", replace(experiment, architecture=architecture))


def lit(panel: CodePanel) -> list[str]:
    return [selection.cursor.block().text().strip() for selection in panel.code.extraSelections()]


def test_it_follows_every_edit_and_is_greyed_while_there_is_a_problem(window, panel, wait):
    graph = window.document.experiment.architecture.graph
    assert "self.conv1 = nn.Conv2d(in_channels=1, out_channels=6" in panel.code.toPlainText()
    change(window, edits.set_parameters(graph, "conv1", {"out_channels": 9}))
    wait(lambda: panel.settled)
    code = panel.code.toPlainText()
    assert "out_channels=9" in code and "in_channels=9" in code and code == panel.presenter.text
    change(window, edits.set_parameters(graph, "conv1", {"kernel_size": 99}))
    wait(lambda: panel.settled)
    assert panel.code.toPlainText() == code
    assert panel.words.isVisible() and "99×99" in panel.words.text()
    formats = panel.code.document().findBlockByNumber(0).layout().formats()
    faint = theme.current().text_faint.lower()
    assert {each.format.foreground().color().name() for each in formats} == {faint}
    window.document.undo()
    wait(lambda: panel.settled)
    assert panel.words.isHidden()


def test_hidden_it_asks_nothing_and_shown_again_it_has_caught_up(window, panel, wait):
    graph = window.document.experiment.architecture.graph
    window.commands["code"].trigger()
    assert panel.isHidden()
    change(window, edits.rename(graph, "conv1", "first"))
    assert panel.settled and "self.first" not in panel.code.toPlainText()
    window.commands["code"].trigger()
    wait(lambda: panel.settled)
    assert "self.first = " in panel.code.toPlainText()


def test_the_lines_of_a_selected_node_are_lit_and_a_pressed_line_selects_its_node(window, panel, qtbot, wait):
    window.canvas.presenter.select({"conv2"})
    assert [line.split(" = ")[0] for line in lit(panel)] == ["self.conv2", "x"]
    line = next(n for n, text in enumerate(panel.presenter.text.splitlines()) if "self.fc1(x)" in text)
    block = panel.code.document().findBlockByNumber(line)
    cursor = panel.code.textCursor()
    cursor.setPosition(block.position())
    panel.code.setTextCursor(cursor)
    qtbot.mouseClick(panel.code.viewport(), Qt.MouseButton.LeftButton, pos=panel.code.cursorRect().center())
    assert window.canvas.presenter.selection == {"fc1"}
    assert lit(panel)[-1] == block.text().strip()
    cursor.setPosition(panel.code.document().findBlockByNumber(line + 1).position())
    panel.code.setTextCursor(cursor)
    qtbot.keyClick(panel.code, Qt.Key.Key_Return)
    assert window.canvas.presenter.selection == {"relu3"}


def test_a_line_of_a_block_leads_into_the_block(window, panel, qtbot, wait):
    window.document.replace(read_experiment("resnet20"), None)
    wait(lambda: panel.settled)
    lines = panel.presenter.text.splitlines()
    line = next(n for n, text in enumerate(lines) if "out = self.bn2(out)" in text)
    cursor = panel.code.textCursor()
    cursor.setPosition(panel.code.document().findBlockByNumber(line).position())
    panel.code.setTextCursor(cursor)
    qtbot.keyClick(panel.code, Qt.Key.Key_Return)
    assert window.canvas.presenter.trail == ("layer1", "0")
    assert window.canvas.presenter.selected().names == {"bn2"}
    assert lines[line].strip() in lit(panel)


def test_the_place_one_reads_at_stays(window, panel, wait):
    window.document.replace(read_experiment("resnet20"), None)
    wait(lambda: panel.settled)
    bar = panel.code.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    top = panel.code.cursorForPosition(QPoint(5, 5)).block().text()
    graph = window.document.experiment.architecture.graph
    change(window, edits.set_parameters(graph, "fc", {"bias": False}))
    wait(lambda: panel.settled)
    assert "out_features=classes, bias=False" in panel.code.toPlainText()
    assert panel.code.cursorForPosition(QPoint(5, 5)).block().text() == top


def test_it_is_copied_and_saved(window, panel, wait, tmp_path: Path, monkeypatch):
    panel.copy.click()
    assert QGuiApplication.clipboard().text() == panel.presenter.text
    asked = []

    def answer(_parent, _title, first, *_):
        asked.append(first)
        return str(tmp_path / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    panel.save.click()
    wait(lambda: not window.pump.busy)
    assert Path(asked[0]).name == "lenet5.py"
    assert (tmp_path / "mine.py").read_text() == panel.presenter.text


def test_a_formatter_that_is_not_there_is_said_in_place_of_the_code(window, panel, wait, monkeypatch, caplog):
    monkeypatch.setattr("ruff.find_ruff_bin", lambda: "/nowhere/ruff")
    graph = window.document.experiment.architecture.graph
    change(window, edits.set_parameters(graph, "conv1", {"out_channels": 9}))
    wait(lambda: panel.settled)
    assert "The code cannot be written: an internal error (FileNotFoundError" in panel.words.text()
    assert "/nowhere/ruff" in caplog.text
