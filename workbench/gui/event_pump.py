"""What carries a run to the screen: up to thirty times a second, the log's new events go to whoever listens.

A signal for each step would flood the window's event queue where steps are quicker than repaints; a log
that is read on a timer cannot (the runs' log keeps everything, and the reader takes what is new at once).

While a run is at work the panels take turns and get a small share of the time: whatever the window computes,
the training thread waits for, since both need the interpreter. Dear pictures come less often, not the steps.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from workbench.events import AnyEvent
from workbench.session.task import Task

if TYPE_CHECKING:
    from workbench.session.run import Run

T = TypeVar("T")

INTERVAL_MS = 33
SHARE = 0.015
"""Of the time while a run is at work, for the panels that show it."""

LONGEST_WAIT_S = 0.25
"""However dear the panel before, the next has its turn."""


class Listener(Protocol):
    """A panel that shows a run."""

    def begin(self, run: Run) -> None:
        """Another run is followed from now on; its events come from the first."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """The next events, and the state that the run was in before they were read."""

    def clear(self) -> None:
        """No run is followed any more: show what there is without one."""


class EventPump(QObject):
    """Follows one run, and looks after tasks in the background."""

    ticked = Signal()
    """At each tick, after the listeners: for whoever reads a slot."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self._followers: list[_Follower] = []
        self._turn = _Turn()
        self._waiting: list[_Waiting] = []
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def add(self, listener: Listener) -> None:
        """Let a panel listen; one that comes late is told everything so far."""
        follower = _Follower(listener)
        self._followers.append(follower)
        if self.run is not None:
            follower.begin(self.run)
            follower.feed(self.run, self.run.state)

    def remove(self, listener: Listener) -> None:
        """A panel that is closed listens no more."""
        self._followers = [follower for follower in self._followers if follower.listener is not listener]

    def follow(self, run: Run) -> None:
        """Follow another run, from its first event."""
        self.run = run
        for follower in self._followers:
            follower.begin(run)

    def unfollow(self) -> None:
        """Follow none; the panels are empty again."""
        self.run = None
        for follower in self._followers:
            follower.clear()

    def background(
        self,
        name: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do ``work`` in a thread; then call ``done`` with its result, or ``failed`` with its error, in this one.

        Where that is a method of a window that is gone by then, nobody is told. One that nobody expects is an internal error.
        """
        self._waiting.append(_Waiting(Task(name, work), done, failed or _raise))

    @property
    def busy(self) -> bool:
        """Whether something is under way in the background."""
        return bool(self._waiting)

    def tick(self) -> None:
        """Hand on what is new. The state is read before the events: an ending is in the log before it is the state."""
        for waiting in [waiting for waiting in self._waiting if waiting.task.ended]:
            self._waiting.remove(waiting)
            waiting.tell()
        if self.run is not None:
            self._feed(self.run, self.run.state)
        self.ticked.emit()

    def _feed(self, run: Run, state: str) -> None:
        """One panel, where a turn is due; all of them where the run is not at work or has just changed its state."""
        if state != "running" or state != self._turn.state:
            chosen = list(self._followers)
        elif self._turn.is_over():
            chosen = [self._followers[(self._turn.number + 1) % len(self._followers)]]
        else:
            return
        self._turn = _Turn(state, self._turn.number + 1)
        for follower in chosen:
            follower.feed(run, state)

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()


class _Follower:
    """A listener, and how far into the log it is. One that fails hears no more of this run; the others do."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._failed = False
        self._cursor = 0

    def begin(self, run: Run) -> None:
        """From the first event of another run."""
        self._cursor, self._failed = 0, False
        with self._alone():
            self.listener.begin(run)

    def feed(self, run: Run, state: str) -> None:
        """Hand on what is new in the log."""
        if self._failed:
            return
        events = run.log.since(self._cursor)
        self._cursor += len(events)
        with self._alone():
            self.listener.feed(events, state)

    def clear(self) -> None:
        """No run any more."""
        with self._alone():
            self.listener.clear()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """What goes wrong here is told and logged, as all that nobody catches."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            self._failed = True
            sys.excepthook(type(error), error, error.__traceback__)


class _Turn:
    """A panel's turn: when it began, and what this thread has computed since, repaints included."""

    def __init__(self, state: str = "", number: int = 0) -> None:
        self.state = state
        self.number = number
        self._began_s = time.perf_counter()
        self._used_s = time.thread_time()

    def is_over(self) -> bool:
        """Whether the share of the time allows another."""
        waited_s = time.perf_counter() - self._began_s
        return time.thread_time() - self._used_s <= SHARE * waited_s or waited_s >= LONGEST_WAIT_S


class _Waiting:
    """A task, and whom to tell."""

    def __init__(self, task: Task[T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        self.task = task
        self.done = done
        self.failed = failed

    def tell(self) -> None:
        try:
            result = self.task.result()
        except Exception as error:  # noqa: BLE001  # whoever asked decides which errors it knows
            _call(self.failed, error)
            return
        _call(self.done, result)


def _raise(error: Exception) -> None:
    raise error


def _call(act: Callable[[T], None], answer: T) -> None:
    """Hand an answer to whoever asked; to a window that was closed meanwhile, nothing."""
    whose = act.func if isinstance(act, partial) else act
    asker = getattr(whose, "__self__", None)
    if not isinstance(asker, QObject) or isValid(asker):
        act(answer)
