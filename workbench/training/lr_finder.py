"""The learning-rate range test: a few steps at increasing rates, the loss of each, and a suggested rate.

L. N. Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017 (https://arxiv.org/abs/1506.01186), section
3.3; with exponential growth, smoothing and an early end as fastai made them common (Howard and Gugger, fastai: A
Layered API for Deep Learning, 2020, https://arxiv.org/abs/2002.04688).
"""

import math
from collections.abc import Callable, Sequence
from itertools import islice
from statistics import median

from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.training.plan import Plan
from workbench.training.rehearsal import copied_updater, endless_batches, kept_generators
from workbench.training.state import TrainingState
from workbench.training.update import LEFT_OUT

LOWEST, HIGHEST, NUM_STEPS = 1e-7, 10.0, 100
MEMORY = 0.98
"""The weight of the previous smoothed loss in the exponential moving average."""

ENOUGH = 4.0
"""The test ends when the smoothed loss exceeds this many times its minimum."""

FEWEST = 10
"""With fewer points there is no curve to read a rate from."""

SHORTEST_DESCENT = 3
"""The number of points from which on a falling curve has a half way."""

STRETCH = 10
"""The number of steps, nearly a decade of rates, over which a fall is measured: from one to the next it is noise."""


class RangeTest(Record):
    """The rates tried, the smoothed loss at each, and the suggested rates; None if the loss never fell.

    ``valley`` lies half way along the longest descent, like fastai's suggestion of that name; ``steepest`` is where the
    loss falls fastest over the logarithm of the rate.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    valley: float | None
    steepest: float | None


Tell = Callable[[Sequence[float], Sequence[float]], None]
"""Called after each step with the rates and smoothed losses so far; may raise Cancelled."""


def range_test(plan: Plan, state: TrainingState, tell: Tell) -> RangeTest:
    """Try the rates on a copy of the network; the state, its optimizer and torch's generators are not changed.

    Raises SpecError if not even the first steps have a finite loss.
    """
    with kept_generators(plan):
        rates, losses = _sweep(plan, state, tell)
    if len(rates) < FEWEST:
        raise SpecError(
            "the loss is not finite even at the smallest learning rates: check the data and the initial weights"
        )
    return read(rates, losses)


def _sweep(plan: Plan, state: TrainingState, tell: Tell) -> tuple[list[float], list[float]]:
    update = copied_updater(plan, state)
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    for number, batches in enumerate(islice(endless_batches(plan), NUM_STEPS)):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / (NUM_STEPS - 1))
        updated = update(batches, rate)
        loss = updated.loss.item()
        mean = MEMORY * mean + (1 - MEMORY) * loss
        smooth = mean / (1 - MEMORY ** (number + 1))
        is_unsound = float(updated.unsound) not in (0.0, LEFT_OUT)
        if not math.isfinite(loss) or is_unsound or (losses and smooth > ENOUGH * min(losses)):
            break
        rates.append(rate)
        losses.append(smooth)
        tell(rates, losses)
    return rates, losses


def read(rates: Sequence[float], losses: Sequence[float]) -> RangeTest:
    """Return the rates that a curve suggests, from its first tenth on and up to the end of its longest descent."""
    begin = len(rates) // 10
    length, last = _longest_descent(losses[begin:])
    end = begin + last + 1
    return RangeTest(
        rates=tuple(rates),
        losses=tuple(losses),
        valley=_half_way(rates[begin:end], length) if length >= SHORTEST_DESCENT else None,
        steepest=_steepest(rates[begin:end], losses[begin:end]),
    )


def _longest_descent(losses: Sequence[float]) -> tuple[int, int]:
    """Return the length and the last place of the longest strictly falling subsequence that ends among the lower half
    of the losses.

    Where the loss has diverged, the smoothed loss falls too, from each jump back to its mean, but it stays high. The
    lowest loss would not tell where it diverges: on few batches it may be a dip before anything is learnt.
    """
    lengths = [1] * len(losses)
    for i in range(1, len(losses)):
        lengths[i] = 1 + max((lengths[j] for j in range(i) if losses[j] > losses[i]), default=0)
    middle = median(losses)
    last = max((i for i in range(len(losses)) if losses[i] <= middle), key=lengths.__getitem__)
    return lengths[last], last


def _half_way(rates: Sequence[float], length: int) -> float:
    """Return the rate half way along the descent of ``length`` points that ends at the last rate."""
    first = len(rates) - 1 - length
    return rates[max(first + length // 3 + length // 6, 0)]


def _steepest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the rate at which the loss falls fastest over the logarithm of the rate, which grows evenly."""
    width = min(STRETCH, len(rates) - 1)
    falls = [before - after for before, after in zip(losses, losses[width:], strict=False)]
    largest = max(falls, default=0.0)
    return rates[falls.index(largest) + width // 2] if width and largest > 0 else None
