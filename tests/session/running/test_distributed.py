"""Runs in several processes, started by torchrun: followed and controlled by their folder, killed, on two machines."""

import argparse
import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from torch.distributed import HashStore, TCPStore

from tests.session.processes import free_address, is_alive
from tests.session.waiting import DEADLINE_S, logged, patiently, steps, wait_for
from tests.training.experiments import data_of, digits, endless, running_away, with_training
from workbench import cli
from workbench.cli.following import leave
from workbench.cli.machines import is_sharded
from workbench.events import ENDINGS, CheckpointSaved, EpochFinished, RunFailed, RunPaused, RunStarted, RunStopped
from workbench.runs import store
from workbench.runs.changes import keep_change
from workbench.runs.log import RunLog
from workbench.runs.mailbox import Command, Inbox, Status, read_status, send, write_status
from workbench.runs.store import EVENTS, LAST, create_run, held, is_held, open_run
from workbench.session.running import distributed_child, pulse, torchrun
from workbench.session.running.distributed import Helper, Machines, environment, resume_distributed, start_distributed
from workbench.session.running.distributed_child import (
    BEGINS_AGAIN,
    ENDING,
    IN_SHARDS,
    LOOKED,
    LOOKING,
    RankRun,
    _first_order,
    _main,
    _serve,
    _status,
    _watch,
    ending_in,
    smallest,
)
from workbench.session.running.in_process import OUTPUT, Request, attach, is_running
from workbench.session.running.in_thread import ThreadRun, resume
from workbench.session.running.resuming import Order
from workbench.spec.change import Change
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.checking import memory_limit
from workbench.training.checking.memory import training_memory
from workbench.training.distributed.ranks import Ranks
from workbench.training.plan import check
from workbench.training.trouble.failures import OutOfMemory

TWO = Machines(devices=2)


def children(pid: int) -> list[int]:
    """The child processes of this one."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def numbers(folder: Path) -> list[int]:
    """The steps in a run's log."""
    return [event.step for event in logged(folder) if hasattr(event, "loss")]


@pytest.fixture
def ended():
    """A list of runs that are ended after the test, whether or not it passes."""
    runs = []
    yield runs
    for run in runs:
        run.stop()
        if not run.join(DEADLINE_S):
            for child in children(run._process.pid):
                os.kill(child, signal.SIGKILL)
            run._process.kill()
            run._process.wait()
            run.join()


@pytest.mark.timeout(600)
def test_a_rank_that_is_killed_begins_again_and_a_stop_by_the_folder_stops_all(tmp_path, ended):
    run = start_distributed(endless(), tmp_path, TWO, sharded=False, stays=False)
    ended.append(run)
    patiently(lambda: len(steps(run)) > 30)
    assert is_running(run.folder) and [len(children(run._process.pid))] == [2]
    follower = attach(run.folder)
    patiently(lambda: any(isinstance(event, CheckpointSaved) for event in run.log.since(0)))
    follower.insight.watches_batch = True
    patiently(lambda: follower.insight.batch.newest() is not None)
    seen = follower.insight.batch.newest()[1]
    assert seen.title == f"Step {seen.step:,}, the part of the first of 2 processes"
    assert seen.num_pictures == len(seen.heads[0].losses) <= follower.experiment.training.batch_size / 2
    assert [layer.layer for layer in seen.gradients] == ["conv", "norm", "fc"]
    first, second = children(run._process.pid)
    where = Path(f"/proc/{second}/environ").read_bytes().split(b"\0")
    assert b"MASTER_ADDR=127.0.0.1" in where, "not the machine's own name, which may not resolve"
    os.kill(first, signal.SIGSTOP)
    os.kill(first, signal.SIGTERM)  # as torchrun does, here before it can notice that the second is gone
    os.kill(second, signal.SIGKILL)
    os.kill(first, signal.SIGCONT)
    killed_at = len(steps(run))
    patiently(lambda: sum(isinstance(e, RunStarted) for e in open_run(run.folder).events) == 2)
    patiently(lambda: len(steps(run)) > killed_at + 30)
    assert is_running(run.folder) and follower.state == "running"
    lost = re.compile(r"A process was lost after step \d+: all have started again from the checkpoint of step \d+\.")
    assert lost.fullmatch(run.take_note()) and lost.search(follower.take_note())
    send(run.folder, Command(do="stop"))
    assert run.join(DEADLINE_S) and follower.join(DEADLINE_S)
    assert run.state == follower.state == "stopped" and isinstance(run.log.since(0)[-1], RunStopped)
    told = numbers(run.folder)
    assert told == list(range(1, len(told) + 1)) and open_run(run.folder).resumable
    assert [event.step for event in steps(run)] == told == [event.step for event in steps(follower)]
    assert not is_running(run.folder)


