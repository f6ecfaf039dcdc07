"""The table of runs in its window."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.training.experiments import digits
from workbench.gui import theme
from workbench.gui.event_pump import EventPump
from workbench.gui.runs import view
from workbench.gui.runs.presenter import CHANGES, COLUMNS, NETWORK, NOTE, TAGS
from workbench.gui.runs.view import RunsWindow
from workbench.places import runs_dir
from workbench.runs.notes import NOTES, Notes, read_notes
from workbench.runs.store import create_run, held
from workbench.session import in_thread as session
from workbench.spec.files import read_experiment

STATE = COLUMNS.index("State")


def test_the_newest_run_comes_first_and_names_are_sorted_by_their_numbers(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    folders = [create_run(runs_dir(), read_experiment("lenet")) for _ in range(11)]
    folders.append(create_run(runs_dir(), read_experiment("alexnet_mini")))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.table.rowCount() == 12, timeout=60_000)

    def names() -> list[str]:
        return [window.table.item(row, 0).text() for row in range(12)]

    assert names() == [folder.name for folder in reversed(folders)]
    window.table.sortItems(0, Qt.SortOrder.AscendingOrder)
    assert names() == [folders[-1].name, *(folder.name for folder in folders[:-1])]
    window.close()


def test_in_a_narrow_window_names_have_the_room_that_other_columns_can_spare(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    theme.apply(qapp, "light")
    theme.dress(qapp)
    create_run(runs_dir(), read_experiment("mlp-moons"))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1, timeout=60_000)
    table = window.table

    def is_whole(place: int) -> bool:
        return table.columnWidth(place) >= table.sizeHintForColumn(place)

    for width, network_is_whole in ((1300, True), (1000, False), (1300, True)):
        window.resize(width, 500)
        qtbot.waitUntil(lambda: table.horizontalHeader().length() == table.viewport().width())
        assert is_whole(0) and is_whole(NETWORK) == network_is_whole
    assert table.isColumnHidden(CHANGES), "no run was changed"
    window.close()


def test_what_was_deleted_or_made_meanwhile_is_seen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    first, second, third = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(3))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    monkeypatch.setattr(window, "ask_to_delete", lambda folders: True)

    def shown() -> list[str]:
        return [window.table.item(row, 0).text() for row in range(window.table.rowCount())]

    def delete(row: int) -> None:
        window.table.selectRow(row)
        window.delete_action.trigger()

    qtbot.waitUntil(lambda: len(shown()) == 3, timeout=60_000)
    with held(second):
        delete(1)
        qtbot.waitUntil(lambda: "running in another window" in window.where.text(), timeout=60_000)
    assert second.is_dir() and len(shown()) == 3
    delete(0)
    qtbot.waitUntil(lambda: shown() == [second.name, first.name], timeout=60_000)
    assert not third.exists()
    window.table.selectRow(1)
    fourth = create_run(runs_dir(), read_experiment("lenet"))
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    qtbot.waitUntil(lambda: shown() == [fourth.name, second.name, first.name], timeout=60_000)
    assert window.table.item(2, 0).isSelected() and not window.table.item(0, 0).isSelected()
    window.close()


def test_a_run_that_begins_and_ends_meanwhile_is_seen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    run = session.start(digits(epochs=500), runs_dir())
    pump.follow(run)
    qtbot.waitUntil(lambda: window.table.rowCount() == 1, timeout=60_000)
    assert window.table.item(0, STATE).text() != "stopped"
    qtbot.waitUntil(lambda: run.state == "running", timeout=60_000)
    run.stop()
    assert run.join(60.0)
    qtbot.waitUntil(lambda: window.table.item(0, STATE).text() == "stopped", timeout=60_000)
    window.close()


def test_what_was_read_before_a_run_was_deleted_is_not_shown_after_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    kept, gone = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(2))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    monkeypatch.setattr(window, "ask_to_delete", lambda folders: True)
    qtbot.waitUntil(lambda: window.table.rowCount() == 2, timeout=60_000)
    make, release = view.make_rows, threading.Event()

    def make_slowly(runs: object) -> object:
        made = make(runs)
        monkeypatch.setattr(view, "make_rows", make)
        release.wait()
        return made

    monkeypatch.setattr(view, "make_rows", make_slowly)
    window._read()
    qtbot.waitUntil(lambda: view.make_rows is make, timeout=60_000)
    window.table.selectRow(0)
    window.delete_action.trigger()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1, timeout=60_000)
    release.set()
    qtbot.waitUntil(lambda: not pump.busy, timeout=60_000)
    assert [window.table.item(row, 0).text() for row in range(window.table.rowCount())] == [kept.name]
    assert not gone.exists()
    window.close()


def test_the_first_run_of_all_is_laid_out_like_any(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: window.empty.heading == "No run yet", timeout=60_000)
    create_run(runs_dir(), read_experiment("lenet"))
    window._read()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1, timeout=60_000)
    assert window.table.horizontalHeader().sortIndicatorSection() == -1
    window.close()


def test_notes_and_tags_are_written_below_the_table_and_found(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    first, second, third = (create_run(runs_dir(), read_experiment("lenet")) for _ in range(3))
    (third / NOTES).write_text("{")
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.table.rowCount() == 3, timeout=60_000)
    assert not window.notes.note.isEnabled()
    assert str(third) in window.table.item(0, NOTE).text()
    opened: list[Path] = []
    window.chosen.connect(opened.append)

    window.table.selectRow(1)
    qtbot.keyClicks(window.notes.tags, "rates, wide net")
    qtbot.keyClick(window.notes.tags, Qt.Key.Key_Return)
    qtbot.keyClicks(window.notes.note, "why not")
    window.table.clearSelection()
    qtbot.waitUntil(lambda: read_notes(second) == Notes(note="why not", tags=("rates", "wide net")), timeout=60_000)
    qtbot.waitUntil(lambda: window.table.item(1, NOTE).text() == "why not", timeout=60_000)
    assert not opened
    assert not window.table.isColumnHidden(TAGS)

    several = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    window.table.selectRow(1)
    window.table.selectionModel().select(window.table.model().index(2, 0), several)
    assert not window.notes.note.isEnabled() and window.notes.tags.text() == ""
    qtbot.keyClicks(window.notes.tags, "both")
    window.close()
    qtbot.waitUntil(lambda: read_notes(first).tags == ("both",), timeout=60_000)
    qtbot.waitUntil(lambda: read_notes(second).tags == ("rates", "wide net", "both"), timeout=60_000)

    window.show()
    window._read()
    qtbot.waitUntil(lambda: window.table.item(2, TAGS).text() == "both", timeout=60_000)
    qtbot.keyClicks(window.search, "not wide")
    assert [window.table.item(row, 0).text() for row in range(window.table.rowCount())] == [second.name]
    qtbot.keyClicks(window.search, "x")
    assert window.empty.heading == "No run found"
    assert not window.open_button.isEnabled()
    window.search.clear()
    assert window.table.rowCount() == 3
    window.close()


def test_what_is_typed_meanwhile_outlives_a_reading(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    folder = create_run(runs_dir(), read_experiment("lenet"))
    pump = EventPump()
    window = RunsWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1, timeout=60_000)
    qtbot.keyClicks(window.notes.note, "half")
    create_run(runs_dir(), read_experiment("lenet"))
    window._read()
    qtbot.waitUntil(lambda: window.table.rowCount() == 2, timeout=60_000)
    assert window.notes.note.toPlainText() == "half"
    qtbot.keyClicks(window.notes.note, " a thought")
    window.close()
    qtbot.waitUntil(lambda: read_notes(folder).note == "half a thought", timeout=60_000)
