"""Running out of memory: foreseen before the run, caught in it, freed, and the largest batch that fits is found.

Each run has its own process, whose memory the kernel limits.
"""

import json
import logging
import os
import resource
import subprocess
import sys
from pathlib import Path  # noqa: F401  # for the child processes, which import all of this file
from types import SimpleNamespace

import psutil
import pytest
import torch

from tests.session.processes import free_address
from tests.training.experiments import data_of, digits, wide, with_training
from workbench.compiler.analysis import analyse
from workbench.data import facts
from workbench.events import RunFinished, RunStarted
from workbench.runs.store import create_run, open_run
from workbench.session import free_memory as asking
from workbench.session.editing.network_facts import tight_memory
from workbench.session.free_memory import found_apart
from workbench.session.running.distributed_child import main as rank_main
from workbench.session.running.in_process import Request
from workbench.session.running.in_thread import start
from workbench.spec.component import Component
from workbench.spec.mending import apply_remedy
from workbench.training import beginning
from workbench.training.checking import memory_limit
from workbench.training.checking.memory import training_memory
from workbench.training.trouble import fitting
from workbench.training.trouble.failures import OutOfMemory

ROOM_BYTES = 160 << 20
BATCH = 1200


def environment():
    """Make the C library return large tensors to the kernel at once; it counts addresses that are kept for reuse."""
    return {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}


def main(folder):
    """In the child: train a run that does not fit, then one with the suggested batch size."""
    logging.disable()
    warm = start(digits(epochs=1), folder)  # torch allocates its own memory in the first steps
    assert warm.join(60) and warm.state == "finished"
    used = memory_limit._in_use("VmData:")
    resource.setrlimit(resource.RLIMIT_DATA, (used + ROOM_BYTES, used + ROOM_BYTES))
    (problem,) = tight_memory(wide(BATCH), analyse(wide(BATCH).architecture, classes=10))
    run = start(wide(BATCH), folder)
    assert run.join(120)
    ending = run.log.since(0)[-1]
    again = start(with_training(wide(BATCH), batch_size=ending.batch_size), folder)
    assert again.join(120)
    said = {"before": problem.sentence(), "offered": problem.remedy.batch_size, "what": ending.what}
    foreseen = start(with_training(wide(BATCH), batch_size=problem.remedy.batch_size), folder)
    assert foreseen.join(120)
    said["foreseen"] = foreseen.state
    said |= {"advice": ending.advice, "batch_size": ending.batch_size, "fault": ending.fault, "again": again.state}
    fitted = start(with_training(wide(BATCH), initialiser=Component(type="LSUV")), folder)
    assert fitted.join(120)
    said["before the first step"] = fitted.log.since(0)[-1].batch_size
    assert not any(isinstance(event, RunStarted) for event in fitted.log.since(0))
    print(json.dumps(said))


def refused():
    """In a child: run out of memory for the code of a convolution; return the error, None if oneDNN needs no memory."""
    conv = torch.nn.Conv2d(1, 512, 3, padding=1).to(memory_format=torch.channels_last)
    conv(torch.zeros(3, 1, 8, 8).to(memory_format=torch.channels_last))
    for size in range(BATCH, BATCH + 60):
        inputs = torch.zeros(size, 1, 8, 8).to(memory_format=torch.channels_last)
        most = 4 * 512 * 64 * size + (size - BATCH << 16)
        used = memory_limit._in_use("VmData:")
        resource.setrlimit(resource.RLIMIT_DATA, (used + most, resource.RLIM_INFINITY))
        try:
            conv(inputs)
        except RuntimeError as error:
            if "could not create a primitive" in str(error):
                return error
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return None


def searching(folder):
    """In the child: search for a batch size that fits after oneDNN was refused memory in this thread; then also where
    the search is what makes it refuse.
    """
    logging.disable()
    error = refused()
    run = start(digits(epochs=1), folder)
    assert run.join(60) and run.state == "finished"
    plan, state = beginning.prepare(wide(64), data_of(wide(64)))
    found = error and run._room(error, plan, state).batch_size
    fits = fitting._fits_here
    fitting._fits_here = lambda plan, state, size: fits(plan, state, size) if size != 32 else not refused()
    again = error and run._room(error, plan, state).batch_size
    print(json.dumps({"refused": bool(error), "found": [found, again]}))


def rank(number, address, rooms, folder):
    """In a child: train the run in ``folder`` as one of two ranks, with ``rooms[number]`` bytes available."""
    logging.disable()
    host, _, port = address.rpartition(":")
    os.environ |= {"RANK": f"{number}", "LOCAL_RANK": f"{number}", "WORLD_SIZE": "2", "MASTER_ADDR": host}
    os.environ["MASTER_PORT"] = port
    warm = start(digits(epochs=1), folder.parent / f"warm{number}")
    assert warm.join(120) and warm.state == "finished"
    most = memory_limit._in_use("VmData:") + rooms[number]
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    rank_main(folder, Request())


