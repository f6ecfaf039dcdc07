"""Following a run in a separate process, which this one pretends to be: what is heard of it, and how it ends."""

import itertools
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.session.waiting import DEADLINE_S, steps, wait_for
from tests.training.experiments import digits, endless
from workbench.events import RecipeChanged, RunPaused
from workbench.insight.gradients import LayerGradient
from workbench.runs.log import RunLog
from workbench.runs.mailbox import Command, Inbox, Status, write_status
from workbench.runs.store import EVENTS, LAST, create_run, held
from workbench.session.running import in_process
from workbench.session.running.in_process import OUTPUT, ProcessRun, attach, is_running
from workbench.session.running.in_process_child import show
from workbench.session.running.in_thread import resume, start
from workbench.session.views import batch_file
from workbench.session.views.insight import Insight
from workbench.session.views.seen_batch import SeenBatch, SeenHead, SeenMap
from workbench.training.changing.changes import settings


@pytest.fixture
def followed(tmp_path):
    """A run that is marked as running in this process, and another that follows it."""
    folder = create_run(tmp_path, digits())
    write_status(folder, Status(pid=os.getpid(), state="running", note="A word on it."))
    (folder / EVENTS).touch()
    with held(folder):
        run = attach(folder)
        yield run
        run.leave()
        assert run.join(DEADLINE_S)


def test_what_its_process_has_to_say_is_heard_once(followed):
    wait_for(lambda: followed.take_note() == "A word on it.")
    write_status(followed.folder, Status(pid=os.getpid(), state="paused", note="A word on it. And another."))
    wait_for(lambda: followed.state == "paused")
    assert followed.take_note() == "And another."


def test_what_a_paused_run_has_yet_to_change_is_part_of_its_experiment(tmp_path):
    """Otherwise a window that follows it would offer to change it back, also where it has changed that before."""
    folder = create_run(tmp_path, digits(lr=0.05))
    rate = "training.optimizer.lr"
    write_status(folder, Status(pid=os.getpid(), state="paused", requested={rate: 0.01}))
    log = RunLog(folder / EVENTS)
    log.append(RecipeChanged(at=0.1, step=1, path=rate, before=0.1, after=0.05))
    log.append(RunPaused(at=0.2, step=2))
    log.close()
    with held(folder):
        run = attach(folder)
        wait_for(lambda: len(run.log) == 2)
        assert settings(run.experiment)[rate] == 0.01
        run.leave()
        assert run.join(DEADLINE_S)


def test_a_follower_of_a_process_that_is_killed_says_so(tmp_path):
    folder = create_run(tmp_path, digits())
    write_status(folder, Status(pid=os.getpid(), state="running"))
    (folder / EVENTS).touch()
    with held(folder):
        run = attach(folder)
        wait_for(lambda: run.state == "running")
    assert run.join(DEADLINE_S) and run.state == "failed"
    (ending,) = run.log.since(0)
    assert (ending.what, ending.advice) == ("The process that trained this run ended without saying why.", "")


def test_a_run_that_is_left_waits_for_its_process_to_listen_without_keeping_a_core_busy(tmp_path, monkeypatch):
    """Waits are never shorter than they are to be, however busy the machine."""
    monkeypatch.setattr(in_process, "LOOK_S", 0.2)
    looks_s = []
    folder = create_run(tmp_path, digits())
    with held(folder):
        run = ProcessRun(folder, digits(), None)
        run.save_checkpoint()
        run.leave()
        read = run._read_status
        run._read_status = lambda: looks_s.append(time.monotonic()) or read()
        wait_for(lambda: len(looks_s) > 2)
        write_status(folder, Status(pid=os.getpid(), state="running"))
        assert run.join(DEADLINE_S)
    assert all(later - look > 0.15 for look, later in itertools.pairwise(looks_s[1:]))
    assert Inbox(folder, heard=0).take() == [Command(do="save")]


def test_a_run_that_ends_with_its_follower_is_stopped_where_it_can_no_longer_be_followed(tmp_path):
    folder = create_run(tmp_path, digits())
    write_status(folder, Status(pid=os.getpid(), state="running"))
    (folder / EVENTS).write_bytes(b"nonsense\n")
    with held(folder):
        run = ProcessRun(folder, digits(), None, outlives=False)
        assert run.join(DEADLINE_S) and run.state == "failed"
    assert run.log.since(0)[-1].advice == "It was told to stop."
    assert Inbox(folder, heard=0).take() == [Command(do="stop")]


