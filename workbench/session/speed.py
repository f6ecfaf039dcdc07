"""How a run computes its steps, where its recipe leaves that open: by a trial, made once for a network on a machine.

What was found is kept, so that the window, the command line and a second run compute alike, to the last bit.
"""

from __future__ import annotations

import hashlib
import logging
import math
from typing import TYPE_CHECKING

import msgspec

from workbench.durable import write_bytes
from workbench.events import SpeedTried
from workbench.places import cache_dir
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from torch import device

    from workbench.data.dataset import Dataset
    from workbench.events import AnyEvent, RunStarted, Tried
    from workbench.spec.experiment import Experiment, Speed
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

log = logging.getLogger(__name__)

UNTRIED = (
    "{} processes train it: they try neither what is quickest here (training.speed) nor, where memory runs out, which "
    "batches fit (training.batch_size)."
)


def choose(plan: Plan, state: TrainingState, go_on: Callable[[int], bool]) -> SpeedTried | None:
    """What a new run is to keep to; None where nothing is open, the run is short, or ``go_on``, told how many ways were
    tried so far, said no.
    """
    from workbench.training.speed_trial import candidates, quickest, trial

    if not candidates(plan, state):
        return None
    found = remembered(plan.experiment, plan.device)
    if found is not None:
        return found
    rows = trial(plan, state, go_on)
    if not rows:
        return None
    chosen = SpeedTried(at=0.0, rows=rows, chosen=quickest(rows).speed)
    try:
        write_bytes(_file(plan.experiment, plan.device), msgspec.json.encode(chosen))
    except SpecError as error:  # the run's own log has it
        log.warning("what was found is not kept for other runs: %s", error)
    return chosen


def remembered(experiment: Experiment, where: device) -> SpeedTried | None:
    """What was found on this machine for this network, its batches and its optimizer."""
    try:
        found = msgspec.json.decode(_file(experiment, where).read_bytes(), type=SpeedTried)
    except (OSError, msgspec.DecodeError):
        return None
    return msgspec.structs.replace(found, remembered=True)


def foretold(experiment: Experiment, dataset: Dataset) -> Speed:
    """What a run of it on this machine would compute by, without a trial: as it was found before, or as it is where nothing
    was tried.
    """
    from workbench.data.batches import Batches
    from workbench.training.device import choose_device
    from workbench.training.speed import settled, usual
    from workbench.training.speed_trial import FEWEST_STEPS

    recipe = experiment.training
    try:
        where = choose_device(recipe.device)
        chosen = settled(recipe.speed, where)
    except SpecError:  # it is for another machine
        return usual(recipe.speed, "float32")
    num_batches = Batches(dataset.train, batch_size=recipe.batch_size).num_batches
    is_long = recipe.epochs * math.ceil(num_batches / recipe.accumulate) >= FEWEST_STEPS
    found = remembered(experiment, where) if is_long else None
    return chosen if found is None else found.chosen


def kept_to(events: Iterable[AnyEvent]) -> Speed | None:
    """What a run that goes on computed by; None where nothing was tried."""
    return next((event.chosen for event in events if isinstance(event, SpeedTried)), None)


def sentence(tried: SpeedTried) -> str:
    """``quickest here: channels last (3.1 ms a step; contiguous 4.2)``."""
    of = {row.speed: row for row in tried.rows}
    others = [row for row in tried.rows if row.speed != tried.chosen]
    words = [f"{_apart(row.speed, tried.chosen)} {_milliseconds(row)}" for row in others]
    earlier = ", as an earlier run found" if tried.remembered else ""
    return (
        f"quickest here{earlier}: {tried.chosen.words()} ({_milliseconds(of[tried.chosen])} a step; {', '.join(words)})"
    )


def how_it_computes(started: RunStarted) -> str:
    """What a run says of itself that has tried nothing, and why not where several processes train it."""
    words = f"The run computes in {started.speed.words()}."
    return f"{words} {UNTRIED.format(_num_processes(started))}" if is_shared(started) else words


def is_shared(started: RunStarted) -> bool:
    """Whether several processes train it."""
    return _num_processes(started) != "1"


def _num_processes(started: RunStarted) -> str:
    """Of ``4 (sharded)`` the number."""
    return str(started.environment.get("devices", 1)).partition(" ")[0]


def _milliseconds(row: Tried) -> str:
    return f"failed: {row.failure}" if row.step_ms is None else f"{row.step_ms:.3g} ms"


def _apart(speed: Speed, chosen: Speed) -> str:
    """What of it is otherwise."""
    values = {name: getattr(speed, name) for name in speed.__struct_fields__}
    differing = [value.replace("_", " ") for name, value in values.items() if value != getattr(chosen, name)]
    return ", ".join({"on": "compiled", "off": "not compiled"}.get(value, value) for value in differing)


def _file(experiment: Experiment, where: device) -> Path:
    from workbench.training.device import environment

    recipe = experiment.training
    parts = (experiment.architecture, recipe.batch_size, recipe.accumulate, recipe.optimizer.type, recipe.speed)
    digest = hashlib.sha256(msgspec.json.encode((parts, environment(where)), order="sorted")).hexdigest()
    return cache_dir() / "speed" / f"{digest[:32]}.json"
