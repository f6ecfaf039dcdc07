"""Who asks for something in the background may be gone when the answer comes."""

import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from tests.gui.conftest import Wait
from workbench.events import AnyEvent
from workbench.gui.event_pump import EventPump
from workbench.runs.store import create_run
from workbench.session.replay import Replay
from workbench.session.run import Run
from workbench.spec.files import read_experiment


class Asker(QLabel):
    """Shows the answers."""

    def take(self, answer: object) -> None:
        self.setText(str(answer))

    def take_with(self, number: int, answer: object) -> None:
        self.setText(f"{number}: {answer}")


def test_a_closed_window_is_not_told(qtbot: QtBot, wait: Wait) -> None:
    pump, gate = EventPump(), threading.Event()
    gone, there = Asker(), Asker()
    qtbot.addWidget(there)

    def refuse() -> None:
        gate.wait(30)
        raise ValueError("no")

    for asker in (gone, there):
        pump.background("answer", lambda: gate.wait(30), asker.take, asker.take)
        pump.background("answer", lambda: gate.wait(30), partial(asker.take_with, 7), asker.take)
        pump.background("refuse", refuse, asker.take, asker.take)
    delete(gone)
    gate.set()
    wait(lambda: not pump.busy)
    assert there.text() in ("True", "7: True", "no")
    pump.stop()


class Panel:
    """Counts what it is told, and may fail at it."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.num_fed = 0

    def begin(self, run: Run) -> None:
        pass

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        self.num_fed += 1
        if self.fails:
            raise ZeroDivisionError("by nought")

    def clear(self) -> None:
        self.num_fed = 0
        if self.fails:
            raise ZeroDivisionError("by nought")


def test_a_panel_that_fails_is_told_of_once_and_the_others_go_on(
    tmp_path: Path, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[type[BaseException]] = []
    pump, broken, sound = EventPump(), Panel(fails=True), Panel()
    pump.add(broken)
    pump.add(sound)
    ticks: list[None] = []
    pump.ticked.connect(lambda: ticks.append(None))
    replay = Replay(create_run(tmp_path, read_experiment("lenet-digits")))
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: told.append(kind))
    pump.follow(replay)
    for _ in range(3):
        pump.tick()
    assert (broken.num_fed, sound.num_fed, len(ticks)) == (1, 3, 3) and told == [ZeroDivisionError]
    broken.fails = False
    pump.follow(replay)
    pump.tick()
    assert broken.num_fed == 2, "another run, another try"
    broken.fails = True
    pump.unfollow()
    assert sound.num_fed == 0 and told == 2 * [ZeroDivisionError]
    pump.stop()
    assert replay.join(60)