def test_a_run_that_ends_with_its_follower_is_stopped_by_leaving_it(tmp_path):
    folder = create_run(tmp_path, digits())
    write_status(folder, Status(pid=os.getpid(), state="running"))
    (folder / EVENTS).touch()
    inbox = Inbox(folder)
    with held(folder):
        run = ProcessRun(folder, digits(), None, outlives=False)
        run.leave()
        told = []
        wait_for(lambda: told.extend(inbox.take()) or told)
        assert told == [Command(do="stop")] and run.state == "running"
    assert run.join(DEADLINE_S)


def test_a_run_is_ended_by_its_last_event_and_not_by_its_status(followed):
    """Whoever sees that it has ended finds in the log how."""
    wait_for(lambda: followed.state == "running")
    write_status(followed.folder, Status(pid=os.getpid(), state="finished", declined=True))
    wait_for(lambda: followed.declined)
    assert followed.state == "running" and not is_running(followed.folder)


def test_what_a_killed_process_has_printed_is_not_taken_for_the_reason(tmp_path):
    folder = create_run(tmp_path, digits())
    (folder / OUTPUT).write_text("a warning\n")
    die = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    run = ProcessRun(folder, digits(), subprocess.Popen([sys.executable, "-c", die]))
    assert run.join(DEADLINE_S) and run.state == "failed"
    (ending,) = run.log.since(0)
    assert ending.what == "The process that trained this run was killed."
    assert ending.advice == f"The system does that when memory runs out; {OUTPUT} in the run's folder has its output."


def test_the_signal_that_ended_a_process_is_named(tmp_path):
    die = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    run = ProcessRun(create_run(tmp_path, digits()), digits(), subprocess.Popen([sys.executable, "-c", die]))
    assert run.join(DEADLINE_S)
    (ending,) = run.log.since(0)
    what = "The process that trained this run was ended by signal 11 (Segmentation fault)."
    assert (ending.what, ending.advice) == (what, "")


def test_a_follower_that_cannot_go_on_says_so_in_its_last_event(followed):
    wait_for(lambda: followed.state == "running")
    (followed.folder / EVENTS).write_bytes(b"nonsense\n")
    assert followed.join(DEADLINE_S) and followed.state == "failed"
    (ending,) = followed.log.since(0)
    assert ending.what.startswith(f"The run can no longer be followed: {followed.folder / EVENTS}: the rest of the log")
    assert ending.advice.startswith("It may still be running in its own process")


def mistakes_of(run):
    """What the run answers next."""
    before = run.insight.mistakes.answers.newest()
    run.insight.mistakes.ask("")
    wait_for(lambda: run.insight.mistakes.answers.newest(before[0] if before else 0) is not None)
    return run.insight.mistakes.answers.newest()[1]


@pytest.fixture
def ended(tmp_path):
    """Return a function that trains a run in this process and returns a follower, as if it were in another, that has
    looked at it or not, once it has ended.
    """
    runs = []

    def follow(look):
        run = start(endless(), tmp_path)
        runs.append(run)
        wait_for((run.folder / EVENTS).is_file)
        write_status(run.folder, Status(pid=os.getpid(), state="running"))
        runs.append(attach(run.folder))
        if look:
            assert mistakes_of(runs[-1]).heads
        run.change("training.epochs", 1)  # with the epoch that has begun
        wait_for(lambda: runs[-1].state == "finished")
        return runs[-1]

    yield follow
    runs[0].stop()
    assert all(run.join(DEADLINE_S) for run in runs)


def test_at_its_end_the_last_checkpoint_is_shown_however_quickly_it_came(ended):
    follower = ended(look=True)
    answer = mistakes_of(follower)
    assert answer.heads and answer.step == steps(follower)[-1].step


def test_who_asks_after_the_end_for_a_network_that_was_not_loaded_is_told(ended):
    assert "open it from the table of runs" in mistakes_of(ended(look=False)).problem


def test_a_killed_process_is_not_taken_for_the_run_that_was_resumed_here(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S)
    write_status(run.folder, Status(pid=os.getpid(), state="running"))
    again = resume(run.folder, {"training.epochs": 500})
    assert not is_running(run.folder)
    again.stop()
    assert again.join(DEADLINE_S)


