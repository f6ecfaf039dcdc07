"""Background requests whose caller may be gone when the answer arrives."""

import sys
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from tests.gui.conftest import Wait
from tests.session.waiting import wait_for
from workbench.events import AnyEvent, RunFinished, StepFinished
from workbench.gui.runtime.event_pump import CHEAP_S, INTERVAL_MS, TURN_S, EventPump, Newest
from workbench.gui.settings.presenter import with_training
from workbench.runs.log import encode
from workbench.runs.store import EVENTS, create_run
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.session.running.run import Run
from workbench.spec.files import read_experiment
from workbench.spec.problems import SpecError


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
        raise SpecError("no")

    for asker in (gone, there):
        pump.background("answer", lambda: gate.wait(30), asker.take, asker.take)
        pump.background("answer", lambda: gate.wait(30), partial(asker.take_with, 7), asker.take)
        pump.background("refuse", refuse, asker.take, asker.take)
        pump.soon(asker.take, "soon")
    delete(gone)
    wait(lambda: there.text() == "soon")
    gate.set()
    wait(lambda: not pump.busy)
    assert there.text() in ("True", "7: True", "no")
    pump.stop()


def test_of_several_requests_the_newest_alone_is_answered(qtbot: QtBot, wait: Wait) -> None:
    pump, gate = EventPump(), threading.Event()
    requests, answers = Newest(pump), list[object]()

    def refuse() -> None:
        gate.wait(30)
        raise SpecError("the older one")

    requests.background("refuse", refuse, answers.append, answers.append)
    requests.background("first", lambda: gate.wait(30), answers.append, answers.append)
    requests.background("second", lambda: "newest", answers.append, answers.append)
    wait(lambda: bool(answers))
    gate.set()
    wait(lambda: not pump.busy)
    assert answers == ["newest"]
    requests.background("third", lambda: "dropped", answers.append, answers.append)
    requests.drop()
    wait(lambda: not pump.busy)
    assert answers == ["newest"]
    pump.stop()


