"""Delivers a run to the screen: up to thirty times a second, new events of the log go to the listeners.

A signal per step would flood the window's event queue when steps are faster than repaints. Reading the log on a timer
cannot: the log keeps everything, and each read takes all that is new.

During a run the panels take turns and get a small share of the time, because the training thread waits whenever the
window computes: both need the interpreter. Expensive views are updated less often; training is not slowed down.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from shiboken6 import isValid

from workbench.data.progress import Cancelled
from workbench.events import AnyEvent
from workbench.gui.runtime.run_states import ENDED, State
from workbench.session.task import Task
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.session.running.run import Run

T = TypeVar("T")

INTERVAL_MS = 33
SHARE = 0.015
"""Share of the time, during a run, for the panels that show it."""

LONGEST_WAIT_S = 0.5
"""The longest time until the next turn, however expensive the previous one was."""

MOST_AT_ONCE = 4096
"""The number of events that a panel receives at a tick until it has caught up with the run. All of a million steps at
once would stop the window for seconds.
"""

MANY = 16 * MOST_AT_ONCE
"""More undelivered events than a fast run makes between two turns: the log of a run that is followed from now on."""

TURN_S = 0.008
"""After answers that took longer to show, what else a tick delivers waits for ``REST_MS``, so that keys, clicks and a
frame come between. It is the one timer that waits: a second one could be due at once.
"""

REST_MS = 16

CHEAP_S = 0.0003
"""Panels that computed no longer than this together share a turn, so that those with nothing new delay no other."""


class Listener(Protocol):
    """A panel that shows a run."""

    def begin(self, run: Run) -> None:
        """Start on another run, whose events follow from the first."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the next events, and the run's state before they were read."""

    def clear(self) -> None:
        """Show the state without a run."""


class EventPump(QObject):
    """Follows one run, and delivers the results of background tasks."""

    ticked = Signal()
    """Emitted at each tick, after the listeners, for whoever polls a slot."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self._followers: list[Follower] = []
        self._next = 0
        self._turn = _Turn()
        self._waiting: list[_Waiting] = []
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def add(self, listener: Listener, until: SignalInstance | None = None) -> None:
        """Add a listener, ``until`` a signal such as its window's ``finished``; one that comes late receives everything
        so far, at this and the next ticks.
        """
        if until is not None:
            until.connect(lambda *_: self.remove(listener))
        follower = Follower(listener)
        self._followers.append(follower)
        if self.run is not None:
            follower.begin(self.run)
            _catch_up([follower], self.run, self.run.state)

    def remove(self, listener: Listener) -> None:
        self._followers = [follower for follower in self._followers if follower.listener is not listener]

    def follow(self, run: Run) -> None:
        """Follow another run, from its first event."""
        self.run = run
        for follower in self._followers:
            follower.begin(run)

    def unfollow(self) -> None:
        """Follow no run; the panels become empty."""
        self.run = None
        for follower in self._followers:
            follower.clear()

    def background(
        self,
        name: str,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``work`` in a thread, then in this thread call ``done`` with its result or ``failed`` with its error.

        If the callback is a method of a window that has been destroyed, nothing is called. An internal error is also
        raised, to be reported like any uncaught one; without ``failed``, every error is.
        """
        self._waiting.append(_Waiting(Task(name, work), done, failed))

    def soon(self, done: Callable[[T], None], answer: T) -> None:
        """Call ``done`` like that of a background task that has just ended, in a later turn of this thread."""
        self._waiting.append(_Waiting(_Known(answer), done, None))

    @property
    def busy(self) -> bool:
        """Whether background tasks are in progress, or something is to be called soon."""
        return bool(self._waiting)

    def tick(self) -> None:
        """Deliver what is new.

        The state is read before the events, because a run logs its end before it changes its state.
        """
        if self._timer.interval() == REST_MS:
            self._timer.setInterval(INTERVAL_MS)
        began_s = time.thread_time()
        for waiting in [waiting for waiting in self._waiting if waiting.task.ended]:
            if waiting in self._waiting:  # else it was told while the one before asked the user, since this ticks on
                self._waiting.remove(waiting)
                waiting.tell()
                if time.thread_time() - began_s > TURN_S:
                    self._timer.setInterval(REST_MS)
                    return
        if self.run is not None:
            self._feed(self.run, self.run.state)
        self.ticked.emit()

    def _feed(self, run: Run, state: str) -> None:
        """Feed the next panels if their turn has come; all if the run is not running, or its state has just changed."""
        num_events = len(run.log)
        for follower in self._followers:
            follower.is_behind |= num_events > follower.cursor + MANY
        behind = [follower for follower in self._followers if follower.is_behind]
        others = [follower for follower in self._followers if not follower.is_behind]
        _catch_up(behind, run, state)
        takes_turns = bool(others) and state == self._turn.state == "running"
        if takes_turns and not self._turn.is_over():
            return
        self._turn = turn = _Turn(state)
        if not takes_turns:
            for follower in others:
                follower.feed(run, state)
            return
        for _ in others:
            self._next = (self._next + 1) % len(others)
            others[self._next].feed(run, state)
            if turn.has_drawn or turn.used_s > CHEAP_S:
                return

    def end_turn(self) -> None:
        """End the turn with the panel that is being fed: it has drawn, and its repaint shall meet no other's."""
        self._turn.has_drawn = True

    def stop(self) -> None:
        self._timer.stop()