def test_a_process_that_could_not_write_why_it_ended_was_not_killed(tmp_path):
    folder = create_run(tmp_path, digits())
    (folder / OUTPUT).touch()
    run = ProcessRun(folder, digits(), subprocess.Popen([sys.executable, "-c", "raise SystemExit(2)"]))
    assert run.join(DEADLINE_S) and run.state == "failed"
    (ending,) = run.log.since(0)
    assert ending.what.endswith("ended with status 2 and could not write why to process.log.")
    assert ending.advice.startswith("The disk of the run's folder may be full: free some space")


def test_one_that_another_resumes_at_once_says_so_in_whole_sentences(tmp_path):
    run = start(digits(epochs=500), tmp_path)
    wait_for((run.folder / LAST).is_file)
    told = "is running in another window or command; stop it there first"
    (run.folder / OUTPUT).write_text(f"{told}\n")
    other = ProcessRun(run.folder, run.experiment, subprocess.Popen([sys.executable, "-c", "raise SystemExit(2)"]))
    assert other.join(DEADLINE_S)
    ending = other.log.since(0)[-1]
    assert (ending.what, ending.advice) == (f"{told}.", "")
    run.stop()
    assert run.join(DEADLINE_S)


def test_a_batch_that_can_be_neither_written_nor_deleted_does_not_end_the_training(tmp_path):
    insight = Insight(say=lambda _: None)
    writer = batch_file.BatchWriter(tmp_path, insight)
    (tmp_path / batch_file.FILE).mkdir()
    writer.look(is_new=True)
    insight.batch.put(
        SeenBatch(step=7, num_pictures=0, pictures=np.zeros((0, 1, 4, 4), np.uint8), heads=(), gradients=())
    )
    show(writer)
    assert not insight.watches_batch and insight.close()


def test_a_batch_is_handed_over_while_somebody_looks_and_no_longer(tmp_path, monkeypatch):
    insight = Insight(say=lambda _: None)
    shown, looks = batch_file.BatchWriter(tmp_path, insight), []

    def look(is_new):
        looks.append(is_new)
        shown.look(is_new=is_new)

    followed, here = batch_file.BatchReader(tmp_path, look), Insight(say=lambda _: None)
    pictures, losses = np.zeros((2, 1, 4, 4), np.uint8), np.array([0.5, np.nan], np.float32)
    head = {"target": "class", "weight": 1.0, "labels": None, "answers": None, "losses": losses, "given": pictures + 3}
    heads = tuple(SeenHead(output=name, class_names=names, **head) for name, names in (("a", ("x", "y")), ("b", ())))
    gradients = (LayerGradient(layer="fc", gradient=1.5, weights=2.0),)
    maps = (SeenMap(output="where", given=pictures + 5, names=("sea", "land")),)
    seen = SeenBatch(step=7, num_pictures=2, pictures=pictures, heads=heads, gradients=gradients, maps=maps)
    insight.batch.put(seen)
    shown.serve()
    followed.serve(here)
    assert not looks and not list(tmp_path.iterdir())
    here.watches_batch = True
    followed.serve(here)
    assert looks and insight.watches_batch
    shown.serve()
    followed.serve(here)
    _, read = here.batch.newest()
    assert (read.step, read.gradients, read.heads[0].class_names, read.heads[1].labels) == (
        7,
        gradients,
        ("x", "y"),
        None,
    )
    assert (read.pictures == pictures).all()
    assert (read.maps[0].output, read.maps[0].names) == ("where", ("sea", "land"))
    assert (read.maps[0].given == pictures + 5).all()
    assert all((each.given == pictures + 3).all() and each.wanted is None for each in read.heads)
    assert all(np.array_equal(each.losses, losses, equal_nan=True) for each in read.heads)
    another, there = batch_file.BatchReader(tmp_path, look), Insight(say=lambda _: None)
    there.watches_batch = True
    monkeypatch.setattr(shown, "_next_s", 0.0)
    for _ in range(2):
        another.serve(there)
        followed.serve(here)
        shown.serve()
    assert looks == [True, True] and there.batch.newest()[1].step == 7, "no step was made, as in a paused run"
    later_s = time.monotonic() + 2 * batch_file.LOOK_S
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    shown.serve()
    assert not insight.watches_batch and not list(tmp_path.iterdir())
    for each in (insight, here, there):
        assert each.close()
