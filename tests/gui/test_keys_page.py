"""The page on the canvas has the keys that the program has."""

import runpy
from pathlib import Path

from pytestqt.qtbot import QtBot

WRITER = Path(__file__).parents[2] / "docs" / "keys.py"


def test_the_page_has_every_key(qtbot: QtBot) -> None:
    """If not: ./run python docs/keys.py"""
    writer = runpy.run_path(str(WRITER))
    page = writer["PAGE"].read_text("utf-8")
    keys = writer["program_keys"]()
    assert page == writer["with_keys"](page, keys)
    assert "| Add a comment | C |" in page and "Canvas: mouse and trackpad" in page


def test_no_key_means_two_things(qtbot: QtBot) -> None:
    groups = runpy.run_path(str(WRITER))["program_keys"]()
    keys = [
        key
        for title, rows in groups.items()
        if ":" not in title and title != "Curves"
        for _, several in rows
        for key in several.split(" or ")
    ]
    assert sorted(keys) == sorted(set(keys))
