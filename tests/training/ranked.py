"""Trains cases by several ranks, each in a process of its own.

The processes are forked from one that has loaded torch and trained nothing, so that each starts in milliseconds.
"""

import dataclasses
import multiprocessing
import os
from pathlib import Path

import msgspec

from tests.session.processes import free_address
from tests.training.experiments import data_of
from workbench.durable import write_text
from workbench.events import StepFinished, Tried
from workbench.spec.experiment import Experiment
from workbench.spec.files import to_json
from workbench.spec.record import Record
from workbench.training import beginning, loop
from workbench.training.checkpoint import newest
from workbench.training.device import choose_device
from workbench.training.distributed import ranks
from workbench.training.distributed.agreed import Agreed
from workbench.training.speed_trial import quickest, trial
from workbench.training.trouble.failures import Diverged

ROUNDING = 1e-5
"""Sums over ranks are taken in a different order."""


class Case(Record):
    """An experiment, the step after which one rank is told to ``stop``, and the rates that the first rank sets."""

    name: str
    experiment: Experiment
    sharded: bool = False
    stop: tuple[int, int] = (0, 0)
    rates: dict[int, float] = {}
    resume: bool = False  # from the checkpoint in the folder
    tries: bool = False  # the fastest settings


class Heard(Record):
    """What a rank observed: losses by step, the last metrics, the kinds of the events, and the error if it failed."""

    losses: dict[int, float]
    metrics: dict[str, float]
    kinds: tuple[str, ...]
    differences: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    error: str = ""
    batch: str = ""


def trained(case: Case, rank: ranks.Ranks, folder: Path) -> Heard:
    """Train a case; the same for one rank and for several."""
    if rank.is_first:
        write_text(folder / "experiment.json", to_json(case.experiment))
    control = Agreed(rank)
    rank.settle(choose_device(case.experiment.training.device))
    plan, state = beginning.prepare(case.experiment, data_of(case.experiment), fresh=not case.resume, ranks=rank)
    tried = trial(plan, state, lambda _: True) if case.tries else ()
    if tried:
        plan = beginning.adopted(plan, state, quickest(tried).speed)
    saved = newest(folder)[0] if case.resume and rank.is_first else None
    differences = beginning.resume(plan, state, saved) if case.resume else ()
    losses: dict[int, float] = {}
    kinds: list[str] = []
    metrics: dict[str, float] = {}
    error, batch = "", ""
    try:
        for event in loop.train(plan, state, folder, control):
            kinds.append(type(event).__name__)
            metrics |= getattr(event, "metrics", {})
            if isinstance(event, StepFinished):
                losses[event.step] = event.loss
                if (event.step, rank.rank) == case.stop:
                    control.stop()
                if event.step in case.rates and rank.is_first:
                    control.change("training.optimizer.lr", case.rates[event.step])
    except Diverged as ended:
        error, batch = str(ended), ended.batch
    return Heard(
        losses=losses,
        metrics=metrics,
        kinds=tuple(kinds),
        differences=differences,
        tried=tried,
        error=error,
        batch=batch,
    )


def main(folder: Path, cases: Path, environment: dict[str, str]) -> None:
    """Join the other ranks, train each ``Case`` of a JSON file in FOLDER/name, and write what was observed there."""
    os.environ |= environment
    joined = ranks.join()
    for case in msgspec.json.decode(cases.read_bytes(), type=list[Case]):
        rank = dataclasses.replace(joined, sharded=case.sharded)
        heard = trained(case, rank, folder / case.name)
        (folder / f"{case.name}-{rank.rank}.json").write_bytes(msgspec.json.encode(heard))
    ranks.leave(joined)
    # As when a run's rank ends: a thread of torch that needs the GIL while the interpreter shuts down would abort it.
    os._exit(0)


def by_ranks(size: int, folder: Path, cases) -> dict[str, list[Heard]]:
    """Train the cases with ``size`` processes; return by name what each of them observed."""
    file = folder / "cases.json"
    file.write_bytes(msgspec.json.encode(cases))
    port = free_address().rpartition(":")[2]
    together = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    own = [together | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", __name__])
    # Daemons: one that hangs ends with the tests, instead of being waited for.
    processes = [context.Process(target=main, args=(folder, file, each), daemon=True) for each in own]
    for process in processes:
        process.start()
    for process in processes:
        process.join(200)
    assert [process.exitcode for process in processes] == [0] * size
    return {
        case.name: [
            msgspec.json.decode((folder / f"{case.name}-{rank}.json").read_bytes(), type=Heard) for rank in range(size)
        ]
        for case in cases
    }
