"""The queue's file and its runs: in order, across stops, failures and a kill."""

import errno
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.session.waiting import DEADLINE_S, stop_at
from tests.training.experiments import digits, with_training
from tests.training.trained import losses
from workbench.runs import locks, notes
from workbench.runs.locks import changing_alone
from workbench.runs.log import encode
from workbench.runs.notes import NOTES, annotate
from workbench.runs.queue import QUEUE, add, changing, drop, move, read_queue, take_out
from workbench.runs.store import EVENTS, LAST, LOCK, create_run, held, is_held, is_starting, list_runs, open_run
from workbench.session.running.in_thread import start
from workbench.session.running.queue import lines, next_run
from workbench.spec.component import Component
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def test_entries_stand_in_the_order_they_came(tmp_path):
    runs = tmp_path / "runs"
    assert read_queue(runs) == () and lines(runs) == []
    assert [add(runs, digits(epochs=number)) for number in (1, 2, 3)] == [1, 2, 3]
    assert [entry.experiment.training.epochs for entry in read_queue(runs)] == [1, 2, 3]
    assert drop(runs, 2).experiment.training.epochs == 2
    first, second = lines(runs)
    assert (first, second) == tuple(
        f"{place}  digits: {epochs}, SGD 0.05, Cosine, batches of 64, seed 3"
        for place, epochs in ((1, "1 epoch"), (2, "3 epochs"))
    )
    with pytest.raises(SpecError, match="the queue has no position 3: it has 2"):
        drop(runs, 3)
    with pytest.raises(SpecError, match="the queue has no position 1: it has none"):
        drop(tmp_path, 1)


def test_entries_move_but_not_before_one_that_has_begun(tmp_path):
    for number in (1, 2, 3):
        add(tmp_path, digits(epochs=number))
    with changing(tmp_path) as entries:
        entries[0] = replace(entries[0], folder="begun")
    first, second, third = read_queue(tmp_path)
    assert [line.endswith("  (started: begun)") for line in lines(tmp_path)] == [True, False, False]
    move(tmp_path, third, -5)
    assert read_queue(tmp_path) == (first, third, second)
    move(tmp_path, third, 1)
    assert read_queue(tmp_path) == (first, second, third)
    move(tmp_path, first, 1)
    take_out(tmp_path, second)
    move(tmp_path, second, 1)
    take_out(tmp_path, second)
    assert read_queue(tmp_path) == (first, third)


def test_two_programs_do_not_make_one_queue(tmp_path):
    add(tmp_path, digits(epochs=1))
    add(tmp_path, digits(epochs=1))
    begun = start(digits(epochs=300), tmp_path)  # as if by another program
    with changing(tmp_path) as entries:
        entries[0] = replace(entries[0], folder=begun.folder.name)
    with pytest.raises(
        SpecError, match=f"already running in another window or command; its current run is {begun.folder.name}"
    ):
        next_run(tmp_path)
    begun.stop()
    assert begun.join(DEADLINE_S) and len(read_queue(tmp_path)) == 2


def test_a_change_waits_a_limited_time_for_that_of_another_program(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0.05)
    folder = create_run(tmp_path, digits())
    with (
        changing(tmp_path),
        pytest.raises(SpecError, match=r"queue\.json: another program .* close it, then try again"),
    ):
        add(tmp_path, digits())
    with changing_alone(folder / NOTES, notes.LOCK), pytest.raises(SpecError, match=r"notes\.json: another program"):
        annotate(folder, note="lost")
    assert add(tmp_path, digits()) == 1 and annotate(folder, note="kept").note == "kept"


@pytest.mark.parametrize("data", [b"{}", b'[{"folder": "\xff"}]'])
def test_a_file_that_is_no_queue_is_one_sentence(tmp_path, data):
    (tmp_path / QUEUE).write_bytes(data)
    with pytest.raises(SpecError, match="this queue cannot be read"):
        read_queue(tmp_path)


def test_runs_are_made_one_after_the_other_and_a_failed_one_holds_up_none(tmp_path):
    refused = with_training(digits(), optimizer=Component(type="SGD", parameters={"lr": -1}))
    for experiment in (digits(epochs=1), refused, digits(epochs=2)):
        add(tmp_path, experiment)
    ends = []
    while (run := next_run(tmp_path)) is not None:
        assert read_queue(tmp_path)[0].folder == run.folder.name
        assert run.join(DEADLINE_S)
        ends.append((run.state, run.experiment.training.epochs))
    assert ends == [("finished", 1), ("failed", 2), ("finished", 2)] and read_queue(tmp_path) == ()


def test_after_a_kill_it_goes_on_from_the_last_checkpoint(tmp_path):
    """As a kill leaves it: a started entry, and a folder with a checkpoint whose log has no end."""
    whole = start(digits(epochs=3), tmp_path / "whole")
    assert whole.join(DEADLINE_S)  # before the next: two runs in one process share torch's generator
    add(tmp_path, digits(epochs=3))
    add(tmp_path, digits(epochs=1))
    run = next_run(tmp_path)
    stop_at(run, 31)
    assert run.join(DEADLINE_S)
    again = next_run(tmp_path)
    assert again.folder == run.folder and again.join(DEADLINE_S)
    assert losses(again.log.since(0)) == losses(whole.log.since(0))
    last = next_run(tmp_path)
    assert last.join(DEADLINE_S) and last.experiment.training.epochs == 1
    assert next_run(tmp_path) is None


