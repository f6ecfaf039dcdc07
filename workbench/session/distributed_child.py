"""A rank's process, one of several that torchrun starts: ``python -m workbench.session.distributed_child FOLDER REQUEST``. See
``distributed``.

The first rank keeps the run's folder and hears its commands; the others are told by it what to train, and keep nothing.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.durable import write_bytes
from workbench.events import AnyEvent, RunFailed, RunFinished, RunStopped
from workbench.runs.changes import read_changes
from workbench.runs.log import RunLog
from workbench.runs.mailbox import Inbox, Status, read_status
from workbench.runs.store import EVENTS, has_checkpoint, open_run
from workbench.session import pulse
from workbench.session.apart import Request
from workbench.session.apart_child import LOOK_S, obey, say, show, status_of
from workbench.session.glass import ShownGlass
from workbench.session.resuming import may_resume, rewound
from workbench.session.run import Run
from workbench.spec.change import as_of
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value
from workbench.training import ranks as meeting
from workbench.training.agreed import Agreed
from workbench.training.ranks import Ranks

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.distributed import Store  # type: ignore[attr-defined]  # made in C++

    from workbench.data.dataset import Dataset
    from workbench.training.checkpoint import Checkpoint
    from workbench.training.fitting import OutOfMemory
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

BEGINS_AGAIN = "A process was lost: all restart from the last checkpoint once they have rejoined"

ENDING = "ending"
"""In the ranks' store: the event that one of them has ended with; the others end too."""

LOOKING, LOOKED, FITS = "looking", "looked", "fits/{}"
"""In the ranks' store: how many look for batches that fit into their memory, how many have looked, and what the n-th found."""

IN_SHARDS = "The batch cannot be shown: with the weights in shards, none of the processes has a layer's gradient whole."

GRACE_S = 15.0
"""How long a rank may take once another has ended."""


class Order(Record):
    """What the first rank tells the others to train: the run's experiment as edited, and as it was where it goes on."""

    experiment: Experiment
    begun: Experiment
    resumed_at: int | None = None
    sharded: bool = False
    changes: dict[str, Value] = {}
    anyway: bool = False
    note: str = ""


class RankRun(Run):
    """A run as one of its ranks makes it; but for the first rank's, nothing of it is kept."""

    broken = False
    """Whether it came apart, by the end of another process say: they are all to begin again."""

    def __init__(
        self, folder: Path, order: Order, ranks: Ranks, run_log: RunLog, checkpoint: Checkpoint | None
    ) -> None:
        self._ranks = ranks
        self._order = order
        control = Agreed(ranks)
        for path, value in order.changes.items() if ranks.is_first else ():
            control.change(path, value)
        super().__init__(
            folder,
            order.experiment,
            run_log,
            hold=ExitStack(),
            control=control,
            resumed_at=order.resumed_at,
            checkpoint=checkpoint,
            anyway=order.anyway or not ranks.is_first,
            note=order.note,
        )
        self.glass = ShownGlass(folder, self.insight)
        """Of the first rank's part of the batches: to gather them all would hold up the others."""
        self._looked = False

    def look(self) -> None:
        """Somebody looks at the latest batch."""
        if not self._order.sharded:
            self.glass.look()
        elif not self._looked:
            self._looked = True
            self._say(IN_SHARDS)

    def end_with(self, event: AnyEvent) -> None:
        """End from outside, since the training waits for a rank that is gone."""
        assert isinstance(event, RunFailed | RunStopped | RunFinished)
        super()._finish(event)

    def _begun(self) -> Experiment:
        return self._order.begun

    def _train(self) -> None:
        from workbench.training.device import choose_device

        self._ranks.settle(choose_device(self._order.experiment.training.device))
        super()._train()

    def _prepare_data(self) -> Dataset:
        """Of a machine's ranks one prepares it, and the others find it prepared."""
        if self._ranks.local:
            self._ranks.wait_for_all()
        dataset = super()._prepare_data()
        if not self._ranks.local:
            self._ranks.wait_for_all()
        first = self._ranks.from_first(lambda: dataset.fingerprint, str)
        if first != dataset.fingerprint:
            raise SpecError(
                "its data differs from the first machine's: give every machine the same data and start again"
            )
        return dataset

    def _make(self, dataset: Dataset) -> tuple[Plan, TrainingState]:
        from workbench.training.beginning import prepare

        return prepare(self._begun(), dataset, self._clock, fresh=self._order.resumed_at is None, ranks=self._ranks)

    def _kept_speed(self, settled: Speed) -> Speed:
        """As the first rank's log has it."""
        return self._ranks.from_first(partial(super()._kept_speed, settled), Speed)

    def _show(self, plan: Plan, state: TrainingState, dataset: Dataset) -> None:
        """The first rank's part of a batch alone is looked at, and only where that rank has all weights."""
        if self._ranks.is_first and not self._ranks.sharded:
            super()._show(plan, state, dataset)

    def _room(self, error: Exception, plan: Plan, state: TrainingState) -> OutOfMemory:
        """Every rank whose memory ran out looks; the smallest of what they find counts."""
        from workbench.training.fitting import OutOfMemory

        assert self._ranks.store is not None
        look = super()._room
        size = smallest(self._ranks.store, lambda: look(error, plan, state).batch_size or 0)
        return OutOfMemory(size or None, plan.train.batch_size, looked=not self._ranks.sharded)

    def _fail(self, error: Exception, event: RunFailed) -> None:
        """What another has ended with is the reason; an end of which nobody can say why is none, and they begin again."""
        assert self._ranks.store is not None
        try:
            told = ending_in(self._ranks.store)
        except RuntimeError:  # the store is gone, and with it the rank that kept it
            self.broken = True
            return
        if told is not None:
            self.end_with(told)
        elif getattr(error, "kind", "") == "elsewhere":
            self.end_with(event)
        elif event.fault:
            self.broken = True
        elif self._ranks.is_first:
            self._finish(event)
        else:
            whose = f"Rank {self._ranks.rank} on {socket.gethostname()}: {event.what}"
            self._finish(msgspec.structs.replace(event, what=whose))

    def _finish(self, event: RunFinished | RunStopped | RunFailed) -> None:
        assert self._ranks.store is not None
        self._ranks.store.compare_set(ENDING, "", msgspec.json.encode(event).decode())
        super()._finish(event)


