"""The table of runs in its window."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.gui.event_pump import EventPump
from workbench.gui.runs.view import RunsWindow
from workbench.places import runs_dir
from workbench.runs.store import create_run
from workbench.spec.files import read_experiment


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
