"""Runs in a separate process: the same numbers, commands through the folder, left and reattached, killed."""

import os
import shutil
import signal
import threading
from types import SimpleNamespace

import msgspec
import pytest

from tests.session.waiting import DEADLINE_S, contents, logged, patiently, steps, wait_for
from tests.training.experiments import data_of, digits, endless, with_training
from tests.training.trained import kinds
from workbench.events import (
    CheckpointSaved,
    EpochFinished,
    RecipeChanged,
    RunFailed,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
    StepFinished,
)
from workbench.runs import queue
from workbench.runs.mailbox import COMMANDS, STATUS, Command, Inbox, read_status, send
from workbench.runs.store import EVENTS, LAST, LOOK, STARTING, create_run, is_held, open_run
from workbench.session.running import in_process, in_process_child
from workbench.session.running.in_process import OUTPUT, ProcessRun, Request, attach, is_running
from workbench.session.running.in_thread import begin, start
from workbench.session.running.queue import next_run
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.problems import SpecError


@pytest.fixture
def apart(tmp_path):
    """A long run in a separate process that has made its first steps; ended after the test."""
    run = in_process.start(endless(), tmp_path)
    patiently(lambda: len(steps(run)) > 3)
    yield run
    if run._process.poll() is None:
        run._process.kill()
    run._process.wait()
    run.leave()
    assert run.join(DEADLINE_S)


@pytest.mark.timeout(600)
def test_it_learns_what_a_run_in_a_thread_learns(tmp_path, monkeypatch):
    """Its folder is free only once its status says how it ended: a follower takes that for the last one."""
    run = in_process.start(digits(epochs=2), tmp_path)
    patiently(lambda: is_held(run.folder))
    patiently(lambda: not is_held(run.folder))
    assert read_status(run.folder).state == "finished"
    assert run.join(DEADLINE_S) and run.state == "finished"
    assert run._process.poll() == 0 and not is_held(run.folder), "the folder is free for whoever comes next"
    inside = start(digits(epochs=2), tmp_path)
    assert inside.join(DEADLINE_S)
    assert [(event.step, event.loss) for event in steps(run)] == [(event.step, event.loss) for event in steps(inside)]
    assert kinds(run.log.since(0)) == kinds(inside.log.since(0))
    assert tuple(run.log.since(0)) == logged(run.folder)
    assert not is_running(run.folder)
    with pytest.raises(SpecError, match=f"is finished: resume {run.folder.name} --epochs N trains on"):
        attach(run.folder)


@pytest.mark.timeout(600)
def test_a_declined_resume_leaves_the_run_as_it_was(tmp_path, monkeypatch):
    """torch can be told to use only some of the processor's instructions, which is a difference to ask about."""
    before = start(digits(epochs=2), tmp_path)
    assert before.join(DEADLINE_S)
    (before.folder / LAST).unlink()
    kept = contents(before.folder)
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    run = in_process.resume(before.folder, {"training.epochs": 3})
    patiently(lambda: run.asking)
    follower = attach(before.folder)
    patiently(lambda: follower.asking)
    run.stop()
    for one in (run, follower):
        assert one.join(DEADLINE_S) and one.state == "stopped" and one.declined
        assert [event.step for event in steps(one)] == [event.step for event in steps(before)]
        assert isinstance(one.log.since(0)[-1], RunStopped)
    told = {STATUS, COMMANDS, OUTPUT, LOOK, STARTING}
    assert {name: content for name, content in contents(before.folder).items() if name not in told} == kept
    agreed = in_process.resume(before.folder, {"training.epochs": 3})
    patiently(lambda: agreed.asking)
    agreed.go_on_anyway()
    assert (
        agreed.join(DEADLINE_S) and agreed.state == "finished" and agreed.num_earlier < len(kept[EVENTS].splitlines())
    )
    assert tuple(agreed.log.since(0)) == logged(before.folder)


@pytest.mark.timeout(600)
def test_the_queue_s_runs_train_in_separate_processes_and_are_found_again(tmp_path):
    for epochs in (5000, 1):
        queue.add(tmp_path, digits(epochs=epochs))
    first = next_run(tmp_path, separate=True)
    patiently(lambda: len(steps(first)) > 3)
    first.leave()
    assert first.join(DEADLINE_S) and first._process.poll() is None
    with pytest.raises(SpecError, match=f"already running in another .*{first.folder.name}"):
        next_run(tmp_path)
    found = next_run(tmp_path, separate=True)
    assert found.folder == first.folder
    patiently(lambda: found.state == "running")
    found.stop()
    assert found.join(DEADLINE_S) and found.state == "stopped"
    first._process.wait()
    queue.give_up(tmp_path, first.folder.name)
    second = next_run(tmp_path, separate=True)
    assert isinstance(second, ProcessRun) and second.join(DEADLINE_S) and second.state == "finished"
    assert next_run(tmp_path, separate=True) is None


