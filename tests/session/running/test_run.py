"""Runs in a thread: commands, endings, the contents of the folder, and that nothing is left behind."""

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save

from tests.session.waiting import DEADLINE_S, contents, logged, steps, stop_at, wait_for
from tests.training.experiments import digits, endless, with_training
from workbench.compiler.module import build
from workbench.durable import write_bytes
from workbench.events import (
    CheckpointSaved,
    DataPrepared,
    EpochFinished,
    RecipeChanged,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStopped,
    StepFinished,
    WeightsLoaded,
)
from workbench.runs.changes import keep_change, read_edited
from workbench.runs.log import RunLog, encode
from workbench.runs.store import (
    BEST,
    DAMAGED,
    EVENTS,
    LAST,
    PREVIOUS,
    RESUMING,
    create_run,
    held,
    is_held,
    list_runs,
    open_run,
)
from workbench.session.failure import failure
from workbench.session.running import in_thread
from workbench.session.running.in_thread import ThreadRun, resume, start
from workbench.session.running.resuming import Order
from workbench.spec.change import Change
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, StartWeights
from workbench.spec.files import to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training.checkpoint import newest, read_checkpoint
from workbench.training.device import environment


@pytest.fixture
def running(tmp_path):
    """A run of many epochs that has made its first steps; stopped at the end of the test."""
    run = start(digits(epochs=500), tmp_path)
    wait_for(lambda: len(steps(run)) > 3)
    yield run
    run.stop()
    assert run.join(DEADLINE_S)