def _catch_up(behind: Sequence[Follower], run: Run, state: str) -> None:
    """Deliver the next part of the log to those that have yet to receive all of it; the end only with its events."""
    parts: dict[int, Sequence[AnyEvent]] = {}
    for follower in behind:
        cursor = follower.cursor
        if cursor not in parts:
            parts[cursor] = run.log.since(cursor, MOST_AT_ONCE)
        follower.is_behind = cursor + len(parts[cursor]) < len(run.log)
        follower.take(parts[cursor], State.PREPARING if follower.is_behind and state in ENDED else state)


class Follower:
    """A listener and its position in the log. After a failure it receives no more of this run; the others do."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.is_behind = False
        """Whether it has yet to catch up with the run that it began to follow."""
        self.cursor = 0
        self._failed = False

    def begin(self, run: Any) -> None:
        """Start on another run, or whatever else the listener follows, from its first event."""
        self.cursor, self.is_behind, self._failed = 0, True, False
        with self._alone():
            self.listener.begin(run)

    def feed(self, run: Run, state: str) -> None:
        """Deliver the new events of the log."""
        self.take(run.log.since(self.cursor), state)

    def take(self, events: Sequence[AnyEvent], state: str) -> None:
        """Deliver these events, which follow those before."""
        self.cursor += len(events)
        if not self._failed:
            with self._alone():
                self.listener.feed(events, state)

    def clear(self) -> None:
        """Tell the listener that no run is followed any more."""
        with self._alone():
            self.listener.clear()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Report and log an error of this listener like any uncaught one."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            self._failed = True
            sys.excepthook(type(error), error, error.__traceback__)


class _Turn:
    """A turn of one or more panels."""

    def __init__(self, state: str = "") -> None:
        self.state = state
        self.has_drawn = False
        self._began_s = time.perf_counter()
        self._computed_s = time.thread_time()

    @property
    def used_s(self) -> float:
        """The time this thread has computed since the turn began, repaints included."""
        return time.thread_time() - self._computed_s

    def is_over(self) -> bool:
        """Whether the share of the time allows the next turn."""
        waited_s = time.perf_counter() - self._began_s
        return self.used_s <= SHARE * waited_s or waited_s >= LONGEST_WAIT_S


class Newest:
    """Background work of one kind, such as reading a list that is shown: only the newest answer is delivered."""

    def __init__(self, pump: EventPump) -> None:
        self._pump = pump
        self._number = 0

    def background(
        self,
        name: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do ``work`` as ``EventPump.background`` does, and drop the answers to earlier calls."""
        self.drop()
        number = self._number
        self._pump.background(name, work, partial(self._deliver, number, done), partial(self._deliver, number, failed))

    def drop(self) -> None:
        """Drop all pending answers."""
        self._number += 1

    def _deliver(self, number: int, act: Callable[[T], None], answer: T) -> None:
        if number == self._number:
            _call(act, answer)


class _Known(NamedTuple):
    """An answer that takes no task."""

    answer: Any
    ended: bool = True

    def result(self) -> Any:
        return self.answer


class _Waiting(NamedTuple):
    """A task and its callbacks."""

    task: Task[Any] | _Known
    done: Callable[[Any], object]
    failed: Callable[[Exception], None] | None

    def tell(self) -> None:
        try:
            result = self.task.result()
        except Exception as error:
            if self.failed is not None:
                _call(self.failed, error)
            if self.failed is None or not isinstance(error, SpecError | OSError | Cancelled):
                raise
            return
        _call(self.done, result)


class InTurn:
    """Background work on the same things, such as writing to a folder and moving it: each waits for the one before."""

    def __init__(self, pump: EventPump) -> None:
        self._pump = pump
        self._last = threading.Event()
        self._last.set()

    def background(
        self,
        name: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do ``work`` as ``EventPump.background`` does, once what was begun before it here has ended."""
        before, self._last = self._last, threading.Event()
        ended = self._last

        def in_turn() -> T:
            before.wait()
            try:
                return work()
            finally:
                ended.set()

        self._pump.background(name, in_turn, done, failed)


def _call(act: Callable[[T], object], answer: T) -> None:
    """Deliver an answer, unless it goes to a method of a window that has been destroyed."""
    whose = act.func if isinstance(act, partial) else act
    asker = getattr(whose, "__self__", None)
    if not isinstance(asker, QObject) or isValid(asker):
        act(answer)