@pytest.mark.timeout(600)
def test_a_queue_run_twice_within_a_moment_trains_its_run_once(tmp_path):
    """The second is told to run it before the process of the first has locked the run's folder, and follows it."""
    queue.add(tmp_path, digits(epochs=2))
    runs = [next_run(tmp_path, separate=True) for _ in range(2)]
    assert runs[0].folder == runs[1].folder and all(run.join(5 * DEADLINE_S) for run in runs)
    saved, events = open_run(runs[0].folder), logged(runs[0].folder)
    trained = [event.step for event in events if isinstance(event, StepFinished)]
    assert trained == list(range(1, len(trained) + 1)) and trained
    assert saved.state == "finished" and kinds(events).count("RunStarted") == 1
    assert [(run.state, tuple(run.log.since(0))) for run in runs] == [("finished", events)] * 2
    assert next_run(tmp_path, separate=True) is None


@pytest.mark.timeout(600)
def test_panels_need_not_wait_for_the_end_of_an_epoch(tmp_path):
    run = in_process.start(digits(epochs=500, batch_size=1, speed=Speed(compile="off")), tmp_path)
    run.insight.watches_filters = True

    def found():
        return next((event for event in run.log.since(0) if isinstance(event, CheckpointSaved | EpochFinished)), None)

    patiently(found)
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"
    assert isinstance(found(), CheckpointSaved) and found().file == LAST


@pytest.mark.timeout(600)
def test_a_run_paused_before_its_first_checkpoint_shows_its_network_and_batch(tmp_path):
    run = in_process.start(digits(epochs=500, batch_size=1, speed=Speed(compile="off")), tmp_path)
    patiently(lambda: steps(run))
    run.pause()
    patiently(lambda: isinstance(run.log.since(0)[-1], RunPaused))
    assert "CheckpointSaved" not in kinds(run.log.since(0))
    run.insight.watches_filters = True
    run.insight.watches_batch = True
    patiently(lambda: run.insight.filters.newest() and run.insight.batch.newest())
    run.insight.ask_neighbours(0)
    patiently(run.insight.neighbours.newest)
    paused_at = steps(run)[-1].step
    assert run.insight.neighbours.newest()[1].step == run.insight.batch.newest()[1].step == paused_at
    assert run.state == "paused" and isinstance(run.log.since(0)[-1], RunPaused)
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"


@pytest.mark.timeout(600)
def test_it_is_commanded_left_and_found_again(apart):
    patiently(lambda: apart.state == "running")
    assert is_running(apart.folder)
    apart.insight.watches_filters = True
    apart.save_checkpoint()
    patiently(lambda: any(isinstance(event, CheckpointSaved) for event in apart.log.since(0)))
    patiently(lambda: apart.insight.filters.newest() is not None)
    apart.insight.ask_neighbours(3)
    patiently(lambda: apart.insight.neighbours.newest() is not None)
    apart.pause()
    patiently(lambda: apart.state == "paused" and isinstance(apart.log.since(0)[-1], RunPaused))
    held = len(steps(apart))
    apart.insight.watches_batch = True
    patiently(lambda: apart.insight.batch.newest() is not None)
    apart.step()
    patiently(lambda: len(steps(apart)) == held + 1)
    last = steps(apart)[-1]
    patiently(lambda: apart.insight.batch.newest()[1].step == last.step)
    seen = apart.insight.batch.newest()[1]
    (head,) = seen.heads
    steps_per_epoch, left = divmod(len(data_of(digits()).train) + 63, 64)
    num_pictures = left + 1 if last.step % steps_per_epoch == 0 else 64  # the run was paused wherever it happened to be
    assert head.losses.mean() == pytest.approx(last.loss, abs=1e-5)
    assert len(head.losses) == num_pictures and seen.pictures.shape == (num_pictures, 1, 8, 8)
    assert [layer.layer for layer in seen.gradients] == ["conv", "norm", "fc"] and head.class_names[3] == "3"
    apart.insight.watches_batch = False
    apart.leave()
    assert apart.join(DEADLINE_S) and apart._process.poll() is None

    again = attach(apart.folder)
    patiently(lambda: again.state == "paused" and len(steps(again)) == held + 1)
    assert apart.num_earlier == 0 and again.num_earlier == len(again.log)
    again.unpause()
    patiently(lambda: len(steps(again)) > held + 1)
    assert any(isinstance(event, RunResumed) for event in again.log.since(0))
    with pytest.raises(SpecError, match="running in another window or command"):
        in_process.resume(apart.folder)
    again.change("training.optimizer.lr", 0.001)
    patiently(lambda: again.experiment.training.optimizer.parameters["lr"] == 0.001)
    again.stop()
    assert again.join(DEADLINE_S) and again.state == "stopped"
    assert isinstance(again.log.since(0)[-1], RunStopped) and open_run(apart.folder).resumable


