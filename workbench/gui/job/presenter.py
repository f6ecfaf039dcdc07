"""The progress of a child process, as text. No Qt."""

from typing import Any, ClassVar, Literal

from workbench.gui.widgets.error_sentence import ended
from workbench.session.child_job import JobState

Phase = Literal["ready", "running", "done", "failed", "cancelled"]


class JobPresenter:
    """Follows jobs, one at a time, by the states that they report."""

    begins: ClassVar[str]
    """Shown until a job reports something."""

    ended: ClassVar[str] = ""
    """Shown when a job has succeeded."""

    cancelled: ClassVar[str] = "Cancelled; nothing was written."

    def __init__(self) -> None:
        self.phase: Phase = "ready"
        self._state: JobState | None = None

    def begin(self) -> None:
        """Note that a job has been started."""
        self.phase = "running"
        self._state = None

    def take(self, state: JobState) -> None:
        """Take the job's current state."""
        self._state = state
        self.phase = state.phase

    def refuse(self, words: str) -> None:
        """Note that the job could not be started, or that its result cannot be used."""
        self.take(JobState(phase="failed", message=words))

    def call_off(self) -> None:
        """Mark the job as cancelled."""
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
                return words or self.begins
            case "done":
                return self.ended
            case "cancelled":
                return self.cancelled
        return ended(words)
