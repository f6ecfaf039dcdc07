"""Who asks for something in the background may be gone when the answer comes."""

import threading
from functools import partial

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from tests.gui.conftest import Wait
from workbench.gui.event_pump import EventPump


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
