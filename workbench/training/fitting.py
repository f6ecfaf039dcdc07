"""After running out of memory: frees the step's memory and finds the largest batch size that fits by trying."""

import contextlib
import copy
import ctypes
import gc
import traceback

import torch

from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.spec.problems import SpecError
from workbench.training.plan import Plan, evaluation_batch
from workbench.training.shared_norm import own_norms
from workbench.training.soundness import Sentinel
from workbench.training.speed import asking
from workbench.training.state import TrainingState
from workbench.training.update import Updater

ROOM = 8
"""One part of so many of the largest batch is left free: what a run does beside its steps takes room too."""

ROOM_OF_RANKS = 5
"""The same with several ranks: what they send each other is not there while each tries by itself."""

ROUNDS = 3
"""Of halving between what fits and what does not."""


class OutOfMemory(SpecError):
    """There is not enough memory; ``batch_size`` is the largest that fits, None where none was found.

    ``advice`` says what to do. ``looked`` is whether one was looked for.
    """

    def __init__(self, batch_size: int | None = None, tried: int | None = None, *, looked: bool = True) -> None:
        with_batches = f" with batches of {tried}" if tried is not None else ""
        super().__init__(f"There is not enough memory to train this network{with_batches}.")
        self.batch_size = batch_size
        smaller = "Use a smaller batch size, or fewer filters and units."
        if not looked:
            smaller = f"With sharded weights, the largest batch size that fits is not searched for. {smaller}"
        self.advice = f"Batches of {batch_size} fit (training.batch_size={batch_size})." if batch_size else smaller


def after(error: BaseException, plan: Plan, state: TrainingState) -> OutOfMemory:
    """Let go of what the failed step held, and try smaller batches; the training cannot go on after that.

    One of several ranks tries its part of them alone, since the others wait for it within a step; with a part of the
    weights it cannot.
    """
    if plan.ranks.sharded:
        return OutOfMemory(None, plan.train.batch_size, looked=False)
    _let_go(error, state)
    own_norms(state.module)
    low, high = 0, plan.train.batch_size
    while high > 1 and not low:
        size = high // 2
        low, high = (size, high) if _fits(plan, state, size) else (low, size)
    for _ in range(ROUNDS if low else 0):
        size = (low + high) // 2
        if size > low:
            low, high = (size, high) if _fits(plan, state, size) else (low, size)
    _free(state)
    room = ROOM_OF_RANKS if plan.ranks.many else ROOM
    return OutOfMemory(low - low // room or None, plan.train.batch_size)


def _fits(plan: Plan, state: TrainingState, size: int) -> bool:
    """Whether a step of so many pictures, at a learning rate of 0, and what is measured between steps do not run out."""
    batches, measured = copy.copy(plan.train), copy.copy(plan.train)
    batches.batch_size, measured.batch_size = size, evaluation_batch(size)
    sentinel = Sentinel(state.module, state.optimizer, plan.device, scaled=state.scaler is not None)
    update = Updater(state, plan.heads, None, sentinel, asking(state.module, plan.speed))
    state.module.train()
    try:
        # The epoch's last batch has sizes of its own, and what it leaves behind stands beside the next.
        for place in (0, batches.num_batches - 1, 0):
            update([next(batches.epoch(0, start=place))], 0.0)
        with torch.no_grad():
            state.module.eval()(next(measured.in_order()).inputs)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        _let_go(error, state)
        return False
    return True


def _let_go(error: BaseException, state: TrainingState) -> None:
    """Free what the frames of an error hold, and what the step had made."""
    seen: BaseException | None = error
    while seen is not None:
        # A frame that still runs cannot be cleared.
        with contextlib.suppress(RuntimeError):
            traceback.clear_frames(seen.__traceback__)
        seen.__traceback__, seen = None, seen.__context__
    _free(state)


def _free(state: TrainingState) -> None:
    """Let go of all that a step makes and the next could use."""
    state.seen = None
    state.optimizer.state.clear()
    for parameter in state.module.parameters():
        parameter.grad = None
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    with contextlib.suppress(AttributeError, OSError):  # other C libraries than GNU's give back by themselves
        ctypes.CDLL("libc.so.6").malloc_trim(0)
