"""The queue of runs: a file in the folder of runs, so that it survives the program that works through it.

The first entry is the current run; once started, it names the run's folder, and the queue resumes it from its last
checkpoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from workbench.durable import make_folder, write_bytes
from workbench.runs.locks import changing_alone
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.spec.words import plural

QUEUE = "queue.json"
LOCK = ".queue.lock"


class Queued(Record):
    """An experiment that waits for its turn; ``folder`` is the name of its run, once started."""

    experiment: Experiment
    folder: str = ""

    @property
    def settings(self) -> str:
        """The settings that distinguish it: ``10 epochs, Adam 0.001, Constant, batches of 128, seed 0``."""
        recipe = self.experiment.training
        rate = recipe.optimizer.parameters.get("lr")
        chosen = (
            plural(recipe.epochs, "epoch"),
            f"{recipe.optimizer.type} {rate:g}" if isinstance(rate, int | float) else recipe.optimizer.type,
            recipe.schedule.type,
            f"batches of {recipe.batch_size}",
            f"seed {self.experiment.seed}",
        )
        return ", ".join(chosen)


def read_queue(runs_folder: Path) -> tuple[Queued, ...]:
    """Return the queue, the next entry first. Raises SpecError if the file is invalid."""
    file = runs_folder / QUEUE
    if not file.is_file():
        return ()
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Queued, ...])
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        raise SpecError(f"{file}: this queue cannot be read: {error}; move the file away to start a new one") from None


def add(runs_folder: Path, *experiments: Experiment) -> int:
    """Append experiments, all or none; returns the position of the last, from 1."""
    with changing(runs_folder) as entries:
        entries += [Queued(experiment=experiment) for experiment in experiments]
        return len(entries)


def drop(runs_folder: Path, place: int) -> Queued:
    """Remove and return the entry at a position, from 1. Raises SpecError if there is none."""
    with changing(runs_folder) as entries:
        if not 1 <= place <= len(entries):
            raise SpecError(f"the queue has no position {place}: it has {len(entries) or 'none'}")
        return entries.pop(place - 1)


def take_out(runs_folder: Path, entry: Queued) -> None:
    """Remove an entry, wherever it is by now; does nothing if it is gone."""
    with changing(runs_folder) as entries:
        if entry in entries:
            entries.remove(entry)


def give_up(runs_folder: Path, run: str) -> None:
    """Remove the entry that the run of this name was started for; does nothing if it is gone."""
    with changing(runs_folder) as entries:
        entries[:] = [entry for entry in entries if entry.folder != run]


def move(runs_folder: Path, entry: Queued, by: int) -> None:
    """Move an entry by this many positions, but never before one that has started."""
    with changing(runs_folder) as entries:
        if entry in entries and not entry.folder:
            place = entries.index(entry)
            num_begun = sum(bool(other.folder) for other in entries)
            entries.insert(min(max(place + by, num_begun), len(entries)), entries.pop(place))


@contextmanager
def changing(runs_folder: Path) -> Iterator[list[Queued]]:
    """Yield the entries, the next first, to be changed in place, while no other window or command does."""
    make_folder(runs_folder)
    with changing_alone(runs_folder / QUEUE, LOCK):
        before = read_queue(runs_folder)
        entries = list(before)
        yield entries
        if tuple(entries) != before:
            write_bytes(runs_folder / QUEUE, msgspec.json.encode(entries))
