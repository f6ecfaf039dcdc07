"""After any random input: no exception, no warning, and the window shows the document.

A failure gives the seed and the latest events. For a longer test with your own seeds:
``MONKEY_SEEDS="7 8" MONKEY_EVENTS=2000 ./run pytest -m slow tests/gui/test_monkey.py``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.monkey import Monkey
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.experiment.document import MAX_STEPS, Document
from workbench.gui.widgets import theme
from workbench.spec.files import read_experiment, to_json
from workbench.spec.structure import check_structure

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

SEEDS = [int(seed) for seed in os.environ.get("MONKEY_SEEDS", "1 2 3").split()]
EVENTS = int(os.environ.get("MONKEY_EVENTS", "10000"))
LOOK_EACH, GO_BACK_EACH = 50, 400


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only folder that may be written to; downloads are refused at once."""
    for name in ("HOME", "WORKBENCH_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    colours = theme.current().name
    yield tmp_path
    theme.apply(QApplication.instance(), colours)


@pytest.fixture
def play(folder: Path, window: MainWindow, wait: Wait, qtbot: QtBot, qtlog, caplog, monkeypatch):
    """A function that sends this many events of a monkey with this seed."""

    def go(seed: int, num_events: int) -> None:
        monkey = Monkey(window, seed, folder)
        overseer = Overseer(monkey, wait)
        try:
            with qtbot.capture_exceptions() as errors:
                for number in range(1, num_events + 1):
                    monkey.act()
                    if number % LOOK_EACH == 0 or number == num_events:
                        overseer.look()
                    if number % GO_BACK_EACH == 0 or number == num_events:
                        overseer.go_back()
                        overseer.save()
                    assert not errors, errors[0][1]
                    said = [record.message for record in qtlog.records if not record.ignored]
                    assert not said, said
                    logged = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
                    assert not logged
        except BaseException as error:
            for _, other, _ in errors:
                error.__cause__ = other
            error.add_note(f"Seed {seed}, event {monkey.num_events}:\n  " + "\n  ".join(monkey.story))
            raise
        finally:
            monkey.close()
            monkey.watch.stop()

    return go


class Overseer:
    """Checks that everything is consistent."""

    def __init__(self, monkey: Monkey, wait: Wait) -> None:
        self.monkey = monkey
        self.window = monkey.window
        self.document = monkey.window.document
        self._wait = wait
        self._remember()
        self.window.project.replaced.connect(self._remember)

    def _remember(self) -> None:
        self.start = to_json(self.document.experiment)

    def _settle(self) -> None:
        self.monkey.let_go()
        window = self.window
        self._wait(lambda: window.checker.settled and not (window.pump.busy or window.canvas.motion.under_way))

    def look(self) -> None:
        """Check that the network is valid, and shown exactly as in a newly opened window."""
        self._settle()
        presenter, scene = self.monkey.presenter, self.window.canvas.canvas_scene
        assert check_structure(self.document.experiment.architecture) == ()
        fresh = Presenter(Document(self.document.experiment), presenter.library, presenter.places.size_of_comment)
        fresh.go_to(presenter.trail)
        assert presenter.analysis is not None
        fresh.show_analysis(presenter.analysis)
        assert presenter.cards == fresh.cards
        assert presenter.edges == fresh.edges
        assert presenter.positions == fresh.positions
        assert {key: item.card for key, item in scene.cards.items()} == presenter.cards
        assert {key: item.place for key, item in scene.cards.items()} == presenter.positions
        items = {**scene.cards, **scene.notes}
        assert {key for key, item in items.items() if item.selected} == presenter.selection
        assert presenter.notes == fresh.notes
        assert {key: item.note for key, item in scene.notes.items()} == presenter.notes
        assert {key: item.words for key, item in scene.edges.items()} == {
            key: edge.shape for key, edge in presenter.edges.items()
        }
        assert scene.links.keys() == presenter.edges.keys()

    def go_back(self) -> None:
        """Undo to the very start, and redo back to the present."""
        self._settle()
        here, steps = to_json(self.document.experiment), 0
        while self.document.can_undo:
            self._press("undo")
            steps += 1
        assert steps == MAX_STEPS or to_json(self.document.experiment) == self.start
        for _ in range(steps):  # what had been undone before stays undone
            self._press("redo")
        assert to_json(self.document.experiment) == here

    def _press(self, command: str) -> None:
        """Trigger a command and process its events; else widgets would accumulate over a thousand steps."""
        self.window.commands[command].trigger()
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def save(self) -> None:
        """Save, and check that the file reads back."""
        self._settle()
        self.monkey.watch.file = self.monkey.folder / f"{self.monkey.num_events}.json"
        QTest.keyClick(self.window.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        self._wait(lambda: self.document.path is not None and not self.window.pump.busy)
        self.monkey.watch.file = None
        path = self.document.path
        assert path is not None and not self.document.dirty
        assert read_experiment(path) == self.document.experiment
        assert path.read_text() == to_json(self.document.experiment)


# Logged by Qt's own file dialog when there is no desktop.
@pytest.mark.qt_log_ignore("^Unimplemented code", extend=True)
def test_four_hundred_random_events(play) -> None:
    play(seed=1, num_events=400)


@pytest.mark.slow
@pytest.mark.qt_log_ignore("^Unimplemented code", extend=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_ten_thousand_random_events(play, seed: int) -> None:
    play(seed, EVENTS)
