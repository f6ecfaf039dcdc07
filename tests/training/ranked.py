"""A rank that trains what it is told to: ``python -m tests.training.ranked FOLDER CASES``, once for each rank.

Each case, a ``Case`` of the JSON file CASES, is trained by all ranks in FOLDER/name; what each rank heard lies there
too.
"""

import dataclasses
import os
import sys
from pathlib import Path

import msgspec

from tests.training.experiments import data_of
from workbench.durable import write_text
from workbench.events import StepFinished, Tried
from workbench.spec.experiment import Experiment
from workbench.spec.files import to_json
from workbench.spec.record import Record
from workbench.training import beginning, loop, ranks
from workbench.training.agreed import Agreed
from workbench.training.checkpoint import newest
from workbench.training.divergence import Diverged
from workbench.training.speed_trial import quickest, trial


class Case(Record):
    """An experiment, and after which step which rank is told to ``stop``, and the first one to set a learning rate."""

    name: str
    experiment: Experiment
    sharded: bool = False
    stop: tuple[int, int] = (0, 0)
    rates: dict[int, float] = {}
    resume: bool = False  # what lies in the folder
    tries: bool = False  # what is quickest


class Heard(Record):
    """What a rank was told: step -> loss, the last metrics, the kinds of the events, and what ended it otherwise."""

    losses: dict[int, float]
    metrics: dict[str, float]
    kinds: tuple[str, ...]
    differences: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    error: str = ""
    batch: str = ""


def trained(case: Case, rank: ranks.Ranks, folder: Path) -> Heard:
    """Train it; the same with one rank or several."""
    if rank.is_first:
        write_text(folder / "experiment.json", to_json(case.experiment))
    control = Agreed(rank)
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


def main(folder: Path, cases: Path) -> None:
    """As above."""
    joined = ranks.join()
    for case in msgspec.json.decode(cases.read_bytes(), type=list[Case]):
        rank = dataclasses.replace(joined, sharded=case.sharded)
        heard = trained(case, rank, folder / case.name)
        (folder / f"{case.name}-{rank.rank}.json").write_bytes(msgspec.json.encode(heard))
    ranks.leave(joined)
    # As a run's rank ends: a thread of torch's that wants Python's lock while the interpreter ends would abort the
    # process.
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
