"""The table of runs in its window."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.training.experiments import digits
from workbench.gui.runs import view
from workbench.gui.runs.presenter import CHANGES, COLUMNS, NETWORK, NOTE, TAGS
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.places import runs_dir
from workbench.runs.notes import NOTES, Notes, read_notes
from workbench.runs.store import DELETED, create_run, held
from workbench.runs.trash import KEPT_DAYS, MARK, delete_run
from workbench.session.running import in_thread as session
from workbench.spec.files import read_experiment

STATE = COLUMNS.index("State")
Open = Callable[[int], RunsWindow]


@pytest.fixture(autouse=True)
def _runs_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))


@pytest.fixture
def opened(qtbot: QtBot, wait: Wait, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """A function that opens the window and waits until it shows that many runs. Removing is confirmed at once."""
    monkeypatch.setattr(view, "ask_to_remove", lambda window, folders: True)
    windows: list[RunsWindow] = []

    def open_window(num_runs: int) -> RunsWindow:
        pump = EventPump()
        window = RunsWindow(None, pump, runs_dir())
        pump.setParent(window)
        qtbot.addWidget(window)
        windows.append(window)
        window.show()
        wait(lambda: window.table.rowCount() == num_runs)
        return window

    yield open_window
    for window in windows:
        window.close()


def names(window: RunsWindow) -> list[str]:
    return [window.table.item(row, 0).text() for row in range(window.table.rowCount())]


def test_the_newest_run_comes_first_and_names_are_sorted_by_their_numbers(opened: Open) -> None:
    folders = [create_run(runs_dir(), read_experiment("lenet")) for _ in range(11)]
    folders.append(create_run(runs_dir(), read_experiment("alexnet_mini")))
    window = opened(12)
    assert names(window) == [folder.name for folder in reversed(folders)]
    window.table.sortItems(0, Qt.SortOrder.AscendingOrder)
    assert names(window) == [folders[-1].name, *(folder.name for folder in folders[:-1])]


def test_in_a_narrow_window_names_have_the_room_that_other_columns_can_spare(
    opened: Open, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, "light")
    theme.dress(qapp)
    create_run(runs_dir(), read_experiment("mlp-moons"))
    window = opened(1)
    table = window.table

    def is_whole(place: int) -> bool:
        return table.columnWidth(place) >= table.sizeHintForColumn(place)

    for width, names_are_whole, network_is_whole in (
        (1300, True, True),
        (1000, True, True),
        (920, True, False),
        (800, False, False),
        (1300, True, True),
    ):
        window.resize(width, 500)
        qtbot.waitUntil(lambda: table.horizontalHeader().length() == table.viewport().width())
        assert (is_whole(0), is_whole(NETWORK)) == (names_are_whole, network_is_whole), "and nothing is cut"
    assert table.isColumnHidden(CHANGES), "no run was changed"


def test_what_was_deleted_or_made_meanwhile_is_seen(opened: Open, wait: Wait) -> None:
    first, second, third = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(3))
    window = opened(3)

    def delete(row: int) -> None:
        window.table.selectRow(row)
        window.delete_action.trigger()

    with held(second):
        delete(1)
        wait(lambda: "running in another window" in window.where.text())
    assert second.is_dir() and len(names(window)) == 3
    delete(0)
    wait(lambda: names(window) == [second.name, first.name])
    assert not third.exists()
    window.table.selectRow(1)
    fourth = create_run(runs_dir(), read_experiment("lenet"))
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    wait(lambda: names(window) == [fourth.name, second.name, first.name])
    assert window.table.item(2, 0).isSelected() and not window.table.item(0, 0).isSelected()


def test_a_run_that_begins_and_ends_meanwhile_is_seen(opened: Open, wait: Wait) -> None:
    window = opened(0)
    run = session.start(digits(epochs=500), runs_dir())
    window.findChild(EventPump).follow(run)
    wait(lambda: window.table.rowCount() == 1)
    assert window.table.item(0, STATE).text() != "stopped"
    wait(lambda: run.state == "running")
    run.stop()
    assert run.join(60.0)
    wait(lambda: window.table.item(0, STATE).text() == "stopped")


def test_what_was_read_before_a_run_was_deleted_is_not_shown_after_it(
    opened: Open, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(2))
    window = opened(2)
    read, release = view.read_listed, threading.Event()

    def read_slowly(folder: Path) -> object:
        listed = read(folder)
        monkeypatch.setattr(view, "read_listed", read)
        release.wait()
        return listed

    monkeypatch.setattr(view, "read_listed", read_slowly)
    window._read()
    wait(lambda: view.read_listed is read)
    window.table.selectRow(0)
    window.delete_action.trigger()
    wait(lambda: window.table.rowCount() == 1)
    release.set()
    wait(lambda: not window.findChild(EventPump).busy)
    assert names(window) == [kept.name]
    assert not gone.exists()


def test_the_first_run_of_all_is_laid_out_like_any(opened: Open, wait: Wait) -> None:
    window = opened(0)
    wait(lambda: window.empty.heading == "No run yet")
    create_run(runs_dir(), read_experiment("lenet"))
    window._read()
    wait(lambda: window.table.rowCount() == 1)
    assert window.table.horizontalHeader().sortIndicatorSection() == -1


def test_notes_and_tags_are_written_below_the_table_and_found(opened: Open, wait: Wait, qtbot: QtBot) -> None:
    first, second, third = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(3))
    (third / NOTES).write_text("{")
    window = opened(3)
    assert not window.notes.note.isEnabled()
    assert str(third) in window.table.item(0, NOTE).text()
    chosen: list[Path] = []
    window.chosen.connect(chosen.append)

    window.table.selectRow(1)
    qtbot.keyClicks(window.notes.tags, "rates, wide net")
    qtbot.keyClick(window.notes.tags, Qt.Key.Key_Return)
    qtbot.keyClicks(window.notes.note, "why not")
    window.table.clearSelection()
    wait(lambda: read_notes(second) == Notes(note="why not", tags=("rates", "wide net")))
    wait(lambda: window.table.item(1, NOTE).text() == "why not")
    assert not chosen
    assert not window.table.isColumnHidden(TAGS)

    several = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    window.table.selectRow(1)
    window.table.selectionModel().select(window.table.model().index(2, 0), several)
    assert not window.notes.note.isEnabled() and window.notes.tags.text() == ""
    qtbot.keyClicks(window.notes.tags, "both")
    window.close()
    wait(lambda: read_notes(first).tags == ("both",))
    wait(lambda: read_notes(second).tags == ("rates", "wide net", "both"))

    window.show()
    window._read()
    wait(lambda: window.table.item(2, TAGS).text() == "both")
    qtbot.keyClicks(window.search, "not wide")
    assert names(window) == [second.name]
    qtbot.keyClicks(window.search, "x")
    assert window.empty.heading == "No run found"
    assert not window.open_button.isEnabled()
    window.search.clear()
    assert window.table.rowCount() == 3


def test_what_is_typed_meanwhile_outlives_a_reading(opened: Open, wait: Wait, qtbot: QtBot) -> None:
    folder = create_run(runs_dir(), read_experiment("lenet"))
    window = opened(1)
    qtbot.keyClicks(window.notes.note, "half")
    create_run(runs_dir(), read_experiment("lenet"))
    window._read()
    wait(lambda: window.table.rowCount() == 2)
    assert window.notes.note.toPlainText() == "half"
    qtbot.keyClicks(window.notes.note, " a thought")
    window.close()
    wait(lambda: read_notes(folder).note == "half a thought")


def test_a_deletion_is_undone_and_later_restored_or_made_final(opened: Open, wait: Wait) -> None:
    first, second = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(2))
    (second / "weights").write_bytes(b"0" * 5000)
    window = opened(2)
    assert not window.undo_button.isVisible() and not window.deleted.isVisible()

    window.delete_action.trigger()
    wait(lambda: names(window) == [first.name])
    assert window.where.text() == f"{second.name} deleted"
    assert "Deleted: 1 (" in window.deleted.text() and " kB)" in window.deleted.text()
    window.undo_button.click()
    wait(lambda: names(window) == [second.name, first.name])
    assert (second / "weights").read_bytes() == b"0" * 5000
    assert not window.undo_button.isVisible() and not window.deleted.isVisible()

    window.table.selectAll()
    window.delete_action.trigger()
    wait(lambda: window.table.rowCount() == 0 and window.deleted.isVisible())
    window.deleted.setChecked(True)
    assert names(window) == [second.name, first.name]
    assert not window.open_button.isVisible() and not window.notes.isVisible()
    window.restore_button.click()
    wait(lambda: names(window) == [first.name])
    window.remove_button.click()
    wait(lambda: names(window) == [second.name])
    assert second.is_dir() and not first.exists()
    assert not window.deleted.isVisible() and window.open_button.isVisible() and window.notes.isVisible()


def test_of_several_deletions_those_before_a_refused_one_can_be_undone(opened: Open, wait: Wait) -> None:
    first, second = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(2))
    window = opened(2)
    window.table.selectAll()
    with held(first):
        window.delete_action.trigger()
        wait(lambda: "running in another window" in window.where.text())
    wait(lambda: names(window) == [first.name])
    window.undo_button.click()
    wait(lambda: names(window) == [second.name, first.name])


def test_what_a_refused_undo_left_can_be_undone_later(opened: Open, wait: Wait) -> None:
    first, second, third = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(3))
    window = opened(3)
    window.table.selectAll()
    window.delete_action.trigger()
    wait(lambda: window.undo_button.isVisible() and not first.exists())
    second.mkdir()
    window.undo_button.click()
    wait(lambda: "another run of this name" in window.where.text())
    wait(lambda: names(window) == [third.name, first.name])
    assert window.undo_button.isVisible()
    second.rmdir()
    window.undo_button.click()
    wait(lambda: names(window) == [third.name, second.name, first.name])
    assert not window.undo_button.isVisible()


def test_a_run_is_renamed_in_the_table_and_that_is_undone(opened: Open, wait: Wait, qtbot: QtBot) -> None:
    first, second = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(2))
    window = opened(2)
    window.activateWindow()
    window.table.selectRow(1)

    def type_name(name: str) -> None:
        qtbot.keyClick(window.table, Qt.Key.Key_F2)
        editor = window.table.findChild(QLineEdit)
        editor.setText(name)
        qtbot.keyClick(editor, Qt.Key.Key_Return)

    type_name("wide net")
    wait(lambda: window.table.selected_folders() == [runs_dir() / "wide net"])
    assert names(window) == [second.name, "wide net"] and not first.exists()
    assert window.where.text() == f"{first.name} renamed to wide net"
    window.undo_button.click()
    wait(lambda: names(window) == [second.name, first.name])
    type_name("wide net")
    wait(lambda: names(window) == [second.name, "wide net"])
    type_name(" wide net ")
    wait(lambda: window.where.text() == str(runs_dir()))
    assert not window.undo_button.isVisible(), "nothing was renamed"
    type_name(second.name)
    wait(lambda: window.where.text().startswith(f"{second.name}: another folder, or a deleted run, has this name"))
    assert names(window) == [second.name, "wide net"] and window.isVisible()


def test_a_half_typed_name_stays_while_the_runs_are_read_again(opened: Open, wait: Wait, qtbot: QtBot) -> None:
    first = create_run(runs_dir(), read_experiment("lenet"))
    window = opened(1)
    window.activateWindow()
    qtbot.keyClick(window.table, Qt.Key.Key_F2)
    editor = window.table.findChild(QLineEdit)
    editor.setText("wide")
    second = create_run(runs_dir(), read_experiment("lenet"))
    window.begin(None)
    wait(lambda: not window.findChild(EventPump).busy)
    assert names(window) == [first.name] and editor.isVisible()
    qtbot.keyClicks(editor, " net")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    wait(lambda: names(window) == [second.name, "wide net"])
    qtbot.keyClick(window.table, Qt.Key.Key_F2)
    third = create_run(runs_dir(), read_experiment("lenet"))
    window.begin(None)
    wait(lambda: not window.findChild(EventPump).busy)
    qtbot.keyClick(window.table.findChild(QLineEdit), Qt.Key.Key_Escape)
    wait(lambda: names(window) == [third.name, second.name, "wide net"])


def test_what_is_restored_is_selected_for_the_keys(opened: Open, wait: Wait, qtbot: QtBot) -> None:
    """Pressed once more, Del deletes what it deleted before, and no other run."""
    first, second = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(2))
    window = opened(2)
    window.activateWindow()
    window.table.selectRow(1)
    window.delete_action.trigger()
    wait(lambda: names(window) == [second.name])
    window.undo_button.setFocus()
    qtbot.keyClick(window.undo_button, Qt.Key.Key_Space)
    wait(lambda: names(window) == [second.name, first.name])
    assert window.table.selected_folders() == [first] and window.table.currentRow() == 1
    wait(window.table.hasFocus)
    window.delete_action.trigger()
    wait(lambda: names(window) == [second.name])
    assert not first.exists() and second.exists()


def test_a_note_that_is_being_typed_is_written_before_its_run_is_deleted(
    opened: Open, wait: Wait, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create_run(runs_dir(), read_experiment("lenet"))
    window = opened(1)
    write, release = view.annotate, threading.Event()

    def write_slowly(*arguments: Any, **named: Any) -> None:
        release.wait()
        write(*arguments, **named)

    monkeypatch.setattr(view, "annotate", write_slowly)
    qtbot.keyClicks(window.notes.note, "half a thought")
    window.delete_action.trigger()
    for _ in range(3):
        window.findChild(EventPump).tick()
    assert folder.is_dir()
    release.set()
    wait(lambda: window.where.text() == f"{folder.name} deleted" and not window.findChild(EventPump).busy)
    window.undo_button.click()
    wait(lambda: names(window) == [folder.name])
    assert read_notes(folder).note == "half a thought"


def test_what_was_deleted_long_ago_is_removed_when_the_window_opens(opened: Open, wait: Wait) -> None:
    kept, old = (delete_run(create_run(runs_dir(), read_experiment("lenet"))) for _ in range(2))
    long_ago = time.time() - (KEPT_DAYS + 1) * 24 * 3600
    os.utime(old / MARK, (long_ago, long_ago))
    window = opened(0)
    wait(lambda: window.deleted.isVisible() and not old.exists())
    window.deleted.setChecked(True)
    wait(lambda: names(window) == [kept.name])


def test_a_folder_of_runs_from_elsewhere_is_listed_and_its_runs_are_deleted_there(
    opened: Open, wait: Wait, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    create_run(runs_dir(), digits())
    elsewhere = tmp_path / "from a colleague"
    theirs = [create_run(elsewhere, digits()), create_run(elsewhere, digits(epochs=3))]
    window = opened(1)
    shown: list[Path] = []
    window.chosen.connect(shown.append)

    def choose(folder: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        qtbot.mouseClick(window.elsewhere_button, Qt.MouseButton.LeftButton)

    choose(tmp_path)
    wait(lambda: f"{tmp_path}: no run" in window.where.text())
    assert window.isVisible() and window.own_button.isHidden() and window.table.rowCount() == 1

    choose(elsewhere)
    wait(lambda: window.table.rowCount() == 2)
    assert window.where.text() == str(elsewhere)
    window.table.select({theirs[0]})
    window.delete_action.trigger()
    wait(lambda: window.table.rowCount() == 1)
    assert not theirs[0].exists() and (elsewhere / DELETED / theirs[0].name).is_dir()

    qtbot.mouseClick(window.own_button, Qt.MouseButton.LeftButton)
    wait(lambda: window.where.text() == str(runs_dir()) and window.table.rowCount() == 1)
    assert window.own_button.isHidden() and window.undo_button.isHidden()
    choose(theirs[1])
    wait(lambda: shown == [theirs[1]])


def test_the_runs_of_the_folder_before_go_at_once_and_of_a_folder_that_is_gone_it_is_said(
    opened: Open, wait: Wait, tmp_path: Path
) -> None:
    """Delete must not act on a run of the folder that is no longer named."""
    create_run(runs_dir(), digits())
    window = opened(1)
    window.list_runs_of(tmp_path / "stick")
    assert not window.table.selected_folders() and window.empty.heading == "Reading runs…"
    wait(lambda: window.empty.heading == "No run there")
    assert window.where.text() == str(tmp_path / "stick")
    window.list_runs_of(runs_dir())
    wait(lambda: window.table.rowCount() == 1)
