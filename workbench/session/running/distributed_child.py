"""The process of one of several ranks, started by torchrun. See ``distributed``.

Usage: ``python -m workbench.session.running.distributed_child FOLDER REQUEST``. The first rank owns the run's folder
and reads its commands; it tells the others what to train, and they write nothing.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.events import RunFailed
from workbench.runs.log import RunLog, each_event, end_with
from workbench.runs.mailbox import Inbox, Status, read_status
from workbench.runs.store import EVENTS, has_checkpoint, open_run
from workbench.session.running import pulse
from workbench.session.running.in_process import Request
from workbench.session.running.in_process_child import LOOK_S, noted_terms, obey, say, show, status_of
from workbench.session.running.in_thread import ThreadRun
from workbench.session.running.resuming import Order, Place, anew, may_resume, place_to_resume
from workbench.session.running.run import AFTER, Ending
from workbench.session.views.batch_file import BatchWriter
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training.distributed import ranks as meeting
from workbench.training.distributed.agreed import Agreed
from workbench.training.distributed.ranks import Ranks
from workbench.training.trouble.failures import OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch.distributed import Store  # type: ignore[attr-defined]  # defined in C++

    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

BEGINS_AGAIN = "A process was lost: all restart from the last checkpoint once they have rejoined"

ENDING = "ending"
"""The key in the ranks' store for the event with which a rank has ended; the others end with it too."""

LOOKING, LOOKED, FITS = "looking", "looked", "fits/{}"
"""Keys in the ranks' store: how many search for a batch size that fits, how many have finished, and what the n-th
found.
"""

IN_SHARDS = "The batch cannot be shown: with the weights in shards, none of the processes has a layer's gradient whole."

GRACE_S = 15.0
"""How long a rank may take to end after another has."""


class RankRun(ThreadRun):
    """A run as one of its ranks trains it; only the first rank's is kept.

    It differs in its ending: all ranks end with the event of the first to end.
    """

    broken = False
    """Whether it broke down, for instance because another process ended: all are to start again."""

    stop_is_commanded = False
    """Whether a command stops it, and not only SIGTERM, which torchrun also sends before all start again."""

    def __init__(self, folder: Path, order: Order, run_log: RunLog, place: Place | None, *, ranks: Ranks) -> None:
        assert ranks.store is not None
        self._store = ranks.store
        self._ending = threading.Lock()
        """Held while the run ends: its thread and the process's may both end it."""

        self._rank = "" if ranks.is_first else f"Rank {ranks.rank} on {socket.gethostname()}: "
        super().__init__(folder, order, run_log, place, control=Agreed(ranks), ranks=ranks)
        self.batches = BatchWriter(folder, self.insight)
        """The first rank's part of the batches: gathering all would hold up the others."""

        self._looked = False

    def look(self, *, is_new: bool) -> None:
        """Request the latest batch."""
        if not self._order.sharded:
            self.batches.look(is_new=is_new)
        elif not self._looked:
            self._looked = True
            self._say(IN_SHARDS)

    def _end(self, ending: Ending, error: Exception | None = None) -> None:
        """End with the event of a rank that has ended; after an unexplained error, all ranks start again instead."""
        try:
            common = self._common(ending, error)
        except RuntimeError:  # the store is gone, and with it the rank that served it
            common = None
        if common is None:
            self.broken = True
        else:
            self.end_with(common)

    def _common(self, ending: Ending, error: Exception | None) -> Ending | None:
        """Return the event with which all ranks end; None if they are to start again instead."""
        if error is not None:
            assert isinstance(ending, RunFailed)
            told = ending_in(self._store)
            if told is not None or getattr(error, "kind", "") == "elsewhere":
                return told or ending
            if ending.fault:
                return None
            ending = replace(ending, what=f"{self._rank}{ending.what}")
        first = _decoded(self._store.compare_set(ENDING, "", msgspec.json.encode(ending).decode()))
        return first if isinstance(first, RunFailed) else ending  # only the first rank's own has the run's time

    def end_with(self, ending: Ending) -> None:
        """End the run, unless it has ended."""
        with self._ending:
            if self.state not in AFTER.values():
                super().end_with(ending)

    def _room(self, error: Exception, plan: Plan, state: TrainingState) -> OutOfMemory:
        """Search on every rank that ran out of memory; the smallest result counts."""
        look = super()._room
        size = smallest(self._store, lambda: look(error, plan, state).batch_size or 0)
        return OutOfMemory(size or None, plan.train.batch_size, looked=not plan.ranks.sharded)


def ending_in(store: Store) -> Ending | None:
    """Return the event with which a rank has ended; None while all are training."""
    return _decoded(store.get(ENDING)) if store.check([ENDING]) else None


def _decoded(ending: bytes) -> Ending:
    decoded: Ending = msgspec.json.decode(ending, type=Ending)
    return decoded


def main(folder: Path, request: Request) -> int:
    """Train until the end; return the exit status: 1 if all ranks are to start again."""
    ranks = meeting.join()
    try:
        status = _main(folder, request, ranks)
    except (ConnectionError, RuntimeError) as error:  # raised by torch if another rank, or the store, is gone
        sys.stderr.write(f"rank {ranks.rank}: {error}\n")
        status = 1
    if status == 0:
        meeting.leave(ranks)
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread waiting for a lost rank would wait for ever, and nothing is left to do.
    os._exit(status)