def ending_in(store: Store) -> AnyEvent | None:
    """What a rank has ended with; None while all are at it."""
    return msgspec.json.decode(store.get(ENDING), type=AnyEvent) if store.check([ENDING]) else None


def main(folder: Path, request: Request) -> int:
    """Train until the end; gives the exit status: 1 where all ranks are to begin again."""
    ranks = meeting.join()
    try:
        status = _main(folder, request, ranks)
    except (ConnectionError, RuntimeError) as error:  # what torch raises where another rank, or the store, is gone
        sys.stderr.write(f"rank {ranks.rank}: {error}\n")
        status = 1
    if status == 0:
        meeting.leave(ranks)
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is left to do; a thread that waits for a rank that is gone would wait for ever.
    os._exit(status)


def _main(folder: Path, request: Request, ranks: Ranks) -> int:
    inbox = Inbox(folder) if ranks.local == 0 else None  # one for each machine
    listening, before = pulse.Pulse(ranks), read_status(folder)
    stopping = before is not None and before.state == "stopping"  # they came apart before all had heard it
    try:
        run = _begin(folder, request, ranks)
    except SpecError as error:
        ending = RunFailed(at=0.0, what=str(error), advice="", step=0)
        with closing(RunLog(folder / EVENTS)) as log:
            log.append(ending)
        say(folder, Status(pid=os.getppid(), state="failed"))
        assert ranks.store is not None
        ranks.store.set(ENDING, msgspec.json.encode(ending).decode())
        return 0
    signal.signal(signal.SIGTERM, lambda *_: run.stop())
    if stopping:
        run.stop()
    listening.listen(ending_in)
    said, asked_s, ended_s = None, time.monotonic(), None
    while not run.join(LOOK_S):
        now_s = time.monotonic()
        _serve(run, inbox, ranks)
        if ranks.is_first and (status := status_of(run, os.getppid())) != said:
            said = status
            say(folder, status)
        if now_s - asked_s < pulse.LOOK_S:
            continue
        asked_s = now_s
        if lost := listening.lost():
            sys.stderr.write(f"{lost} has stopped responding\n")
            run.broken = True
            break
        told = listening.told
        ended_s = None if told is None else ended_s or now_s
        if told is not None and ended_s is not None and now_s - ended_s > GRACE_S:
            if ranks.is_first:
                run.end_with(told)
            break
    if ranks.is_first:
        run.glass.close()
        status = status_of(run, os.getppid())
        say(folder, msgspec.structs.replace(status, preparation=(BEGINS_AGAIN, 0, 0)) if run.broken else status)
    return 1 if run.broken else 0


def _serve(run: RankRun, inbox: Inbox | None, ranks: Ranks) -> None:
    """Do what was asked for since the last time, and show what is looked at."""
    for command in inbox.take() if inbox else ():
        if command.do != "look":
            obey(run, command)
        elif ranks.is_first:
            run.look()
    if ranks.is_first:
        show(run.glass)


def _begin(folder: Path, request: Request, ranks: Ranks) -> RankRun:
    """The run of this rank. SpecError, on the first rank, where it cannot begin or go on."""
    first = _Beginning(folder, request) if ranks.is_first else None
    order: Order = ranks.from_first(lambda: first.order if first else None, Order)  # type: ignore[assignment]
    run_log, checkpoint = (first.log, first.checkpoint) if first else (RunLog(), None)
    return RankRun(folder, order, dataclasses.replace(ranks, sharded=order.sharded), run_log, checkpoint)


class _Beginning:
    """Where the first rank begins: anew, or at the last checkpoint, which is also where a rank that was killed leads."""

    def __init__(self, folder: Path, request: Request) -> None:
        before = read_status(folder)
        again = before is not None and before.pid == os.getppid()
        edited = open_run(folder).experiment
        note, made = "", read_changes(folder)
        self.checkpoint: Checkpoint | None = None
        changes = {
            path: value for path, value in request.changes.items() if not again or path not in {c.path for c in made}
        }
        if request.resume or (again and has_checkpoint(folder)):
            if not again:
                may_resume(folder, changes)
            self.log, self.checkpoint, note = rewound(folder)
        else:
            write_bytes(folder / EVENTS, b"")
            self.log = RunLog(folder / EVENTS)
        resumed_at = self.checkpoint.step if self.checkpoint else None
        self.order = Order(
            experiment=edited,
            begun=as_of(edited, made, resumed_at or 0),
            resumed_at=resumed_at,
            sharded=request.sharded,
            changes=changes,
            anyway=request.anyway or again,
            note=note,
        )


def smallest(store: Store, find: Callable[[], int]) -> int:
    """What ``find`` gives, the smallest of all ranks that are at it at a time: the last to be done has it, and ends the run;
    the others wait for that.
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
