"""The export dialogs, with realistic long names, and exporting code with its training script from the menu."""

import re
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.gui.experiment.project import named
from workbench.gui.export.presenter import OnnxPresenter
from workbench.gui.export.view import CodeDialog, OnnxDialog, Source
from workbench.gui.export.writing import WIDTH
from workbench.gui.job.view import form, show_rows
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import State
from workbench.gui.window.main_window import MainWindow
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


def test_a_long_name_leaves_the_labels_their_room(qtbot: QtBot) -> None:
    name = "Hawkmoths and burnets, third attempt, rate halved, with label smoothing and RandAugment (for Thursday)"
    experiment = replace(read_experiment("lenet"), name=name)
    parent, pump = QWidget(), EventPump()
    qtbot.addWidget(parent)
    pump.setParent(parent)
    source = Source(title=f"fresh weights · {name}", network=experiment, file=Path("net.onnx"))
    dialog = OnnxDialog(parent, pump, [source])
    dialog.show()
    labels = {label.text(): label for label in dialog.findChildren(QLabel)}
    assert all(labels[words].width() >= labels[words].sizeHint().width() for words in ("Network", "File", "Opset"))
    assert "…" in dialog.source.elided() and dialog.source.sizeHint().width() < dialog.width()
    dialog.close()


def test_a_long_export_says_for_how_long_it_has_been_translating(qtbot: QtBot, wait: Wait, tmp_path: Path) -> None:
    """On a clock that is a hundred times as fast."""
    parent, pump = QWidget(), EventPump()
    qtbot.addWidget(parent)
    pump.setParent(parent)
    source = Source(title="LeNet", network=read_experiment("lenet"), file=tmp_path / "net.onnx")
    dialog = OnnxDialog(parent, pump, [source])
    dialog.presenter = OnnxPresenter(lambda: 100 * time.monotonic())
    dialog.show()
    dialog.action.click()
    wait(lambda: re.fullmatch(r"Translating .* · \d+ s", dialog.words.text()))
    assert not dialog.leave.isEnabled(), "only Cancel says that nothing is written then"
    dialog.action.click()
    wait(lambda: dialog.presenter.phase == "cancelled")
    assert dialog.leave.isEnabled()
    dialog.close()


def test_a_network_is_exported_in_8_bit_integers(qtbot: QtBot, wait: Wait, tmp_path: Path) -> None:
    parent, pump = QWidget(), EventPump()
    qtbot.addWidget(parent)
    pump.setParent(parent)
    source = Source(title="XOR", network=read_experiment("mlp-xor"), file=tmp_path / "net.onnx")
    dialog = OnnxDialog(parent, pump, [source])
    dialog.show()
    qtbot.keyClick(dialog.numbers, Qt.Key.Key_Down)
    dialog.action.click()
    wait(lambda: dialog.presenter.phase == "done")
    assert re.fullmatch(r"[\d,]+ bytes, in floats [\d,]+", dict(dialog.presenter.rows)["Size"])
    dialog.close()


def test_a_long_path_in_the_result_is_not_cut(qtbot: QtBot) -> None:
    path = f"/home/somebody/{'a_name_without_any_space_' * 5}.onnx"
    dialog, found = QWidget(), form()
    dialog.setLayout(found)
    qtbot.addWidget(dialog)
    show_rows(found, (("Same top-1 class", "in 100 % of them"), ("Largest difference", "7.6e-06"), ("File", path)))
    dialog.resize(WIDTH, 300)
    dialog.show()
    (shown,) = [label for label in dialog.findChildren(QLabel) if label.toolTip() == path]
    assert shown.fontMetrics().horizontalAdvance(shown.text()) <= shown.width()
    assert shown.text().startswith("/home/") and shown.text().endswith("space_.onnx")
    assert [label.toolTip() for label in dialog.findChildren(QLabel) if label is not shown] == [""] * 5


