"""The exact sequence of events in the log for every way a run can start, pause, resume, stop and fail.

Commands are given in the run's own thread, right after an event is logged, so each sequence is exact.
"""

import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch.amp.grad_scaler import GradScaler

from tests.session.waiting import DEADLINE_S, logged, wait_for
from tests.training.experiments import digits, plain, running_away, with_training
from tests.training.trained import kinds, without_sometimes
from workbench.compiler.module import build
from workbench.durable import write_bytes
from workbench.events import (
    AnyEvent,
    CheckpointSaved,
    DataPrepared,
    EpochFinished,
    FinalTest,
    RunPaused,
    RunStarted,
    SpeedTried,
    StepFinished,
    StepLeftOut,
)
from workbench.runs.log import RunLog
from workbench.runs.store import LAST
from workbench.session.running import in_thread as session
from workbench.session.running.in_thread import resume, start
from workbench.session.running.run import Run
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, Speed, StartWeights
from workbench.spec.record import replace
from workbench.training import speed
from workbench.training.checkpoint import read_checkpoint
from workbench.training.device import environment
from workbench.training.update import Updater

Acts = list[tuple[Callable[[AnyEvent], bool], Callable[[Run], None]]]
"""In order: the event to wait for, and what to do then."""

BEGUN = ["DataPrepared", "RunStarted"]
EPOCH = ["StepFinished*21", "EpochFinished", "CheckpointSaved"]
END = ["FinalTest", "RunFinished"]
STOP = ["CheckpointSaved", "RunStopped"]