@pytest.mark.slow
def test_a_stop_while_the_ranks_begin_again_is_heard_and_does_not_outlast_them(tmp_path, ended):
    run = start_distributed(endless(), tmp_path, TWO, sharded=False, stays=False)
    ended.append(run)
    patiently(lambda: any(isinstance(event, CheckpointSaved) for event in run.log.since(0)))
    os.kill(children(run._process.pid)[1], signal.SIGKILL)
    patiently(lambda: run.preparation is not None and run.preparation[0] == BEGINS_AGAIN)
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"
    write_status(run.folder, replace(read_status(run.folder), state="stopping"))  # as if it had been killed then
    again = resume_distributed(run.folder, {}, TWO, anyway=True, sharded=False, stays=False)
    ended.append(again)
    patiently(lambda: len(steps(again)) > len(steps(run)))


@pytest.fixture
def damaged(tmp_path):
    """The folder of a run whose only checkpoint is damaged."""
    folder = create_run(tmp_path, digits())
    (folder / LAST).parent.mkdir()
    (folder / LAST).write_bytes(b"nonsense")
    return folder


@pytest.mark.slow
def test_what_the_first_rank_refuses_ends_all_at_once(damaged, ended):
    run = resume_distributed(damaged, {}, TWO, anyway=False, sharded=False, stays=False)
    ended.append(run)
    assert run.join(5 * DEADLINE_S) and run.state == "failed" and run._process.returncode == 0
    assert str(damaged / LAST) in run.log.since(0)[-1].what
    assert "Connection" not in (damaged / OUTPUT).read_text(), "none lost another"


def test_a_refused_rank_tells_the_folder_and_the_other_ranks(damaged):
    shared = HashStore()
    assert _main(damaged, Request(resume=True), Ranks(store=shared)) == 0
    (ending,) = open_run(damaged).events
    assert str(damaged / LAST) in ending.what and ending_in(shared) == ending
    assert read_status(damaged) == Status(pid=os.getppid(), state="failed"), "torchrun's own number"


def test_after_a_restart_only_the_changes_that_were_made_are_not_requested_again(tmp_path):
    folder = create_run(tmp_path, digits(epochs=1))
    epochs = "training.epochs"
    keep_change(folder, Change(step=7, path=epochs, before=1, after=2))

    def ordered():
        order, run_log, _ = _first_order(folder, Request(resume=True, changes={epochs: 5}, sharded=True))
        run_log.close()
        return order

    first = ordered()
    assert (first.changes, first.anyway, first.sharded) == ({epochs: 5}, False, True)
    for pending, has_begun in (({epochs: 5}, True), ({}, False)):
        write_status(folder, Status(pid=os.getppid(), state="preparing", requested=pending, has_begun=has_begun))
        again = ordered()
        assert (again.changes, again.anyway, again.sharded) == (pending, has_begun, True), "asked once"
        assert again.note.startswith("A process was lost after step 0: all have started again from the first step.")


def test_a_run_that_starts_in_several_processes_is_followed_and_resumed_by_nobody_else(tmp_path, ended, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE_S", 0.0)
    run = start_distributed(digits(), tmp_path, TWO, sharded=False, stays=False)
    ended.append(run)
    follower = attach(run.folder)
    with pytest.raises(SpecError, match="is running in another window or command; stop it there first"):
        resume_distributed(run.folder, {}, TWO, anyway=True, sharded=False, stays=False)
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped" and follower.join(DEADLINE_S)


def test_processes_whose_run_another_has_locked_say_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(store, "PATIENCE_S", 0.0)
    folder = create_run(tmp_path, digits())
    with held(folder):
        assert torchrun.main(str(folder), "{}", TWO) == 2
    assert "is running in another window or command; stop it there first\n" in capsys.readouterr().err


def test_processes_share_the_cores_that_this_one_may_use(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(5)))
    assert environment(TWO)["OMP_NUM_THREADS"] == "2"