@pytest.mark.slow
def test_one_that_is_killed_says_so_and_goes_on_exactly(tmp_path, apart):
    apart.save_checkpoint()
    patiently(lambda: any(isinstance(event, CheckpointSaved) for event in apart.log.since(0)))
    apart._process.send_signal(signal.SIGKILL)
    assert apart.join(DEADLINE_S) and apart.state == "failed"
    ending = apart.log.since(0)[-1]
    assert isinstance(ending, RunFailed) and ending.what == "The process that trained this run was killed."
    assert ending.advice.endswith("The run can resume from its last checkpoint.")
    told = [(event.step, event.loss) for event in steps(apart)]
    again = in_process.resume(apart.folder)
    patiently(lambda: len(steps(again)) > len(told) + 3)
    again.stop()
    assert again.join(DEADLINE_S) and again.state == "stopped" and again.differences == ()
    assert [(event.step, event.loss) for event in steps(again)][: len(told)] == told
    goes_on = again.log.since(again.num_earlier)[0]
    assert isinstance(goes_on, RunStarted) and goes_on.first_step > 1


def test_one_whose_folder_is_deleted_says_so_and_makes_no_other(tmp_path, apart):
    other = attach(apart.folder)
    apart.folder.rename(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)  # the run may still be writing
    for follower in (apart, other):
        assert follower.join(DEADLINE_S) and follower.state == "failed"
        ending = follower.log.since(0)[-1]
        assert ending.what.startswith(f"{apart.folder}: this run's folder was moved or deleted while it trained")
    assert apart._process.wait(DEADLINE_S) == 0 and not (apart.folder / STATUS).exists()


def test_whoever_cannot_follow_a_run_is_told_what_to_do_instead(tmp_path):
    run = start(digits(epochs=500), tmp_path)
    wait_for((run.folder / LAST).is_file)
    with pytest.raises(SpecError, match="running in another window or command: pause, change and stop it there"):
        attach(run.folder)
    run.stop()
    assert run.join(DEADLINE_S)
    with pytest.raises(SpecError, match=f"is not running: resume {run.folder.name} continues it"):
        attach(run.folder)
    shutil.rmtree(run.folder / "checkpoints")
    with pytest.raises(SpecError, match="is not running: start it again"):
        attach(run.folder)


@pytest.mark.slow
def test_what_is_wrong_with_its_experiment_is_its_ending(tmp_path):
    wrong = with_training(digits(), optimizer=Component(type="SGD", parameters={"lr": -1}))
    run = in_process.start(wrong, tmp_path)
    assert run.join(DEADLINE_S) and run.state == "failed"
    assert "SGD: lr" in run.log.since(0)[-1].what


@pytest.mark.timeout(600)
def test_a_disk_that_takes_no_status_does_not_end_the_training(tmp_path):
    """As on a full disk: here a non-empty folder stands in the place of the status file."""
    folder = create_run(tmp_path, digits(epochs=2))
    (folder / STATUS / "in the way").mkdir(parents=True)
    assert in_process_child.main(folder, Request()) == 0
    assert open_run(folder).state == "finished" and read_status(folder) is None


def test_a_change_that_is_invalid_by_now_does_not_end_the_training(tmp_path, capsys):
    """As one that was sent before another, with which it does not go together."""
    folder = create_run(tmp_path, digits(epochs=500))

    def tell():
        patiently(lambda: (status := read_status(folder)) and status.state == "running")
        send(folder, Command(do="change", path="training.optimizer.lr", value=-1.0))
        send(folder, Command(do="change", path="training.optimizer.lr", value=0.001))
        patiently(lambda: any(isinstance(event, RecipeChanged) for event in open_run(folder).events))
        send(folder, Command(do="stop"))

    before, teller = signal.getsignal(signal.SIGTERM), threading.Thread(target=tell)
    teller.start()
    try:
        assert in_process_child.main(folder, Request()) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
        teller.join()
    saved = open_run(folder)
    assert saved.state == "stopped" and saved.experiment.training.optimizer.parameters["lr"] == 0.001
    assert "lr" in capsys.readouterr().err


