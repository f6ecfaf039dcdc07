"""Benchmarks whether compiled steps are faster on this machine's CPU, in a child process: ``python -m
workbench.session.running.compiling``.

Compiling is half a minute of Python, which would block the window and cannot be cancelled; a child process can be
ended.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from workbench.events import Tried
from workbench.session.child_job import ChildJob
from workbench.spec.files import STDIN, read_experiment
from workbench.spec.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.spec.experiment import Experiment, Speed

LOOK_S = 0.1


def has_compiler() -> bool:
    """Return whether the compiler that torch needs for a CPU is available."""
    usual = {"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++")
    return shutil.which(os.environ.get("CXX", usual)) is not None


def compiled_row(experiment: Experiment, speed: Speed, say: Callable[[str], bool]) -> Tried | None:
    """Benchmark the experiment's steps compiled; None if ``say``, called with the progress, returned False."""
    compiled = replace(speed, compile="on")
    recipe = replace(experiment.training, speed=compiled)
    began_s = time.monotonic()
    job = ChildJob([], module="workbench.session.running.compiling", given=replace(experiment, training=recipe))
    with closing(job):
        while (state := job.poll()).phase == "running":
            passed_s = time.monotonic() - began_s
            if not say(f"Compiling, to see whether that makes the network faster ({passed_s:.0f} s)"):
                return None
            job.wait(LOOK_S)
    if state.phase == "done":
        return msgspec.convert(state.report, Tried)
    return Tried(speed=compiled, step_ms=None, failure=state.message)


def main() -> None:
    """Read an experiment, time its steps, and print the result as a line of JSON."""
    from workbench.session.prepared import dataset_of
    from workbench.training.beginning import prepare
    from workbench.training.device import free_a_core
    from workbench.training.speed_trial import timed

    free_a_core()
    experiment = read_experiment(STDIN)
    plan, state = prepare(experiment, dataset_of(experiment), fresh=False)
    row = timed(plan, state, lambda: True)
    sys.stdout.write(f"{msgspec.json.encode(row).decode()}\n")


if __name__ == "__main__":
    main()