class Commanded:
    """Runs that carry out ``acts`` as their events are logged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.acts: Acts = []
        self._run: Run | None = None
        self._known = threading.Event()
        commanded = self

        class Log(RunLog):
            def append(self, event: AnyEvent) -> None:
                super().append(event)
                commanded.hear(event)

        monkeypatch.setattr(session, "RunLog", Log)

    def hear(self, event: AnyEvent) -> None:
        if self.acts and self.acts[0][0](event):
            assert self._known.wait(DEADLINE_S)
            assert self._run is not None
            self.acts.pop(0)[1](self._run)

    def played(self, begin: Callable[[], Run], *acts: Any) -> tuple[list[str], Run]:
        """Play a run to its end; return the kinds of its logged events, and the run."""
        self.acts = list(acts)
        self._known.clear()
        self._run = begin()
        self._known.set()
        assert self._run.join(DEADLINE_S) and not self.acts
        told = self._run.log.since(0)
        assert list(logged(self._run.folder)) == list(told)
        return kinds(without_sometimes(told)), self._run


@pytest.fixture
def commanded(monkeypatch: pytest.MonkeyPatch) -> Commanded:
    return Commanded(monkeypatch)


def step(number: int) -> Callable[[AnyEvent], bool]:
    return lambda event: isinstance(event, StepFinished) and event.step == number


def a(kind: type) -> Callable[[AnyEvent], bool]:
    return lambda event: isinstance(event, kind)


def last(event: AnyEvent) -> bool:
    return isinstance(event, CheckpointSaved) and not event.best


def change(run: Run) -> None:
    run.change("training.optimizer.lr", 0.01)


def nothing(_run: Run) -> None:
    """Wait for the event alone."""


def weights_of_a_file(folder: Path) -> Experiment:
    file = folder / "weights.safetensors"
    digest = write_bytes(file, save(build(digits().architecture, seed=11).state_dict()))
    return digits(epochs=1, weights=StartWeights(file=str(file), sha256=digest))


def nowhere() -> Experiment:
    source = Component(type="ImageFolder", parameters={"folder": "/nowhere"})
    return replace(digits(), data=DataRecipe(source=source))


def no_rate() -> Experiment:
    return with_training(digits(), optimizer=Component(type="SGD", parameters={"lr": -1}))


BEGINNINGS = {
    "as it is": (lambda _: digits(epochs=1), [*BEGUN, *EPOCH, *END]),
    "two epochs": (lambda _: digits(epochs=2), [*BEGUN, *EPOCH, *EPOCH, *END]),
    "with a file's weights": (weights_of_a_file, [*BEGUN, "WeightsLoaded", *EPOCH, *END]),
    "with drawn weights": (
        lambda _: digits(epochs=1, initialiser=Component(type="LSUV")),
        [*BEGUN, "WeightsDrawn", *EPOCH, *END],
    ),
    "until it is enough": (
        lambda _: plain(patience=1, optimizer=Component(type="SGD", parameters={"lr": 1e-30})),
        [*BEGUN, *2 * ["StepFinished*11", *EPOCH[1:]], *END],
    ),
    "without its data": (lambda _: nowhere(), ["RunFailed"]),
    "with a recipe that is none": (lambda _: no_rate(), ["DataPrepared", "RunFailed"]),
    "with a rate far too high": (lambda _: running_away(), [*BEGUN, "StepFinished*3", "RunFailed"]),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_how_it_begins(name: str, commanded: Commanded, tmp_path: Path) -> None:
    made, told = BEGINNINGS[name]
    assert commanded.played(lambda: start(made(tmp_path), tmp_path / "runs"))[0] == told


COMMANDS: dict[str, tuple[Acts, list[str]]] = {
    "pause and go on": (
        [(step(3), Run.pause), (a(RunPaused), Run.unpause)],
        [*BEGUN, "StepFinished*3", "RunPaused", "RunResumed", "StepFinished*18", *EPOCH[1:], *END],
    ),
    "pause, a step, go on": (
        [(step(3), Run.pause), (a(RunPaused), Run.step), (a(RunPaused), Run.unpause)],
        [
            *BEGUN, "StepFinished*3", "RunPaused", "RunResumed", "StepFinished", "RunPaused", "RunResumed",
            "StepFinished*17", *EPOCH[1:], *END,
        ],
    ),
    "pause before the first step": (
        [(a(RunStarted), Run.pause), (a(RunPaused), Run.unpause)],
        [*BEGUN, "RunPaused", "RunResumed", *EPOCH, *END],
    ),
    "pause at an epoch's end": (
        [(a(EpochFinished), Run.pause), (a(RunPaused), Run.unpause)],
        [*BEGUN, *EPOCH[:2], "RunPaused", "RunResumed", EPOCH[2], *END],
    ),
    "pause, save, go on": (
        [(step(3), Run.pause), (a(RunPaused), Run.save_checkpoint), (a(CheckpointSaved), Run.step),
         (step(4), nothing), (a(RunPaused), Run.unpause)],
        [
            *BEGUN, "StepFinished*3", "RunPaused", "RunResumed", "CheckpointSaved", "RunPaused", "RunResumed",
            "StepFinished", "RunPaused", "RunResumed", "StepFinished*17", *EPOCH[1:], *END,
        ],
    ),
    "pause before the first step, save, go on": (
        [(a(RunStarted), Run.pause), (a(RunPaused), Run.save_checkpoint), (a(RunPaused), Run.unpause)],
        [*BEGUN, "RunPaused", "RunResumed", "CheckpointSaved", "RunPaused", "RunResumed", *EPOCH, *END],
    ),
    "pause at an epoch's end, save, go on": (
        [(a(EpochFinished), Run.pause), (a(RunPaused), Run.save_checkpoint), (a(RunPaused), Run.unpause)],
        [*BEGUN, *EPOCH[:2], "RunPaused", "RunResumed", EPOCH[2], "RunPaused", "RunResumed", *END],
    ),
    "pause after the last epoch, save, go on": (
        [(last, Run.pause), (a(RunPaused), Run.save_checkpoint), (a(RunPaused), Run.unpause)],
        [*BEGUN, *EPOCH, "RunPaused", "RunResumed", "CheckpointSaved", "RunPaused", "RunResumed", *END],
    ),
    "pause and stop": (
        [(step(3), Run.pause), (a(RunPaused), Run.stop)],
        [*BEGUN, "StepFinished*3", "RunPaused", "RunResumed", *STOP],
    ),
    "save": ([(step(3), Run.save_checkpoint)], [*BEGUN, "StepFinished*3", "CheckpointSaved", "StepFinished*18", *EPOCH[1:], *END]),
    "change": ([(step(3), change)], [*BEGUN, "StepFinished*3", "RecipeChanged", "StepFinished*18", *EPOCH[1:], *END]),
    "stop before the first step": ([(a(RunStarted), Run.stop)], [*BEGUN, *STOP]),
    "stop in an epoch": ([(step(3), Run.stop)], [*BEGUN, "StepFinished*3", *STOP]),
    "stop before an epoch is measured": ([(step(21), Run.stop)], [*BEGUN, "StepFinished*21", *STOP]),
    "stop after an epoch": ([(a(EpochFinished), Run.stop)], [*BEGUN, *EPOCH, *STOP]),
    "stop before the test": (
        [(last, Run.stop)],
        [*BEGUN, *EPOCH, *STOP],
    ),
    "stop when all is done": ([(a(FinalTest), Run.stop)], [*BEGUN, *EPOCH, *END]),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_what_it_is_told(name: str, commanded: Commanded, tmp_path: Path) -> None:
    acts, told = COMMANDS[name]
    assert commanded.played(lambda: start(digits(epochs=1), tmp_path), *acts)[0] == told


def test_a_stop_while_it_tries_what_is_quickest_or_begins(commanded: Commanded, tmp_path: Path) -> None:
    tried, _ = commanded.played(lambda: start(digits(epochs=500), tmp_path), (a(SpeedTried), Run.stop))
    assert tried == ["DataPrepared", "SpeedTried", "RunStarted", *STOP]
    begun, _ = commanded.played(lambda: start(digits(epochs=500), tmp_path), (a(DataPrepared), Run.stop))
    assert begun == ["DataPrepared", "RunStopped"]


STOPS = {
    "in an epoch": (step(3), ["StepFinished*3"], ["StepFinished*18", *EPOCH[1:], *END]),
    "before an epoch is measured": (step(21), ["StepFinished*21"], [*EPOCH[1:], *END]),
    "before the test": (a(EpochFinished), EPOCH, END),
}


@pytest.mark.parametrize("name", STOPS)
def test_how_it_goes_on(name: str, commanded: Commanded, tmp_path: Path) -> None:
    when, before, after = STOPS[name]
    _, run = commanded.played(lambda: start(digits(epochs=1), tmp_path), (when, Run.stop))
    again, _ = commanded.played(lambda: resume(run.folder))
    assert again == [*BEGUN, *before, "CheckpointSaved", "RunStarted", *after]


def test_how_a_killed_one_goes_on(commanded: Commanded, tmp_path: Path) -> None:
    """The folder as a kill leaves it: the log goes beyond the checkpoint and has no end."""
    saved = (step(3), Run.save_checkpoint)
    killed = (step(5), lambda run: shutil.copytree(run.folder, tmp_path / "killed"))
    commanded.played(lambda: start(digits(epochs=1), tmp_path), saved, killed)
    assert kinds(logged(tmp_path / "killed")) == [
        *BEGUN,
        "StepFinished*3",
        "CheckpointSaved",
        "StepFinished*2",
    ]
    again, _ = commanded.played(lambda: resume(tmp_path / "killed"))
    assert again == [*BEGUN, "StepFinished*3", "CheckpointSaved", "RunStarted", "StepFinished*18", *EPOCH[1:], *END]


def test_how_one_whose_last_checkpoint_is_damaged_goes_on(commanded: Commanded, tmp_path: Path) -> None:
    """It resumes from the previous checkpoint; the steps after that are trained and logged again."""
    _, run = commanded.played(
        lambda: start(digits(epochs=1), tmp_path), (step(3), Run.save_checkpoint), (step(5), Run.stop)
    )
    content = (run.folder / LAST).read_bytes()
    (run.folder / LAST).write_bytes(content[:-1])
    again, _ = commanded.played(lambda: resume(run.folder))
    assert again == [*BEGUN, "StepFinished*3", "CheckpointSaved", "RunStarted", "StepFinished*18", *EPOCH[1:], *END]


def test_how_a_finished_one_goes_on_for_longer(commanded: Commanded, tmp_path: Path) -> None:
    _, run = commanded.played(lambda: start(digits(epochs=1), tmp_path))
    again, _ = commanded.played(lambda: resume(run.folder, {"training.epochs": 2, "training.optimizer.lr": 0.02}))
    assert again == [*BEGUN, *EPOCH, "RunStarted", "RecipeChanged", "RecipeChanged", *EPOCH, *END]


def test_one_that_asks_is_left_stopped_or_goes_on(
    commanded: Commanded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [*BEGUN, "StepFinished*3", "CheckpointSaved"]
    _, run = commanded.played(lambda: start(digits(epochs=1), tmp_path), (step(3), Run.stop))
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    asked = resume(run.folder)
    wait_for(lambda: asked.asking)
    asked.stop()
    assert asked.join(DEADLINE_S) and kinds(asked.log.since(0)) == [*before, "RunStopped"]
    again, _ = commanded.played(lambda: resume(run.folder, anyway=True))
    assert again == [*before, "RunStarted", "StepFinished*18", *EPOCH[1:], *END]


@pytest.mark.allows_logs("what goes wrong unforeseen is logged with its trace")
@pytest.mark.parametrize("error", [RuntimeError("a fault"), MemoryError()], ids=repr)
def test_how_it_fails_in_its_midst(
    error: Exception, commanded: Commanded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an internal error, or out of memory."""

    def broken(*_: object) -> None:
        raise error

    fault = (step(3), lambda _: monkeypatch.setattr(Updater, "_learn", broken))
    told, _ = commanded.played(lambda: start(digits(epochs=1, batch_size=4), tmp_path), fault)
    assert told == [*BEGUN, "StepFinished*3", "RunFailed"]


