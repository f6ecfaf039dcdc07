"""What is fixed before training starts: the checked experiment, its parts, and the batches of its data."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from workbench.compiler.analysis import resolve
from workbench.compiler.facts import Analysis
from workbench.data.batches import Batches
from workbench.data.dataset import Dataset
from workbench.data.preparation import augmentations_of, mixing_of
from workbench.spec.column import Column
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.problems import ProblemsFound, SpecError, errors_of
from workbench.spec.record import Record
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.aims import grouping, num_classes
from workbench.training.checking.checks import check_training
from workbench.training.checking.pairs import check_one_device
from workbench.training.device import choose_device, environment
from workbench.training.distributed.ranks import Ranks
from workbench.training.heads import ResolvedHead
from workbench.training.optimizer import Optimizer
from workbench.training.schedule import Schedule
from workbench.training.speed import settled

EVALUATION_BATCH = 512


class Plan(Record):
    """Everything about a training that is fixed: the experiment, its resolved parts, and the data in batches.

    With several ranks, each has its own plan, with its device and its part of the batches.
    """

    experiment: Experiment
    heads: tuple[ResolvedHead, ...]
    classes: int | None
    macs: int
    """Multiply-accumulates of the network for one picture."""

    optimizer: Optimizer
    schedule: Schedule
    device: torch.device
    speed: Speed
    fingerprint: str
    ranks: Ranks
    train: Batches
    val: Batches | None
    test: Batches | None

    @property
    def steps_per_epoch(self) -> int:
        """The number of updates per epoch, including a last one of fewer pictures."""
        return math.ceil(self.train.num_batches / self.experiment.training.accumulate)

    @property
    def num_steps(self) -> int:
        """The number of steps in the whole run."""
        return self.experiment.training.epochs * self.steps_per_epoch

    @property
    def splits(self) -> dict[str, Batches]:
        """The splits that the data has, by name: test, validation, training."""
        splits = (("test", self.test), ("val", self.val), ("train", self.train))
        return {name: batches for name, batches in splits if batches is not None}

    @property
    def embedding(self) -> str:
        """The first output that is an embedding; empty if none is."""
        return next((head.output for head in self.heads if head.embeds), "")

    @property
    def shown(self) -> tuple[str, Batches]:
        """The split whose pictures are shown for a run, with its name: test, else validation, else training."""
        return next(iter(self.splits.items()))


def plan_of(experiment: Experiment, dataset: Dataset, heads: tuple[ResolvedHead, ...], macs: int, ranks: Ranks) -> Plan:
    """Return the plan of a valid experiment on this data, with these heads, whose network has so many ``macs``. Raises
    SpecError for what this machine, or these ranks, cannot do.
    """
    recipe = experiment.training
    optimizer = OPTIMIZERS.of(recipe.optimizer)
    device = ranks.device(choose_device(recipe.device))
    speed = settled(recipe.speed, device)
    if ranks.sharded:
        _check_shards(optimizer, speed)
    if ranks.many:
        check_one_device(recipe)
    train, val, test = _batches_of(experiment, dataset, heads, device, ranks)
    return Plan(
        experiment=experiment,
        heads=heads,
        classes=num_classes(experiment, dataset.columns),
        macs=macs,
        optimizer=optimizer,
        schedule=SCHEDULES.of(recipe.schedule),
        device=device,
        speed=speed,
        fingerprint=dataset.fingerprint,
        ranks=ranks,
        train=train,
        val=val,
        test=test,
    )


def _batches_of(
    experiment: Experiment, dataset: Dataset, heads: Sequence[ResolvedHead], device: torch.device, ranks: Ranks
) -> tuple[Batches, Batches | None, Batches | None]:
    """Return the batches of the training, validation and test splits; None for a split that the data lacks."""
    size = experiment.training.batch_size
    in_batches = partial(
        Batches,
        mean=dataset.mean,
        std=dataset.std,
        seed=experiment.seed,
        corruption=dataset.corruption,
        targets={head.target for head in heads},
        device=device,
        part=ranks.part,
    )
    measured = partial(in_batches, batch_size=evaluation_batch(size, heads))
    train = in_batches(
        dataset.train,
        batch_size=size,
        augmentation=augmentations_of(experiment.data),
        mixing=mixing_of(experiment.data),
        num_classes={column.name: len(column.names) for column in dataset.columns if column.kind == "class"},
        points=[column.name for column in dataset.columns if column.kind == "keypoints"],
        per_class=experiment.training.per_class,
        grouped=grouping(experiment, dataset.columns),
    )
    val = None if dataset.val is None else measured(dataset.val)
    test = None if dataset.test is None else measured(dataset.test)
    return train, val, test


def _check_shards(optimizer: Optimizer, speed: Speed) -> None:
    """Raise SpecError for what needs the whole network in each process."""
    if not optimizer.takes_shards:
        raise SpecError(f"training.optimizer: {optimizer.title()} needs unsharded weights: choose AdamW or SGD")
    if speed.precision == "fp16":
        raise SpecError("training.speed.precision: fp16 does not work with sharded weights: choose bf16 or float32")


def evaluation_batch(batch_size: int, heads: Sequence[ResolvedHead]) -> int:
    """Return the batch size for evaluation: larger than for training, since nothing is kept for a backward pass, but
    bounded. A loss that compares the examples of a batch depends on their number, which is then that of training.
    """
    return batch_size if any(head.embeds for head in heads) else min(EVALUATION_BATCH, 4 * batch_size)


def check(experiment: Experiment, columns: Sequence[Column], num_train: int | None = None) -> Analysis:
    """Return the network's analysis. Raises ProblemsFound if it cannot be built, or trained by this recipe on these
    columns and ``num_train`` training examples, if these are known.
    """
    analysis = resolve(experiment.architecture, classes=num_classes(experiment, columns)).analysis
    problems = analysis.errors or check_training(experiment, analysis, columns, num_train)
    if errors := errors_of(problems):
        raise ProblemsFound(errors)
    return analysis


def surroundings(plan: Plan) -> dict[str, Any]:
    """Return everything outside the experiment that a run's results depend on."""
    return environment(plan.device, plan.speed.threads) | {
        "devices": plan.ranks.devices(),
        "data": plan.fingerprint,
        "steps_per_epoch": plan.steps_per_epoch,
    }
