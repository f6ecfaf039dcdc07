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
from workbench.session.insight import Insight
from workbench.session.resuming import checked_change
from workbench.session.worker import PATIENCE_S
from workbench.spec.experiment import Experiment
from workbench.spec.record import Value

State = Literal["preparing", "running", "paused", "stopping", "finished", "stopped", "failed"]
Ending = RunFinished | RunStopped | RunFailed
AFTER: dict[type, State] = {RunFinished: "finished", RunStopped: "stopped", RunFailed: "failed"}
"""What a run is for good, by the event that it ends with."""


class Run(ABC):
    """One run: its folder, its log, its state, and the commands one can give it.

    A kind of run says two things: what a command does (``do``), and what its thread does (``_main``).
    """

    outlives = False
    """Whether it goes on when this process ends."""

    def __init__(
        self, folder: Path, experiment: Experiment, run_log: RunLog, *, note: str = "", num_earlier: int | None = None
    ) -> None:
        """Its thread is started by ``_begin``, once all that it needs is there."""
        self.folder = folder
        self.experiment = experiment
        """As edited so far."""
        self.log = run_log
        self.insight = Insight(self._say)
        self.preparation: tuple[str, int, int] | None = None
        """What the data is waiting for, how much is done, of how much; None once it is there."""
        self.differences: tuple[str, ...] = ()
        """After a resume: what is not as it was, so that the run may not be equal to an unbroken one."""
        self.asking = False
        """Whether it waits to be told if it is to go on all the same: ``go_on_anyway`` or ``stop``."""
        self.note = note
        """A sentence on how it was found, or on what cannot be shown of it; empty where there is nothing to say."""
        self.num_earlier = len(run_log) if num_earlier is None else num_earlier
        """How many of the log's events are of before somebody went on with it, or came to follow it."""
        self._lock = threading.RLock()  # a signal in the middle of a command may be another
        self._state: State = "preparing"
        self._thread = threading.Thread(target=self._main, name=f"run {folder.name}", daemon=True)

    @property
    def state(self) -> State:
        """Where the run is; the last three are for good."""
        return self._state

    @abstractmethod
    def do(self, command: Command) -> None:
        """Obey a command, or pass it on; never waits. A change has been checked by whoever asks for it."""

    @abstractmethod
    def _main(self) -> None:
        """What its thread does, to the run's end."""

    def _begin(self) -> None:
        self._thread.start()

    def pause(self) -> None:
        """Pause before the next step."""
        self.do(Command(do="pause"))

    def unpause(self) -> None:
        """Resume after a pause."""
        self.do(Command(do="unpause"))

    def step(self) -> None:
        """While it is paused: make one step, and what an epoch's end brings with it, and wait again."""
        self.do(Command(do="step"))

    def stop(self) -> None:
        """End after the step under way, with a checkpoint."""
        self.do(Command(do="stop"))

    def save_checkpoint(self) -> None:
        """Write a checkpoint after the step under way and go on; the log says when it is there."""
        self.do(Command(do="save"))

    def go_on_anyway(self) -> None:
        """Go on although the run may not be equal to an unbroken one."""
        self.do(Command(do="anyway"))

    def change(self, path: str, value: Value) -> None:
        """Set what may change while it runs (see ``training.changes``), after the step under way; the log says when.

        SpecError where this setting may not change, or not to this.
        """
        checked_change(self.experiment, path, value)
        self.do(Command(do="change", path=path, value=value))

    def leave(self) -> None:
        """The one who follows it goes: it stops, unless it can live alone."""
        self.stop()

    def end_at_once(self) -> None:  # noqa: B027  # most kinds have nothing to do
        """The one who follows it ends and waits no longer: what came after the last checkpoint is lost. One in this process
        ends with it.
        """

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end; whether it has ended within ``timeout_s``."""
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