def test_a_finished_runs_folder_tells_all_of_it(tmp_path):
    experiment = digits(epochs=1)
    run = start(experiment, tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    saved = open_run(run.folder)
    assert saved.experiment == experiment and saved.state == "finished" and not saved.resumable
    assert logged(run.folder) == tuple(run.log.since(0))
    assert saved.events == tuple(event for event in logged(run.folder) if not isinstance(event, StepFinished))
    assert isinstance(saved.events[-1], RunFinished) and saved.metrics["val/top1"] > 0.3
    assert (run.folder / "experiment.json").read_text() == to_json(experiment)
    (listed,) = list_runs(tmp_path)
    assert listed == saved


def test_pause_holds_it_and_unpause_lets_it_go_on(running):
    running.pause()
    wait_for(lambda: isinstance(running.log.since(0)[-1], RunPaused))
    held = len(running.log)
    assert running.state == "paused"
    running.insight.ask_neighbours(0)
    wait_for(lambda: running.insight.neighbours.newest() is not None)
    assert len(running.log) == held
    assert running.insight.neighbours.newest()[1].step == steps(running)[-1].step
    running.unpause()
    wait_for(lambda: len(steps(running)) > 0 and len(running.log) > held + 3)
    assert isinstance(running.log.since(held)[0], RunResumed)


def test_the_time_of_an_epoch_is_without_its_pauses(running):
    running.pause()
    wait_for(lambda: isinstance(running.log.since(0)[-1], RunPaused))
    place = len(running.log) - 1
    paused = running.log.since(place)[0]
    wait_for(lambda: running._clock.now_s() > paused.at + 2.0)
    running.unpause()
    wait_for(lambda: any(isinstance(event, EpochFinished) for event in running.log.since(place)))
    resumed, epoch = (
        next(event for event in running.log.since(place) if isinstance(event, kind))
        for kind in (RunResumed, EpochFinished)
    )
    before = [event.at for event in running.log.since(0)[:place] if not isinstance(event, StepFinished)]
    assert epoch.seconds + (resumed.at - paused.at) <= epoch.at - before[-1] + 1e-3


class ClearedLate(threading.Event):
    """The waking of a run, whose clearing takes as long as the run needs for some steps, or to be woken by it."""

    def __init__(self, run):
        super().__init__()
        self._run, self._num_before = run, len(steps(run))
        self.set()

    def clear(self):
        wait_for(lambda: is_woken(self._run) or len(steps(self._run)) > self._num_before + 3)
        super().clear()


def is_woken(run):
    return any(isinstance(event, RunResumed) for event in run.log.since(0))


def test_a_pause_is_not_ended_by_the_waking_of_the_one_before(running):
    running._wake = ClearedLate(running)
    running.pause()
    wait_for(lambda: isinstance(running.log.since(0)[-1], RunPaused))
    assert not is_woken(running)


def test_a_stop_whose_waking_a_pause_takes_back_is_heard(running, monkeypatch):
    """As when a signal arrives between two lines of ``pause``."""
    running.pause()
    wait_for(lambda: isinstance(running.log.since(0)[-1], RunPaused))
    monkeypatch.setattr(running._wake, "set", lambda: None)
    running.stop()
    assert running.join(DEADLINE_S) and running.state == "stopped"


def test_stop_and_resume_give_the_curve_of_an_unbroken_run(tmp_path):
    whole = start(digits(epochs=2), tmp_path)
    assert whole.join(DEADLINE_S)
    run = start(digits(epochs=2), tmp_path)
    stop_at(run, 5)
    assert run.join(DEADLINE_S) and run.state == "stopped"
    assert isinstance(run.log.since(0)[-1], RunStopped)
    assert open_run(run.folder).resumable
    again = resume(run.folder)
    assert again.join(DEADLINE_S) and again.state == "finished" and again.differences == ()
    assert [(e.step, e.loss) for e in steps(again)] == [(e.step, e.loss) for e in steps(whole)]
    assert [type(e) for e in logged(run.folder)] == [type(e) for e in again.log.since(0)]


def test_a_run_resumes_when_the_weights_it_began_with_are_gone(tmp_path):
    network = build(digits().architecture, seed=11)
    weights = tmp_path / "start.safetensors"
    chosen = StartWeights(file=str(weights), sha256=write_bytes(weights, save(network.state_dict())))
    experiment = digits(epochs=2, weights=chosen)
    whole = start(experiment, tmp_path)
    assert whole.join(DEADLINE_S) and whole.state == "finished"
    run = start(experiment, tmp_path)
    stop_at(run, 5)
    assert run.join(DEADLINE_S)
    weights.unlink()
    again = resume(run.folder)
    assert again.join(DEADLINE_S) and again.state == "finished" and again.differences == ()
    assert [(e.step, e.loss) for e in steps(again)] == [(e.step, e.loss) for e in steps(whole)]
    assert [type(event) for event in again.log.since(0)].count(WeightsLoaded) == 1
    plain = start(digits(epochs=2), tmp_path)
    assert plain.join(DEADLINE_S) and steps(plain)[0].loss != steps(whole)[0].loss


def test_a_run_killed_in_the_middle_of_a_line_resumes_from_its_checkpoint(tmp_path):
    """The log goes beyond the checkpoint, ends mid-line and has no end; after resuming, each step is in it once."""
    whole = start(digits(epochs=2), tmp_path)
    assert whole.join(DEADLINE_S)
    run = start(digits(epochs=2), tmp_path)
    stop_at(run, 5)
    assert run.join(DEADLINE_S)
    stopped_at = steps(run)[-1].step
    later = [event for event in steps(whole) if event.step > stopped_at][:3]
    lines = (run.folder / EVENTS).read_bytes().splitlines(keepends=True)
    (run.folder / EVENTS).write_bytes(b"".join(lines[:-1]) + encode(later) + lines[-1][:20])
    assert open_run(run.folder).state == "stopped" and open_run(run.folder).resumable
    again = resume(run.folder)
    assert again.join(DEADLINE_S)
    assert [(e.step, e.loss) for e in steps(again)] == [(e.step, e.loss) for e in steps(whole)]


def test_a_run_that_ended_early_trains_on_with_more_patience(tmp_path):
    """Nothing is learnt at so small a rate, so the first epoch stays the best."""
    still = with_training(digits(epochs=9, lr=1e-30), patience=1)
    run = start(still, tmp_path)
    assert run.join(DEADLINE_S) and open_run(run.folder).num_epochs == 2
    with pytest.raises(SpecError, match="raise its number of epochs or its patience, which ran out"):
        resume(run.folder, {"training.patience": 1})
    again = resume(run.folder, {"training.patience": 3})
    assert again.join(DEADLINE_S) and again.state == "finished" and open_run(run.folder).num_epochs == 4
    last = resume(run.folder, {"training.patience": None})
    assert last.join(DEADLINE_S) and open_run(run.folder).num_epochs == 9
    with pytest.raises(SpecError, match="raise its number of epochs, or start a new one"):
        resume(run.folder, {"training.patience": None})


def test_another_torch_is_named_as_a_difference_and_a_log_that_cannot_be_read_hinders_no_answer(tmp_path, monkeypatch):
    run = start(digits(epochs=3), tmp_path)
    stop_at(run, 3)
    assert run.join(DEADLINE_S)
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    words = f"torch was {torch.__version__} and is 1.0"
    asked = resume(run.folder)
    wait_for(lambda: asked.asking)
    assert asked.differences == (words,) and asked.state == "preparing"
    (run.folder / EVENTS).rename(tmp_path / EVENTS)
    (run.folder / EVENTS).symlink_to("/proc/self/mem")  # a file whose first byte is an I/O error
    asked.stop()
    assert asked.join(DEADLINE_S) and asked.state == "stopped" and "the run's log cannot be read" in asked.take_note()
    (tmp_path / EVENTS).rename(run.folder / EVENTS)
    assert open_run(run.folder).resumable
    told = resume(run.folder)
    wait_for(lambda: told.asking)
    told.go_on_anyway()
    assert told.join(DEADLINE_S) and told.state == "finished" and told.differences == (words,)


def test_a_declined_resume_leaves_every_byte_as_it_was(tmp_path, monkeypatch):
    """The log goes on past the checkpoint, the last checkpoint is damaged, and the best one is later than the one
    before: only a resume that is wanted cuts back and puts aside.
    """
    run = start(digits(epochs=3), tmp_path)
    assert run.join(DEADLINE_S)
    (run.folder / LAST).write_bytes(b"nothing")
    assert read_checkpoint(run.folder / BEST).step > read_checkpoint(run.folder / PREVIOUS).step
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    assert not is_held(run.folder), "and from now on the file is there that those who look lock"
    before, more = contents(run.folder), {"training.epochs": 4}
    for _ in range(2):
        asked = resume(run.folder, more)
        wait_for(lambda run=asked: run.asking)
        assert contents(run.folder) == before | {RESUMING: b""}
        assert open_run(run.folder).state == "running", "whoever lists it sees that it is in use"
        asked.stop()
        assert asked.join(DEADLINE_S) and asked.state == "stopped" and isinstance(asked.log.since(0)[-1], RunStopped)
        assert contents(run.folder) == before
        assert steps(asked) == steps(run), "also those after the checkpoint"
    agreed = resume(run.folder, more)
    wait_for(lambda: agreed.asking)
    agreed.go_on_anyway()
    assert agreed.join(DEADLINE_S) and agreed.state == "finished"
    assert (run.folder / DAMAGED).read_bytes() == b"nothing"
    assert [event.step for event in steps(agreed)] == list(range(1, 85))
    assert logged(run.folder) == tuple(agreed.log.since(0))


def test_a_resume_that_fails_before_it_begins_is_the_last_line_of_an_unshortened_log(tmp_path):
    file = tmp_path / "pictures.npz"
    dice = np.random.default_rng(0)

    def draw(num_pictures: int) -> None:
        np.savez(file, x=dice.integers(0, 256, (num_pictures, 8, 8), np.uint8), y=np.arange(num_pictures) % 10)

    draw(100)
    source = Component(type="ArrayFile", parameters={"file": str(file)})
    run = start(replace(digits(epochs=2), data=DataRecipe(source=source)), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    (run.folder / LAST).unlink()
    before = logged(run.folder)
    draw(1000)
    for _ in range(2):
        failed = resume(run.folder, {"training.epochs": 3})
        assert failed.join(DEADLINE_S) and failed.state == "failed"
        *events, ending = logged(run.folder)
        assert events == [event for event in before if not isinstance(event, RunFinished)]
        assert isinstance(ending, RunFailed) and "the data has changed" in ending.what


def test_another_processor_is_named_as_a_difference(tmp_path):
    """torch can be told to use only some of the processor's instructions."""
    run = start(digits(epochs=500), tmp_path)
    stop_at(run, 3)
    assert run.join(DEADLINE_S)
    command = [sys.executable, "-m", "workbench", "resume", str(run.folder)]
    other = os.environ | {"ATEN_CPU_CAPABILITY": "default"}
    done = subprocess.run(command, env=other, capture_output=True, text=True, check=False)
    here = torch.backends.cpu.get_cpu_capability()
    assert (
        done.returncode == 2
        and f"exactly as before: the processor's instruction set was {here} and is DEFAULT; resume --anyway"
        in done.stderr
    )


def test_a_run_told_to_does_not_ask(tmp_path, monkeypatch):
    run = start(digits(epochs=3), tmp_path)
    stop_at(run, 3)
    assert run.join(DEADLINE_S)
    monkeypatch.setattr("workbench.training.plan.environment", lambda *given: environment(*given) | {"torch": "1.0"})
    again = resume(run.folder, anyway=True)
    assert again.join(DEADLINE_S) and again.state == "finished" and again.differences


def test_what_another_changed_just_before_it_was_held_is_not_lost(tmp_path, monkeypatch):
    run = start(digits(epochs=500), tmp_path)
    stop_at(run, 4)
    assert run.join(DEADLINE_S)
    lr = run.experiment.training.optimizer.parameters["lr"]
    change = Change(path="training.optimizer.lr", before=lr, after=lr / 2, step=steps(run)[-1].step)

    @contextmanager
    def held_after_another(folder):
        keep_change(folder, change)
        with held(folder):
            yield

    monkeypatch.setattr(in_thread, "held", held_after_another)
    again = resume(run.folder)
    again.stop()
    assert again.join(DEADLINE_S) and again.experiment.training.optimizer.parameters["lr"] == lr / 2


def test_what_is_no_run_is_not_resumed_and_stays_as_it_is(tmp_path):
    with pytest.raises(SpecError, match="not a run"):
        resume(tmp_path / "none")
    assert not list(tmp_path.iterdir())


def test_a_run_killed_before_its_first_checkpoint_begins_again_with_its_changes(tmp_path):
    """The folder as a kill leaves it: the log ends after some steps, and the changed setting is in the folder."""
    whole = start(digits(epochs=1), tmp_path)
    assert whole.join(DEADLINE_S)
    folder = create_run(tmp_path, digits(epochs=1))
    (folder / EVENTS).write_bytes(encode(whole.log.since(0)[:9])[:-7])
    keep_change(folder, Change(step=5, path="training.optimizer.lr", before=0.05, after=0.01))
    assert open_run(folder).resumable
    again = resume(folder)
    assert again.join(DEADLINE_S) and again.state == "finished" and "starts again" in again.take_note()
    numbers = [(step.step, step.loss) for step in steps(again)]
    assert numbers[:5] == [(step.step, step.loss) for step in steps(whole)[:5]] and len(numbers) == len(steps(whole))
    (change,) = [event for event in again.log.since(0) if isinstance(event, RecipeChanged)]
    assert (change.step, change.before, change.after) == (5, 0.05, 0.01)
    assert read_edited(folder).training.optimizer.parameters["lr"] == 0.01


def test_an_epoch_that_takes_long_is_saved_in_its_middle(tmp_path, monkeypatch):
    usual = start(digits(epochs=1), tmp_path)
    assert usual.join(DEADLINE_S)
    monkeypatch.setattr(in_thread, "SAVE_EVERY_S", 0.0)
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    last = run.log.last_step
    saved = [event.step for event in run.log.since(0) if isinstance(event, CheckpointSaved)]
    assert {step for step in saved if 0 < step < last} and saved[-1] == last
    assert [step.loss for step in steps(run)] == [step.loss for step in steps(usual)]


def test_a_damaged_checkpoint_is_known_and_the_one_before_is_taken(tmp_path):
    whole = start(digits(epochs=3), tmp_path)
    assert whole.join(DEADLINE_S)
    run = start(digits(epochs=3), tmp_path)
    stop_at(run, 50)  # in the third epoch
    assert run.join(DEADLINE_S) and run.state == "stopped"
    content = bytearray((run.folder / LAST).read_bytes())
    content[-50] ^= 4
    (run.folder / LAST).write_bytes(content)
    again = resume(run.folder)
    assert f"{LAST}: this checkpoint is damaged" in again.note and "from an earlier checkpoint, of step" in again.note
    assert again.join(DEADLINE_S) and again.state == "finished" and again.differences == ()
    assert [(e.step, e.loss) for e in steps(again)] == [(e.step, e.loss) for e in steps(whole)]
    assert (run.folder / DAMAGED).read_bytes() == content
    for name in (LAST, PREVIOUS):
        read_checkpoint(run.folder / name)


@pytest.mark.parametrize("spoil", ["damaged", "deleted", "of a later step"])
def test_a_best_checkpoint_that_is_not_the_best_is_told_of_and_taken_away(tmp_path, spoil):
    """It is damaged or gone, or of an epoch trained again at another rate since the disk lost what was saved later.

    Nothing is learnt in the second epoch, so that the best is not the last; with the new rate the third is better.
    """
    run = start(with_training(digits(epochs=2, lr=1e-30), schedule=Component(type="Constant")), tmp_path)
    assert run.join(DEADLINE_S)
    best, more = run.folder / BEST, {"training.epochs": 3, "training.optimizer.lr": 0.05}
    assert read_checkpoint(best).step == 21
    unbroken = shutil.copytree(run.folder, tmp_path / "unbroken")
    if spoil == "damaged":
        best.write_bytes(best.read_bytes()[:-1])
    elif spoil == "deleted":
        best.unlink()
    else:
        later = start(digits(epochs=3), tmp_path)
        assert later.join(DEADLINE_S)
        shutil.copy(later.folder / LAST, best)
    again = resume(run.folder, more)
    note = again.take_note()
    assert str(best) in note and "until an epoch improves on them, the last ones stand in" in note
    assert again.join(DEADLINE_S) and again.state == "finished"
    whole = resume(unbroken, more)
    assert whole.take_note() == "" and whole.join(DEADLINE_S)
    assert [(e.step, e.loss) for e in steps(again)] == [(e.step, e.loss) for e in steps(whole)]
    assert read_checkpoint(best).step == read_checkpoint(unbroken / BEST).step == 63


def test_a_lost_best_is_not_made_up_for(tmp_path):
    still = with_training(digits(epochs=2, lr=1e-30), schedule=Component(type="Constant"))
    run = start(still, tmp_path)
    assert run.join(DEADLINE_S)
    (run.folder / BEST).write_bytes(b"nothing")
    again = resume(run.folder, {"training.epochs": 3})
    assert again.join(DEADLINE_S) and again.state == "finished"
    assert not (run.folder / BEST).exists() and open_run(run.folder).checkpoint == run.folder / LAST


@pytest.mark.parametrize("is_there", [True, False], ids=["damaged", "deleted"])
def test_a_lost_best_is_written_anew_where_the_last_is_the_same(tmp_path, is_there):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S)
    (run.folder / BEST).unlink()
    if is_there:
        (run.folder / BEST).write_bytes(b"nothing")
    again = resume(run.folder, {"training.epochs": 2})
    assert again.take_note() == "" and again.join(DEADLINE_S)
    assert read_checkpoint(run.folder / BEST).state["best"] == read_checkpoint(run.folder / LAST).state["best"]


def test_damaged_checkpoints_are_all_named(tmp_path):
    run = start(digits(epochs=500), tmp_path)
    wait_for((run.folder / PREVIOUS).is_file)
    run.stop()
    assert run.join(DEADLINE_S)
    for name in (LAST, PREVIOUS):
        (run.folder / name).write_bytes(b"nothing")
    assert newest(run.folder)[0].path == run.folder / BEST
    (run.folder / BEST).write_bytes(b"nothing")
    refusals = "; ".join(f"{run.folder / name}: this checkpoint cannot be read.*" for name in (LAST, PREVIOUS, BEST))
    with pytest.raises(SpecError, match=f"{refusals}; no other checkpoint is left: start the run again$"):
        resume(run.folder)


def test_what_goes_wrong_is_the_last_event(tmp_path):
    run = start(with_training(digits(), optimizer=Component(type="SGD", parameters={"lr": -1})), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "failed"
    ending = run.log.since(0)[-1]
    assert isinstance(ending, RunFailed) and "SGD: lr" in ending.what


def test_a_stop_before_the_first_step_ends_it(tmp_path):
    run = start(digits(epochs=500), tmp_path)
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"


def test_a_running_run_is_not_resumed_by_another(running):
    running.save_checkpoint()
    wait_for((running.folder / LAST).is_file)
    with pytest.raises(SpecError, match="this run is running in another window or command"):
        resume(running.folder)


def test_a_full_disk_under_the_log_ends_the_run_in_words(tmp_path, caplog):
    folder = create_run(tmp_path, digits(epochs=500))
    experiment = digits(epochs=500)
    run = ThreadRun(folder, Order(experiment=experiment, begun=experiment), RunLog(Path("/dev/full")))
    assert run.join(DEADLINE_S) and run.state == "failed"
    ending = run.log.since(0)[-1]
    assert "/dev/full: the disk is full: " in ending.what and not ending.fault
    assert "not on the disk" in caplog.text


def test_a_run_whose_folder_is_moved_ends_in_words_and_goes_on_where_it_is_now(tmp_path):
    experiment = digits(epochs=500)
    run = start(experiment, tmp_path / "runs")
    wait_for((run.folder / LAST).is_file)
    moved = run.folder.rename(tmp_path / "moved")
    assert run.join(DEADLINE_S) and run.state == "failed"
    ending = run.log.since(0)[-1]
    assert f"{run.folder}: this run's folder was moved or deleted while it trained" in ending.what
    assert not ending.fault and not (run.folder / EVENTS).exists()
    told = [(event.step, event.loss) for event in steps(run)]
    again = resume(moved)
    wait_for(lambda: again.log.last_step > told[-1][0])
    again.stop()
    assert again.join(DEADLINE_S) and again.state == "stopped" and again.differences == ()
    assert [(event.step, event.loss) for event in steps(again)][: len(told)] == told


def test_the_clock_never_goes_back_also_over_a_resume(tmp_path):
    run = start(endless(), tmp_path)
    wait_for(lambda: len(steps(run)) >= 5)
    run.pause()
    run.unpause()
    run.stop()
    assert run.join(DEADLINE_S)
    again = resume(run.folder)
    wait_for(lambda: again.log.last_step > run.log.last_step)
    again.stop()
    assert again.join(DEADLINE_S)
    times = [event.at for event in again.log.since(0)]
    assert times == sorted(times)


def test_pictures_left_out_are_in_the_log(tmp_path):
    for name in ("a", "b"):
        for number in range(12):
            (tmp_path / "set" / name).mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), number * 20).save(tmp_path / "set" / name / f"{number}.png")
    (tmp_path / "set" / "a" / "broken.png").write_bytes(b"nothing of a picture")
    source = Component(type="ImageFolder", parameters={"folder": str(tmp_path / "set")})
    experiment = replace(digits(epochs=1, batch_size=4), data=DataRecipe(source=source))
    run = start(experiment, tmp_path / "runs")
    assert run.join(DEADLINE_S) and run.state == "finished", run.log.since(0)[-1]
    prepared = next(event for event in run.log.since(0) if isinstance(event, DataPrepared))
    assert prepared.num_broken == 1 and prepared.broken[0][0].endswith("broken.png")


