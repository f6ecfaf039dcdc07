"""What carries a run to the screen: thirty times a second, the log's new events go to whoever listens.

A signal for each step would flood the window's event queue where steps are quicker than repaints; a log
that is read on a timer cannot (the runs' log keeps everything, and the reader takes what is new at once).
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.events import AnyEvent
from workbench.session.run import Run
from workbench.session.task import Task

T = TypeVar("T")

INTERVAL_MS = 33


class Listener(Protocol):
    """A panel that shows a run."""

    def begin(self, run: Run) -> None:
        """Another run is followed from now on; its events come from the first."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """The next events, and the state that the run was in before they were read. Called at each tick."""


class EventPump(QObject):
    """Follows one run, and looks after tasks in the background."""

    ticked = Signal()
    """At each tick, after the listeners: for whoever reads a slot."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self._cursor = 0
        self._listeners: list[Listener] = []
        self._waiting: list[_Waiting] = []
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def add(self, listener: Listener) -> None:
        """Let a panel listen; one that comes late is told everything so far."""
        self._listeners.append(listener)
        if self.run is not None:
            listener.begin(self.run)
            listener.feed(self.run.log.since(0)[: self._cursor], self.run.state)

    def follow(self, run: Run) -> None:
        """Follow another run, from its first event."""
        self.run = run
        self._cursor = 0
        for listener in self._listeners:
            listener.begin(run)

    def unfollow(self) -> None:
        """Follow none; what the panels show stays."""
        self.run = None

    def background(
        self, name: str, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Do ``work`` in a thread; then call ``done`` with its result, or ``failed`` with its error, in this one."""
        self._waiting.append(_Waiting(Task(name, work), done, failed))

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
            state = self.run.state
            events = self.run.log.since(self._cursor)
            self._cursor += len(events)
            for listener in self._listeners:
                listener.feed(events, state)
        self.ticked.emit()

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()


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
            self.failed(error)
            return
        self.done(result)
