"""The table of layers, opened from the real window: read, copied and saved."""

import csv
import io
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from tests.gui.conftest import Wait
from workbench.gui.dialogs.layer_table import COLUMNS, RIGHT, LayerTableWindow
from workbench.gui.window.main_window import MainWindow


def test_the_table_is_shown_copied_and_written_where_one_says(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "net"), "CSV (*.csv)"))
    for _ in range(2):
        window.commands["table"].trigger()
    (table,) = [each for each in window.findChildren(LayerTableWindow) if each.isVisible()]
    assert not table.save.isEnabled()
    wait(lambda: table.rows)
    assert table.table.rowCount() == len(table.rows) == len(window.document.experiment.architecture.graph.nodes)
    costs = table.table.item(1, COLUMNS.index("Parameters"))
    heading = table.table.horizontalHeaderItem(COLUMNS.index("Parameters"))
    assert costs.textAlignment() == heading.textAlignment() == RIGHT
    table.copies[".md"].click()
    assert QGuiApplication.clipboard().text().startswith("| layer | type |")
    table.save.click()
    wait(lambda: not window.pump.busy)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "net.csv").read_text(encoding="utf-8"))))
    assert [row["name"] for row in rows] == [row.name for row in table.rows]
    assert rows[-1]["output"] == "10"
    table.close()
