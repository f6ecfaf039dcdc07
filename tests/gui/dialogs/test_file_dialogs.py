"""File names as typed in Qt's own dialog, and what becomes of them."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.dialogs.file_dialogs import ask_to_save

CSV, MARKDOWN = "CSV (*.csv)", "Markdown (*.md)"


@pytest.mark.parametrize(
    ("name", "chosen", "file"),
    [
        ("net", CSV, "net.csv"),
        ("net", MARKDOWN, "net.md"),
        ("net", "", "net.csv"),
        ("net.md", CSV, "net.md"),
        ("net.v2", CSV, "net.v2.csv"),
    ],
)
def test_a_file_has_the_suffix_of_a_kind_that_is_written(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, name: str, chosen: str, file: str
) -> None:
    asked: list[object] = []

    def answer(*arguments: object) -> tuple[str, str]:
        asked.extend(arguments)
        return (f"/folder/{name}", chosen)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    parent = QWidget()
    qtbot.addWidget(parent)
    kinds = {".csv": "CSV", ".md": "Markdown"}
    assert ask_to_save(parent, "Save", Path("/folder"), kinds) == Path("/folder") / file
    assert asked == [parent, "Save", "/folder", f"{CSV};;{MARKDOWN}", "", QFileDialog.Option(0)]


def test_nothing_chosen_is_no_file(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    parent = QWidget()
    qtbot.addWidget(parent)
    assert ask_to_save(parent, "Save", "", {".csv": "CSV"}) is None
