"""Builds what the first step needs: network, initial weights and optimizer, or all of it from a checkpoint."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.fx import GraphModule
from torch.optim import SGD

from workbench.compiler.analysis import resolve
from workbench.compiler.facts import Analysis
from workbench.compiler.module import build
from workbench.compiler.one_input import one_input
from workbench.compiler.weights_report import WeightsReport
from workbench.data.dataset import Dataset
from workbench.events import LayerVariance
from workbench.spec.column import PICTURE, Column, named
from workbench.spec.experiment import Experiment, Head, Speed
from workbench.spec.problems import ProblemsFound, SpecError, errors_of
from workbench.spec.record import replace
from workbench.training.aims import aimed, num_classes
from workbench.training.checking.checks import check_heads
from workbench.training.checkpoint import Checkpoint, load_weights_into, put_back
from workbench.training.clock import Clock
from workbench.training.device import choose_device
from workbench.training.distributed.ranks import ALONE, Ranks
from workbench.training.distributed.shared_norm import share_norms
from workbench.training.distributed.spread import shard
from workbench.training.heads import resolve_heads
from workbench.training.initialisation import chosen_initialisers, initialise
from workbench.training.plan import Plan, check, plan_of, surroundings
from workbench.training.speed import lay_out, make_scaler, settled
from workbench.training.start_weights import load_start
from workbench.training.state import TrainingState
from workbench.training.treated import freeze
from workbench.training.trouble.failures import Unfit
from workbench.training.update import make_average, make_optimizer

NAMES = {
    "threads": "the number of threads",
    "devices": "the number of devices",
    "instructions": "the processor's instruction set",
    "bf16": "whether the processor computes bf16",
    "python": "Python",
    "workbench": "the workbench",
}
"""Names for users of what a run's results depend on, where they differ from the keys."""


def prepare(
    experiment: Experiment,
    dataset: Dataset,
    clock: Clock | None = None,
    *,
    fresh: bool = True,
    ranks: Ranks = ALONE,
) -> tuple[Plan, TrainingState]:
    """Create everything a training needs. Raises ProblemsFound or SpecError if the experiment is invalid.

    Whatever ``speed`` leaves open is left at torch's defaults; ``adopted`` changes it later. Unless ``fresh``, a
    checkpoint is going to be loaded, so initial weights are neither drawn nor read. torch's global generator is not
    touched; training seeds it when it begins.
    """
    analysis = check(experiment, dataset.columns, len(dataset.train.inputs))
    plan = plan_of(experiment, dataset, resolve_heads(experiment, dataset.columns), analysis.macs, ranks)
    recipe, device = experiment.training, plan.device
    module = build(experiment.architecture, classes=plan.classes, seed=experiment.seed)
    if not ranks.sharded:
        lay_out(module.to(device), plan.speed)
    freeze(module, experiment.architecture)
    variances, loaded = _initial_weights(module, plan) if fresh else ((), None)
    if ranks.many:
        share_norms(module, device)
    average = make_average(module, recipe.average)
    if ranks.sharded:
        for network in (module, average.module) if average is not None else (module,):
            shard(network, device, ranks)
    return plan, TrainingState(
        module=module,
        optimizer=make_optimizer(plan.optimizer, module, experiment),
        average=average,
        scaler=make_scaler(plan.speed, device),
        clock=clock or Clock(),
        variances=variances,
        loaded=loaded,
    )


def _initial_weights(module: GraphModule, plan: Plan) -> tuple[tuple[LayerVariance, ...], WeightsReport | None]:
    """Draw the initial weights, then load what the recipe's file has of them; return what is to be told of both."""
    experiment = plan.experiment
    variances = initialise(module, chosen_initialisers(module, experiment), plan.train.whole(), experiment.seed)
    return variances, load_start(module, experiment.training.weights)