def test_filters_come_while_it_learns_and_change(running):
    running.insight.watches_filters = True
    wait_for(lambda: running.insight.filters.newest() is not None)
    number, first = running.insight.filters.newest()
    assert first.shape == (8, 1, 3, 3)
    wait_for(lambda: running.insight.filters.newest(number) is not None)
    assert (running.insight.filters.newest(number)[1] != first).any()


def test_neighbours_come_while_it_learns_and_after(tmp_path):
    run = start(digits(epochs=3), tmp_path)
    wait_for(lambda: run.insight.gallery.newest() is not None)
    gallery = run.insight.gallery.newest()[1]
    assert gallery.split == "test" and gallery.picture(5).dtype == "uint8" and gallery.count == len(gallery.labels)
    run.insight.ask_neighbours(5)
    wait_for(lambda: run.insight.neighbours.newest() is not None)
    wait_for(lambda: run.state == "finished")
    before = run.insight.neighbours.newest()[0]
    run.insight.ask_neighbours(5)
    wait_for(lambda: run.insight.neighbours.newest(before) is not None)
    answer = run.insight.neighbours.newest(before)[1]
    assert len(answer.indices) == 20 and 5 not in answer.indices
    assert list(answer.distances) == sorted(answer.distances)
    same = (gallery.labels[answer.indices] == gallery.labels[5]).mean()
    assert same > 0.5
    assert run.join(DEADLINE_S)