def answer(dialog: CodeDialog, word: str, wait: Wait) -> None:
    """Answer the question whether to replace the file."""
    wait(lambda: dialog.findChild(QMessageBox))
    box = dialog.findChild(QMessageBox)
    there = [file.name for file in dialog.written if file.is_file()]
    assert box is not None and box.text() == f"Replace {' and '.join(there)}?"
    (button,) = [button for button in box.buttons() if button.text().replace("&", "") == word]
    button.click()


def test_code_and_the_script_that_trains_it_are_exported_from_the_menu(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is replaced unasked, nor asked about twice."""
    wait(window.commands["export_code"].isEnabled)
    window.commands["export_code"].trigger()
    dialog, file, script = window.findChild(CodeDialog), tmp_path / "mine.py", tmp_path / "train_mine.py"
    assert dialog is not None and dialog.path.name == "lenet_on_digits.py"
    dialog.file.setText(str(file))
    dialog.action.click()
    assert not dialog.file.isEnabled() and not dialog.choose.isEnabled(), "the file is settled while it is written"
    wait(lambda: dialog.presenter.phase != "running")
    assert dialog.file.isEnabled() and dialog.choose.isEnabled() and not dialog.findChild(QMessageBox)
    assert dialog.presenter.phase == "done" and "class " in file.read_text(), dialog.presenter.sentence
    assert [each.name for each in tmp_path.iterdir()] == ["mine.py"]

    file.write_text("precious")
    options: list[object] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(file), options.append(given[-1])))
    dialog.choose.click()
    assert dialog.path == file and options == [QFileDialog.Option.DontConfirmOverwrite]
    dialog.action.click()
    answer(dialog, "Cancel", wait)
    wait(lambda: dialog.presenter.phase == "cancelled" and not dialog.findChild(QMessageBox))
    assert file.read_text() == "precious" and "nothing was written" in dialog.words.text()

    file.unlink()
    script.write_text("precious")
    dialog.training.setChecked(True)
    dialog.action.click()
    answer(dialog, "Cancel", wait)
    wait(lambda: dialog.presenter.phase == "cancelled" and not dialog.findChild(QMessageBox))
    assert script.read_text() == "precious" and not file.exists()
    file.write_text("precious")
    dialog.action.click()
    answer(dialog, "Replace", wait)
    wait(lambda: dialog.presenter.phase == "running")
    wait(lambda: dialog.presenter.phase != "running")
    assert {each.name for each in tmp_path.iterdir()} == {"mine.py", "train_mine.py", "mine_data.npz"}
    assert dict(dialog.presenter.rows)["Training script"] == str(script)
    assert "class " in file.read_text() and script.read_text() != "precious"

    dialog.file.clear()
    dialog.action.click()
    wait(lambda: dialog.presenter.phase == "failed")
    dialog.close()


def test_a_file_is_called_like_the_network_that_is_exported(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    shorten(window, epochs=1)
    trained = window.document.experiment
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.document.apply("rename", named(trained, "What comes next"))
    wait(lambda: window.checker.settled and window.findings.can_build)
    window.commands["export"].trigger()
    dialog = window.findChild(OnnxDialog)
    assert dialog is not None and dialog.path.name == f"{trained.name}.onnx"
    dialog.source.setCurrentIndex(1)
    assert "as drawn" in dialog.source.currentText() and dialog.path.name == "What comes next.onnx"
    dialog.source.setCurrentIndex(0)
    assert dialog.path.name == f"{trained.name}.onnx"
    dialog.file.setText("mine.onnx")
    dialog.source.setCurrentIndex(1)
    assert dialog.path.name == "mine.onnx", "what was typed stays"
    window.commands["export_code"].trigger()
    code = window.findChild(CodeDialog)
    assert code is not None and code.path.name == "what_comes_next.py"
    code.source.setCurrentIndex(1)
    assert "as trained" in code.source.currentText() and code.path.name == "lenet_on_digits.py"
    window.windows.close()
