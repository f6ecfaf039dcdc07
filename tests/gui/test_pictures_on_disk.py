"""Decoded pictures are in a memory-mapped file: reading one may wait for the disk, and the GUI thread never does."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.data.folders import fill
from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.data.rows import Rows
from workbench.gui.batch.view import BatchWindow
from workbench.gui.browse_data.view import DataWindow
from workbench.gui.mistakes.view import MistakesWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_data
from workbench.gui.window.main_window import MainWindow
from workbench.spec.component import Component


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> set[threading.Thread]:
    """The threads that read rows of a file."""
    threads: set[threading.Thread] = set()

    def told(method: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*args: Any, **options: Any) -> Any:
            threads.add(threading.current_thread())
            return method(*args, **options)

        return reading

    for name in ("__getitem__", "__array__"):
        monkeypatch.setattr(Rows, name, told(getattr(Rows, name)))
    return threads


def test_no_picture_is_read_by_the_window_s_own_thread(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path, readers: set[threading.Thread]
) -> None:
    folder = Component(type="ImageFolder", parameters={"folder": str(fill(tmp_path / "pets", cat=40, dog=40))})
    window.document.replace(with_data(window.document.experiment, source=folder), None)
    shorten(window, epochs=1)
    window.data_page.look.click()
    for name in ("mistakes", "batch"):
        window.commands[name].trigger()
    look, mistakes, batch = map(window.findChild, (DataWindow, MistakesWindow, BatchWindow))
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    neighbours = window.watch.panels["neighbours"]
    neighbours.ask(3)
    wait(lambda: neighbours.presenter.neighbours and mistakes.presenter.mistakes and batch.presenter.seen is not None)
    look.select(70)
    mistakes.examples.gallery.chosen.emit(0)
    for shown, number in (
        (neighbours.images, 3),
        (mistakes.examples.images, 0),
        (look._images, 70),
        (look._closeups, 70),
    ):
        for widget in (window, look, mistakes, batch):
            widget.grab()
        wait(lambda shown=shown, number=number: not shown(number).isNull())
    assert readers and threading.main_thread() not in readers