@pytest.fixture
def rank(tmp_path, ended):
    """A function that returns a run as a rank trains it that shares a store with others, once it trains."""

    def train(shared):
        experiment = endless()
        folder = create_run(tmp_path, experiment)
        order = Order(experiment=experiment, begun=experiment)
        run = RankRun(folder, order, RunLog(folder / EVENTS), None, ranks=Ranks(store=shared))
        ended.append(run)
        patiently(lambda: steps(run))
        return run

    return train


def endings(run):
    """The events with which the run's log on the disk ends."""
    return [event for event in open_run(run.folder).events if isinstance(event, ENDINGS)]


def test_a_rank_that_is_ended_while_it_ends_by_itself_ends_once(rank):
    run, told = rank(HashStore()), RunStopped(at=1.0, step=1)
    run.end_with(told)
    run.stop()
    assert run.join(DEADLINE_S) and endings(run) == [told]


def test_a_rank_that_stops_when_another_has_failed_ends_with_the_failure(rank):
    shared, told = HashStore(), RunFailed(at=1.0, what="Rank 1 on there: the disk is full", advice="", step=1)
    run = rank(shared)
    shared.set(ENDING, msgspec.json.encode(told).decode())
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "failed" and endings(run) == [told]


def test_a_rank_that_waits_for_one_that_has_ended_ends_too(rank, monkeypatch):
    monkeypatch.setattr(distributed_child, "GRACE_S", 0.0)
    monkeypatch.setattr(pulse, "LOOK_S", 0.05)
    shared, told = HashStore(), RunFailed(at=1.0, what="Rank 1 on there: the disk is full", advice="", step=1)
    run, ranks = rank(shared), Ranks(store=shared)
    shared.set(ENDING, msgspec.json.encode(told).decode())
    listening = pulse.Pulse(ranks)
    listening.listen(ending_in)
    _watch(run, None, listening, ranks, ())
    assert run.state == "failed" and not run.broken and told in endings(run)


def test_ranks_whose_store_is_gone_start_again_whatever_ended_them(rank):
    server = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    run = rank(TCPStore("127.0.0.1", server.port))
    del server
    run._end(RunStopped(at=1.0, step=1))
    assert run.broken and not endings(run)


def test_the_first_to_end_says_why_with_its_rank_and_an_internal_error_starts_all_again(rank):
    shared = HashStore()
    shared.set_timeout(timedelta(seconds=1))
    run, full = rank(shared), RunFailed(at=1.0, what="the disk is full", advice="", step=1)
    run._rank, elsewhere = "Rank 1 on there: ", RuntimeError()
    elsewhere.kind = "elsewhere"
    fault = replace(full, fault=True)
    assert run._common(fault, RuntimeError()) is None and run._common(full, elsewhere) == full
    assert ending_in(shared) is None, "the first rank says why"
    told = replace(full, what="Rank 1 on there: the disk is full")
    assert run._common(full, RuntimeError()) == told == ending_in(shared)
    assert run._common(fault, RuntimeError()) == told
    run._store, own = HashStore(), RunStopped(at=5.0, step=3)
    run._store.set(ENDING, msgspec.json.encode(RunStopped(at=1.0, step=3)).decode())
    assert run._common(own, None) == own, "with the first rank's time"


def test_a_lost_rank_breaks_the_run_and_commands_and_signals_stop_it(rank, monkeypatch, capsys):
    monkeypatch.setattr(pulse, "LOOK_S", 0.0)
    shared = HashStore()
    run, ranks = rank(shared), Ranks(store=shared)
    listening = pulse.Pulse(ranks)
    listening._silent = "rank 1 on there"
    _watch(run, None, listening, ranks, ())
    assert run.broken and "rank 1 on there has stopped responding" in capsys.readouterr().err
    listening._silent = ""
    inbox = Inbox(run.folder)
    run._order = replace(run._order, sharded=True)
    run.look(is_new=True)
    assert run.take_note() == IN_SHARDS
    run.look(is_new=True)
    assert run.take_note() == "", "said once"
    for do in ("pause", "unpause"):
        send(run.folder, Command(do=do))
    _serve(run, inbox, ranks)
    assert not run.stop_is_commanded
    _watch(run, None, listening, ranks, [signal.SIGTERM])
    assert run.state == "stopped" and not run.stop_is_commanded
    monkeypatch.setattr(distributed_child, "status_of", lambda _, pid: Status(pid=pid, state="stopping"))
    before = _status(run, inbox)
    assert before.state == "running", "ranks that start again stop too"
    for do in ("stop", "save"):
        send(run.folder, Command(do=do))
    _serve(run, inbox, ranks)
    assert run.stop_is_commanded and _status(run, inbox).state == "stopping"
    assert _status(run, inbox).heard > before.heard > 0 == _status(run, None).heard