def test_a_setting_changes_while_it_runs(running):
    before = running.experiment
    running.change("training.optimizer.lr", 0.01)
    wait_for(lambda: any(isinstance(event, RecipeChanged) for event in running.log.since(0)))
    (change,) = (event for event in running.log.since(0) if isinstance(event, RecipeChanged))
    wait_for(lambda: steps(running)[-1].step > change.step)
    (first,) = (event for event in steps(running) if event.step == change.step + 1)
    assert first.learning_rate < 0.01 < before.training.optimizer.parameters["lr"]
    assert running.experiment.training.optimizer.parameters["lr"] == 0.01
    assert open_run(running.folder).experiment == running.experiment
    with pytest.raises(SpecError, match=r"training.batch_size cannot change"):
        running.change("training.batch_size", 3)
    points = {"type": "Mirror", "parameters": {"chance": 7}}
    with pytest.raises(SpecError, match="Mirror: chance"):
        running.change("data.augmentation", [points])


def test_a_finished_run_goes_on_where_it_gets_more_epochs(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    longer = resume(run.folder, {"training.epochs": 3, "training.optimizer.lr": 0.02})
    assert longer.join(DEADLINE_S) and longer.state == "finished"
    assert open_run(run.folder).experiment.training.epochs == 3


def test_a_finished_run_is_not_resumed(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S)
    with pytest.raises(SpecError, match="this run is finished"):
        resume(run.folder)
    with pytest.raises(SpecError, match="not a run"):
        resume(tmp_path)


def test_a_resume_reads_each_checkpoint_once(tmp_path, monkeypatch):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S)
    opened = []

    def open_and_count(path, **options):
        opened.append(path)
        return safe_open(path, **options)

    monkeypatch.setattr("workbench.training.checkpoint.safe_open", open_and_count)
    again = resume(run.folder, {"training.epochs": 2})
    assert again.join(DEADLINE_S) and again.state == "finished"
    assert opened == [run.folder / BEST, run.folder / LAST]


