"""Edits in the real window until the process is killed: ``python -m tests.gui.killed FILE SEED edits|saves``.

Opens the window on the file and recovers what it offers. Then it edits the graph with mouse and keys, one gesture after
the other; with ``saves`` it saves the file after each. For each state that must not be lost it prints a line: how it
arose, when (in seconds of ``Clock``), and its digest.
"""

import hashlib
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.gui.canvas.hands import drag, drop, input_, middle, output
from workbench.gui import app
from workbench.gui.window.main_window import MainWindow
from workbench.spec.experiment import Experiment
from workbench.spec.files import to_json

CONTROL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
KINDS = ("Conv2d", "ReLU", "Add", "MaxPool2d", "Linear")
LARGEST = 30
"""Above this number of nodes, some are deleted."""

TICK_MS, TURN_MS = 50, 10
LONGEST_TICK_S = 0.2
PAUSE_MS = 40


def digest(experiment: Experiment) -> str:
    """A digest that identifies a state."""
    return hashlib.sha256(to_json(experiment).encode()).hexdigest()


class Clock(QTimer):
    """Counts the time in which the window's thread came to its events, without what a busy machine kept it waiting."""

    def __init__(self) -> None:
        super().__init__(interval=TICK_MS)
        self.now_s, self._ticked_s = 0.0, time.monotonic()
        self.timeout.connect(self._tick)
        self.start()

    def _tick(self) -> None:
        before_s, self._ticked_s = self._ticked_s, time.monotonic()
        self.now_s += min(self._ticked_s - before_s, LONGEST_TICK_S)

    def tell(self, what: str, experiment: Experiment) -> None:
        """Acknowledge a state, which must not be lost from now on."""
        print(what, self.now_s, digest(experiment), flush=True)


class Hands:
    """Makes random gestures."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window = window
        self.canvas = window.canvas
        self.dice = random.Random(seed)
        self.gestures: tuple[Callable[[], None], ...] = (
            *(self.add, self.add, self.connect, self.connect, self.move, self.move),
            *(self.delete, self.group, self.ungroup, self.paste, self.undo),
        )

    def act(self) -> None:
        """Make one gesture."""
        if len(self.canvas.presenter.cards) > LARGEST:
            self.select(LARGEST // 2)
            self.press(Qt.Key.Key_Delete)
        else:
            self.dice.choice(self.gestures)()
        if self.canvas.interaction is not None or not self.canvas.hasFocus():
            self.press(Qt.Key.Key_Escape)  # a search box, if the drop missed the port
            self.canvas.setFocus()

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.canvas, key, held)

    def select(self, most: int) -> list[str]:
        keys = list(self.canvas.presenter.cards)
        chosen = self.dice.sample(keys, min(most, len(keys)))
        self.canvas.presenter.select(chosen)
        return chosen

    def add(self) -> None:
        room = self.canvas.viewport().rect()
        drop(self.canvas, self.dice.choice(KINDS), room.center() * self.dice.uniform(0.2, 1.8))

    def connect(self) -> None:
        if len(chosen := self.select(2)) == 2:
            drag(self.canvas, output(self.canvas, chosen[0]), input_(self.canvas, chosen[1]))

    def move(self) -> None:
        if chosen := self.select(3):
            start = middle(self.canvas, chosen[0])
            drag(self.canvas, start, start + self.canvas.viewport().rect().center() * self.dice.uniform(-0.3, 0.3))

    def delete(self) -> None:
        self.select(1)
        self.press(Qt.Key.Key_Delete)

    def group(self) -> None:
        self.select(self.dice.randint(1, 3))
        self.press(Qt.Key.Key_G, CONTROL)

    def ungroup(self) -> None:
        presenter = self.canvas.presenter
        if uses := [key for key in presenter.cards if presenter.is_use(key)]:
            presenter.select([self.dice.choice(uses)])
            self.press(Qt.Key.Key_G, CONTROL | Qt.KeyboardModifier.ShiftModifier)

    def paste(self) -> None:
        self.select(2)
        self.press(Qt.Key.Key_C, CONTROL)
        self.press(Qt.Key.Key_V, CONTROL)

    def undo(self) -> None:
        self.press(Qt.Key.Key_Z, CONTROL)

    def save(self) -> None:
        self.press(Qt.Key.Key_S, CONTROL)


def recover(window: MainWindow) -> None:
    """Recover the newest draft offered, unless it is older than the file."""
    offers = window.messages.messages
    if offers and "the file has been saved since" not in offers[0].words.text():
        offers[0].findChildren(QPushButton)[0].click()


def main(file: str, seed: str, way: str) -> None:
    """Edit until killed."""
    offered: list[None] = []

    def offer(window: MainWindow) -> None:
        window.autosave.offer()
        offered.append(None)

    app.load_the_rest = offer  # editing needs neither torch nor the panels
    application = QApplication(["workbench", "-style", "Fusion"])
    clock = Clock()
    window = app.open_window(application, Path(file))
    while not offered or window.pump.busy:
        QTest.qWait(TURN_MS)
    recover(window)
    clock.tell("begun", window.document.experiment)
    window.project.changed.connect(lambda: window.document.dirty or clock.tell("saved", window.document.experiment))
    hands = Hands(window, int(seed))
    while True:
        before = window.document.experiment
        hands.act()
        if window.document.experiment is not before:
            clock.tell("edited", window.document.experiment)
        if way == "saves":
            hands.save()
        QTest.qWait(hands.dice.randint(0, PAUSE_MS))


if __name__ == "__main__":
    main(*sys.argv[1:])