@pytest.mark.parametrize("found", [32, None])
def test_a_batch_size_fits_if_it_does_on_all_ranks(rank, monkeypatch, found):
    run = rank(HashStore())
    monkeypatch.setattr(ThreadRun, "_room", lambda *_: OutOfMemory(found, 64))
    plan, state = beginning.prepare(digits(), data_of(digits()))
    ending = run._room(MemoryError(), plan, state)
    assert ending.batch_size == found and "not searched for" not in ending.advice
    run._store = HashStore()
    in_shards = replace(plan, ranks=dataclasses.replace(plan.ranks, sharded=True))
    assert found or "is not searched for" in run._room(MemoryError(), in_shards, state).advice


@pytest.mark.slow
def test_the_ranks_end_with_what_watches_over_them_and_the_run_can_go_on(tmp_path, ended):
    run = start_distributed(endless(), tmp_path, TWO, sharded=False, stays=False)
    ended.append(run)
    patiently(lambda: any(isinstance(event, CheckpointSaved) for event in run.log.since(0)))
    ranks = children(run._process.pid)
    run._process.kill()
    patiently(lambda: not any(is_alive(rank) for rank in ranks))
    assert run.join(DEADLINE_S) and run.state == "failed"
    assert "was killed" in run.log.since(0)[-1].what
    one = resume(run.folder, anyway=True)
    patiently(lambda: len(steps(one)) > len(steps(run)))
    one.stop()
    assert one.join(DEADLINE_S) and one.state == "stopped"


@pytest.mark.slow
def test_a_rank_that_hangs_is_begun_again_with_the_others_and_a_stop_is_not_forgotten(tmp_path, ended):
    run = start_distributed(endless(), tmp_path, TWO, sharded=False, stays=False)
    ended.append(run)
    patiently(lambda: any(isinstance(event, CheckpointSaved) for event in run.log.since(0)))
    hangs = children(run._process.pid)[1]
    os.kill(hangs, signal.SIGSTOP)
    run.stop()
    assert run.join(2 * DEADLINE_S) and run.state == "stopped" and not is_alive(hangs)
    assert "has stopped responding" in (run.folder / "process.log").read_text()
    assert open_run(run.folder).resumable