def test_after_an_error_of_cuda_a_new_process_is_advised(tmp_path, caplog):
    ended = failure(RuntimeError("CUDA error: an illegal memory access was encountered"), tmp_path, at=1.0, step=3)
    assert ended.fault and "illegal memory access" in ended.what
    assert "If that was the window's own, close the program and start it again" in ended.advice
    assert "illegal memory access" in caplog.text


def test_an_internal_error_is_named_and_that_the_run_can_resume(tmp_path, caplog):
    (tmp_path / LAST).parent.mkdir()
    (tmp_path / LAST).touch()
    ended = failure(ZeroDivisionError(), tmp_path, at=1.0, step=3)
    assert (ended.at, ended.step, ended.fault) == (1.0, 3, True)
    assert ended.what == "The run ended unexpectedly: ZeroDivisionError: no message"
    assert ended.advice.endswith("see the log for details. The run can resume from its last checkpoint.")
    assert "ZeroDivisionError" in caplog.text


def test_a_failure_is_told_also_where_the_runs_folder_cannot_be_looked_into(tmp_path, caplog):
    """As on a network drive that is gone, whose error is another."""
    ended = failure(ZeroDivisionError("by nought"), tmp_path / ("n" * 300), at=1.0, step=3)
    assert ended.fault and "by nought" in ended.what and "resume" not in ended.advice


def test_where_torch_cannot_be_loaded_the_run_ends_in_words(tmp_path, monkeypatch, caplog):
    for name in ("beginning", "divergence", "fitting"):
        monkeypatch.setitem(sys.modules, f"workbench.training.{name}", None)
    run = start(digits(), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "failed"
    ending = run.log.since(0)[-1]
    assert ending.fault and ending.what.startswith("The run ended unexpectedly: ModuleNotFoundError: ")
    assert "workbench.training" in caplog.text


def test_where_torch_cannot_be_loaded_a_users_mistake_is_told_too(tmp_path):
    code = f"""
import sys
from pathlib import Path
sys.modules["torch"] = None
from workbench.session.failure import failure
from workbench.spec.problems import SpecError
print(failure(SpecError("the folder is gone"), Path({str(tmp_path)!r}), at=1.0, step=3).what)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "the folder is gone\n", done.stderr
