"""A run that another window or command trains in its own process: watched through its folder, but not commanded."""

from __future__ import annotations

from pathlib import Path

from workbench.events import RunPaused, RunResumed, RunStarted, RunStopped
from workbench.runs.mailbox import Command, Status
from workbench.runs.store import RESUMING, open_run
from workbench.session.in_process import ProcessRun, attach, is_running
from workbench.session.replay import Replay
from workbench.session.run import Run, State
from workbench.spec.experiment import Experiment

NOTE = (
    "This run is running in another window or command, where it is paused, changed and stopped. It is watched here: "
    "filters and neighbours are those of its last checkpoint, and Stop only ends the watching."
)
ELSEWHERE = "This run is running in another window or command: pause and change it there."
STATES: dict[type, State] = {RunStarted: "running", RunResumed: "running", RunPaused: "paused"}


def opened(folder: Path) -> Run:
    """Follow a run if it is running elsewhere; otherwise show it as it ended. Raises SpecError if there is none."""
    return follow(folder) if open_run(folder).state == "running" else Replay(folder)


def follow(folder: Path) -> ProcessRun:
    """Follow a run that is running elsewhere. Raises SpecError if it is not."""
    saved = open_run(folder)
    if saved.state == "running" and not is_running(folder):
        return WatchedRun(folder, saved.experiment, len(saved.events))
    return attach(folder)


class WatchedRun(ProcessRun):
    """A run without a mailbox: whether it trains or is paused follows from its log. A stop ends the watching alone."""

    found_note = NOTE

    def __init__(self, folder: Path, experiment: Experiment, num_earlier: int) -> None:
        self._is_over = False
        super().__init__(folder, experiment, None, waits_for="Preparing", num_earlier=num_earlier)

    def do(self, command: Command) -> None:
        """Stop watching; what a user, but no panel by itself, commands besides is answered with a note."""
        if command.do == "stop":
            self._is_over = True
            self._left.set()
        elif command.do not in ("look", "save"):
            self._say(ELSEWHERE)

    def _follow(self) -> None:
        super()._follow()
        if self._is_over:
            self._end(RunStopped(at=self.log.last_at, step=self.log.last_step))

    def _read_status(self) -> Status:
        seen = (STATES[type(event)] for event in reversed(self.log.outline()) if type(event) in STATES)
        state = next(seen, "preparing")
        return Status(
            pid=0,
            state=state,
            preparation=("Preparing", 0, 0) if state == "preparing" else None,
            num_earlier=self.num_earlier,
            has_begun=not (self.folder / RESUMING).exists(),
        )