@pytest.mark.slow
def test_other_data_on_another_machine_ends_the_run_and_says_where(tmp_path, ended, monkeypatch):
    """The same path leads to different data in two home folders."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    first = Machines(nodes=2, node=0, master=free_address())
    for number, folder in enumerate(("first", "second")):
        (tmp_path / folder).mkdir()
        pictures = np.random.default_rng(number).integers(0, 256, (100, 8, 8), np.uint8)
        np.savez(tmp_path / folder / "pictures.npz", x=pictures, y=np.arange(100) % 10)
    source = Component(type="ArrayFile", parameters={"file": "~/pictures.npz"})
    experiment = replace(digits(), data=DataRecipe(source=source))
    monkeypatch.setenv("HOME", str(tmp_path / "first"))
    run = start_distributed(experiment, tmp_path / "runs", first, sharded=False, stays=False)
    ended.append(run)
    monkeypatch.setenv("HOME", str(tmp_path / "second"))
    other = Helper(replace(first, node=1))
    assert run.join(DEADLINE_S) and run.state == "failed"
    other.wait()
    ending = run.log.since(0)[-1]
    assert isinstance(ending, RunFailed) and "its data differs from the first machine's" in ending.what


@pytest.mark.slow
def test_one_process_goes_on_with_what_two_began_and_two_with_what_one_began(tmp_path, ended):
    run = start_distributed(endless(), tmp_path, TWO, sharded=True, stays=False)
    ended.append(run)
    patiently(lambda: any(isinstance(event, EpochFinished) for event in run.log.since(0)))
    run.leave()  # with stays=False, leaving stops the run
    assert run.join(DEADLINE_S) and run.state == "stopped"
    one = resume(run.folder, {"training.epochs": 10_000})
    patiently(lambda: one.asking)
    assert one.differences == ("the number of devices was 2 (sharded) and is 1",)
    one.go_on_anyway()
    patiently(lambda: len(steps(one)) > len(steps(run)) + 20)
    one.stop()
    assert one.join(DEADLINE_S) and one.state == "stopped"
    log = (run.folder / EVENTS).read_bytes()
    declined = resume_distributed(run.folder, {}, TWO, anyway=False, sharded=False, stays=True)
    ended.append(declined)
    patiently(lambda: declined.asking)
    declined.stop()
    assert declined.join(DEADLINE_S) and declined.state == "stopped" and (run.folder / EVENTS).read_bytes() == log
    again = resume_distributed(run.folder, {}, TWO, anyway=False, sharded=False, stays=True)
    ended.append(again)
    patiently(lambda: again.asking)
    assert again.differences == ("the number of devices was 1 and is 2",)
    again.go_on_anyway()
    patiently(lambda: len(steps(again)) > len(steps(one)) + 20)
    again.change("training.optimizer.lr", 0.001)
    patiently(lambda: again.experiment.training.optimizer.parameters["lr"] == 0.001)
    again.pause()
    patiently(lambda: isinstance(again.log.since(0)[-1], RunPaused))  # its state changes before its last step ends
    held = len(steps(again))
    again.step()
    patiently(lambda: len(steps(again)) == held + 1)
    told = len(again.log)
    again.save_checkpoint()
    patiently(lambda: len(again.log) > told and isinstance(again.log.since(0)[-1], RunPaused))
    assert any(isinstance(event, CheckpointSaved) for event in again.log.since(told))
    assert len(steps(again)) == held + 1, "a paused run saves without making a step"
    again.stop()
    assert again.join(DEADLINE_S) and again.state == "stopped"
    assert numbers(run.folder) == list(range(1, len(numbers(run.folder)) + 1))
    with pytest.raises(SpecError, match="not a run"):
        resume_distributed(tmp_path / "none", {}, TWO, anyway=False, sharded=False, stays=False)


@pytest.mark.slow
def test_numbers_that_are_not_finite_end_all_ranks_with_the_culprits_sentence(tmp_path, ended):
    run = start_distributed(running_away(), tmp_path, TWO, sharded=False, stays=False)
    ended.append(run)
    assert run.join(DEADLINE_S) and run.state == "failed" and run._process.returncode == 0
    ending = run.log.since(0)[-1]
    assert isinstance(ending, RunFailed) and "gave non-finite numbers" in ending.what and "Rank" not in ending.what
    assert ending.batch and (run.folder / ending.batch).is_file()


@pytest.mark.slow
def test_two_machines_train_one_network_and_either_can_stop_it(tmp_path, ended, monkeypatch):
    """Two groups of ranks on one machine that connect by its address; the second cannot see the folder."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    first = Machines(nodes=2, node=0, master=free_address())
    run = start_distributed(endless(), tmp_path, first, sharded=False, stays=False)
    ended.append(run)
    assert run.preparation[0] == "Waiting for 1 other machine"
    other = Helper(replace(first, node=1))
    try:
        patiently(lambda: any(isinstance(event, CheckpointSaved) for event in run.log.since(0)))
        assert next(e for e in run.log.since(0) if isinstance(e, RunStarted)).environment["devices"] == 2
        os.kill(children(other.process.pid)[0], signal.SIGKILL)
        patiently(lambda: sum(isinstance(e, RunStarted) for e in open_run(run.folder).events) == 2)
        at = len(steps(run))
        patiently(lambda: len(steps(run)) > at + 20)
        other.stop()
        assert run.join(DEADLINE_S) and run.state == "stopped"
    finally:
        other.process.terminate()
        other.wait()
    told = numbers(run.folder)
    assert told == list(range(1, len(told) + 1)) and open_run(run.folder).resumable


@pytest.mark.slow
def test_a_stop_while_the_machines_wait_for_each_other(tmp_path, ended):
    run = start_distributed(digits(), tmp_path, Machines(nodes=2, master=free_address()), sharded=False, stays=False)
    ended.append(run)
    patiently(lambda: "pt_elastic" in Path(f"/proc/{run._process.pid}/comm").read_text())
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped" and open_run(run.folder).resumable


