"""Kills runs repeatedly: ``python -m tests.session.killing EXPERIMENT WHOLE RUNS KILLS SEED random|save``.

Each attempt is a fork of this process, which has torch loaded and no other threads; it resumes where the last one was
killed. A run that finishes is compared with the uninterrupted one in WHOLE, and another starts. Prints the number of
kills, how many of them hit a checkpoint being written, and the number of runs that finished.
"""

import json
import os
import random
import signal
import sys
import threading
from pathlib import Path

import torch

from tests.session.waiting import logged
from workbench.durable import stamp
from workbench.events import CheckpointSaved, StepFinished
from workbench.runs.store import EVENTS, LAST, create_run, has_checkpoint, open_run
from workbench.session.running.in_thread import begin, resume
from workbench.spec.files import read_experiment
from workbench.training import loop

assert loop.torch is torch  # loaded before the first fork

LONGEST_S = 0.6
SAVE_S = 0.004
WORK_BYTES = 6000
"""Size of about sixty steps in the log."""


def main(file, whole, runs, kills, seed, when):
    """Run the loop described above. Raises AssertionError if a kill has lost anything."""
    experiment, dice = read_experiment(file), random.Random(seed)
    unbroken = told(Path(whole))
    counts = {"kills": 0, "while saving": 0, "finished": 0}
    folder = None
    while counts["kills"] < kills or folder is not None:
        if folder is None:
            folder = create_run(runs, experiment)
        child = forked(folder, experiment)
        last_one = counts["kills"] >= kills
        if not last_one and when == "random":
            wait_for_work(child, folder, dice)
        saving = not last_one and when == "save" and wait_for_save(child, folder, dice)
        if not last_one and os.waitpid(child, os.WNOHANG) == (0, 0):
            saving = saving or is_saving(folder)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            counts["kills"] += 1
            counts["while saving"] += saving
            found = told(folder)
            assert found == unbroken[: len(found)], "the log tells other numbers"
            events = open_run(folder).events
            assert has_checkpoint(folder) or not any(isinstance(event, CheckpointSaved) for event in events)
            if not has_checkpoint(folder):
                folder = None
            continue
        if last_one:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "a run did not go on"
        assert told(folder) == unbroken and open_run(folder).state == "finished"
        counts["finished"] += 1
        folder = None
    print(json.dumps(counts))


def forked(folder, experiment):
    """Fork a process that starts or resumes the run in ``folder`` and trains to the end; return its id."""
    child = os.fork()
    if child:
        return child
    torch.set_num_threads(1)
    run = resume(folder) if has_checkpoint(folder) else begin(folder, experiment)
    run.join()
    os._exit(0 if run.state == "finished" and not run.differences else 3)


def wait_for_work(child, folder, dice):
    """Wait for some of its own steps plus a random time; one time in seven the random time alone, to kill it early."""
    before = size(folder)
    waits = dice.randrange(7) > 0
    while waits and size(folder) <= before + WORK_BYTES and not has_ended(child):
        threading.Event().wait(0.005)
    threading.Event().wait(dice.uniform(0, LONGEST_S))


def size(folder):
    """The size of the log in bytes."""
    found = stamp(folder / EVENTS)
    return found[1] if found else 0


def has_ended(child):
    """Whether it has ended; leaves it to be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def wait_for_save(child, folder, dice):
    """Wait until a checkpoint is being written, plus a moment; return False if the run ended first."""
    while not is_saving(folder):
        if has_ended(child):
            return False
    threading.Event().wait(dice.uniform(0, SAVE_S))
    return True


def is_saving(folder):
    """Whether there is a temporary file that was not there at the last kill."""
    temporary = set((folder / LAST).parent.glob(".*.tmp"))
    new = temporary - _seen
    _seen.update(temporary)
    return bool(new)


_seen: set[Path] = set()


def told(folder):
    """The step and loss of each step in the log."""
    return [(event.step, event.loss) for event in logged(folder) if isinstance(event, StepFinished)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