class Interrupted(threading.Event):
    """An event whose setting is interrupted by SIGTERM while it holds its lock."""

    def set(self):
        with self._cond:
            os.kill(os.getpid(), signal.SIGTERM)
            self._flag = True
            self._cond.notify_all()


def test_a_signal_in_the_middle_of_a_command_stops_it_too(tmp_path, monkeypatch):
    runs = []

    def begun(*given):
        runs.append(begin(*given))
        runs[0]._wake = Interrupted()
        return runs[0]

    def tell():
        wait_for(lambda: runs and len(steps(runs[0])) > 3)
        send(folder, Command(do="pause"))
        wait_for(lambda: runs[0].state == "paused")
        send(folder, Command(do="unpause"))

    monkeypatch.setattr(in_process_child, "begin", begun)
    folder = create_run(tmp_path, digits(epochs=500))
    before, teller = signal.getsignal(signal.SIGTERM), threading.Thread(target=tell)
    teller.start()
    try:
        assert in_process_child.main(folder, Request()) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
        teller.join()
    assert isinstance(open_run(folder).events[-1], RunStopped)


def test_whatever_goes_wrong_in_its_process_the_training_ends_in_order(tmp_path, monkeypatch):
    def broken(_):
        raise ZeroDivisionError

    monkeypatch.setattr(Inbox, "take", broken)
    folder, before = create_run(tmp_path, digits(epochs=500)), signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(ZeroDivisionError):
            in_process_child.main(folder, Request())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert isinstance(open_run(folder).events[-1], RunStopped) and not is_held(folder)


def test_its_status_says_all_that_a_run_does():
    """As of a resumed one that asks whether to go on."""
    told = {"state": "preparing", "preparation": ("Loading", 1, 2), "differences": ("the device",), "asking": True}
    told |= {"declined": True, "note": "a note", "num_earlier": 3, "requested": {"seed": 1}, "has_begun": False}
    status = in_process_child.status_of(SimpleNamespace(**told), 7)
    assert msgspec.structs.asdict(status) == told | {"pid": 7, "heard": 0}


def test_commands_of_before_and_torn_lines_are_passed_over(tmp_path):
    send(tmp_path, Command(do="stop"))
    inbox = Inbox(tmp_path)
    assert inbox.take() == []
    with (tmp_path / COMMANDS).open("ab") as file:
        file.write(b'nonsense\n{"do": "explode"}\n{"do": "\xff"}\n{"do": "pau')
    assert inbox.take() == []
    with (tmp_path / COMMANDS).open("ab") as file:
        file.write(b'se"}\n')
    send(tmp_path, Command(do="change", path="training.optimizer.lr", value=0.1))
    assert inbox.take() == [Command(do="pause"), Command(do="change", path="training.optimizer.lr", value=0.1)]
    assert inbox.take() == [] and read_status(tmp_path) is None
    (tmp_path / STATUS).write_bytes(b'{"pid": 1, "state": "\xff"}')
    assert read_status(tmp_path) is None


def test_a_torn_line_takes_no_other_command_with_it(tmp_path):
    inbox = Inbox(tmp_path)
    with (tmp_path / COMMANDS).open("ab") as file:
        file.write(b'{"do": "pau')
    send(tmp_path, Command(do="stop"))
    assert inbox.take() == [Command(do="stop")]


@pytest.mark.timeout(600)
def test_what_it_is_told_before_it_listens_is_done_all_the_same(tmp_path):
    run = in_process.start(endless(), tmp_path)
    run.stop()
    run.leave()
    assert run.join(DEADLINE_S) and run._process.wait(DEADLINE_S) == 0
    assert isinstance(open_run(run.folder).events[-1], RunStopped)


def test_commands_that_cannot_be_read_now_are_read_later(tmp_path):
    inbox = Inbox(tmp_path)
    (tmp_path / COMMANDS).mkdir()
    assert inbox.take() == []
    (tmp_path / COMMANDS).rmdir()
    send(tmp_path, Command(do="stop"))
    assert inbox.take() == [Command(do="stop")]


@pytest.mark.timeout(600)
def test_a_stop_arrives_also_where_the_disk_takes_no_command(tmp_path):
    run = in_process.start(endless(), tmp_path)
    (run.folder / COMMANDS).mkdir()
    run.save_checkpoint()
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"
    assert f"{run.folder / COMMANDS}: cannot be written" in run.take_note()