def test_a_run_left_before_other_machines_join_is_held_and_hears_a_stop(tmp_path, ended, capsys):
    run = start_distributed(digits(), tmp_path, Machines(nodes=2, master=free_address()), sharded=False, stays=True)
    ended.append(run)
    assert leave(run, as_json=True, is_awaited=False) == 0 and is_held(run.folder)
    patiently(lambda: read_status(run.folder) is not None)
    assert cli.main(["tell", str(run.folder), "pause"]) == 2
    assert "this run is preparing its first step: pause it once it trains, or stop it" in capsys.readouterr().err
    follower = attach(run.folder)
    wait_for(lambda: follower.preparation == ("Waiting for 1 other machine", 0, 0))
    assert cli.main(["tell", str(run.folder), "stop"]) == 0
    assert capsys.readouterr().out == "the run stops before its first step\n"
    run._process.wait(DEADLINE_S)
    assert follower.join(DEADLINE_S) and follower.state == "stopped"


@pytest.mark.slow
def test_the_command_stops_with_ctrl_c_and_can_go_on(tmp_path):
    command = [sys.executable, "-m", "workbench"]
    options = ["--devices", "2", "--runs", str(tmp_path), "--set", "training.batch_size=64"]
    train = subprocess.Popen(
        [*command, "train", "lenet-digits", "--epochs", "5000", *options], stderr=subprocess.PIPE, text=True
    )
    patiently(lambda: any(tmp_path.glob("*/checkpoints/last.safetensors")))
    train.send_signal(signal.SIGINT)
    _, said = train.communicate(timeout=DEADLINE_S)
    (folder,) = tmp_path.iterdir()
    assert "fastest here: " in said
    assert train.returncode == 130 and f"stopped; resume with: python -m workbench resume {folder}" in said
    epochs = str(max(event.epoch for event in open_run(folder).events if isinstance(event, EpochFinished)) + 2)
    go_on = [*command, "resume", str(folder), "--devices", "2", "--epochs", epochs, "--json"]
    done = subprocess.run(go_on, capture_output=True, text=True, timeout=DEADLINE_S, check=True)
    result = msgspec.json.decode(done.stdout.splitlines()[-1])
    assert result["state"] == "finished" and result["epochs"] == int(epochs)


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (["--devices", "1"], "a single process has nothing to shard with"),
        (["--devices", "0"], "count from 1"),
        (["--devices", "2", "--nodes", "2"], "give --master HOST:PORT"),
        *(
            (["--nodes", "2", "--master", no], "give --master HOST:PORT")
            for no in ("29500", ":29500", "h:99999", "h:²")
        ),
        (["--nodes", "2", "--node-rank", "2", "--master", "there:1234"], "--node-rank from 0 to the number"),
    ],
)
def test_what_does_not_go_together_is_refused(options, refusal, capsys):
    assert cli.main(["train", "lenet-digits", "--device", "cpu", *options]) == 2
    assert refusal in capsys.readouterr().err


def test_of_what_ranks_find_at_a_time_the_smallest_counts():
    """Also if the last of them finds it, when the others have long finished."""
    shared, all_at_it = HashStore(), threading.Barrier(3)

    def find(size):
        all_at_it.wait(DEADLINE_S)
        if size == 40:
            wait_for(lambda: shared.add(LOOKED, 0) == 2)
        return size

    def end_with(size):
        found = smallest(shared, lambda: find(size))
        if not shared.check([ENDING]):
            shared.set(ENDING, str(found))

    with ThreadPoolExecutor(3) as ranks:
        for number, size in enumerate((96, 64, 40), 1):
            ranks.submit(end_with, size)
            wait_for(lambda number=number: shared.add(LOOKING, 0) == number)
    assert int(shared.get(ENDING)) == 40


def test_weights_are_held_in_parts_where_memory_is_too_small_for_all(monkeypatch, capsys):
    experiment = digits()
    analysis = check(experiment, data_of(experiment).columns)
    asked = argparse.Namespace(shard=False)
    assert not is_sharded(asked, experiment, TWO)
    needed = training_memory(replace(experiment.training, batch_size=32), analysis).total
    monkeypatch.setattr(memory_limit, "free_memory", lambda _: 2 * int(memory_limit.LIBRARIES + 1.98 * needed))
    assert is_sharded(asked, experiment, TWO)
    said = capsys.readouterr().err
    assert "in each of 2 processes with batches of 64" in said and "is free for it: batches of " in said
    offered = int(re.search("batches of ([0-9]+) should fit", said)[1])
    assert 32 < offered < 64 and not is_sharded(asked, with_training(experiment, batch_size=offered), TWO)
    assert is_sharded(asked, with_training(experiment, batch_size=offered + 2), TWO)
