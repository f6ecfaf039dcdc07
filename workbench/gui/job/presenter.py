"""Where a child process is, in words. No Qt."""

from typing import Any, ClassVar, Literal

from workbench.session.child_job import JobState

Phase = Literal["ready", "running", "done", "failed", "cancelled"]


class JobPresenter:
    """Follows one job after the other by the states that they give."""

    begins: ClassVar[str]
    """What is said before a job has said anything."""

    ended: ClassVar[str] = ""
    """What is said where one has ended well."""

    cancelled: ClassVar[str] = "Cancelled; nothing was written."

    def __init__(self) -> None:
        self.phase: Phase = "ready"
        self._state: JobState | None = None

    def begin(self) -> None:
        """A job begins."""
        self.phase = "running"
        self._state = None

    def take(self, state: JobState) -> None:
        """The job's state as it is now."""
        self._state = state
        self.phase = state.phase

    def refuse(self, words: str) -> None:
        """The job could not begin, or what it found could not be used."""
        self.take(JobState(phase="failed", message=words))

    def call_off(self) -> None:
        """Mark the job as cancelled."""
        self.phase = "cancelled"

    @property
    def report(self) -> dict[str, Any] | None:
        """What the job found; None until it has ended well."""
        return self._state.report if self._state is not None and self.phase == "done" else None

    @property
    def sentence(self) -> str:
        """Where it is, in one sentence."""
        words = self._state.message if self._state else ""
        match self.phase:
            case "running":
                return words or self.begins
            case "done":
                return self.ended
            case "cancelled":
                return self.cancelled
        return words
