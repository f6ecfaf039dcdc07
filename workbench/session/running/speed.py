"""Chooses automatic speed settings (precision, layout, compilation, threads) by a benchmark, once per network and
machine.

The result is stored, so that the window, the command line and a second run compute alike, to the last bit.
"""

from __future__ import annotations

import hashlib
import logging
import math
from typing import TYPE_CHECKING

import msgspec

from workbench.durable import write_bytes
from workbench.events import RunStarted, SpeedTried
from workbench.places import cache_dir
from workbench.session.running.compiling import compiled_row, has_compiler
from workbench.spec.experiment import Speed
from workbench.spec.problems import SpecError
from workbench.spec.quantities import significant
from workbench.spec.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from torch import device

    from workbench.data.dataset import Dataset
    from workbench.events import AnyEvent, Tried
    from workbench.spec.experiment import Experiment
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

log = logging.getLogger(__name__)

UNTRIED = (
    "{} processes shard the weights, so neither the fastest settings (training.speed) nor, if memory runs out, the "
    "largest batch size (training.batch_size) are searched for."
)


def choose(plan: Plan, state: TrainingState, say: Callable[[str], bool]) -> SpeedTried | None:
    """Return the speed settings for a new run; None if nothing is open, the run is short, or ``say``, called with the
    progress, returned False.

    All ranks get the same result; several ranks do not try compiling.
    """
    from workbench.training.speed_trial import WORTH_COMPILING, candidates, quickest, trial

    experiment, device, ranks = plan.experiment, plan.device, plan.ranks
    is_long = plan.num_steps >= WORTH_COMPILING
    may_compile = not ranks.many and is_long and _leaves_compiling_open(experiment, device) and has_compiler()
    if not (may_compile or candidates(plan, state)):
        return None
    found = tried = ranks.from_first(lambda: remembered(experiment, device, ranks.size), SpeedTried | None)
    if tried is None:
        rows = trial(plan, state, lambda number: say(f"Benchmarking speed settings, trial {number + 1}"))
        if not rows:
            return None
        tried = SpeedTried(at=0.0, rows=rows, chosen=quickest(rows).speed)
    is_compiled = any(row.speed.compile == "on" for row in tried.rows)
    if may_compile and not is_compiled and _pays_to_compile(tried, experiment, plan.num_steps):
        row = compiled_row(experiment, tried.chosen, say)
        if row is None:
            return None
        rows = (*tried.rows, row)
        tried = SpeedTried(at=0.0, rows=rows, chosen=quickest(rows).speed)
    if len(tried.rows) == 1:  # only compiling was open, and it does not pay
        return None
    if tried is not found and ranks.is_first:
        _keep(tried, experiment, device, ranks.size)
    return replace(tried, chosen=_chosen(tried, experiment, device, plan.num_steps))


def remembered(experiment: Experiment, where: device, num_ranks: int = 1) -> SpeedTried | None:
    """Return what was found earlier on this machine for this network, batch size and optimizer; None if nothing was."""
    try:
        found = msgspec.json.decode(_file(experiment, where, num_ranks).read_bytes(), type=SpeedTried)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        return None
    return replace(found, remembered=True)


def forget(experiment: Experiment, num_ranks: int = 1) -> None:
    """Forget what was found earlier for such runs, so that the next one is benchmarked again.

    Raises SpecError if this machine lacks the recipe's device.
    """
    from workbench.training.device import choose_device

    _file(experiment, choose_device(experiment.training.device), num_ranks).unlink(missing_ok=True)