def ending_of_two(experiment, runs, rooms):
    """The last event of a run trained by two ranks."""
    folder, address = create_run(runs, experiment), free_address()
    words = f"from tests.session.running.test_memory import *; rank({{}}, {address!r}, {rooms}, Path({str(folder)!r}))"
    commands = [[sys.executable, "-c", words.format(number)] for number in range(2)]
    both = [subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) for command in commands]
    said = [each.communicate(timeout=400)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    return open_run(folder).events[-1]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("goes_on", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel that binds its memory is Linux")
def test_of_two_ranks_the_one_with_least_memory_says_which_batches_fit(tmp_path, goes_on):
    """Whether one rank runs out of memory while the other waits for it, or both do: each measures its own part."""
    rooms = (2 * ROOM_BYTES if goes_on else 4 * ROOM_BYTES, ROOM_BYTES)
    failed = ending_of_two(wide(BATCH), tmp_path, rooms)
    size = failed.batch_size
    assert failed.what.endswith(f"There is not enough memory to train this network with batches of {BATCH}.")
    assert failed.advice == f"Batches of {size} fit (training.batch_size={size})." and not failed.fault
    assert BATCH // 16 <= size < BATCH
    if goes_on:
        ending = ending_of_two(with_training(wide(BATCH), batch_size=size), tmp_path, rooms)
        assert isinstance(ending, RunFinished)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel that binds its memory is Linux")
def test_memory_runs_out_and_a_batch_that_fits_is_offered(tmp_path):
    command = [sys.executable, "-c", f"from tests.session.running.test_memory import *; main(Path({str(tmp_path)!r}))"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment())
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["before"].startswith("training needs about ") and " is free: batches of " in said["before"]
    assert said["what"] == f"There is not enough memory to train this network with batches of {BATCH}."
    size = said["batch_size"]
    assert said["advice"] == f"Batches of {size} fit (training.batch_size={size})." and not said["fault"]
    assert BATCH // 16 <= size < BATCH and said["again"] == "finished"
    assert size / 8 <= said["offered"] < BATCH and said["foreseen"] == "finished"
    assert BATCH // 16 <= said["before the first step"] < BATCH


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel that binds its memory is Linux")
def test_a_batch_that_fits_is_found_also_where_memory_ran_out_for_a_kernels_code(tmp_path):
    words = f"from tests.session.running.test_memory import *; searching(Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=240, env=environment())
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    if not said["refused"]:
        pytest.skip("no code is written for this processor's convolutions")
    found, where_it_was_refused = said["found"]
    assert found and found > 16 and where_it_was_refused and 14 <= where_it_was_refused < 32


def test_where_not_even_one_picture_fits_no_smaller_batch_is_advised():
    assert OutOfMemory(None, 8).advice == "Not even batches of 1 fit: use fewer filters and units, or smaller pictures."
    assert (
        "smaller batch size" in OutOfMemory().advice
        and "smaller batch size" in OutOfMemory(None, 8, looked=False).advice
    )


MACHINE_BYTES = 307_200


def leave(monkeypatch, num_bytes):
    """Let the machine have so much memory left."""
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=num_bytes))


def test_where_there_are_no_cgroups_and_no_status_the_machines_free_memory_counts(tmp_path, monkeypatch):
    """As on Windows and on a Mac."""
    for name in ("CGROUP", "OWN_CGROUPS", "STATUS"):
        monkeypatch.setattr(memory_limit, name, tmp_path / "none")
    assert memory_limit.free_memory("cpu") == pytest.approx(psutil.virtual_memory().available, rel=0.5)
    leave(monkeypatch, MACHINE_BYTES)
    assert memory_limit.free_memory("cpu") == MACHINE_BYTES


def test_a_driver_that_does_not_respond_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(asking, "PATIENCE_S", 0.001)
    assert found_apart("cpu") is None


def test_where_nothing_says_what_is_free_it_is_unknown(tmp_path, monkeypatch):
    """A container may hide ``/proc``, and a status may lack a line."""
    monkeypatch.setattr(memory_limit, "CGROUP", tmp_path)
    monkeypatch.setattr(memory_limit, "STATUS", tmp_path / "status")
    (tmp_path / "status").write_text("Name: python\n")
    monkeypatch.setattr("psutil.PROCFS_PATH", str(tmp_path / "none"))
    assert memory_limit.free_memory("cpu") is None


