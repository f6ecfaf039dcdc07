"""A run in a thread of this process: started, resumed, and trained to its end."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from traceback import clear_frames
from typing import TYPE_CHECKING

from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.data.progress import Cancelled
from workbench.durable import write_within
from workbench.events import (
    ENDINGS,
    AnyEvent,
    CheckpointSaved,
    RecipeChanged,
    RunFailed,
    RunPaused,
    RunResumed,
    RunStopped,
    StepFinished,
)
from workbench.runs.changes import check_is_run
from workbench.runs.log import RunLog, end_with
from workbench.runs.mailbox import Command, forget_status
from workbench.runs.store import EVENTS, RESUMING, create_run, held
from workbench.session.failure import failure, folder_gone
from workbench.session.prepared import data_prepared, shared_dataset
from workbench.session.running import speed
from workbench.session.running.resuming import Order, Place, may_resume, place_to_resume
from workbench.session.running.run import AFTER, Ending, Run, State
from workbench.session.time_left import TimeLeft
from workbench.spec.change import with_setting
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace
from workbench.training.clock import Clock
from workbench.training.control import Control

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.data.dataset import Dataset
    from workbench.training.distributed.ranks import Ranks
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState
    from workbench.training.trouble.failures import OutOfMemory

log = logging.getLogger(__name__)

SAVE_EVERY_S = 600.0
"""The interval of checkpoints within an epoch, which may take hours; a kill loses no more than this."""


def start(experiment: Experiment, runs_folder: Path) -> ThreadRun:
    """Start a run in a new folder of ``runs_folder``. Never waits; errors are reported in the log.

    Raises SpecError if the folder cannot be created.
    """
    return begin(create_run(runs_folder, experiment), experiment)


def begin(folder: Path, experiment: Experiment, hold: ExitStack | None = None) -> ThreadRun:
    """Start a run in a folder created by ``create_run``; ``hold`` is the lock on it if the caller already has it.

    Raises SpecError if another process holds the folder, or the disk refuses.
    """
    with hold or ExitStack() as stack:
        if hold is None:
            stack.enter_context(held(folder))
        forget_status(folder)
        run_log = RunLog(folder / EVENTS)
        return ThreadRun(folder, Order(experiment=experiment, begun=experiment), run_log, hold=stack.pop_all())


def resume(
    folder: Path, changes: Mapping[str, Value] | None = None, *, anyway: bool = False, hold: ExitStack | None = None
) -> ThreadRun:
    """Resume a stopped or killed run from its last checkpoint, making ``changes`` (path -> value) there; ``hold`` is as
    for ``begin``.

    A finished run continues if its number of epochs is raised. If the resume cannot be exact, the run asks first
    (``Run.asking``), unless ``anyway``. Its folder stays as it is until it makes its first step, so a run that is then
    stopped has lost nothing. Raises SpecError if it cannot resume.
    """
    with hold or ExitStack() as stack:
        check_is_run(folder)
        if hold is None:  # before the folder is read: another window may be about to resume the run, too
            stack.enter_context(held(folder))
        forget_status(folder)
        saved = may_resume(folder, changes or {})
        order, run_log, place = place_to_resume(saved, changes or {}, anyway=anyway)
        return ThreadRun(folder, order, run_log, place, hold=stack.pop_all())


class ThreadRun(Run):
    """A run that this process trains, alone or as one of several ``ranks``."""

    def __init__(
        self,
        folder: Path,
        order: Order,
        run_log: RunLog,
        place: Place | None = None,
        *,
        hold: ExitStack | None = None,
        control: Control | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        """``place`` is where to resume; only the first rank has it. ``hold`` is released at the end."""
        super().__init__(folder, order.experiment, run_log, note=order.note)
        self._order = order
        self._place = place
        if place is not None:
            write_within(folder, RESUMING, b"")
        self._hold = hold or ExitStack()
        self._control = control or Control()
        self._ranks = ranks
        # The log has the run's time up to its last event before the stop.
        self._clock = Clock(run_log.last_at)
        self._agreed = threading.Event()
        if order.anyway:
            self._agreed.set()
        self._wake = threading.Event()
        """Wakes a waiting run: to continue, to make one step, or to stop."""
        self._stepping = False
        for path, value in order.changes.items():
            self._control.change(path, value)
        self._begin()

    @property
    def requested(self) -> dict[str, Value]:
        """The changes that have been requested and are yet to be made, path -> value."""
        return self._control.requested

    @property
    def has_begun(self) -> bool:
        """Whether the log on the disk is this training's; until a run resumes, it is as the last one left it."""
        return self._place is None

    def do(self, command: Command) -> None:
        """Execute a command; the loop sees it between two steps."""
        match command.do:
            case "pause":
                with self._lock:
                    if self._state == "running":
                        self._wake.clear()
                        self._control.watch_each_step(True)
                        self._move("paused", "running")  # last: the run's thread acts on it at once
            case "unpause":
                if self._move("running", "paused"):
                    self._control.watch_each_step(False)
                    self._wake.set()
            case "step":
                if self.state == "paused":
                    self._wake.set()
            case "stop":
                self._move("stopping", "preparing", "running", "paused")
                self._control.stop()
                self._wake.set()
            case "save":
                self._control.save()
            case "anyway":
                self._agreed.set()
            case "change":
                self._control.change(command.path, command.value)

    def _move(self, to: State, *sources: State) -> bool:
        """Change the state if it is one of ``sources``, and return whether it was; commands and the run's thread may
        race.
        """
        with self._lock:
            moved = self._state in sources
            if moved:
                self._state = to
            return moved

    def _main(self) -> None:
        try:
            self._train()
        except Cancelled:
            self._stop_before_the_first_step()
        except Exception as error:  # noqa: BLE001  # a failure is the run's last event, and its trace is logged
            # Without its folder, whatever was written or read there has failed: that is a consequence.
            cause = error if self.log.is_in_place() else folder_gone(self.folder)
            self._end(failure(cause, self.folder, at=self._clock.now_s(), step=self.log.last_step), error)
        finally:
            self.insight.release()
            self.log.close()
            self._unmark()
            self._hold.close()

    def _unmark(self) -> None:
        """Remove the mark of a resume that is being prepared; a disk that refuses has been reported."""
        with suppress(OSError):
            (self.folder / RESUMING).unlink(missing_ok=True)

    def _stop_before_the_first_step(self) -> None:
        """End a run that was stopped while it was being prepared; one that was to resume shows its whole log again."""
        try:
            for event in self._place.rest(self.folder) if self._place is not None else ():
                self.log.append(event)
        except SpecError as error:
            self._say(f"{error}.")
        self._end(RunStopped(at=max(self._clock.now_s(), self.log.last_at), step=self.log.last_step))

    def _end(self, ending: Ending, error: Exception | None = None) -> None:
        """End the run, because of ``error`` if given. Overridden for ranks, which end together."""
        self.end_with(ending)

    def end_with(self, ending: Ending) -> None:
        """Log the ending before setting the state, so that whoever sees the state finds the event.

        On the disk, a run stopped before it resumed ends as it did before.
        """
        try:
            self.log.append(ending)
            if self._place is not None and isinstance(ending, RunFailed):
                end_with(self.folder / EVENTS, ending)
                self._place = None
        except SpecError:
            log.exception("the ending of %s is not on the disk", self.folder)
        with self._lock:
            self._state = AFTER[type(ending)]

    def _train(self) -> None:
        """Prepare everything for the first step, then train. Raises Cancelled if it is stopped before that step."""
        from workbench.training import beginning
        from workbench.training.device import choose_device, free_a_core
        from workbench.training.distributed.ranks import ALONE

        ranks, resumes = self._ranks or ALONE, self._order.resumed_at is not None
        if ranks.many:
            ranks.settle(choose_device(self.experiment.training.device))
        free_a_core()
        dataset = self._prepare_data(ranks)
        plan, state = self._prepare(dataset, ranks)
        if resumes:
            plan = beginning.adopted(plan, state, self._kept_speed(plan))
            place = self._place
            self.differences = beginning.resume(
                plan, state, place.checkpoint if place else None, place.edited if place else ()
            )
            if ranks.is_first and self.differences and not self._agreed.is_set():
                self._ask()
            if self._place is not None:
                self._place.enter(self.folder)
                self._place = None
                self._unmark()
        else:
            plan = self._try_speeds(plan, state)
        # With several ranks, the views show the first one's part of a batch, if it has all weights.
        if ranks.is_first and not ranks.sharded:
            self.insight.attach(plan, state, dataset)
        self._move("running", "preparing")
        try:
            self._consume(plan, state)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            log.exception("run %s ran out of memory", self.folder)
            raise self._room(error, plan, state) from None

    def _prepare(self, dataset: Dataset, ranks: Ranks) -> tuple[Plan, TrainingState]:
        """Return plan and state.

        An initialiser computes a whole batch: if memory runs out there, a batch size that fits is searched for with
        torch's own weights.
        """
        from workbench.training.beginning import prepare

        prepared = partial(prepare, self._order.begun, dataset, self._clock, ranks=ranks)
        if self._order.resumed_at is not None:
            return prepared(fresh=False)
        try:
            return prepared()
        except Exception as error:
            if ranks.sharded or not is_out_of_memory(error):
                raise
            log.exception("run %s ran out of memory", self.folder)
            clear_frames(error.__traceback__)
            raise self._room(error, *prepared(fresh=False)) from None

    def _room(self, error: Exception, plan: Plan, state: TrainingState) -> OutOfMemory:
        """Return the ending when memory has run out, after searching for a batch size that fits."""
        from workbench.training.trouble.fitting import after

        return after(error, plan, state)

    def _prepare_data(self, ranks: Ranks) -> Dataset:
        time_left = TimeLeft()

        def progress(what: str, done: int, total: int) -> None:
            self.preparation = (time_left.say(what, done, total), done, total)
            if self._control.was_stopped:
                raise Cancelled

        dataset = shared_dataset(self.experiment, ranks, progress)
        self.preparation = None
        if self._order.resumed_at is None:
            self.log.append(data_prepared(dataset, self._clock.now_s()))
        return dataset

    def _try_speeds(self, plan: Plan, state: TrainingState) -> Plan:
        """Return the plan with the speed settings that its recipe leaves open chosen by a trial."""
        from workbench.training.beginning import adopted

        def say(words: str) -> bool:
            self.preparation = (words, 0, 0)
            return not self._control.was_stopped

        tried = speed.choose(plan, state, say)
        if self._control.was_stopped:
            raise Cancelled
        self.preparation = None
        if tried is None:
            return plan
        self.log.append(replace(tried, at=self._clock.now_s()))
        return adopted(plan, state, tried.chosen)

    def _kept_speed(self, plan: Plan) -> Speed:
        """Return the speed settings so far, from the first rank's log, or those settled here if it has none."""
        return plan.ranks.from_first(lambda: speed.kept_to(self.log.outline(), plan.speed), Speed)

    def _ask(self) -> None:
        """Wait for the user's answer to the differences."""
        self.preparation = ("Waiting for your answer", 0, 0)  # first: who sees a question also sees what waits
        self.asking = True
        while not self._agreed.wait(0.05):
            if self._control.was_stopped:
                self.asking, self.declined = False, True
                raise Cancelled
        self.asking, self.preparation = False, None

    def _consume(self, plan: Plan, state: TrainingState) -> None:
        """Append the loop's events to the log; between two of them, wait while paused and serve the views."""
        from workbench.training.advice.advisor import Advisor
        from workbench.training.loop import train

        advisor, saved_at = Advisor(plan.experiment, self.log.outline()), self._clock.now_s()
        for event in train(plan, state, self.folder, self._control):
            if isinstance(event, ENDINGS):
                self.insight.keep_batch()
                self._end(event)
                return
            if not isinstance(event, StepFinished) and not self.log.is_in_place():
                raise folder_gone(self.folder)
            if isinstance(event, CheckpointSaved):
                saved_at = event.at
            elif event.at > saved_at + SAVE_EVERY_S:
                saved_at = event.at
                self._control.save()
            if isinstance(event, RecipeChanged):
                self.experiment = with_setting(self.experiment, event.path, event.after)
            self.log.append(event)
            for advice in advisor.hear(event):
                self.log.append(advice)
            self.insight.serve()
            if self._state == "paused" and not self._control.is_to_save and self._is_between_steps(event, state.step):
                self._wait(state.step)

    def _is_between_steps(self, event: AnyEvent, step: int) -> bool:
        """Return whether all steps made have been reported; when stepping, whether the requested step has been made."""
        if isinstance(event, StepFinished):
            return event.step == step
        return not self._stepping

    def _wait(self, step: int) -> None:
        """Wait while the run is paused, until it is to make a step or, which makes none, to write a checkpoint."""
        began_s = self._clock.now_s()
        self.log.append(RunPaused(at=began_s, step=step))
        while not (self._control.was_stopped or self._control.is_to_save or self._wake.wait(timeout=0.05)):
            self.insight.serve(at_rest=True)
        with self._lock:
            self._stepping = self._state == "paused" and self._wake.is_set()
        if self._stepping:
            self._wake.clear()  # a press from here on is another step
        self._clock.rest(self._clock.now_s() - began_s)
        self.log.append(RunResumed(at=self._clock.now_s(), step=step))
