"""Which way of computing the steps is quickest on this machine: a few steps each on a copy of the network, timed.

Nothing is tried that could make the numbers coarser than what was asked for: on a CPU that is the number of threads and the
memory layout; on a GPU also bf16 in the place of tf32, which torch's own guidance takes for harmless
(https://pytorch.org/blog/what-every-user-should-know-about-mixed-precision-training-in-pytorch), and compiling. Compiling
for a CPU takes longer and saves less: it has a trial of its own (``session.compiling``), before long runs alone.

Several ranks try the same at the same time, each with its part of the batches and by itself, so that one that fails holds
up no other; what a way takes is what the slowest of them takes.
"""

import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import torch

from workbench.compiler.flatten import flatten
from workbench.events import Tried
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.problems import SpecError, first_line
from workbench.spec.record import replace
from workbench.training.device import NUM_THREADS, num_cores, usual_threads
from workbench.training.plan import Plan
from workbench.training.rehearsal import can_rehearse, copied_updater, endless_batches, kept_generators
from workbench.training.speed import AMPERE, set_arithmetic
from workbench.training.state import TrainingState

FEWEST_STEPS = 500
"""A shorter run is over before a trial has paid."""

WORTH_COMPILING = 5_000
"""Compiling takes as long as hundreds of steps."""

COMPILING_S, COMPILING_S_PER_LAYER = 25.0, 0.3
"""What it takes for a CPU: 29 s for LeNet's 14 layers and ResNet-20's 75, 49 s for a small DenseNet."""

MOST_OF_RUN = 0.01
"""The largest share of a run on a CPU that compiling may take to be tried: it saves between nothing and a fifth."""

WARM_UP, TIMED = 2, 7
SECONDS = 0.8
"""For the timed steps of one way; one of them is made in any case."""

CLEARLY = 0.95
"""Only what takes less than so much of the time is preferred: a clock's whims change nothing."""


def candidates(plan: Plan, state: TrainingState) -> tuple[tuple[str, str | int], ...]:
    """(field, value): what can be tried in the place of what ``settled`` says; nothing where the run is short.

    Nor where a rank has not the weights, or not the pictures, to try by itself.
    """
    kind = tuple[tuple[str, str | int], ...]
    return plan.ranks.from_first(lambda: _candidates(plan, state), kind)


def _candidates(plan: Plan, state: TrainingState) -> tuple[tuple[str, str | int], ...]:
    wish, device = plan.experiment.training.speed, plan.device
    if plan.num_steps < FEWEST_STEPS or not can_rehearse(plan):
        return ()
    found: list[tuple[str, str | int]] = []
    if device.type == "cpu" and wish.threads is None:
        found.extend(("threads", number) for number in other_threads())
    if wish.memory_layout == "automatic" and any(weight.dim() == 4 for weight in state.module.parameters()):
        found.append(("memory_layout", "contiguous"))
    if device.type == "cuda":
        if wish.precision == "automatic" and torch.cuda.get_device_capability(device) >= AMPERE:
            found.append(("precision", "bf16"))
        if wish.compile == "automatic" and plan.num_steps >= WORTH_COMPILING:
            found.append(("compile", "on"))
    return tuple(found)


def other_threads() -> tuple[int, ...]:
    """Numbers of threads worth trying beside the usual; none where ``OMP_NUM_THREADS`` has the say.

    All cores; half of them, since what the system counts as two may be one that takes turns; and one, since threads that
    have little to do wait for each other longer than they compute.
    """
    if NUM_THREADS in os.environ:
        return ()
    cores = num_cores()
    numbers = dict.fromkeys((cores, cores // 2, 1))
    return tuple(number for number in numbers if number and number != usual_threads())


def trial(plan: Plan, state: TrainingState, go_on: Callable[[int], bool]) -> tuple[Tried, ...]:
    """Time what is settled, and then each candidate beside the best so far.

    Nothing where ``go_on``, asked after each step and told how many ways are done, says no on one of the ranks.
    """
    rows = [timed(plan, state, partial(go_on, 0))]
    for number, (field, value) in enumerate(candidates(plan, state), 1):
        speed: Speed = replace(quickest(rows).speed, **{field: value})
        rows.append(timed(replace(plan, speed=speed), state, partial(go_on, number)))
    is_over = plan.ranks.largest(torch.tensor(not go_on(len(rows)), dtype=torch.uint8))
    return () if is_over else tuple(rows)


def quickest(rows: Sequence[Tried]) -> Tried:
    """The first, or a later one that is clearly quicker."""
    best = rows[0]
    for row in rows[1:]:
        if row.step_ms is not None and (best.step_ms is None or row.step_ms < CLEARLY * best.step_ms):
            best = row
    return best


def pays_to_compile(experiment: Experiment, num_steps: int, step_ms: float) -> bool:
    """Whether a run of so many steps on a CPU is so long that compiling is a small part of it."""
    compiling_s = COMPILING_S + COMPILING_S_PER_LAYER * len(flatten(experiment.architecture).nodes)
    return compiling_s <= MOST_OF_RUN * num_steps * step_ms / 1000


def timed(plan: Plan, state: TrainingState, go_on: Callable[[], bool]) -> Tried:
    """A few steps as the plan says, with a copy of the network; ends early where ``go_on``, asked after each, says no.

    Of several ranks what the slowest takes, and no time where one of them has none.
    """
    own = _timed_here(plan, state, go_on)
    if not plan.ranks.many:
        return own
    longest_ms = plan.ranks.largest(torch.tensor(math.inf if own.step_ms is None else own.step_ms, dtype=torch.float64))
    if math.isfinite(longest_ms):
        return replace(own, step_ms=longest_ms.item())
    return replace(own, step_ms=None, failure=own.failure or "in another process")


def _timed_here(plan: Plan, state: TrainingState, go_on: Callable[[], bool]) -> Tried:
    times: list[float] = []
    try:
        with kept_generators(plan):
            set_arithmetic(plan.speed, plan.device)
            update = copied_updater(plan, state)
            for number, batches in enumerate(islice(endless_batches(plan), WARM_UP + TIMED)):
                began_s = time.perf_counter()
                update(batches, plan.optimizer.lr).loss.item()
                if number >= WARM_UP:
                    times.append(time.perf_counter() - began_s)
                if not go_on() or sum(times) > SECONDS:
                    break
    except (RuntimeError, SpecError) as error:  # of memory, of a compiler: this way is not open here
        return Tried(speed=plan.speed, step_ms=None, failure=first_line(error))
    return Tried(speed=plan.speed, step_ms=1000 * statistics.median(times) if times else None)