def test_what_is_free_is_the_least_of_machine_container_and_limits(tmp_path, monkeypatch):
    for name, text in (
        ("memory.max", "1000000\n"),
        ("memory.current", "600000\n"),
        ("memory.stat", "inactive_file 30000\nactive_file 20000\n"),
    ):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(memory_limit, "CGROUP", tmp_path)
    leave(monkeypatch, 450_001)
    assert memory_limit.free_memory("cpu") == 450_000
    leave(monkeypatch, MACHINE_BYTES)
    assert memory_limit.free_memory("cpu") == MACHINE_BYTES
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_limit.free_memory("cpu") == MACHINE_BYTES
    (tmp_path / "memory.max").write_text(f"{2**60}\n")
    assert memory_limit.free_memory("cpu") == MACHINE_BYTES
    assert memory_limit.free_memory("mps") is None


@pytest.mark.parametrize(
    ("line", "folder", "files"),
    [
        ("0::/user.slice/job_7/step_0", "user.slice/job_7", ("memory.max", "memory.current", "")),
        ("0::/outside/of/the/container", "", ("memory.max", "memory.current", "")),
        (
            "4:cpu,memory:/slurm/job_7/step_0",
            "memory/slurm/job_7",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
        ),
    ],
)
def test_the_limit_of_a_clusters_job_counts_also_where_only_a_cgroup_above_has_it(
    tmp_path, monkeypatch, line, folder, files
):
    limit, usage, total = files
    own = tmp_path / folder
    (own / "step_0").mkdir(parents=True)
    (own / limit).write_text("1000000\n")
    (own / usage).write_text("600000\n")
    (own / "memory.stat").write_text(f"inactive_anon 7\n{total}inactive_file 30000\n{total}active_file 20000\n")
    other = tmp_path / "memory/elsewhere"  # which is another job's
    other.mkdir(parents=True)
    stat = "total_inactive_file 0\ntotal_active_file 0"
    for name, text in (("limit_in_bytes", "700000"), ("usage_in_bytes", "600000"), ("stat", stat)):
        (other / f"memory.{name}").write_text(text)
    (tmp_path / "cgroup").write_text(f"3:pids:/elsewhere\n{line}\n")
    monkeypatch.setattr(memory_limit, "CGROUP", tmp_path)
    monkeypatch.setattr(memory_limit, "OWN_CGROUPS", tmp_path / "cgroup")
    assert memory_limit.free_memory("cpu") == 450_000


def test_a_step_may_take_half_of_a_cpus_memory_and_nine_tenths_of_a_gpus():
    """Less what the libraries take: 64 MiB of a CPU's memory."""
    assert memory_limit.room_for_step("cpu", (64 + 100) << 20) == 50 << 20
    assert memory_limit.room_for_step("cuda:0", 100 << 20) == 90 << 20


def test_a_batch_larger_than_the_data_needs_memory_for_the_data_alone(monkeypatch):
    """The 1,797 digits would take 1 GB; a million of them, which there are not, 500 GB."""
    monkeypatch.setattr(memory_limit, "free_memory", lambda _: 8 * 2**30)
    analysis, known = analyse(wide(BATCH).architecture, classes=10), facts(wide(BATCH).data.source)
    assert len(tight_memory(wide(1_000_000), analysis)) == 1
    assert tight_memory(wide(1_000_000), analysis, known) == ()


def test_a_command_that_only_follows_its_ranks_asks_no_gpu_itself(monkeypatch):
    """Its context there would take half a gigabyte from a rank's."""

    def ask(*_):
        raise AssertionError("a context is made in this process")

    monkeypatch.setattr("torch.cuda.mem_get_info", ask)
    monkeypatch.setattr("workbench.training.device.choose_device", lambda _: torch.device("cuda"))
    analysis = analyse(wide(BATCH).architecture, classes=10)
    assert tight_memory(wide(BATCH), analysis, num_ranks=2) == ()
    assert found_apart("cpu") == pytest.approx(memory_limit.free_memory("cpu"), rel=0.5)
    assert found_apart("mps") is None


def test_the_batch_that_should_fit_does_and_the_remedy_sets_it():
    analysis, free = analyse(wide(BATCH).architecture, classes=10), 300 << 20
    problem = memory_limit.memory_problem(wide(BATCH).training, analysis, "cpu", free)
    mended = apply_remedy(wide(BATCH), problem.remedy)
    needed = training_memory(mended.training, analysis).total
    assert needed <= memory_limit.room_for_step("cpu", free) < needed + analysis.kept_bytes
    assert memory_limit.memory_problem(mended.training, analysis, "cpu", free) is None
    two = memory_limit.memory_problem(wide(BATCH).training, analysis, "cpu", 2 * free, num_ranks=2, sharing=2)
    assert apply_remedy(wide(BATCH), two.remedy).training.batch_size == 2 * mended.training.batch_size
    assert f"in each of 2 processes with batches of {BATCH}" in two.what and two.what.endswith("300 MiB is free for it")
    none = memory_limit.memory_problem(wide(BATCH).training, analysis, "cpu", 1 << 10)
    assert none.mend == "use fewer filters and units"
