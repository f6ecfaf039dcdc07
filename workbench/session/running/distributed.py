"""Runs of several processes, on one machine or many, started by torchrun and followed through the run's folder.

On the first machine the folder is locked and followed like that of any run in a separate process (``apart``). The
others start their ranks and wait; the first rank tells them what to train. So not all machines need access to the
folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import msgspec

from workbench.events import RunFailed, RunStopped
from workbench.runs.mailbox import Command, forget_status, send
from workbench.runs.store import check_resumable, create_run, starting
from workbench.session.leash import APART
from workbench.session.running.in_process import ProcessRun, Request, launch
from workbench.session.running.resuming import may_resume
from workbench.spec.experiment import Experiment, TrainingRecipe
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value
from workbench.spec.words import plural
from workbench.training.checking.pairs import check_one_device


class Machines(Record):
    """``devices`` processes on each of ``nodes`` machines, of which this is number ``node``, from 0.

    ``master`` is the first machine's address for all, ``HOST:PORT``; empty with a single machine.
    """

    devices: int = 1
    nodes: int = 1
    node: int = 0
    master: str = ""

    @property
    def num_ranks(self) -> int:
        """The total number of processes."""
        return self.devices * self.nodes

    @property
    def waits_for(self) -> str:
        """What happens first, in words."""
        return f"Waiting for {plural(self.nodes - 1, 'other machine')}" if self.nodes > 1 else "Starting the processes"


class _DistributedRun(ProcessRun):
    _ended_early = False

    def do(self, command: Command) -> None:
        """Pass the command on; a stop before the machines have joined, when nobody reads commands
        yet, ends torchrun.
        """
        if command.do == "stop" and self._process is not None and self._read_status() is None:
            self._ended_early = True
            self._process.terminate()
        super().do(command)

    def end_at_once(self) -> None:
        """End a run that hangs and reads no command; torchrun kills unresponsive processes after half a minute."""
        if self._process is not None and not self.outlives:
            self._process.terminate()

    def _died(self) -> RunFailed | RunStopped:
        return RunStopped(at=0.0, step=0) if self._ended_early else super()._died()


def start_distributed(
    experiment: Experiment, runs_folder: Path, machines: Machines, *, sharded: bool, stays: bool
) -> ProcessRun:
    """Start a run of several processes, from the first machine; if it ``stays``, it continues when it is no longer
    followed.

    Raises SpecError if the folder cannot be created.
    """
    folder = create_run(runs_folder, experiment)
    with ExitStack() as stack:
        stack.enter_context(starting(folder))
        return _follow(folder, experiment, Request(sharded=sharded), machines, stays=stays, hold=stack)


def resume_distributed(
    folder: Path,
    changes: Mapping[str, Value],
    machines: Machines,
    *,
    anyway: bool,
    sharded: bool,
    stays: bool,
) -> ProcessRun:
    """Do ``in_thread.resume`` with any number of processes. Raises SpecError if the run cannot resume."""
    saved = may_resume(folder, changes)
    check_resumable(folder)
    request = Request(resume=True, changes=dict(changes), anyway=anyway, sharded=sharded)
    with ExitStack() as stack:
        stack.enter_context(starting(folder))
        return _follow(folder, saved.experiment, request, machines, stays=stays, hold=stack)


class Helper:
    """The ranks on a machine other than the first; a temporary folder is their mailbox."""

    def __init__(self, machines: Machines) -> None:
        assert machines.node
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-")
        command = _command(self._folder.name, Request(), machines)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **APART)

    def stop(self) -> None:
        """Stop the run on all machines; it can be resumed."""
        send(Path(self._folder.name), Command(do="stop"))

    def wait(self) -> int:
        """Wait for the run's end; return the exit status."""
        status = self.process.wait()
        self._folder.cleanup()
        return status


def check_machines(machines: Machines, recipe: TrainingRecipe) -> None:
    """Raise SpecError if devices are missing here, options contradict each other, or a loss needs one device."""
    from workbench.training.device import choose_device

    if machines.devices < 1 or machines.nodes < 1 or not 0 <= machines.node < machines.nodes:
        raise SpecError("--devices and --nodes count from 1, --node-rank from 0 to the number of nodes minus 1")
    if machines.num_ranks > 1:
        check_one_device(recipe)
    if machines.nodes > 1 and not _is_address(machines.master):
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


def _is_address(master: str) -> bool:
    found = re.fullmatch(r".+:([0-9]{1,5})", master)
    return found is not None and 0 < int(found[1]) < 2**16


def _follow(
    folder: Path, experiment: Experiment, request: Request, machines: Machines, *, stays: bool, hold: ExitStack
) -> ProcessRun:
    forget_status(folder)  # whoever attaches meanwhile waits for that of these processes
    process = launch(folder, _command(str(folder), request, machines))
    hold = hold.pop_all()
    return _DistributedRun(folder, experiment, process, outlives=stays, waits_for=machines.waits_for, hold=hold)


def _command(folder: str, request: Request, machines: Machines) -> list[str]:
    said = [msgspec.json.encode(each).decode() for each in (request, machines)]
    return [sys.executable, "-P", "-m", "workbench.session.running.torchrun", folder, *said]


def environment(machines: Machines) -> dict[str, str]:
    """Return the environment variables for a machine's ranks."""
    from workbench.training.device import NUM_THREADS, num_cores

    return {
        NUM_THREADS: os.environ.get(NUM_THREADS, str(max(1, (num_cores() - 1) // machines.devices))),
        # The ranks use a separate store, which is new after every restart.
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
    }