def test_an_internal_error_is_reported_to_the_one_who_asked_and_as_uncaught(
    qtbot: QtBot, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    uncaught, answers = list[type](), list[Exception]()
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: uncaught.append(kind))
    pump = EventPump()
    pump.background("divide", lambda: 1 // 0, lambda _: None, answers.append)
    wait(lambda: bool(uncaught))
    assert uncaught == [type(answer) for answer in answers] == [ZeroDivisionError]
    pump.background("refuse", Path("/nowhere/at/all").read_bytes, lambda _: None, answers.append)
    wait(lambda: not pump.busy)
    assert len(answers) == 2 and len(uncaught) == 1
    pump.stop()


def test_answers_that_arrive_together_are_each_told_once_although_one_asks_the_user(qtbot: QtBot, wait: Wait) -> None:
    """While a question is shown, the pump ticks on."""
    pump, answers = EventPump(), list[str]()

    def ask(answer: str) -> None:
        answers.append(answer)
        pump.tick()

    for name in ("first", "second", "third"):
        pump.background(name, partial(str, name), ask)
    wait_for(lambda: all(waiting.task.ended for waiting in pump._waiting))  # without a tick
    wait(lambda: len(answers) == 3 and not pump.busy)
    assert answers == ["first", "second", "third"]
    pump.stop()


def test_answers_that_take_long_to_show_have_turns_of_their_own(qtbot: QtBot, wait: Wait) -> None:
    """A click that comes meanwhile need not wait for all of them, nor for the listeners."""
    pump, order = EventPump(), list[str]()

    def spend(duration_s: float, word: str) -> None:
        ends_s = time.thread_time() + duration_s
        while time.thread_time() < ends_s:
            pass
        order.append(word)

    def compute(answer: str) -> None:
        spend(2 * TURN_S, answer)
        overdue_s = 1.2 * INTERVAL_MS / 1000  # by then every timer is
        QTimer.singleShot(0, partial(spend, overdue_s, f"a click after the {answer}"))

    for name in ("first", "second"):
        pump.background(name, partial(str, name), compute)
    pump.soon(compute, "third")
    wait_for(lambda: all(waiting.task.ended for waiting in pump._waiting))  # without a tick
    pump.ticked.connect(lambda: order.append("ticked"))
    pump.tick()
    assert order == ["first"]
    wait(lambda: "ticked" in order)
    told = [words for name in ("first", "second", "third") for words in (name, f"a click after the {name}")]
    assert order[: len(told) + 1] == [*told, "ticked"] and not pump.busy
    pump.stop()


def test_a_pump_that_is_stopped_by_an_answer_that_took_long_ticks_no_more(qtbot: QtBot, wait: Wait) -> None:
    pump = EventPump()

    def end(_: object) -> None:
        ends_s = time.thread_time() + 2 * TURN_S
        while time.thread_time() < ends_s:
            pass
        pump.stop()

    pump.soon(end, None)
    wait(lambda: not pump.busy)
    assert not pump._timer.isActive()
    pump.tick()
    assert not pump._timer.isActive()


class Panel:
    """Counts its calls, and can fail."""

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


class Told(Panel):
    """Keeps how many events it was given at a time, and with which state."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, str]] = []

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        self.told.append((len(events), state))


class Noted(Panel):
    """Notes each of its turns, and computes for as long as it is told to."""

    def __init__(self, name: str, turns: list[str], computes_s: float) -> None:
        super().__init__()
        self.name, self.turns, self.computes_s = name, turns, computes_s

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        super().feed(events, state)
        self.turns[-1] += self.name
        until_s = time.thread_time() + self.computes_s
        while time.thread_time() < until_s:
            pass


@pytest.fixture
def _turns_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.gui.runtime.event_pump.LONGEST_WAIT_S", 0.02)


def turns_of(pump: EventPump, turns: list[str], folder: Path, wait: Wait) -> list[str]:
    """Return the turns of the panels of a run that is running, once each has caught up with it."""
    run = start(with_training(read_experiment("lenet-digits"), epochs=1000), folder)
    wait(lambda: run.state == "running")
    pump.ticked.connect(lambda: turns.append(""))
    pump.follow(run)
    try:
        wait(lambda: any(turns) and not any(follower.is_behind for follower in pump._followers))
        turns[:] = [""]
        wait(lambda: sum(map(bool, turns)) > 8)
    finally:
        run.stop()
        assert run.join(60)
        pump.stop()
    return list(filter(None, turns))


@pytest.mark.usefixtures("_turns_come_soon")
def test_panels_with_little_to_do_share_a_turn_and_costly_ones_have_their_own(tmp_path: Path, wait: Wait) -> None:
    pump, turns = EventPump(), [""]
    for name in "aBcdEf":
        pump.add(Noted(name, turns, 4 * CHEAP_S if name.isupper() else 0.0))
    told = turns_of(pump, turns, tmp_path, wait)
    assert "".join(told) in "aBcdEf" * len(told), "one after the other"
    assert not any(name.isupper() for turn in told for name in turn[:-1]), "a costly one ends its turn"
    assert any(len(turn) > 1 for turn in told)  # which of them is a matter of what else this thread had to do


class Drawing(Noted):
    """Says at each turn that it has drawn."""

    def __init__(self, name: str, turns: list[str], pump: EventPump) -> None:
        super().__init__(name, turns, 0.0)
        self.pump = pump

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        super().feed(events, state)
        self.pump.end_turn()


@pytest.mark.usefixtures("_turns_come_soon")
def test_two_panels_that_have_drawn_do_not_share_a_turn_however_little_they_computed(
    tmp_path: Path, wait: Wait
) -> None:
    pump, turns = EventPump(), [""]
    for name in "aBcDe":
        pump.add(Drawing(name, turns, pump) if name.isupper() else Noted(name, turns, 0.0))
    told = turns_of(pump, turns, tmp_path, wait)
    assert any("B" in turn for turn in told) and any("D" in turn for turn in told)
    assert not any("B" in turn and "D" in turn for turn in told)


def test_a_long_run_is_delivered_in_parts_and_its_end_with_the_last(tmp_path: Path, wait: Wait) -> None:
    """All of a million steps at once would stop the window for seconds."""
    folder = create_run(tmp_path, read_experiment("lenet-digits"))
    steps = [StepFinished(at=n, step=n, loss=1.0, accuracy=None, learning_rate=0.1) for n in range(1, 10_001)]
    (folder / EVENTS).write_bytes(encode([*steps, RunFinished(at=10_001, epochs=1, metrics={})]))
    replay = Replay(folder)
    pump, early, late = EventPump(), Told(), Told()
    pump.add(early)
    pump.follow(replay)
    assert early.told == []
    pump.tick()
    pump.add(late)
    while early.told[-1][1] == "preparing":
        pump.tick()
    assert early.told == late.told == [(4096, "preparing"), (4096, "preparing"), (1809, "finished")]
    pump.tick()
    assert early.told[-1] == (0, "finished")
    pump.stop()
    assert replay.join(60)


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
