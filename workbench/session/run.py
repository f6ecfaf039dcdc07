"""A run in its background thread. Events come out through its log, commands go in; nothing else."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.data.progress import Cancelled
from workbench.events import (
    ENDINGS,
    AnyEvent,
    RecipeChanged,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStopped,
    StepFinished,
)
from workbench.runs.changes import read_changes
from workbench.runs.log import RunLog
from workbench.runs.store import EVENTS, create_run, held
from workbench.session import speed
from workbench.session.failure import failure
from workbench.session.insight import Insight
from workbench.session.prepared import dataset_of, told
from workbench.session.resuming import checked_change, may_resume, rewound
from workbench.session.time_left import TimeLeft
from workbench.session.worker import PATIENCE_S
from workbench.spec.change import as_of, with_setting
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.training.clock import Clock
from workbench.training.control import Control

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.data.dataset import Dataset
    from workbench.training.checkpoint import Checkpoint
    from workbench.training.fitting import OutOfMemory
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

log = logging.getLogger(__name__)

State = Literal["preparing", "running", "paused", "stopping", "finished", "stopped", "failed"]
AFTER: dict[type, State] = {RunFinished: "finished", RunStopped: "stopped", RunFailed: "failed"}
"""What a run is for good, by the event that it ends with."""


def start(experiment: Experiment, runs_folder: Path) -> Run:
    """Begin a run in a new folder of ``runs_folder``. Never waits; what goes wrong is told by the log.

    SpecError where no folder can be made there.
    """
    return begin(create_run(runs_folder, experiment), experiment)


def begin(folder: Path, experiment: Experiment, hold: ExitStack | None = None) -> Run:
    """Begin a run in a folder that ``create_run`` has made; ``hold`` is the caller's, where it holds it already.

    SpecError where somebody else holds it, or the disk refuses.
    """
    with hold or ExitStack() as stack:
        if hold is None:
            stack.enter_context(held(folder))
        run_log = RunLog(folder / EVENTS)
        return Run(folder, experiment, run_log, hold=stack.pop_all())


def resume(folder: Path, changes: Mapping[str, Value] | None = None, *, anyway: bool = False) -> Run:
    """Go on with a stopped or killed run from its last checkpoint, and with ``changes`` (path -> value) from there on.

    A finished one goes on where its epochs are raised. Where it cannot be exact, the run asks first (``Run.asking``),
    unless it is to go on ``anyway``. SpecError where it cannot go on.
    """
    with ExitStack() as stack:
        saved = may_resume(folder, changes or {})
        stack.enter_context(held(folder))
        run_log, checkpoint, note = rewound(folder)
        control = Control()
        for path, value in (changes or {}).items():
            control.change(path, value)
        return Run(
            folder,
            saved.experiment,
            run_log,
            hold=stack.pop_all(),
            control=control,
            resumed_at=checkpoint.step,
            checkpoint=checkpoint,
            anyway=anyway,
            note=note,
        )


class Run:
    """One run: its folder, its log, its state, and the commands one can give it."""

    outlives = False
    """Whether it goes on when this process ends."""

    def __init__(
        self,
        folder: Path,
        experiment: Experiment,
        run_log: RunLog,
        *,
        hold: ExitStack,
        control: Control | None = None,
        resumed_at: int | None = None,
        checkpoint: Checkpoint | None = None,
        anyway: bool = False,
        note: str = "",
        num_earlier: int | None = None,
    ) -> None:
        """``resumed_at`` is the step after which it goes on, from this checkpoint."""
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
        self._agreed = threading.Event()
        if anyway:
            self._agreed.set()
        self._resumed_at = resumed_at
        self._checkpoint = checkpoint
        self._hold = hold
        self._control = control or Control()
        # The log knows best how long the run has been: it goes on to the last event before the stop.
        self._clock = Clock(run_log.last_at)
        self._wake = threading.Event()
        """What a waiting run is woken by: to go on, to make one step, to stop."""
        self._stepping = False
        self._lock = threading.RLock()  # a signal in the middle of a command may be another
        self._state: State = "preparing"
        self._thread = threading.Thread(target=self._main, name=f"run {folder.name}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """Where the run is; the last three are for good."""
        return self._state

    def pause(self) -> None:
        """Pause before the next step."""
        if self._move("paused", "running"):
            self._wake.clear()
            self._control.watch_each_step(True)

    def unpause(self) -> None:
        """Resume after a pause."""
        if self._move("running", "paused"):
            self._control.watch_each_step(False)
            self._wake.set()

    def step(self) -> None:
        """While it is paused: make one step, and what an epoch's end brings with it, and wait again."""
        if self.state == "paused":
            self._wake.set()

    def stop(self) -> None:
        """End after the step under way, with a checkpoint."""
        self._move("stopping", "preparing", "running", "paused")
        self._control.stop()
        self._wake.set()

    def leave(self) -> None:
        """The one who follows it goes: it stops, unless it can live alone."""
        self.stop()

    def end_at_once(self) -> None:
        """The one who follows it ends and waits no longer: what came after the last checkpoint is lost. Here the run ends
        with its process.
        """

    def _move(self, to: State, *sources: State) -> bool:
        """Change the state if it is one of ``sources``; commands and the run's own thread do so at the same time."""
        with self._lock:
            moved = self._state in sources
            if moved:
                self._state = to
            return moved

    def change(self, path: str, value: Value) -> None:
        """Set what may change while it runs (see ``training.changes``), after the step under way; the log says when.

        SpecError where this setting may not change, or not to this.
        """
        checked_change(self.experiment, path, value)
        self._control.change(path, value)

    def go_on_anyway(self) -> None:
        """Go on although the run may not be equal to an unbroken one."""
        self._agreed.set()

    def save_checkpoint(self) -> None:
        """Write a checkpoint after the step under way and go on; the log says when it is there."""
        self._control.save()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end; whether it has ended within ``timeout_s``."""
        began_s = time.monotonic()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        left_s = PATIENCE_S if timeout_s is None else max(0.0, timeout_s - (time.monotonic() - began_s))
        return self.insight.close(left_s) or timeout_s is None

    def _main(self) -> None:
        try:
            self._train()
        except _Stopped:
            self._finish(RunStopped(at=self._clock.now_s(), step=self.log.last_step))
        except Exception as error:  # noqa: BLE001  # a run's failure is its last event, and its trace goes to the log
            self._fail(error, failure(error, self.folder, at=self._clock.now_s(), step=self.log.last_step))
        finally:
            self.insight.release()
            self.log.close()
            self._hold.close()

    def take_note(self) -> str:
        """Return the ``note`` and clear it."""
        with self._lock:
            note, self.note = self.note, ""
        return note

    def _say(self, sentence: str) -> None:
        with self._lock:
            self.note = f"{self.note} {sentence}".strip()

    def _fail(self, error: Exception, event: RunFailed) -> None:  # ``error`` is for those who know better
        """End with this."""
        self._finish(event)

    def _train(self) -> None:
        from workbench.training.beginning import resume
        from workbench.training.device import free_a_core

        free_a_core()
        dataset = self._prepare_data()
        plan, state = self._make(dataset)
        plan = self._settle_speed(plan, state)
        if self._resumed_at is not None:
            self.differences = resume(plan, state, self._checkpoint)
            self._checkpoint = None
            self._ask()
        self._show(plan, state, dataset)
        self._move("running", "preparing")
        try:
            self._consume(plan, state)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            log.exception("run %s ran out of memory", self.folder)
            raise self._room(error, plan, state) from None

    def _room(self, error: Exception, plan: Plan, state: TrainingState) -> OutOfMemory:
        """What to end with where memory ran out: which batches fit is looked for."""
        from workbench.training.fitting import after

        return after(error, plan, state)

    def _make(self, dataset: Dataset) -> tuple[Plan, TrainingState]:
        from workbench.training.beginning import prepare

        return prepare(self._begun(), dataset, self._clock, fresh=self._resumed_at is None)

    def _show(self, plan: Plan, state: TrainingState, dataset: Dataset) -> None:
        """Let the panels look at the network."""
        self.insight.attach(plan, state, dataset)

    def _settle_speed(self, plan: Plan, state: TrainingState) -> Plan:
        """The plan with what its recipe leaves open settled: by a trial, or as it was when the run began."""
        from workbench.training.beginning import adopted

        if self._resumed_at is not None:
            return adopted(plan, state, self._kept_speed(plan.speed))

        def say(words: str) -> bool:
            self.preparation = (words, 0, 0)
            return not self._control.was_stopped

        tried = speed.choose(plan, state, say)
        if self._control.was_stopped:
            raise _Stopped
        self.preparation = None
        if tried is None:
            return plan
        self.log.append(msgspec.structs.replace(tried, at=self._clock.now_s()))
        return adopted(plan, state, tried.chosen)

    def _kept_speed(self, settled: Speed) -> Speed:
        """What it computed by until now; ``settled`` where its log does not say."""
        return speed.kept_to(self.log.outline(), settled)

    def _ask(self) -> None:
        """Wait for an answer where there are differences."""
        self.asking = bool(self.differences) and not self._agreed.is_set()
        if self.asking:
            self.preparation = ("Waiting for your answer", 0, 0)
        while self.asking and not self._agreed.wait(0.05):
            if self._control.was_stopped:
                self.asking = False
                raise _Stopped
        self.asking, self.preparation = False, None

    def _begun(self) -> Experiment:
        """What it goes on with: changes from there on are made again where they were made first."""
        if self._resumed_at is None:
            return self.experiment
        return as_of(self.experiment, read_changes(self.folder), self._resumed_at)

    def _prepare_data(self) -> Dataset:
        time_left = TimeLeft()

        def progress(what: str, done: int, total: int) -> None:
            self.preparation = (time_left.say(what, done, total), done, total)
            if self._control.was_stopped:
                raise Cancelled

        try:
            dataset = dataset_of(self.experiment, progress)
        except Cancelled:
            raise _Stopped from None
        self.preparation = None
        if self._resumed_at is None:
            self.log.append(told(dataset, self._clock.now_s()))
        return dataset

    def _consume(self, plan: Plan, state: TrainingState) -> None:
        """Read the loop's events into the log; between two of them, wait while paused and serve the panels."""
        from workbench.training.advisor import Advisor
        from workbench.training.loop import train

        advisor = Advisor(plan.experiment, self.log.outline())
        for event in train(plan, state, self.folder, self._control):
            if isinstance(event, ENDINGS):
                self.insight.keep_batch()
                self._finish(event)
                return
            if isinstance(event, RecipeChanged):
                self.experiment = with_setting(self.experiment, event.path, event.after)
            self.log.append(event)
            for advice in advisor.hear(event):
                self.log.append(advice)
            self.insight.serve()
            if self._state == "paused" and self._is_between_steps(event, state.step):
                self._wait(state.step)

    def _is_between_steps(self, event: AnyEvent, step: int) -> bool:
        """Whether all steps made are told of; where one step alone was asked for, whether it is made."""
        if isinstance(event, StepFinished):
            return event.step == step
        return not self._stepping

    def _wait(self, step: int) -> None:
        self.log.append(RunPaused(at=self._clock.now_s(), step=step))
        while not (self._control.was_stopped or self._wake.wait(timeout=0.05)):
            self.insight.serve(at_rest=True)
        with self._lock:
            self._stepping = self._state == "paused"
        if self._stepping:
            self._wake.clear()  # a press from here on is one step more
        self.log.append(RunResumed(at=self._clock.now_s(), step=step))

    def _finish(self, event: RunFinished | RunStopped | RunFailed) -> None:
        """Log the ending first, so that whoever sees the state finds the event."""
        try:
            self.log.append(event)
        except SpecError:
            log.exception("the ending of %s is not on the disk", self.folder)
        with self._lock:
            self._state = AFTER[type(event)]


class _Stopped(Exception):
    """A stop while the data was being prepared."""
