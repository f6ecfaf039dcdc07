"""Finds the fastest way of computing the steps on this machine by timing a few steps on a copy of the network.

On a CPU these are the number of threads and the memory layout; on a GPU cuDNN's benchmark of convolutions, compiling,
and CUDA graphs; on both, where the hardware computes it, bf16, which torch's guidance considers harmless
(https://pytorch.org/blog/what-every-user-should-know-about-mixed-precision-training-in-pytorch) but which has to save
more than the rest.
Compiling for a CPU takes longer and saves less: it has a trial of its own (``session.running.compiling``), only before
long runs.

Several ranks try the same at the same time, each alone with its part of the batches, so that one that fails does not
hold up the others; the slowest rank's time counts.
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
from workbench.spec.experiment import SIXTEEN_BITS, Experiment, Speed
from workbench.spec.problems import SpecError, first_line
from workbench.spec.record import replace
from workbench.training.device import NUM_THREADS, num_cores, usual_threads
from workbench.training.plan import Plan
from workbench.training.rehearsal import can_rehearse, copied_updater, endless_batches, kept_generators
from workbench.training.speed import forget_graphs, has_bf16, set_arithmetic
from workbench.training.state import TrainingState

FEWEST_STEPS = 500
"""A shorter run ends before a trial has paid off."""

FEWEST_MACS = 1_000_000
"""Of a picture; a CPU computes a network with fewer as fast in 32 bits as in 16."""

WORTH_COMPILING = 5_000
"""The steps from which compiling is tried: it takes as long as hundreds of steps."""

COMPILING_S, COMPILING_S_PER_LAYER = 25.0, 0.3
"""The seconds that compiling for a CPU takes: 29 for LeNet's 14 layers and ResNet-20's 75, 49 for a small DenseNet."""

MOST_OF_RUN = 0.01
"""The largest share of a CPU run for which compiling is tried: it saves between nothing and a fifth of the time."""

WARM_UP, TIMED = 2, 7
SECONDS = 1.5
"""The time limit for the timed steps of one candidate, so that half a second of other work is outvoted; at least one is
timed.
"""

SHORT_MS = 500
"""A candidate's steps that together took less are timed again after the others': something may have slowed them all."""

CLEARLY = 0.95
"""The share of the best time that a candidate must stay below to be preferred, so that noise changes nothing."""

CLEARLY_DESPITE_16_BITS = 0.8
"""The same for one that computes in 16 bits what the best computes in 32."""


def candidates(plan: Plan, state: TrainingState) -> tuple[tuple[str, str | int], ...]:
    """Return the alternatives to the settled speed as (field, value); empty if the run is short.

    Also empty if a rank lacks the weights, or the pictures, to try by itself.
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
    has_convolutions = any(weight.dim() == 4 for weight in state.module.parameters())
    if wish.memory_layout == "automatic" and has_convolutions:
        found.append(("memory_layout", "contiguous"))
    is_small = device.type == "cpu" and plan.macs < FEWEST_MACS
    if wish.precision == "automatic" and not is_small and has_bf16(device):
        found.append(("precision", "bf16"))
    if device.type == "cuda":
        if wish.convolutions == "automatic" and has_convolutions:
            found.append(("convolutions", "benchmarked"))
        if wish.compile == "automatic" and plan.num_steps >= WORTH_COMPILING and not plan.ranks.many:
            found += [("compile", "on"), ("compile", "cuda_graphs")]
    return tuple(found)


def other_threads() -> tuple[int, ...]:
    """Return the numbers of threads worth trying besides the usual one; none if ``OMP_NUM_THREADS`` is set.

    All cores; half of them, since two hardware threads may share a core; and one, since threads with little to do wait
    for each other longer than they compute.
    """
    if NUM_THREADS in os.environ:
        return ()
    cores = num_cores()
    numbers = dict.fromkeys((cores, cores // 2, 1))
    return tuple(number for number in numbers if number and number != usual_threads())


def trial(plan: Plan, state: TrainingState, go_on: Callable[[int], bool]) -> tuple[Tried, ...]:
    """Time the settled speed, then each candidate combined with the best so far; short steps twice.

    ``go_on`` is called after each step with the number of trials done; if it returns False on any rank, the result is
    empty.
    """
    rows = [timed(plan, state, partial(go_on, 0))]
    for number, (field, value) in enumerate(candidates(plan, state), 1):
        speed: Speed = replace(quickest(rows).speed, **{field: value})
        rows.append(timed(replace(plan, speed=speed), state, partial(go_on, number)))
    for number, row in enumerate(rows):
        if row.step_ms is not None and TIMED * row.step_ms < SHORT_MS and row.speed.compile == "off":
            again = timed(replace(plan, speed=row.speed), state, partial(go_on, len(rows) + number))
            rows[number] = quickest((row, again))
    is_over = plan.ranks.largest(torch.tensor(not go_on(2 * len(rows)), dtype=torch.uint8))
    return () if is_over else tuple(rows)


def quickest(rows: Sequence[Tried]) -> Tried:
    """Return the first row, or a later one that is clearly faster."""
    best = rows[0]
    for row in rows[1:]:
        is_coarser = row.speed.precision in SIXTEEN_BITS and best.speed.precision not in SIXTEEN_BITS
        share = CLEARLY_DESPITE_16_BITS if is_coarser else CLEARLY
        if row.step_ms is not None and (best.step_ms is None or row.step_ms < share * best.step_ms):
            best = row
    return best


def pays_to_compile(experiment: Experiment, num_steps: int, step_ms: float) -> bool:
    """Return whether compiling would take only a small share of a CPU run of this many steps."""
    compiling_s = COMPILING_S + COMPILING_S_PER_LAYER * len(flatten(experiment.architecture).nodes)
    return compiling_s <= MOST_OF_RUN * num_steps * step_ms / 1000


def timed(plan: Plan, state: TrainingState, go_on: Callable[[], bool]) -> Tried:
    """Time a few steps of the plan on a copy of the network; ends early if ``go_on``, called after each, returns False.

    With several ranks, the slowest one's time counts; there is none if one of them failed.
    """
    own = _timed_here(plan, state, go_on)
    if plan.speed.compile == "cuda_graphs":
        forget_graphs()
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
    # out of memory, no compiler, or an assertion in torch's code for CUDA graphs: this way is not possible here
    except (RuntimeError, AssertionError, SpecError) as error:
        return Tried(speed=plan.speed, step_ms=None, failure=first_line(error))
    return Tried(speed=plan.speed, step_ms=1000 * statistics.median(times) if times else None)
