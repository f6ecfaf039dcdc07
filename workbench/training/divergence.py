"""What a run ends with when its numbers are no longer finite: what began it, and the batch kept to look at."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import torch
from safetensors.torch import save
from torch import Tensor, fx

from workbench.data.batches import Batch, Batches
from workbench.durable import write_bytes
from workbench.spec.problems import SpecError
from workbench.training.culprit import Culprit, bad_target, find_culprit, find_in_optimizer
from workbench.training.state import TrainingState, set_generators
from workbench.training.update import grouped

if TYPE_CHECKING:
    from workbench.training.loop import Plan

log = logging.getLogger(__name__)

FOLDER = "unsound"
"""In a run's folder: the batches that ended it."""

FORMAT = "workbench/unsound-batch"


class Diverged(SpecError):
    """The numbers are no longer finite.

    ``advice`` says what to try, ``node`` is the path of the layer where it began, ``batch`` the file, relative to the
    run's folder, that holds the pictures; the last two are empty where there is none.
    """

    def __init__(self, what: str, culprit: Culprit, batch: str) -> None:
        super().__init__(f"{what}: {culprit.what}.")
        self.kind = culprit.kind
        self.node = culprit.node
        self.batch = batch
        self.advice = culprit.advice + (f" The batch is kept in {batch}." if batch else "")


def of_step(
    plan: Plan,
    state: TrainingState,
    folder: Path,
    *,
    step: int,
    rate: float,
    generators: dict[str, Tensor],
    stepped: bool,
) -> Diverged:
    """For a training step that gave nan or inf: in the weights it led to where ``stepped``, else on the way to them.

    ``generators`` are those that layers drew from as they were before it.
    """
    batches = _batches_of(plan, step)
    set_generators(generators, plan.device)
    culprit = find_in_optimizer(state.module, state.optimizer, rate) if stepped else None
    if culprit is None:
        culprit = find_culprit(state.module.train(), plan.heads, batches, "training", plan.speed)
    tensors = {f"generator.{name}": value for name, value in generators.items()}
    culprit = _of_few_bits(culprit, plan)
    what = f"Step {step:,}, at a learning rate of {rate:g}, gave no finite numbers"
    return Diverged(what, culprit, _keep(folder, f"step-{step}", state, batches, culprit, tensors))


def of_label(plan: Plan, state: TrainingState, folder: Path, *, step: int) -> Diverged | None:
    """For a training step that torch refused: None unless a label is to blame."""
    batches = _batches_of(plan, step)
    for batch in batches:
        culprit = bad_target(batch, plan.heads)
        if culprit is not None:
            return Diverged(
                f"Step {step:,} cannot be made", culprit, _keep(folder, f"step-{step}", state, batches, culprit)
            )
    return None


def of_split(plan: Plan, state: TrainingState, folder: Path, split: str, batches: Batches) -> Diverged:
    """For a pass over held-out pictures whose loss is not finite."""
    module = state.learnt.eval()
    assert isinstance(module, fx.GraphModule)
    what = f"After step {state.step:,} the pass over the {split} split gave no finite numbers"
    with torch.no_grad():
        for batch in batches.in_order():
            culprit = find_culprit(module, plan.heads, [batch], split, plan.speed)
            if culprit.kind != "unknown":
                name = f"{split}-after-step-{state.step}"
                return Diverged(what, culprit, _keep(folder, name, state, [batch], culprit))
    return Diverged(what, culprit, "")


def _of_few_bits(culprit: Culprit, plan: Plan) -> Culprit:
    """What is too large may be so for fp16 alone."""
    if plan.speed.precision != "fp16":
        return culprit
    words = " fp16 holds nothing above 65,504: bf16 and float32 do (training.speed.precision)."
    return msgspec.structs.replace(culprit, advice=culprit.advice + words)


def _batches_of(plan: Plan, step: int) -> Sequence[Batch]:
    """The batches of one step, made again."""
    size = plan.experiment.training.accumulate
    epoch, done = divmod(step - 1, plan.steps_per_epoch)
    return next(grouped(plan.train.epoch(epoch, start=done * size), size))


def _keep(
    folder: Path,
    name: str,
    state: TrainingState,
    batches: Sequence[Batch],
    culprit: Culprit,
    generators: dict[str, Tensor] | None = None,
) -> str:
    """Write the pictures, and all that is needed to go over them again; empty where the disk refuses."""
    tensors = {f"model.{key}": value for key, value in state.module.state_dict().items()} | (generators or {})
    tensors["indices"] = torch.cat([batch.indices for batch in batches])
    tensors["inputs"] = torch.cat([batch.inputs for batch in batches])
    for column in batches[0].targets:
        tensors[f"target.{column}"] = torch.cat([batch.targets[column] for batch in batches])
    said = {"format": FORMAT, "kind": culprit.kind, "node": culprit.node, "what": culprit.what}
    file = f"{FOLDER}/{name}.safetensors"
    contiguous = {key: value.detach().contiguous().cpu() for key, value in tensors.items()}
    try:
        write_bytes(folder / file, save(contiguous, said))
    except SpecError as error:
        log.warning("the batch is not kept: %s", error)
        return ""
    return file
