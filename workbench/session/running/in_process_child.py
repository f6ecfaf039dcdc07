"""The process of a separate run. See ``in_process``.

Usage: ``python -m workbench.session.running.in_process_child FOLDER REQUEST``. The run is trained by the same thread as
in the window; here its commands are read from the folder and its status is written there.
"""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec

from workbench.runs.changes import EXPERIMENT
from workbench.runs.mailbox import Command, Inbox, Status, write_status
from workbench.runs.store import held
from workbench.session.running.in_process import Request
from workbench.session.running.in_thread import ThreadRun, begin, resume
from workbench.session.running.run import Run
from workbench.session.views.batch_file import BatchWriter
from workbench.spec.files import read_experiment
from workbench.spec.problems import SpecError

LOOK_S = 0.05


def main(folder: Path, request: Request) -> int:
    """Train until the end; return the exit status."""
    inbox = Inbox(folder)
    # Released only after the last status: a follower that finds the folder free has read it.
    with ExitStack() as hold:
        try:
            hold.enter_context(held(folder))
            if request.resume:
                run = resume(folder, request.changes, anyway=request.anyway, hold=ExitStack())
            else:
                run = begin(folder, read_experiment(folder / EXPERIMENT), ExitStack())
        except SpecError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        _serve(folder, run, inbox)
    return 0


def _serve(folder: Path, run: ThreadRun, inbox: Inbox) -> None:
    """Pass on the run's commands, and write its status until it has ended."""
    terms = noted_terms()
    batches = BatchWriter(folder, run.insight)
    said = None
    try:
        while not run.join(LOOK_S):
            if terms:
                run.stop()
            for command in inbox.take():
                if command.do == "look":
                    batches.look(is_new=command.value is True)
                else:
                    obey(run, command)
            show(batches)
            if (status := status_of(run, os.getpid())) != said:
                said = status
                say(folder, status)
    finally:  # whatever goes wrong here, the training ends with a checkpoint
        run.stop()
        run.join()
        batches.close()
    say(folder, status_of(run, os.getpid()))


def noted_terms() -> list[int]:
    """Note each SIGTERM in the returned list. To stop the run at once could wait for ever: the signal may have
    interrupted another command, with a lock that the stop needs too.
    """
    terms: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: terms.append(number))
    return terms


def say(folder: Path, status: Status) -> None:
    """Write the status if the disk allows; a disk that is full for a moment is no reason to end the training."""
    try:
        write_status(folder, status)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")


def show(batches: BatchWriter) -> None:
    """Write the latest batch; if the disk refuses, the run continues without showing it."""
    try:
        batches.serve()
    except SpecError as error:
        batches.close()
        sys.stderr.write(f"{error}\n")


def obey(run: Run, command: Command) -> None:
    """Execute a command; an invalid change is ignored, since its sender has already been told."""
    try:
        if command.do == "change":
            run.change(command.path, command.value)
        else:
            run.do(command)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")


def status_of(run: ThreadRun, pid: int) -> Status:
    """Return the run's status, with the process that was started for it."""
    return Status(
        pid=pid,
        state=run.state,
        preparation=run.preparation,
        differences=run.differences,
        asking=run.asking,
        declined=run.declined,
        note=run.note,
        num_earlier=run.num_earlier,
        requested=run.requested,
        has_begun=run.has_begun,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Request)))
