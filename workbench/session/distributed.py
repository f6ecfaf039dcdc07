"""Runs of several processes, on one machine or many: torchrun starts them, and they are followed by the run's folder.

On the first machine the folder is held and followed as that of any run in a process of its own (``in_process``). The others
start their ranks and wait; what to train their ranks are told by the first one. So the folder need not be seen by all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.events import RunFailed, RunStopped
from workbench.runs.mailbox import Command, send
from workbench.runs.store import check_resumable, create_run
from workbench.session.in_process import ProcessRun, Request, launch
from workbench.session.resuming import may_resume
from workbench.spec.experiment import Experiment, TrainingRecipe
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value
from workbench.spec.words import plural


class Machines(Record):
    """``devices`` processes on each of ``nodes`` machines, of which this is number ``node``, from 0.

    ``master`` is where all find the first machine, ``HOST:PORT``; empty where there is one alone.
    """

    devices: int = 1
    nodes: int = 1
    node: int = 0
    master: str = ""

    @property
    def num_ranks(self) -> int:
        """Total number of processes."""
        return self.devices * self.nodes


class _DistributedRun(ProcessRun):
    _ended_early = False

    def do(self, command: Command) -> None:
        """As any other; while machines wait for each other, nobody reads commands yet."""
        if command.do == "stop" and self._process is not None and self._read_status() is None:
            self._ended_early = True
            self._process.terminate()
        super().do(command)

    def end_at_once(self) -> None:
        """One that hangs hears no command; torchrun ends its processes in half a minute, however deaf they are."""
        if self._process is not None and not self.outlives:
            self._process.terminate()

    def _died(self) -> RunFailed | RunStopped:
        return RunStopped(at=0.0, step=0) if self._ended_early else super()._died()


def start_distributed(
    experiment: Experiment, runs_folder: Path, machines: Machines, *, sharded: bool, stays: bool
) -> ProcessRun:
    """Begin a run of several processes, from the first machine; it ``stays`` at work when it is followed no longer.

    SpecError where no folder can be made there.
    """
    folder = create_run(runs_folder, experiment)
    return _follow(folder, experiment, Request(sharded=sharded), machines, stays=stays)


def resume_distributed(
    folder: Path,
    changes: Mapping[str, Value],
    machines: Machines,
    *,
    anyway: bool,
    sharded: bool,
    stays: bool,
) -> ProcessRun:
    """``session.in_thread.resume`` with several processes, however many there were before. SpecError where it cannot go on."""
    saved = may_resume(folder, changes)
    check_resumable(folder)
    request = Request(resume=True, changes=dict(changes), anyway=anyway, sharded=sharded)
    return _follow(folder, saved.experiment, request, machines, stays=stays)


class Helper:
    """The ranks of a machine that another one leads; a folder of their own is their mailbox."""

    def __init__(self, machines: Machines) -> None:
        assert machines.node
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-")
        command = _command(self._folder.name, Request(), machines)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def stop(self) -> None:
        """End the run, on all machines, resumable."""
        send(Path(self._folder.name), Command(do="stop"))

    def wait(self) -> int:
        """Until the run has ended; gives the exit status."""
        status = self.process.wait()
        self._folder.cleanup()
        return status


def check_machines(machines: Machines, recipe: TrainingRecipe) -> None:
    """Raise SpecError for what this machine has not, or what does not go together."""
    from workbench.training.device import choose_device

    if machines.devices < 1 or machines.nodes < 1 or not 0 <= machines.node < machines.nodes:
        raise SpecError("--devices and --nodes count from 1, --node-rank from 0 to the number of nodes minus 1")
    if machines.nodes > 1 and not machines.master.rpartition(":")[2].isdigit():
        raise SpecError(
            "--nodes: the machines must find each other: give --master HOST:PORT of the one with --node-rank 0, the "
            "same on each"
        )
    device = choose_device(recipe.device).type
    if device == "cuda":
        import torch

        there = torch.cuda.device_count()
        if machines.devices > there:
            raise SpecError(f"--devices {machines.devices}: this machine has {plural(there, 'GPU')}")
    elif device != "cpu" and machines.num_ranks > 1:
        raise SpecError(f"--devices: {device} is one device: leave --devices out, or use --device cpu")


def _follow(folder: Path, experiment: Experiment, request: Request, machines: Machines, *, stays: bool) -> ProcessRun:
    process = launch(folder, _command(str(folder), request, machines))
    others = machines.nodes - 1
    waits_for = f"Waiting for {plural(others, 'other machine')}" if others else "Starting the processes"
    return _DistributedRun(folder, experiment, process, outlives=stays, waits_for=waits_for)


def _command(folder: str, request: Request, machines: Machines) -> list[str]:
    said = [msgspec.json.encode(each).decode() for each in (request, machines)]
    return [sys.executable, "-P", "-m", "workbench.session.torchrun", folder, *said]


def environment(machines: Machines) -> dict[str, str]:
    """The environment variables of a machine's ranks."""
    cores = os.cpu_count() or 2
    return {
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, (cores - 1) // machines.devices))),
        # The ranks keep a store of their own, which is new whenever they begin again.
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
    }
