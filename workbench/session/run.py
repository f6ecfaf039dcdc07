"""A run in its background thread. Events come out through its log, commands go in; nothing else."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.events import ENDINGS, DataPrepared, RunFailed, RunFinished, RunPaused, RunResumed, RunStopped
from workbench.runs.log import RunLog
from workbench.runs.store import EVENTS, LAST, create_run, open_run, rewind
from workbench.session.insight import Insight
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.training.control import Control

if TYPE_CHECKING:
    from workbench.data.dataset import Dataset
    from workbench.training.loop import Plan
    from workbench.training.state import TrainingState

log = logging.getLogger(__name__)

State = Literal["preparing", "running", "paused", "stopping", "finished", "stopped", "failed"]


def start(experiment: Experiment, runs_folder: Path) -> Run:
    """Begin a run in a new folder of ``runs_folder``. Never waits; what goes wrong is told by the log."""
    folder = create_run(runs_folder, experiment)
    return Run(folder, experiment, RunLog(folder / EVENTS))


def resume(folder: Path) -> Run:
    """Go on with a stopped or killed run from its last checkpoint. SpecError where there is none."""
    from workbench.training.checkpoint import step_of

    saved = open_run(folder)
    if saved.state == "finished":
        raise SpecError(f"{folder}: this run is finished; raise its number of epochs in a new one")
    if not (folder / LAST).is_file():
        raise SpecError(f"{folder}: this run has no checkpoint to go on from; start it anew")
    kept = rewind(saved, step_of(folder / LAST))
    return Run(folder, saved.experiment, RunLog(folder / EVENTS, kept), resuming=True)


class Run:
    """One run: its folder, its log, its state, and the commands one can give it."""

    def __init__(self, folder: Path, experiment: Experiment, run_log: RunLog, *, resuming: bool = False) -> None:
        self.folder = folder
        self.experiment = experiment
        self.log = run_log
        self.insight = Insight()
        self.preparation: tuple[str, int, int] | None = None
        """What the data is waiting for, how much is done, of how much; None once it is there."""
        self.differences: tuple[str, ...] = ()
        """After a resume: what is not as it was, so that the run may not be equal to an unbroken one."""
        self._resuming = resuming
        self._control = Control()
        self._go = threading.Event()
        self._go.set()
        self._state: State = "preparing"
        self._began_s = time.perf_counter()
        self._thread = threading.Thread(target=self._main, name=f"run {folder.name}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """Where the run is; the last three are for good."""
        return self._state

    def pause(self) -> None:
        """Wait before the next step."""
        if self._state == "running":
            self._state = "paused"
            self._go.clear()

    def unpause(self) -> None:
        """Go on after a pause."""
        if self._state == "paused":
            self._state = "running"
            self._go.set()

    def stop(self) -> None:
        """End after the step under way, with a checkpoint."""
        if self._state in ("preparing", "running", "paused"):
            self._state = "stopping"
        self._control.stop()
        self._go.set()

    def save_checkpoint(self) -> None:
        """Write a checkpoint after the step under way and go on; the log says when it is there."""
        self._control.save()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end; whether it has ended within ``timeout_s``."""
        self._thread.join(timeout_s)
        ended = not self._thread.is_alive()
        if ended:
            self.insight.close()
        return ended

    def _main(self) -> None:
        try:
            self._train()
        except _Stopped:
            self._finish(RunStopped(at=self._now_s(), step=0))
        except Exception as error:  # noqa: BLE001  # a run's failure is its last event, and its trace goes to the log
            self._finish(self._failure(error))
        finally:
            self.insight.release()
            self.log.close()

    def _train(self) -> None:
        from workbench.training import loop
        from workbench.training.device import free_a_core

        free_a_core()
        dataset = self._prepare_data()
        plan, state = loop.prepare(self.experiment, dataset)
        if self._resuming:
            self.differences = loop.resume(plan, state, self.folder)
        self.insight.attach(plan, state, dataset)
        if self._state == "preparing":
            self._state = "running"
        self._consume(plan, state)

    def _prepare_data(self) -> Dataset:
        from workbench.data.preparation import prepare
        from workbench.data.progress import Cancelled

        def progress(what: str, done: int, total: int) -> None:
            self.preparation = (what, done, total)
            if self._control.wants_stop():
                raise Cancelled

        try:
            dataset = prepare(
                self.experiment.data,
                input_shape=input_shape(self.experiment),
                seed=self.experiment.seed,
                progress=progress,
            )
        except Cancelled:
            raise _Stopped from None
        self.preparation = None
        if not self._resuming:
            self.log.append(
                DataPrepared(
                    at=self._now_s(),
                    num_train=len(dataset.train.inputs),
                    num_val=len(dataset.val.inputs) if dataset.val else 0,
                    num_test=len(dataset.test.inputs) if dataset.test else 0,
                    class_names=dataset.class_names,
                    picture_shape=tuple(dataset.train.inputs.shape[1:]),
                    fingerprint=dataset.fingerprint,
                )
            )
        return dataset

    def _consume(self, plan: Plan, state: TrainingState) -> None:
        """Read the loop's events into the log; between two of them, wait while paused and serve the panels."""
        from workbench.training.loop import train

        for event in train(plan, state, self.folder, self._control):
            if isinstance(event, ENDINGS):
                self._finish(event)
                return
            self.log.append(event)
            self.insight.serve()
            if not self._go.is_set():
                self._wait(state.step)

    def _wait(self, step: int) -> None:
        self.log.append(RunPaused(at=self._now_s(), step=step))
        while not self._go.wait(timeout=0.05):
            self.insight.serve()
        self.log.append(RunResumed(at=self._now_s(), step=step))

    def _finish(self, event: RunFinished | RunStopped | RunFailed) -> None:
        """Log the ending first, so that whoever sees the state finds the event."""
        self.log.append(event)
        self._state = {RunFinished: "finished", RunStopped: "stopped", RunFailed: "failed"}[type(event)]  # type: ignore[assignment]

    def _failure(self, error: Exception) -> RunFailed:
        step = next((event.step for event in reversed(self.log.since(0)) if hasattr(event, "step")), 0)
        if isinstance(error, SpecError):
            return RunFailed(at=self._now_s(), what=str(error), advice=getattr(error, "advice", ""), step=step)
        log.exception("run %s failed", self.folder)
        if "out of memory" in str(error).lower():
            return RunFailed(
                at=self._now_s(), what="The device ran out of memory.", advice="Take a smaller batch size.", step=step
            )
        return RunFailed(
            at=self._now_s(),
            what=f"The run ended unexpectedly: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}",
            advice="This is a fault of the workbench; the log has the details. The run can go on from its last checkpoint.",
            step=step,
        )

    def _now_s(self) -> float:
        return time.perf_counter() - self._began_s


class _Stopped(Exception):
    """A stop while the data was being prepared."""


def input_shape(experiment: Experiment) -> tuple[int, ...]:
    """The shape of the network's first Input. SpecError where it says none."""
    inputs = experiment.architecture.graph.inputs
    shape = inputs[0].parameters.get("shape") if inputs else None
    if not isinstance(shape, list | tuple):
        raise SpecError("the network's Input has no shape: set it in the inspector")
    return tuple(int(side) for side in shape)