def test_how_it_fails_where_its_numbers_end(commanded: Commanded, tmp_path: Path) -> None:
    """A weight becomes NaN: the run fails in that very step, and earlier checkpoints remain as they were."""

    def spoil(run: Run) -> None:
        assert run.insight._source is not None
        run.insight._source.state.module.get_parameter("fc.bias").data[0] = torch.nan

    told, run = commanded.played(
        lambda: start(digits(epochs=1), tmp_path), (step(3), Run.save_checkpoint), (a(CheckpointSaved), spoil)
    )
    assert told == [*BEGUN, "StepFinished*3", "CheckpointSaved", "RunFailed"]
    assert run.log.since(0)[-1].node == "fc" and read_checkpoint(run.folder / LAST).step == 3


def test_steps_that_fp16_leaves_out_are_told_right_after_them(
    commanded: Commanded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "GradScaler", partial(GradScaler, init_scale=2.0**30))
    experiment = with_training(digits(epochs=1), speed=Speed(precision="fp16"))
    told, run = commanded.played(lambda: start(experiment, tmp_path))
    left_out = [event.step for event in run.log.since(0) if isinstance(event, StepLeftOut)]
    first = len(left_out)
    assert first > 3 and left_out == list(range(1, first + 1))
    assert told == [*BEGUN, *first * ["StepFinished", "StepLeftOut"], f"StepFinished*{21 - first}", *EPOCH[1:], *END]


def test_how_it_fails_where_the_disk_takes_no_checkpoint(commanded: Commanded, tmp_path: Path) -> None:
    in_the_way = (step(3), lambda run: (run.folder / LAST).parent.write_bytes(b""))
    told, _ = commanded.played(lambda: start(digits(epochs=1), tmp_path), in_the_way)
    assert told == [*BEGUN, *EPOCH[:2], "RunFailed"]
