"""Unsaved work survives: drafts are offered and recovered, and so are files that other programs change."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.data.folders import fill
from tests.gui.conftest import Wait
from workbench.data import source_from_text
from workbench.gui.experiment import autosave, file_watch, project
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.project import new_experiment
from workbench.gui.preferences import Preferences
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import MessageBar
from workbench.gui.window.main_window import MainWindow
from workbench.places import drafts_dir
from workbench.session.editing.drafts import left_behind
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment, to_json
from workbench.spec.record import replace


@pytest.fixture(autouse=True)
def _looks_and_saves_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "INTERVAL_MS", 50)
    monkeypatch.setattr(autosave, "DELAY_MS", 50)


def edit(window: MainWindow, seed: int) -> Experiment:
    experiment = replace(window.document.experiment, seed=seed)
    window.document.apply("set seed", experiment)
    return experiment


def saved_file(window: MainWindow, wait: Wait, folder: Path) -> Path:
    path = folder / "mine.json"
    path.write_text(to_json(window.document.experiment))
    window.project.open(path)
    wait(lambda: window.document.path == path and window.checker.settled)
    return path


def message(window: MainWindow, words: str, text: str = "") -> QPushButton:
    """The button with this text of the message with these words, or its first one."""
    (found,) = [each for each in window.messages.messages if words in each.words.text()]
    return next(button for button in found.findChildren(QPushButton) if text in button.accessibleName())


def drafts() -> list[Path]:
    return list(drafts_dir().glob("*.json"))


def says(window: MainWindow, words: str) -> bool:
    return any(words in each.words.text() for each in window.messages.messages)


def test_what_is_unsaved_is_on_the_disk_soon_and_goes_when_it_is_saved(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    path = saved_file(window, wait, tmp_path)
    assert drafts() == []
    experiment = edit(window, 12)
    wait(lambda: drafts() and window.autosave.settled)
    assert left_behind() == ([], []), "held by this window"
    assert b"mine.json" in drafts()[0].read_bytes()
    window.project.save()
    wait(lambda: not drafts())
    assert read_experiment(path) == experiment


def test_data_beside_the_file_is_named_relative_to_it(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    path = saved_file(window, wait, tmp_path)
    source = source_from_text(str(fill(tmp_path / "pets", cat=2, dog=2)))
    data = replace(window.document.experiment.data, source=source)
    window.document.apply("set source", replace(window.document.experiment, data=data))
    window.project.save()
    wait(lambda: not window.document.dirty)
    assert '{"folder": "pets"}' in path.read_text() and read_experiment(path) == window.document.experiment


def test_a_draft_left_behind_is_recovered_as_unsaved_work(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved_file(window, wait, tmp_path)
    left = replace(window.document.experiment, name="left behind", seed=99)
    content = {"path": str(path), "experiment": msgspec.Raw(to_json(left).encode())}
    file = drafts_dir() / "1-left.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    older = {"path": None, "experiment": msgspec.Raw(to_json(replace(left, name="another")).encode())}
    (other := drafts_dir() / "2-left.json").write_bytes(msgspec.json.encode(older))
    file.write_bytes(msgspec.json.encode(content))
    window.autosave.offer()
    wait(lambda: says(window, "mine.json had unsaved changes when the program ended"))
    assert says(window, "1 other draft will be offered after it") and not says(window, "another had unsaved changes")
    message(window, "mine.json had unsaved changes when").click()
    wait(lambda: window.document.experiment == left)
    assert window.document.dirty and window.document.path == path
    offers = [each.words.text() for each in window.messages.messages if "had unsaved changes" in each.words.text()]
    assert len(offers) == 1 and offers[0].startswith("another had"), "it is offered then, and alone"
    message(window, "another had unsaved changes", "Discard").click()
    wait(lambda: not other.exists())
    # The old draft is deleted once this window has its own.
    wait(lambda: not file.exists() and window.autosave.settled)
    assert len(drafts()) == 1
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.project.save()
    wait(lambda: not window.document.dirty)
    assert read_experiment(path) == left


def test_after_a_draft_whose_message_is_closed_the_next_one_is_offered(
    qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    host, messages = QWidget(), MessageBar()
    qtbot.addWidget(host)
    qtbot.addWidget(messages)
    experiment, pump = read_experiment("perceptron"), EventPump(host)
    drafts_dir().mkdir(parents=True)
    for name in ("one", "two"):
        draft = {"path": None, "experiment": msgspec.Raw(to_json(replace(experiment, name=name)).encode())}
        (drafts_dir() / f"{name}.json").write_bytes(msgspec.json.encode(draft))
    keeper = project.Project(host, Document(experiment), pump, messages, Preferences())
    autosave.Autosave(keeper, pump, messages).offer()
    wait(lambda: messages.messages)
    first = messages.messages[0].words.text().split()[0]
    messages.messages[0].closed.emit()
    (second,) = messages.messages
    assert {first, second.words.text().split()[0]} == {"one", "two"}
    second.closed.emit()
    assert not messages.messages and len(drafts()) == 2, "they are kept for the next start"
    pump.stop()


def test_a_recovered_draft_that_is_discarded_at_once_is_not_offered_again(
    qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    host, messages = QWidget(), MessageBar()
    qtbot.addWidget(host)
    qtbot.addWidget(messages)
    experiment, pump = read_experiment("perceptron"), EventPump(host)
    drafts_dir().mkdir(parents=True)
    left = {"path": None, "experiment": msgspec.Raw(to_json(replace(experiment, name="left")).encode())}
    (drafts_dir() / "left.json").write_bytes(msgspec.json.encode(left))
    keeper = project.Project(host, Document(experiment), pump, messages, Preferences())
    saved = autosave.Autosave(keeper, pump, messages)
    saved.offer()
    wait(lambda: messages.messages)
    next(each for each in messages.findChildren(QPushButton) if each.text() == "Recover").click()
    wait(lambda: keeper.document.experiment.name == "left")
    saved.stop()
    assert saved.close(1.0) and not drafts(), "the window was closed before it had a draft of its own"
    pump.stop()


def test_a_file_that_another_program_changed_is_noticed_and_can_be_loaded_without_losing_edits(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    path = saved_file(window, wait, tmp_path)
    mine = edit(window, 6)
    other = replace(mine, seed=5)
    path.write_text(to_json(other))
    wait(lambda: says(window, "was changed by another program"))
    assert window.document.dirty
    message(window, "was changed by another program").click()
    wait(lambda: window.document.experiment == other)
    assert not window.document.dirty
    window.document.undo()
    assert window.document.dirty and window.document.experiment == mine


def test_a_file_written_anew_with_the_same_content_is_no_change(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    path = saved_file(window, wait, tmp_path)
    before = window.project.stamp
    path.write_text(to_json(window.document.experiment) + "\n")
    wait(lambda: window.project.stamp != before)
    assert not window.messages.messages and not window.document.dirty


def test_a_file_that_is_gone_counts_as_unsaved(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    path = saved_file(window, wait, tmp_path)
    path.unlink()
    wait(lambda: says(window, "has been moved or deleted"))
    assert window.document.dirty
    window.project.save()
    wait(lambda: not window.document.dirty)
    assert read_experiment(path) == window.document.experiment


def test_two_saves_at_once_are_one_after_the_other(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    path = saved_file(window, wait, tmp_path)
    edit(window, 6)
    window.project.save()
    last = edit(window, 7)
    window.project.save()
    window.project.save()
    wait(lambda: not window.project.saving)
    assert read_experiment(path) == last and not window.document.dirty
    assert not window.messages.messages, "no other program has changed the file"


def test_what_is_undone_while_it_is_saved_is_unsaved(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    path = saved_file(window, wait, tmp_path)
    last = edit(window, 6)
    window.project.save()
    window.document.undo()
    assert window.document.dirty, "its file is about to hold another state"
    wait(lambda: not window.project.saving)
    assert read_experiment(path) == last and window.document.dirty


def test_nothing_counts_as_saved_while_another_state_waits_to_be_written(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    path, told = saved_file(window, wait, tmp_path), []
    window.project.changed.connect(lambda: window.document.dirty or told.append(window.project.saving))
    edit(window, 6)
    window.project.save()
    edit(window, 7)
    window.project.save()
    window.document.undo()
    window.project.save()
    wait(lambda: not window.document.dirty)
    assert told == [False] and read_experiment(path) == window.document.experiment


def test_a_save_that_ends_late_is_not_the_next_document_s(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    path = saved_file(window, wait, tmp_path)
    mine = edit(window, 6)
    window.project.save()
    other = new_experiment()
    window.project.show_unsaved(other)
    wait(lambda: not window.project.saving)
    assert read_experiment(path) == mine
    assert window.document.path is None and window.document.dirty and window.document.experiment == other


def test_saving_does_not_replace_what_another_program_wrote_meanwhile(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    path = saved_file(window, wait, tmp_path)
    window.file_watch.stop()
    other = replace(window.document.experiment, seed=5)
    path.write_text(to_json(other))
    mine = edit(window, 6)
    window.project.save()
    wait(lambda: says(window, "another program has changed the file"))
    assert read_experiment(path) == other and window.document.dirty
    message(window, "another program has changed the file").click()
    wait(lambda: not window.document.dirty)
    assert read_experiment(path) == mine