def foretold(experiment: Experiment, dataset: Dataset) -> Speed:
    """Return the speed settings that a run on this machine would use without a trial: remembered ones, or the usual
    ones.
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
    num_steps = recipe.epochs * math.ceil(num_batches / recipe.accumulate)
    found = remembered(experiment, where) if num_steps >= FEWEST_STEPS else None
    return chosen if found is None else _chosen(found, experiment, where, num_steps)


def _chosen(tried: SpeedTried, experiment: Experiment, where: device, num_steps: int) -> Speed:
    """Return the chosen settings, but without compiling if only a longer run would benefit from it on a CPU."""
    if not _leaves_compiling_open(experiment, where) or _pays_to_compile(tried, experiment, num_steps):
        return tried.chosen
    return replace(tried.chosen, compile="off")


def _leaves_compiling_open(experiment: Experiment, where: device) -> bool:
    return where.type == "cpu" and experiment.training.speed.compile == "automatic"


def _pays_to_compile(tried: SpeedTried, experiment: Experiment, num_steps: int) -> bool:
    from workbench.training.speed_trial import pays_to_compile, quickest

    best = quickest([row for row in tried.rows if row.speed.compile == "off"])
    return best.step_ms is not None and pays_to_compile(experiment, num_steps, best.step_ms)


def kept_to(events: Iterable[AnyEvent], settled: Speed) -> Speed:
    """Return the settings of a resumed run: those of its trial, or those settled here, with the
    threads it began with.
    """
    for event in events:
        if isinstance(event, SpeedTried):
            return event.chosen
        if isinstance(event, RunStarted):
            return replace(settled, threads=event.speed.threads or settled.threads)
    return settled


def sentence(tried: SpeedTried) -> str:
    """Return a summary: ``fastest here: channels last (3.1 ms a step; contiguous 4.2 ms)``."""
    of = {row.speed: row for row in tried.rows}
    others = [row for row in tried.rows if row.speed != tried.chosen]
    words = [f"{_apart(row.speed, tried.chosen)} {_milliseconds(row)}" for row in others]
    earlier = ", as an earlier run found" if tried.remembered else ""
    return (
        f"fastest here{earlier}: {tried.chosen.words()} ({_milliseconds(of[tried.chosen])} a step; {', '.join(words)})"
    )


def how_it_computes(started: RunStarted) -> str:
    """Return a sentence on a run's settings without a trial, and on what is not tried with sharded weights."""
    words = f"The run uses {started.speed.words()}."
    return f"{words} {UNTRIED.format(str(started.environment['devices']).split()[0])}" if is_sharded(started) else words


def is_sharded(started: RunStarted) -> bool:
    """Return whether several processes hold parts of its weights."""
    return "sharded" in str(started.environment.get("devices", 1))


def _milliseconds(row: Tried) -> str:
    if row.step_ms is None:
        return f"failed: {row.failure}"
    return f"{significant(row.step_ms, '.3g')} ms" if row.step_ms < 1000 else f"{row.step_ms / 1000:.3g} s"


def _apart(speed: Speed, chosen: Speed) -> str:
    """Return the settings that differ from the chosen ones, in words."""
    values = {name: getattr(speed, name) for name in speed.__struct_fields__}
    differing = {name: value for name, value in values.items() if value != getattr(chosen, name)}
    words = [Speed(**differing).words()]
    words += ["convolutions not benchmarked"] if differing.get("convolutions") == "heuristic" else []
    words += ["not compiled"] if differing.get("compile") == "off" else []
    return ", ".join(word for word in words if word)


def _keep(tried: SpeedTried, experiment: Experiment, where: device, num_ranks: int) -> None:
    try:
        write_bytes(_file(experiment, where, num_ranks), msgspec.json.encode(tried))
    except SpecError as error:  # the run's own log has it
        log.warning("what was found is not kept for other runs: %s", error)


def _file(experiment: Experiment, where: device, num_ranks: int) -> Path:
    from workbench.training.device import environment, usual_threads
    from workbench.training.speed_trial import other_threads

    recipe = experiment.training
    parts = (
        experiment.architecture,
        recipe.batch_size,
        recipe.accumulate,
        recipe.optimizer.type,
        recipe.speed,
        num_ranks,
        other_threads(),
    )
    digest = hashlib.sha256(
        msgspec.json.encode((parts, environment(where, usual_threads())), order="sorted")
    ).hexdigest()
    return cache_dir() / "speed" / f"{digest[:32]}.json"


def device_title(wish: str) -> str:
    """Return the name of a recipe's device on this machine (``CPU``). Imports torch; raises SpecError if it is not
    available.
    """
    from workbench.training import device

    return device.device_title(device.choose_device(wish))
