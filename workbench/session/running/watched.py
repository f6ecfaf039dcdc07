"""A run that another window or command trains in its own process: watched through its folder, but not commanded."""

from __future__ import annotations

from pathlib import Path

from workbench.events import RunPaused, RunResumed, RunStarted
from workbench.runs.log import num_events
from workbench.runs.mailbox import Command, Status
from workbench.runs.store import EVENTS, RESUMING, is_held, open_run
from workbench.session.running.in_process import ProcessRun, attach, is_running
from workbench.session.running.replay import Replay
from workbench.session.running.run import Run, State
from workbench.spec.experiment import Experiment

NOTE = (
    "This run is running in another window or command: pause, change and stop it there. Filters and neighbours are those "
    "of its last checkpoint; its batches cannot be seen from here."
)
ELSEWHERE = "This run is running in another window or command: pause and change it there."
STATES: dict[type, State] = {RunStarted: "running", RunResumed: "running", RunPaused: "paused"}


def opened(folder: Path) -> Run:
    """Follow a run if it is running elsewhere; otherwise show it as it ended. Raises SpecError if there is none."""
    return follow(folder) if is_held(folder) else Replay(folder)


def follow(folder: Path) -> ProcessRun:
    """Follow a run that is running elsewhere. Raises SpecError if it is not."""
    if is_running(folder) or not is_held(folder):
        return attach(folder)
    num_earlier = num_events(folder / EVENTS)
    return WatchedRun(folder, open_run(folder).experiment, num_earlier)


class WatchedRun(ProcessRun):
    """A run without a mailbox: whether it trains or is paused follows from its log. A stop ends the watching alone."""

    found_note = NOTE
    is_watched = True

    def __init__(self, folder: Path, experiment: Experiment, num_earlier: int) -> None:
        super().__init__(folder, experiment, None, waits_for="Preparing", num_earlier=num_earlier)

    def do(self, command: Command) -> None:
        """Stop watching. Other commands are answered with a note, but for those that panels send by themselves."""
        if command.do == "stop":
            self._left.set()
        elif command.do not in ("look", "save"):
            self._say(ELSEWHERE)

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