def untrained(experiment: Experiment, dataset: Dataset) -> tuple[Plan, TrainingState]:
    """Return the network with its initial weights, for inspection only: also one that could not be trained by this
    recipe. Its heads are those of the recipe if all of them fit; otherwise none, or if it names none, the picture for
    outputs of its shape. Each of several Inputs gets the same picture.

    Raises ProblemsFound if the network has errors, SpecError if its weights cannot be loaded.
    """
    analysis = resolve(experiment.architecture, classes=num_classes(experiment, dataset.columns)).analysis
    if not analysis.sound:
        raise ProblemsFound(analysis.errors)
    recipes = (experiment, _aimed_at_the_picture(experiment, analysis, dataset.columns))
    fitting = (each for each in recipes if not errors_of(check_heads(each, analysis, dataset.columns)))
    heads = next((resolve_heads(each, dataset.columns) for each in fitting), ())
    plan = plan_of(_here(experiment), dataset, heads, analysis.macs, ALONE)
    module = build(experiment.architecture, classes=plan.classes, seed=experiment.seed)
    lay_out(module.to(plan.device), plan.speed)
    variances, loaded = _initial_weights(module, plan)
    optimizer = SGD([{"params": []}], lr=0.0)  # makes no step
    return plan, TrainingState(module=one_input(module), optimizer=optimizer, variances=variances, loaded=loaded)


def _aimed_at_the_picture(experiment: Experiment, analysis: Analysis, columns: Sequence[Column]) -> Experiment:
    """Return the experiment with default heads that aim at the picture where an output has its shape; unchanged if it
    has heads of its own.
    """
    picture = named(columns, PICTURE)
    if experiment.training.heads or picture is None:
        return experiment
    outputs = [node.name for node in experiment.architecture.graph.outputs]
    fitting = [name for name in outputs if analysis.nodes[name].output_shapes == (picture.answer,)]
    heads = tuple(aimed(Head(output=name), picture) for name in fitting)
    return replace(experiment, training=replace(experiment.training, heads=heads))


def _here(experiment: Experiment) -> Experiment:
    """Return the experiment, on a device of this machine where its own, or its speed, is not here."""
    try:
        settled(experiment.training.speed, choose_device(experiment.training.device))
    except SpecError:
        return replace(experiment, training=replace(experiment.training, device="auto", speed=Speed()))
    return experiment


def of_checkpoint(experiment: Experiment, dataset: Dataset, checkpoint: Path) -> tuple[Plan, TrainingState]:
    """Return the network of a checkpoint, for inspection only. Raises SpecError as ``load_weights_into`` does."""
    plan, state = prepare(_here(experiment), dataset, fresh=False)
    state.average = None  # the checkpoint's weights are those used for evaluation
    state.step = load_weights_into(state.module, checkpoint)
    return plan, state


def adopted(plan: Plan, state: TrainingState, speed: Speed) -> Plan:
    """Return the plan with ``speed``, before the first step; sets the network's memory layout and gradient scaler
    accordingly.
    """
    for network in (state.module, state.average):
        if network is not None and not plan.ranks.sharded:  # shards have only one memory layout
            lay_out(network, speed)
    state.scaler = make_scaler(speed, plan.device)
    return replace(plan, speed=speed)


def resume(
    plan: Plan, state: TrainingState, checkpoint: Checkpoint | None, edited: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Restore a checkpoint of the run and return what has changed since it was saved, each of which makes the resume
    inexact.

    ``edited`` says what was edited in the experiment's file. All ranks but the first pass neither. Raises Unfit if
    the number of steps per epoch has changed, so that there is no place in the data to resume from, or if the network
    has, so that the checkpoint does not fit.
    """
    known = checkpoint.environment if checkpoint else {}
    known, edited = plan.ranks.from_first(lambda: (known, edited), tuple[dict[str, Any], tuple[str, ...]])
    before, now = {"devices": 1} | known, surroundings(plan)
    if before["steps_per_epoch"] != now["steps_per_epoch"]:
        raise Unfit(
            f"{'; '.join(edited) or 'the data has changed'}: an epoch had {before['steps_per_epoch']} steps and now has "
            f"{now['steps_per_epoch']}, so the run cannot resume within it; undo this, or start a new run"
        )
    data = ("the data differs from what it started with",) if before["data"] != now["data"] else ()
    changed = edited + data
    try:
        put_back(checkpoint, state, plan.ranks)
    except SpecError as error:
        if not changed:
            raise
        why = f"{'; '.join(changed)}: its checkpoint no longer fits the network; undo this, or start a new run"
        raise Unfit(why) from error
    keys = [key for key in now if key in before and key != "data" and before[key] != now[key]]
    return changed + tuple(f"{NAMES.get(key, key)} was {before[key]} and is {now[key]}" for key in keys)
