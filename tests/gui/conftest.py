"""A real window with everything loaded, closed as a user would close it.

Only the fixtures import Qt, so that the presenters' tests run without it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

TIMEOUT_MS = 240_000
"""Enough for a busy machine; no test depends on time."""

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True, scope="module")
def _garbage_is_found_in_this_thread_alone() -> Iterator[None]:
    """Other threads must not collect widgets, which Qt may be using: see ``workbench.gui.runtime.garbage``."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _garbage_is_found() -> Iterator[None]:
    yield
    generations = [index for index, count in enumerate(gc.get_count()) if count > gc.get_threshold()[index]]
    gc.collect(max(generations, default=0))


@pytest.fixture
def qtbot(qtbot: QtBot) -> Iterator[QtBot]:
    """Waits long, instead of five seconds, and leaves no key pressed: to Qt, Ctrl is down until the next event without
    it, and a row selected meanwhile is added to others instead.
    """
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QWidget

    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=TIMEOUT_MS)
    qtbot.waitSignal = partial(qtbot.waitSignal, timeout=TIMEOUT_MS)
    yield qtbot
    qtbot.keyRelease(QWidget(), Qt.Key.Key_Control)


@pytest.fixture
def wait(qtbot: QtBot) -> Wait:
    """A function that runs the event loop until a condition holds."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()))


@contextmanager
def opened(app: QApplication, wait: Wait, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """A window with everything loaded. It is closed even if loading failed, since its threads would outlive Qt."""
    from workbench.gui.app import open_window

    window = open_window(app, None)
    try:
        wait(lambda: window.checker.settled and not window.pump.busy)
        yield window
    finally:
        monkeypatch.setattr(window.project, "ask_to_save", lambda: "discard")
        window.close()
        wait(lambda: window.closing.done)
        window.deleteLater()


@pytest.fixture
def window(qapp: QApplication, wait: Wait, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """The window as first opened, on the smallest preset with pictures, with everything loaded. Sizes that other tests
    have left are cleared, since they would move the canvas's cards.
    """
    from PySide6.QtCore import QSettings

    from workbench.gui import app as start
    from workbench.places import config_dir

    QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat).clear()
    monkeypatch.setattr(start, "FIRST_PRESET", "lenet-digits")
    with opened(qapp, wait, monkeypatch) as window:
        yield window
