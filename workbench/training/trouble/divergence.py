"""Ends a run whose numbers are no longer finite: names the cause and stores the batch for inspection."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, fx, nn

from workbench.compiler.module import build
from workbench.data.batches import Batch, Batches
from workbench.durable import write_within
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace
from workbench.training.advice.course import slower
from workbench.training.plan import Plan
from workbench.training.state import TrainingState, capture, restore, set_generators
from workbench.training.treated import set_training
from workbench.training.trouble.culprit import Culprit, bad_target, find_culprit, find_in_memory, find_in_optimizer
from workbench.training.trouble.failures import Diverged
from workbench.training.update import grouped, make_average, make_optimizer

log = logging.getLogger(__name__)

FOLDER = "unsound"
"""The folder within a run's folder for the batches that ended it."""

FORMAT = "workbench/unsound-batch"

SOUGHT_ELSEWHERE = Culprit(kind="elsewhere", node="", what="the first rank says why", advice="")
"""What all ranks but the first report."""


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
    """Return the error for a training step with non-finite results: in its updated weights if ``stepped``, else before
    the update.

    ``generators`` holds the states before the step of the generators that layers draw from.
    """
    what = f"Step {step:,}, at a learning rate of {rate:g}, gave non-finite numbers"
    state = _as_one(plan, state, what)
    batches = list(_here(_batches_of(plan, step), state))
    set_generators(generators, plan.device)
    culprit = find_in_optimizer(state.module, state.optimizer, rate) if stepped else None
    if culprit is None:
        set_training(state.module, plan.experiment.architecture)
        culprit = find_culprit(state.module, plan.heads, batches, "training", plan.speed)
    tensors = {f"generator.{name}": value for name, value in generators.items()}
    culprit = _advised(culprit, plan)
    batch = _Kept(name=f"step-{step}", title=f"Step {step:,}, not made", split="training", batches=batches)
    return Diverged(what, culprit, _keep(folder, batch, plan, state.module, culprit, tensors))


def of_memory(plan: Plan, state: TrainingState) -> Diverged:
    """Return the error for finite weights of which the optimizer keeps non-finite numbers."""
    what = f"After step {state.step:,} the optimizer holds non-finite numbers"
    state = _as_one(plan, state, what)
    return Diverged(what, _advised(find_in_memory(state.module, state.optimizer), plan), "")


def of_label(plan: Plan, state: TrainingState, folder: Path, *, step: int) -> Diverged | None:
    """Return the error for a training step that torch refused if a label is to blame, else None.

    With several ranks, only the one that has the label finds it, so the batch is not kept.
    """
    batches = _batches_of(plan, step)
    for batch in batches:
        culprit = bad_target(batch, plan.heads)
        if culprit is not None:
            title = f"Step {step:,}, not made"
            kept = _Kept(name=f"step-{step}", title=title, split="training", batches=batches)
            file = "" if plan.ranks.many else _keep(folder, kept, plan, state.module, culprit)
            return Diverged(f"Step {step:,} cannot be made", culprit, file)
    return None


def of_split(plan: Plan, state: TrainingState, folder: Path, split: str, batches: Batches) -> Diverged:
    """Return the error for a pass over held-out pictures whose loss is not finite."""
    named = "validation" if split == "val" else split
    what = f"After step {state.step:,} the pass over the {named} split gave non-finite numbers"
    plan = replace(plan, speed=replace(plan.speed, precision="float32"))  # as splits are measured
    state = _as_one(plan, state, what)
    module = state.learnt.eval()
    assert isinstance(module, fx.GraphModule)
    with torch.no_grad():
        whole = batches.whole()
        for batch in _here(whole.shuffled() if plan.embedding else whole.in_order(), state):
            culprit = find_culprit(module, plan.heads, [batch], named, plan.speed)
            if culprit.kind != "unknown":
                title = f"Of the {named} split, after step {state.step:,}"
                kept = _Kept(name=f"{split}-after-step-{state.step}", title=title, split=split, batches=[batch])
                culprit = _advised(culprit, plan)
                return Diverged(what, culprit, _keep(folder, kept, plan, module, culprit))
    return Diverged(what, culprit, "")


def _advised(culprit: Culprit, plan: Plan) -> Culprit:
    """Say what helps this recipe where values ran away, and that they may be too large for fp16 only."""
    advice = slower(plan.experiment.training) if culprit.ran_away else culprit.advice
    if plan.speed.precision == "fp16":
        advice += " fp16 cannot represent numbers above 65,504; bf16 and float32 can (training.speed.precision)."
    return replace(culprit, advice=advice)


def _as_one(plan: Plan, state: TrainingState, what: str) -> TrainingState:
    """Return the state to search; for several ranks, their training gathered into one process on the CPU.

    All ranks must call it; the first one searches, and on the others it raises Diverged.
    """
    if not plan.ranks.many:
        return state
    captured, plain = capture(state, plan.device, plan.ranks)
    if not plan.ranks.is_first:
        raise Diverged(what, SOUGHT_ELSEWHERE, "")
    recipe = plan.experiment.training
    module = build(plan.experiment.architecture, classes=plan.classes)
    one = TrainingState(
        module=module,
        optimizer=make_optimizer(plan.optimizer, module, plan.experiment),
        average=make_average(module, recipe.average),
    )
    restore(one, {name: tensor.cpu() for name, tensor in captured.items()}, plain)
    return one


def _here(batches: Iterable[Batch], state: TrainingState) -> Iterator[Batch]:
    """Yield the batches on the device of the state's weights."""
    device = next(state.module.parameters()).device
    for batch in batches:
        targets = {name: values.to(device) for name, values in batch.targets.items()}
        yield dataclasses.replace(
            batch, indices=batch.indices.to(device), inputs=batch.inputs.to(device), targets=targets
        )


def _batches_of(plan: Plan, step: int) -> Sequence[Batch]:
    """Recompute the batches of one step, those of all ranks."""
    size = plan.experiment.training.accumulate
    epoch, done = divmod(step - 1, plan.steps_per_epoch)
    return next(grouped(plan.train.whole().epoch(epoch, start=done * size), size))


class _Kept(Record):
    """What to keep: the ``batches`` of a step, or one of ``split``; ``name`` is its file's name, ``title`` is for
    users.
    """

    name: str
    title: str
    split: str
    batches: Sequence[Batch]


def _keep(
    folder: Path,
    kept: _Kept,
    plan: Plan,
    module: nn.Module,
    culprit: Culprit,
    generators: dict[str, Tensor] | None = None,
) -> str:
    """Write the pictures and whatever is needed to repeat the pass; return the file, or an empty string if the disk
    refuses.
    """
    batches = kept.batches
    tensors = {f"model.{key}": value for key, value in module.state_dict().items()} | (generators or {})
    tensors["indices"] = torch.cat([batch.indices for batch in batches])
    tensors["inputs"] = torch.cat([batch.inputs for batch in batches])
    pictures = plan.train.pictures(tensors["inputs"])
    if pictures is not tensors["inputs"]:
        tensors["pictures"] = pictures
    for column in batches[0].targets:
        tensors[f"target.{column}"] = torch.cat([batch.targets[column] for batch in batches])
    said = {"format": FORMAT, "kind": culprit.kind, "node": culprit.node, "what": culprit.what}
    said |= {"title": kept.title, "split": kept.split}
    file = f"{FOLDER}/{kept.name}.safetensors"
    contiguous = {key: value.detach().contiguous().cpu() for key, value in tensors.items()}
    try:
        write_within(folder, file, save(contiguous, said))
    except SpecError as error:
        log.warning("the batch is not kept: %s", error)
        return ""
    return file
