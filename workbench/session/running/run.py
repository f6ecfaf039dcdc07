"""A run as its followers see it: events come out through its log, commands go in; nothing else.

There is a kind of run for each place where it may train: ``in_thread`` in a thread of this process, ``in_process`` in a
separate process, ``distributed`` in several. ``replay`` shows a run that has ended.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Literal

from workbench.events import RunFailed, RunFinished, RunStopped
from workbench.runs.log import RunLog
from workbench.runs.mailbox import Command
from workbench.session.running.resuming import checked_change
from workbench.session.views.insight import Insight
from workbench.session.worker import PATIENCE_S
from workbench.spec.experiment import Experiment
from workbench.spec.record import Value

State = Literal["preparing", "running", "paused", "stopping", "finished", "stopped", "failed"]
Ending = RunFinished | RunStopped | RunFailed
AFTER: dict[type, State] = {RunFinished: "finished", RunStopped: "stopped", RunFailed: "failed"}
"""A run's final state, by the event that ends it."""


class Run(ABC):
    """One run: its folder, its log, its state, and its commands.

    A kind of run defines two things: what a command does (``do``), and what its thread does (``_main``).
    """

    outlives = False
    """Whether it continues when this process ends."""

    is_watched = False
    """Whether it is only watched: commands are for where it runs."""

    found_note = ""
    """What a window says when it begins to follow the run: where it trains, and what its panels can show of it."""

    def __init__(
        self, folder: Path, experiment: Experiment, run_log: RunLog, *, note: str = "", num_earlier: int | None = None
    ) -> None:
        """Subclasses call ``_begin`` at the end of their own, which starts the thread."""
        self.folder = folder
        self.experiment = experiment
        """The experiment with the changes made so far."""
        self.log = run_log
        self.insight = Insight(self._say)
        self.preparation: tuple[str, int, int] | None = None
        """What the preparation is doing, how much is done, and of how much; None once the data is ready."""
        self.differences: tuple[str, ...] = ()
        """After a resume: what has changed since, so that the result may differ from an uninterrupted run."""
        self.asking = False
        """Whether it waits for the answer to those differences: ``go_on_anyway`` or ``stop``."""
        self.declined = False
        """Whether ``stop`` was the answer: the run stays as it was."""
        self.note = note
        """A sentence on what happened to the run, or on what cannot be shown; empty if there is nothing to say."""
        self.num_earlier = len(run_log) if num_earlier is None else num_earlier
        """The number of events in the log before this process resumed the run or began to follow it."""
        self._lock = threading.RLock()  # reentrant: a signal handler may issue a command during another
        self._state: State = "preparing"
        self._thread = threading.Thread(target=self._main, name=f"run {folder.name}", daemon=True)

    @property
    def state(self) -> State:
        """The run's state; the last three are final."""
        return self._state

    @abstractmethod
    def do(self, command: Command) -> None:
        """Execute a command, or pass it on; never waits. The caller has checked a change."""

    @abstractmethod
    def _main(self) -> None:
        """The thread's work, to the run's end."""

    def _begin(self) -> None:
        self._thread.start()

    def pause(self) -> None:
        """Pause before the next step."""
        self.do(Command(do="pause"))

    def unpause(self) -> None:
        """Resume after a pause."""
        self.do(Command(do="unpause"))

    def step(self) -> None:
        """Make one step while paused, with whatever an epoch's end entails, and wait again."""
        self.do(Command(do="step"))

    def stop(self) -> None:
        """End after the current step, with a checkpoint."""
        self.do(Command(do="stop"))

    def save_checkpoint(self) -> None:
        """Write a checkpoint after the current step, also while paused, and continue; the log reports it."""
        self.do(Command(do="save"))

    def go_on_anyway(self) -> None:
        """Continue although the result may differ from an uninterrupted run."""
        self.do(Command(do="anyway"))

    def change(self, path: str, value: Value) -> None:
        """Change a setting after the current step (see ``training.changing.changes``); the log reports it.

        Raises SpecError if this setting may not change during a run, or not to this value.
        """
        checked_change(self.experiment, path, value)
        self.do(Command(do="change", path=path, value=value))

    def leave(self) -> None:
        """Stop following the run: it stops, unless it can outlive its follower."""
        self.stop()

    def end_at_once(self) -> None:  # noqa: B027  # most kinds have nothing to do
        """End at once because the follower ends: what came after the last checkpoint is lost. A run in this process
        ends with it.
        """

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end; return whether it ended within ``timeout_s``."""
        began_s = time.monotonic()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        left_s = PATIENCE_S if timeout_s is None else max(0.0, timeout_s - (time.monotonic() - began_s))
        return self.insight.close(left_s) or timeout_s is None

    def take_note(self) -> str:
        """Return the ``note`` and clear it."""
        with self._lock:
            note, self.note = self.note, ""
        return note

    def _say(self, sentence: str) -> None:
        with self._lock:
            self.note = f"{self.note} {sentence}".strip()
