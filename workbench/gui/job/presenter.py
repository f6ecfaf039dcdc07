"""The progress of a child process, as text. No Qt."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from workbench.session.child_job import JobState
from workbench.spec.quantities import duration
from workbench.spec.words import ended

LONG_S = 5.0
"""After this time with one thing, a job says how long it has been at it."""

Phase = Literal["ready", "running", "done", "failed", "cancelled"]


class JobPresenter:
    """Follows jobs, one at a time, by the states that they report."""

    begins: ClassVar[str]
    """Shown until a job reports something."""

    ended: ClassVar[str] = ""
    """Shown when a job has succeeded."""

    cancelled: ClassVar[str] = "Cancelled; nothing was written."

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self.phase: Phase = "ready"
        self._state: JobState | None = None
        self._now_s = now_s
        self._since_s = 0.0
        """When the job began with what it is doing."""

    def begin(self) -> None:
        """Note that a job has been started."""
        self.phase = "running"
        self._state = None
        self._since_s = self._now_s()

    def take(self, state: JobState) -> None:
        """Take the job's current state."""
        if self._state is None or self._state.message != state.message:
            self._since_s = self._now_s()
        self._state = state
        self.phase = state.phase

    def refuse(self, words: str) -> None:
        """Note that the job could not be started, or that its result cannot be used."""
        self.take(JobState(phase="failed", message=words))

    def call_off(self) -> None:
        self.phase = "cancelled"

    @property
    def report(self) -> dict[str, Any] | None:
        """The job's result; None until it has succeeded."""
        return self._state.report if self._state is not None and self.phase == "done" else None

    @property
    def sentence(self) -> str:
        """The progress in one sentence."""
        words = self._state.message if self._state else ""
        match self.phase:
            case "running":
                return self._at_work(words or self.begins)
            case "done":
                return self.ended
            case "cancelled":
                return self.cancelled
        return ended(words)

    def _at_work(self, words: str) -> str:
        """Return the progress, and how long the job has been at it, if that is long: nothing else may move."""
        spent_s = self._now_s() - self._since_s
        return words if spent_s < LONG_S else f"{words.rstrip('…')} · {duration(spent_s)}"