def test_one_killed_before_its_first_checkpoint_begins_again_in_its_own_folder(tmp_path):
    """Killed before its first event, and after some steps."""
    add(tmp_path, digits(epochs=1))
    folder = create_run(tmp_path, digits(epochs=1))
    with changing(tmp_path) as entries:
        entries[0] = replace(entries[0], folder=folder.name)
    run = next_run(tmp_path)
    assert run.folder == folder and run.join(DEADLINE_S)
    shutil.rmtree(folder / "checkpoints")
    (folder / EVENTS).write_bytes(encode(run.log.since(0)[:9])[:-7])
    again = next_run(tmp_path)
    assert again.folder == folder and "starts again" in again.take_note() and again.join(DEADLINE_S)
    assert losses(again.log.since(0)) == losses(run.log.since(0)) and len(list_runs(tmp_path)) == 1


def test_one_whose_checkpoints_are_gone_begins_anew_and_one_whose_folder_is_gone_is_over(tmp_path):
    add(tmp_path, digits(epochs=1))
    run = next_run(tmp_path)
    assert run.join(DEADLINE_S)
    (run.folder / LAST).unlink()
    (run.folder / EVENTS).write_bytes(b"")
    from_best = next_run(tmp_path)
    assert from_best.folder == run.folder and from_best.join(DEADLINE_S)
    shutil.rmtree(run.folder / "checkpoints")
    (run.folder / EVENTS).write_bytes(encode(run.log.since(0)[:-1]))
    anew = next_run(tmp_path)
    assert anew.folder != run.folder and anew.join(DEADLINE_S) and open_run(anew.folder).state == "finished"
    shutil.rmtree(anew.folder)
    assert next_run(tmp_path) is None and read_queue(tmp_path) == ()


def test_a_folder_that_cannot_be_locked_is_one_sentence(tmp_path):
    (tmp_path / LOCK).mkdir()
    for hold in (held(tmp_path).__enter__, lambda: is_held(tmp_path)):
        with pytest.raises(SpecError, match="the run's lock cannot be taken"):
            hold()


def test_a_run_that_the_queue_cannot_name_is_not_begun(tmp_path, monkeypatch):
    add(tmp_path, digits(epochs=1))
    replace_file = os.replace

    def full(source, target):
        if Path(target).name == QUEUE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(SpecError, match=r"queue\.json: the disk is full"):
            next_run(tmp_path)
    assert not any(thread.name.startswith("run ") for thread in threading.enumerate())
    assert [run.state for run in list_runs(tmp_path)] == ["stopped"]
    run = next_run(tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished" and next_run(tmp_path) is None


def test_an_entry_whose_run_cannot_be_read_is_not_taken_out(tmp_path):
    add(tmp_path, digits(epochs=1))
    run = next_run(tmp_path)
    assert run.join(DEADLINE_S)
    content = (run.folder / "experiment.json").read_bytes()
    (run.folder / "experiment.json").write_bytes(b"nonsense")
    with pytest.raises(SpecError, match=r"experiment\.json"):
        next_run(tmp_path)
    assert len(read_queue(tmp_path)) == 1
    (run.folder / "experiment.json").write_bytes(content)
    assert next_run(tmp_path) is None


@pytest.mark.parametrize("separate", [False, True])
def test_one_that_cannot_resume_can_be_tried_again(tmp_path, separate):
    gone = Component(type="folder", parameters={"folder": str(tmp_path / "gone")})
    experiment = digits(epochs=1)
    experiment = replace(experiment, data=replace(experiment.data, source=gone))
    add(tmp_path, experiment)
    folder = create_run(tmp_path, experiment)
    with changing(tmp_path) as entries:
        entries[0] = replace(entries[0], folder=folder.name)
    for _ in range(2):
        with pytest.raises(SpecError, match="the data of this run is not there"):
            next_run(tmp_path, separate=separate)
        assert not (is_held(folder) or is_starting(folder))


AT_ONCE = """
import sys
from pathlib import Path
from workbench.session.running.queue import next_run

runs = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
run = next_run(runs, separate=True)
run.join()
print(run.folder.name, run.state)
"""


@pytest.mark.parametrize("begun", [False, True], ids=["new", "stopped"])
def test_two_windows_at_once_follow_one_run(tmp_path, begun):
    add(tmp_path, digits(epochs=3))
    if begun:
        stopped = next_run(tmp_path)
        stop_at(stopped, 31)
        assert stopped.join(DEADLINE_S)
    windows = [
        subprocess.Popen([sys.executable, "-c", AT_ONCE, tmp_path], stdin=PIPE, stdout=PIPE, text=True)
        for _ in range(2)
    ]
    assert [window.stdout.readline() for window in windows] == ["ready\n"] * 2
    for window in windows:
        window.stdin.write("\n")
        window.stdin.flush()
    told = [window.communicate(timeout=5 * DEADLINE_S)[0] for window in windows]
    (run,) = list_runs(tmp_path)
    assert told == [f"{run.folder.name} finished\n"] * 2 and run.num_epochs == 3
