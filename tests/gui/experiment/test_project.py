"""Documents in the real window: opened, saved, named, dropped, and not lost without a question."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import drop_file
from workbench.gui.experiment import project
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.project import named
from workbench.gui.preferences import Preferences
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.presenter import with_run_value
from workbench.gui.widgets.message_bar import MessageBar
from workbench.gui.window.main_window import MainWindow
from workbench.spec.files import read_experiment, to_json


def test_save_and_open_again(window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 11))
    assert window.isWindowModified()
    saved = window.document.experiment
    window.commands["save"].trigger()
    wait(lambda: not window.document.dirty)
    assert window.windowTitle().startswith("mine.json") and not window.isWindowModified()
    saved = named(saved, "mine")
    assert read_experiment(file) == saved
    window.commands["new"].trigger()
    assert window.document.experiment != saved
    assert window.preferences.recent_files[0] == file
    window.project.open(file)
    wait(lambda: window.document.path == file)
    assert window.document.experiment == saved


def test_of_two_documents_the_one_asked_for_last_is_shown(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, release, read = tmp_path / "slow.json", threading.Event(), project.read_network
    slow.write_text(to_json(read_experiment("perceptron")))

    def read_slowly(path: Path) -> object:
        release.wait()
        return read(path)

    monkeypatch.setattr(project, "read_network", read_slowly)
    window.project.open(slow)
    window.project.open_preset("mlp-xor")
    try:
        wait(lambda: window.document.experiment == read_experiment("mlp-xor"))
    finally:
        release.set()
    wait(lambda: not window.pump.busy)
    assert window.document.experiment == read_experiment("mlp-xor") and window.document.path is None


def test_what_is_edited_while_a_file_is_read_is_asked_about(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, asked = tmp_path / "other.json", []
    file.write_text(to_json(read_experiment("perceptron")))
    window.project.open(file)
    edited = with_run_value(window.document.experiment, "seed", 11)
    window.document.apply("seed", edited)
    monkeypatch.setattr(window.project, "ask_to_save", lambda: asked.append(1) or "cancel")
    wait(lambda: asked)
    assert window.document.experiment == edited


def test_what_is_edited_while_a_save_is_written_is_asked_about_too(
    qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, messages, file = QWidget(), MessageBar(), tmp_path / "mine.json"
    qtbot.addWidget(host)
    qtbot.addWidget(messages)
    document, pump = Document(read_experiment("perceptron"), file), EventPump(host)
    keeper, answers, left = project.Project(host, document, pump, messages, Preferences()), ["cancel", "save"], []
    monkeypatch.setattr(keeper, "ask_to_save", answers.pop)
    for seed in (11, 12):
        document.apply("seed", with_run_value(document.experiment, "seed", seed))
        if seed == 11:
            keeper.when_kept(lambda: left.append(document.experiment))
    wait(lambda: not keeper.saving)
    assert (read_experiment(file).seed, document.experiment.seed) == (11, 12)
    assert not left and not answers
    pump.stop()


def test_a_window_that_is_closed_twice_with_a_save_closes_once(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.project.show_unsaved(with_run_value(window.document.experiment, "seed", 11), tmp_path / "mine.json")
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "save")
    window.close()
    window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean and read_experiment(tmp_path / "mine.json") == window.document.experiment


def test_what_is_saved_under_a_name_is_called_so(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.project.new()
    assert window.document.experiment.name == "untitled"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "my first.json"), ""))
    window.project.save()
    wait(lambda: (tmp_path / "my first.json").is_file() and not window.document.dirty)
    saved = read_experiment(tmp_path / "my first.json")
    assert (saved.name, saved.architecture.name) == ("my first", "my first")
    assert window.document.experiment == saved


def test_a_save_right_after_save_as_goes_to_the_new_file(
    qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, messages = QWidget(), MessageBar()
    qtbot.addWidget(host)
    qtbot.addWidget(messages)
    document, pump = Document(read_experiment("perceptron")), EventPump(host)
    saver = project.Project(host, document, pump, messages, Preferences())
    for seed, name in enumerate(("old.json", "new.json"), start=11):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        saver.save_as()
        document.apply("seed", with_run_value(document.experiment, "seed", seed))
        saver.save()
        wait(lambda: not saver.saving)
    assert not messages.messages and document.path == tmp_path / "new.json" and not document.dirty
    assert read_experiment(tmp_path / "new.json") == document.experiment
    pump.stop()


def test_the_menu_leads_to_the_experiments_name(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["sidebar"].trigger()
    assert window.sidebar.isHidden()
    window.commands["name"].trigger()
    line = window.focusWidget()
    assert isinstance(line, QLineEdit)
    qtbot.keyClicks(line, "third try")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.document.experiment.name == "third try" and window.windowTitle().startswith("third try[*]")


def test_a_file_that_is_none_is_a_sentence(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    before = window.document.experiment
    file = tmp_path / "broken.json"
    file.write_text('{"format": "workbench/experiment", "nonsense": 1}')
    window.project.open(file)
    wait(lambda: window.messages.messages)
    (message,) = window.messages.messages
    assert "broken.json" in message.words.text() and "Traceback" not in message.words.text()
    assert window.document.experiment is before


@pytest.mark.parametrize(
    ("answer", "opened", "kept"), [("cancel", False, False), ("discard", True, False), ("save", True, True)]
)
def test_unsaved_work_is_asked_about(
    window: MainWindow,
    wait: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    opened: bool,
    kept: bool,
) -> None:
    file = tmp_path / "kept.json"
    monkeypatch.setattr(window.project, "ask_to_save", lambda: answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    window.project.open_preset("perceptron")
    wait(lambda: not window.pump.busy)
    assert (window.document.experiment.name == read_experiment("perceptron").name) is opened
    assert file.exists() is kept


def test_a_dropped_file_is_opened(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    file = tmp_path / "dropped.json"
    file.write_text(to_json(read_experiment("perceptron")))
    drop_file(window, file)
    wait(lambda: window.document.path == file)
