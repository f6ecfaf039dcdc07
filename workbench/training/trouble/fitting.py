"""After running out of memory: frees the step's memory and finds the largest batch size that fits by trying."""

import contextlib
import copy
import ctypes
import gc
import traceback
from concurrent.futures import ThreadPoolExecutor

import torch

from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.spec.record import replace
from workbench.training.distributed.shared_norm import own_norms
from workbench.training.plan import Plan, evaluation_batch
from workbench.training.speed import asking, forget_graphs, make_scaler
from workbench.training.state import TrainingState
from workbench.training.treated import set_training
from workbench.training.trouble.failures import OutOfMemory
from workbench.training.trouble.soundness import Sentinel
from workbench.training.update import Updater

ROOM = 8
"""One part in this many of the largest batch is left free for what a run computes between its steps."""

ROOM_OF_RANKS = 5
"""The same with several ranks, whose communication buffers do not exist while each tries by itself."""

ROUNDS = 3
"""The number of bisection steps between the sizes that fit and do not."""


def after(error: BaseException, plan: Plan, state: TrainingState) -> OutOfMemory:
    """Free what the failed step held and try smaller batches; training cannot continue afterwards.

    With several ranks, each tries its part alone, since the others wait for it within a step; with sharded weights this
    is impossible.
    """
    if plan.ranks.sharded:
        return OutOfMemory(None, plan.train.batch_size, looked=False)
    _let_go(error, state)
    if plan.speed.compile == "cuda_graphs":
        forget_graphs()
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
    """Return whether a step of ``size`` pictures, at learning rate 0, and an evaluation batch fit into memory.

    Where it does not, another thread tries again: oneDNN, once it was refused memory for a kernel's code, refuses every
    new kernel in that thread. A thread needs memory of its own, so that not each size has one.
    """
    if _fits_here(plan, state, size):
        return True
    with ThreadPoolExecutor(1, "memory") as other:
        return other.submit(_fits_here, plan, state, size).result()


def _fits_here(plan: Plan, state: TrainingState, size: int) -> bool:
    batches, measured = copy.copy(plan.train), copy.copy(plan.train)
    batches.batch_size, measured.batch_size = size, evaluation_batch(size, plan.heads)
    state.scaler = make_scaler(plan.speed, plan.device)  # the failed step may have left it half way
    sentinel = Sentinel(state.module, state.optimizer, plan.device, scaled=state.scaler is not None)
    # not compiled, which would take up to a minute for each size, and need less memory rather than more
    update = Updater(state, plan.heads, None, sentinel, asking(state.module, replace(plan.speed, compile="off")))
    set_training(state.module, plan.experiment.architecture)
    try:
        # The epoch's last batch has another size, and what it leaves allocated adds to the next one's memory.
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
    """Free what the frames of an error and the failed step hold."""
    seen: BaseException | None = error
    while seen is not None:
        # A running frame cannot be cleared.
        with contextlib.suppress(RuntimeError):
            traceback.clear_frames(seen.__traceback__)
        seen.__traceback__, seen = None, seen.__context__
    _free(state)


def _free(state: TrainingState) -> None:
    """Free everything that a step allocates."""
    state.seen = None
    state.optimizer.state.clear()
    for parameter in state.module.parameters():
        parameter.grad = None
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    with contextlib.suppress(AttributeError, OSError):  # C libraries other than GNU's return memory by themselves
        ctypes.CDLL("libc.so.6").malloc_trim(0)