def _main(folder: Path, request: Request, ranks: Ranks) -> int:
    before = _status_before(folder)
    # Of the other machines, the mailbox is this run's alone.
    heard = before.heard if before is not None else None if ranks.is_first else 0
    inbox = Inbox(folder, heard) if ranks.local == 0 else None  # one per machine
    listening = pulse.Pulse(ranks)
    stopping = before is not None and before.state == "stopping"  # they broke down before all had received the stop
    try:
        run = _begin(folder, request, ranks)
    except SpecError as error:
        if ranks.is_first:
            _refuse(folder, ranks, error)
        return 0
    terms = noted_terms()
    if stopping:
        run.stop_is_commanded = True
        run.stop()
    listening.listen(ending_in)
    _watch(run, inbox, listening, ranks, terms)
    if ranks.is_first:
        run.batches.close()
        status = _status(run, inbox)
        say(folder, replace(status, preparation=(BEGINS_AGAIN, 0, 0)) if run.broken else status)
    return 1 if run.broken else 0


def _refuse(folder: Path, ranks: Ranks, error: SpecError) -> None:
    """End all ranks before the training starts, from the first rank."""
    ending = RunFailed(at=0.0, what=str(error), advice="", step=0)
    end_with(folder / EVENTS, ending)
    say(folder, Status(pid=os.getppid(), state="failed"))
    assert ranks.store is not None
    ranks.store.set(ENDING, msgspec.json.encode(ending).decode())


def _watch(run: RankRun, inbox: Inbox | None, listening: pulse.Pulse, ranks: Ranks, terms: Sequence[int]) -> None:
    """Serve the run until it ends, breaks down, or waits in vain for a rank that has ended; stop it at one of the
    ``terms``.
    """
    said, asked_s, ended_s = None, time.monotonic(), None
    while not run.join(LOOK_S):
        if terms:
            run.stop()
        now_s = time.monotonic()
        _serve(run, inbox, ranks)
        if ranks.is_first and (status := _status(run, inbox)) != said:
            said = status
            say(run.folder, status)
        if now_s - asked_s < pulse.LOOK_S:
            continue
        asked_s = now_s
        if lost := listening.lost():
            sys.stderr.write(f"{lost} has stopped responding\n")
            run.broken = True
            return
        told = listening.told
        ended_s = None if told is None else ended_s or now_s
        if told is not None and ended_s is not None and now_s - ended_s > GRACE_S:
            if ranks.is_first:
                run.end_with(told)
            return


def _serve(run: RankRun, inbox: Inbox | None, ranks: Ranks) -> None:
    """Execute new commands, and write the batch if it is viewed."""
    for command in inbox.take() if inbox else ():
        if command.do != "look":
            run.stop_is_commanded |= command.do == "stop"
            obey(run, command)
        elif ranks.is_first:
            run.look(is_new=command.value is True)
    if ranks.is_first:
        show(run.batches)


def _status_before(folder: Path) -> Status | None:
    """Return the last status of these ranks before torchrun started them again; None at their first start."""
    status = read_status(folder)
    return status if status is not None and status.pid == os.getppid() else None


def _status(run: RankRun, inbox: Inbox | None) -> Status:
    """Return the run's status; it says *stopping* only after a command, because ranks that start again then stop."""
    status = replace(status_of(run, os.getppid()), heard=inbox.heard if inbox else 0)
    return status if run.stop_is_commanded or status.state != "stopping" else replace(status, state="running")


def _begin(folder: Path, request: Request, ranks: Ranks) -> RankRun:
    """Return this rank's run. Raises SpecError, on every rank, if the first finds that it cannot start or resume."""
    said: Order | str = ""
    run_log, place = RunLog(), None
    if ranks.is_first:
        try:
            said, run_log, place = _first_order(folder, request)
        except SpecError as error:
            said = str(error)
    told: Order | str = ranks.from_first(lambda: said, Order | str)
    if isinstance(told, str):
        raise SpecError(told)
    return RankRun(folder, told, run_log, place, ranks=dataclasses.replace(ranks, sharded=told.sharded))


def _first_order(folder: Path, request: Request) -> tuple[Order, RunLog, Place | None]:
    """Return where the first rank begins: anew, or at the last checkpoint, also after a restart by torchrun.

    After a restart it does not ask again what has been answered, and makes the changes that were yet to be made.
    """
    before = _status_before(folder)
    changes = before.requested if before else request.changes
    anyway = request.anyway or (before is not None and before.has_begun)
    saved = may_resume(folder, changes) if request.resume and not before else open_run(folder)
    if request.resume or (before and has_checkpoint(folder)):
        order, run_log, place = place_to_resume(saved, changes, anyway=anyway)
    else:
        order = anew(saved, changes, anyway=anyway)
        run_log, place = RunLog(folder / EVENTS), None
    if before:
        last_step = RunLog(events=each_event(folder / EVENTS)).last_step
        order = replace(order, note=f"{_lost(last_step, order.resumed_at)} {order.note}".strip())
    return replace(order, sharded=request.sharded), run_log, place


def _lost(step: int, resumed_at: int | None) -> str:
    """Return a sentence about a restart after a process was lost, when the log had reached ``step``."""
    where = f"the checkpoint of step {resumed_at:,}" if resumed_at else "the first step"
    return f"A process was lost after step {step:,}: all have started again from {where}."


def smallest(store: Store, find: Callable[[], int]) -> int:
    """Return the smallest result of ``find`` over all ranks that search at the same time.

    Only the last to finish knows it and ends the run; the others wait for that.
    """
    number = store.add(LOOKING, 1)
    own = find()
    store.set(FITS.format(number), str(own))
    num_looked = store.add(LOOKED, 1)
    if num_looked < store.add(LOOKING, 0):
        store.wait([ENDING], meeting.PATIENCE)
        return own
    return min(int(store.get(FITS.format(each))) for each in range(1, num_looked + 1))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Request)))
