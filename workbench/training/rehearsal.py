"""Steps that leave nothing behind: they are made with a copy of the network, and torch's generators stay as they are."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import torch

from workbench.data.batches import Batch
from workbench.training.plan import Plan
from workbench.training.soundness import Sentinel
from workbench.training.speed import asking, lay_out, make_scaler
from workbench.training.state import TrainingState
from workbench.training.treated import resting_norms
from workbench.training.update import Updater, grouped, make_optimizer


@contextmanager
def kept_generators(plan: Plan) -> Iterator[None]:
    """Chance from the run's seed, within; torch's generators are what they were, after."""
    devices = [plan.device] if plan.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(plan.experiment.seed)
        yield


def copied_updater(plan: Plan, state: TrainingState) -> Updater:
    """A copy of the network that learns as the plan says, and nothing of the run's own."""
    recipe = plan.experiment.training
    module = copy.deepcopy(state.module).train()
    lay_out(module, plan.speed)
    for norm in resting_norms(module, plan.experiment.architecture):
        norm.eval()
    optimizer = make_optimizer(plan.optimizer, module, plan.experiment)
    scaler = make_scaler(plan.speed, plan.device)
    apart = TrainingState(module=module, optimizer=optimizer, scaler=scaler)
    sentinel = Sentinel(module, optimizer, plan.device, scaled=scaler is not None)
    return Updater(apart, plan.heads, recipe.clip_norm, sentinel, asking(module, plan.speed))


def endless_batches(plan: Plan) -> Iterator[tuple[Batch, ...]]:
    """Those of a step at a time, epoch after epoch."""
    for epoch in count():
        yield from grouped(plan.train.epoch(epoch), plan.experiment.training.accumulate)
