"""Locks on runs: one program holds a run, and checking the lock never disturbs it."""

import shutil
import threading

import pytest
from filelock import FileLock

from tests.training.experiments import digits
from workbench.events import RunFinished, RunStopped
from workbench.runs.log import RunLog
from workbench.runs.store import EVENTS, check_resumable, create_run, held, is_held, list_runs, open_run
from workbench.spec.problems import SpecError

NUM_LOOKS = 300


def looks_while(act, folder):
    """Check the lock continuously from another thread during ``act``; return what was seen."""
    seen, done = [], threading.Event()

    def look():
        while not done.is_set():
            seen.append(is_held(folder))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        act()
    finally:
        done.set()
        thread.join()
    return seen


def test_a_look_keeps_nobody_from_beginning(tmp_path):
    folder = create_run(tmp_path, digits())

    def begin_often():
        for _ in range(NUM_LOOKS):
            with held(folder):
                assert is_held(folder)

    looks_while(begin_often, folder)
    assert not is_held(folder)


def test_two_who_look_do_not_take_each_other_for_a_run(tmp_path):
    folder, seen = create_run(tmp_path, digits()), []

    def look_often():
        seen.extend(is_held(folder) for _ in range(NUM_LOOKS))

    with held(folder):
        pass  # the lock file stays
    seen += looks_while(look_often, folder)
    assert len(seen) > NUM_LOOKS and not any(seen)


def test_a_run_without_an_ending_is_running_while_somebody_holds_it(tmp_path):
    folder = create_run(tmp_path, digits())
    log = RunLog(folder / EVENTS)
    with held(folder):
        assert [run.state for run in list_runs(tmp_path)] == ["running"] and not open_run(folder).resumable
        with pytest.raises(SpecError, match="running in another window or command"):
            check_resumable(folder)
        log.append(RunStopped(at=1.0, step=0))
        assert open_run(folder).state == "stopped", "it has said so, and is about to go"
    log.append(RunFinished(at=1.0, epochs=1, metrics={}))
    log.close()
    assert open_run(folder).state == "finished"
    with pytest.raises(SpecError, match="has no checkpoint to resume from"):
        check_resumable(folder)


def test_a_run_whose_log_cannot_be_read_does_not_hide_the_others(tmp_path):
    create_run(tmp_path, digits())
    broken = create_run(tmp_path, digits())
    (broken / EVENTS).symlink_to("/proc/self/mem")
    with pytest.raises(SpecError, match=r"events\.jsonl: the run's log cannot be read"):
        open_run(broken)
    assert len(list_runs(tmp_path)) == 1


def test_a_killed_run_is_as_a_stopped_one_also_where_no_lock_can_be_had(tmp_path):
    folder = create_run(tmp_path, digits())
    assert open_run(folder).state == "stopped"
    (folder / ".lock").mkdir()
    assert open_run(folder).state == "stopped"


def test_a_look_at_a_run_that_has_just_been_moved_does_not_make_its_folder_anew(tmp_path):
    """Else the run that is deleted while the table is read could not be restored."""
    with pytest.raises(SpecError, match="lock cannot be taken"), held(tmp_path / "moved"):
        pass
    assert not (tmp_path / "moved").exists()


@pytest.mark.parametrize("leave", [lambda folder: folder.rename(folder.with_name("moved")), shutil.rmtree])
def test_a_look_at_a_run_that_goes_meanwhile_leaves_no_folder_behind(tmp_path, monkeypatch, leave):
    folder, acquire = create_run(tmp_path, digits()), FileLock.acquire
    with held(folder):
        pass  # the lock file stays

    def acquire_late(lock, **how):
        if folder.exists():
            leave(folder)
        return acquire(lock, **how)

    monkeypatch.setattr(FileLock, "acquire", acquire_late)
    with pytest.raises(SpecError, match="lock cannot be taken: No such file"):
        is_held(folder)
    assert not folder.exists()
