"""Writes the end of canvas.md from the program's own table of keys.

    ./run python docs/keys.py

A test checks that the page is up to date.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from workbench.durable import write_text
from workbench.gui.dialogs.keys_window import Rows

PAGE = Path(__file__).parent / "canvas.md"
HEADING = "## All keys and gestures\n"


def with_keys(page: str, groups: Mapping[str, Rows]) -> str:
    """The page with its tables of keys replaced by these."""
    prose, _, _ = page.partition(HEADING)
    tables = [_table(title, rows) for title, rows in groups.items()]
    return prose + "\n".join([HEADING, *tables])


def _table(title: str, rows: Rows) -> str:
    lines = "".join(f"| {what} | {_cell(keys)} |\n" for what, keys in rows)
    return f"### {title}\n\n| | |\n|---|---|\n{lines}"


def _cell(keys: str) -> str:
    return keys.replace("|", "\\|")


def program_keys() -> dict[str, Rows]:
    """All keys and gestures, as in the window that F1 opens."""
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.dialogs.keys_window import GESTURES
    from workbench.gui.experiment.document import Document
    from workbench.gui.experiment.project import new_experiment
    from workbench.gui.window.menus import key_groups

    canvas = CanvasView(Document(new_experiment()))
    groups = key_groups(canvas.commands)
    canvas.deleteLater()
    return {title: rows for title, rows in {**groups, **GESTURES}.items() if rows}


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    write_text(PAGE, with_keys(PAGE.read_text("utf-8"), program_keys()))
