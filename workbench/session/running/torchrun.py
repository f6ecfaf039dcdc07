"""The process that starts and supervises a machine's ranks.

Usage: ``python -m workbench.session.running.torchrun FOLDER REQUEST MACHINES``. It is torch's own torchrun: if a rank
dies, all are ended and start again from the run's last checkpoint. On the first machine it holds the lock on the run's
folder across restarts.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import msgspec
from torch.distributed import run as torchrun
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from workbench.durable import stamp
from workbench.events import ENDINGS, RunFailed, RunStopped
from workbench.runs.log import RunLog, each_event, end_with
from workbench.runs.mailbox import Inbox, Status, read_status
from workbench.runs.store import EVENTS, held
from workbench.session import leash
from workbench.session.failure import how_to_go_on
from workbench.session.running.distributed import Machines, environment
from workbench.session.running.in_process import LOOK_S, OUTPUT
from workbench.session.running.in_process_child import say
from workbench.spec.problems import SpecError, first_line
from workbench.training.distributed.ranks import NODE

MOST_RESTARTS = 3

WAITS = 0
"""In place of the status's process while the first rank does not listen yet."""

JOIN_S = 3600
"""How long the first machines wait for the last."""


def main(folder: str, request: str, machines: Machines) -> int:
    """Supervise the ranks to their end; return the exit status."""
    os.environ |= environment(machines) | {NODE: str(machines.node)}
    try:
        with held(Path(folder)) if machines.node == 0 else nullcontext():
            if machines.node == 0 and machines.nodes > 1:
                _listen(Path(folder), machines)
            return _supervise(folder, request, machines)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _listen(folder: Path, machines: Machines) -> None:
    """Say what the run waits for, and stop it if it is told so before the first rank listens."""
    inbox = Inbox(folder)
    say(folder, Status(pid=WAITS, state="preparing", preparation=(machines.waits_for, 0, 0), has_begun=False))

    def listen() -> None:
        while (status := read_status(folder)) is not None and status.pid == WAITS:
            if any(command.do == "stop" for command in inbox.take()):
                _say_so(folder, "", has_begun=False)  # first: torchrun may not mind signals yet
                os.kill(os.getpid(), signal.SIGTERM)
                return
            threading.Event().wait(LOOK_S)

    threading.Thread(target=listen, name="commands", daemon=True).start()


def _supervise(folder: str, request: str, machines: Machines) -> int:
    broke, stopped, before = "", False, stamp(Path(folder) / EVENTS)
    try:
        torchrun.main(arguments(folder, request, machines))
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        broke = f"Rank {rank} failed {MOST_RESTARTS + 1} times, the last time with exit status {failure.exitcode}."
    except SignalException:
        stopped = True
    except Exception as error:  # noqa: BLE001  # torchrun raises many classes if machines do not meet
        reason = f"{type(error).__name__}: {first_line(error, 'no message')}"
        broke = f"The machines could not find each other, or lost contact: {reason}"
    if broke:
        sys.stderr.write(f"{broke}\n")
    if machines.node == 0 and (broke or stopped):
        _say_so(Path(folder), broke, has_begun=stamp(Path(folder) / EVENTS) != before)
    return int(bool(broke))


def arguments(folder: str, request: str, machines: Machines) -> Sequence[str]:
    """Return torchrun's command-line arguments."""
    if machines.nodes == 1:
        # A machine's own name, by which its ranks would find each other, need not resolve.
        meeting = ["--standalone", "--local-addr=127.0.0.1"]
    else:
        is_host = int(machines.node == 0)
        meeting = ["--rdzv-backend=c10d", f"--rdzv-endpoint={machines.master}", "--rdzv-id=workbench"]
        meeting += [f"--rdzv-conf=is_host={is_host},join_timeout={JOIN_S}"]
    numbers = [f"--nnodes={machines.nodes}", f"--nproc-per-node={machines.devices}", f"--max-restarts={MOST_RESTARTS}"]
    # On a leash: if this process were killed, its ranks would train on without a lock on the folder or anyone to
    # command them.
    return [
        *numbers,
        *meeting,
        "--no-python",
        *leash.command("workbench.session.running.distributed_child", folder, request),
    ]


def _say_so(folder: Path, broke: str, *, has_begun: bool) -> None:
    """End the log if no rank could; a stop before they have begun leaves it as it was."""
    state = "failed" if broke else "stopped"
    say(folder, Status(pid=os.getpid(), state=state, has_begun=has_begun or bool(broke)))
    log = RunLog(events=each_event(folder / EVENTS))
    has_ended = any(isinstance(event, ENDINGS) for event in log.outline()[-1:])
    if has_ended if has_begun else not broke:
        return
    advice = f"{OUTPUT} in the run's folder has their output. {how_to_go_on(folder)}".strip()
    failed = RunFailed(at=log.last_at, what=broke, advice=advice, step=log.last_step)
    end_with(folder / EVENTS, failed if broke else RunStopped(at=log.last_at, step=log.last_step))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], msgspec.json.decode(sys.argv[3], type=Machines)))
