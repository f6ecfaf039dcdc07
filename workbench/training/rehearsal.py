"""Trial steps without side effects: on a copy of the network, with torch's generators restored."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import torch

from workbench.data.batches import Batch
from workbench.training.distributed.shared_norm import own_norms
from workbench.training.plan import Plan
from workbench.training.speed import asking, lay_out, make_scaler
from workbench.training.state import TrainingState, read_generators, set_generators
from workbench.training.treated import set_training
from workbench.training.trouble.soundness import Sentinel
from workbench.training.update import Updater, grouped, make_optimizer


@contextmanager
def kept_generators(plan: Plan) -> Iterator[None]:
    """Seed torch's generators from the run's seed, and restore them at the end."""
    before = read_generators(plan.device)
    torch.manual_seed(plan.experiment.seed)
    try:
        yield
    finally:
        set_generators(before, plan.device)


def copied_updater(plan: Plan, state: TrainingState) -> Updater:
    """Return an updater of a copy of the network that trains by the plan without touching the run; each rank trains its
    own.
    """
    recipe = plan.experiment.training
    module = copy.deepcopy(state.module)
    own_norms(module)
    lay_out(module, plan.speed)
    set_training(module, plan.experiment.architecture)
    optimizer = make_optimizer(plan.optimizer, module, plan.experiment)
    scaler = make_scaler(plan.speed, plan.device)
    apart = TrainingState(module=module, optimizer=optimizer, scaler=scaler)
    sentinel = Sentinel(module, optimizer, plan.device, scaled=scaler is not None)
    return Updater(apart, plan.heads, recipe.clip_norm, sentinel, asking(module, plan.speed))


def can_rehearse(plan: Plan) -> bool:
    """Return whether this rank has whole weights and the two pictures per batch that normalisation needs."""
    num_pictures = min(plan.train.batch_size, len(plan.train.inputs)) // plan.ranks.size
    return not plan.ranks.many or (not plan.ranks.sharded and num_pictures > 1)


def endless_batches(plan: Plan) -> Iterator[tuple[Batch, ...]]:
    """Yield the batches of one step at a time, epoch after epoch, without batches of which this rank has too few
    pictures.
    """
    for epoch in count():
        own = (batch for batch in plan.train.epoch(epoch) if batch.num_own > 1 or not plan.ranks.many)
        yield from grouped(own, plan.experiment.training.accumulate)
