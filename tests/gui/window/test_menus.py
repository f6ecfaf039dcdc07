"""The documented keys are those of the program."""

import re
import runpy
from pathlib import Path

from pytestqt.qtbot import QtBot

from workbench.gui.run_bar.presenter import RunBarPresenter
from workbench.gui.runtime.run_states import State
from workbench.gui.window.menus import MENUS, SUBMENUS, Command

ROOT = Path(__file__).parents[3]
WRITER = ROOT / "docs" / "keys.py"


def test_the_page_has_every_key(qtbot: QtBot) -> None:
    """If this fails: ./run python docs/keys.py"""
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


def test_the_tips_of_the_run_bar_name_the_keys_of_the_menu() -> None:
    keys = {entry.name: entry.keys for entry in MENUS["&Run"] if isinstance(entry, Command)}
    presses = {"continue": "pause", "resume": "pause"}
    presenter, told = RunBarPresenter(), set()
    for state in State:
        presenter.observe(state, None)
        for button in presenter.buttons():
            if button.enabled:
                name = presses.get(button.command, button.command)
                assert button.tip.endswith(f"   {keys[name][0]}")
                told.add(name)
    assert told == {"run", "pause", "step", "stop"}


def test_the_pages_name_menus_and_keys_as_they_are(qtbot: QtBot) -> None:
    """Every *Menu → command* and *command* (key) on a page."""
    menus = {
        title.replace("&", ""): {entry.text.rstrip("…") for entry in menu if isinstance(entry, Command)}
        | {SUBMENUS[str(entry)] for entry in menu if entry in SUBMENUS}
        for title, menu in MENUS.items()
    }
    groups = runpy.run_path(str(WRITER))["program_keys"]()
    keys = {what: several.split(" or ") for rows in groups.values() for what, several in rows}
    all_keys = {key for several in keys.values() for key in several}
    pages = [page.read_text("utf-8").partition("## All keys and gestures")[0] for page in (ROOT / "docs").glob("*.md")]
    for page in [*pages, (ROOT / "README.md").read_text("utf-8")]:
        for menu, command in re.findall(r"\*(\w+) → ([^*]+)\*", page):
            assert command.rstrip("…") in menus[menu]
        for command, key in re.findall(r"\*(?:\w+ → )?([A-Z][^*]*)\* \((Ctrl\+[\w+]+|F\d+)", page):
            assert key in keys[command.rstrip("…")]
        assert set(re.findall(r"\b(?:Ctrl|Alt)\+[\w+]*\w|\bF\d+\b", page)) <= all_keys
