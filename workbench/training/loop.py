"""The training loop: a generator of events, in the order that ``workbench.events`` shows.

Pause is not calling ``next``; stop is a flag looked at between two batches; failure is an exception. No
``yield`` stands inside ``torch.no_grad()``: the mode would leak to whoever reads the events.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import Tensor

from workbench.compiler.analysis import resolve
from workbench.compiler.facts import Analysis
from workbench.compiler.module import build
from workbench.data import AUGMENTATIONS
from workbench.data.batches import Batch, Batches
from workbench.data.dataset import Dataset, Split
from workbench.data.preparation import mixing_of
from workbench.events import (
    AnyEvent,
    CheckpointSaved,
    EpochFinished,
    FinalTest,
    LayersProbed,
    LayerVariance,
    RecipeChanged,
    RunFinished,
    RunStarted,
    RunStopped,
    StepFinished,
    StepLeftOut,
    WeightsDrawn,
    WeightsLoaded,
)
from workbench.runs.store import BEST, LAST
from workbench.spec.change import with_setting
from workbench.spec.column import Column
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.problems import ProblemsFound, SpecError
from workbench.spec.record import Record
from workbench.training import INITIALISERS, OPTIMIZERS, SCHEDULES, divergence
from workbench.training.aims import num_classes
from workbench.training.checkpoint import load_newest, save_checkpoint, save_last
from workbench.training.checks import check_training
from workbench.training.clock import Clock
from workbench.training.control import Control
from workbench.training.device import choose_device, environment
from workbench.training.fitting import evaluation_batch
from workbench.training.heads import Measures, ResolvedHead, resolve_heads
from workbench.training.initialisation import initialise
from workbench.training.optimizer import Optimizer
from workbench.training.probe import is_due, probe
from workbench.training.ranks import ALONE, Ranks
from workbench.training.schedule import Schedule
from workbench.training.shared_norm import share_norms
from workbench.training.soundness import Sentinel
from workbench.training.speed import asking, in_precision, lay_out, make_scaler, set_arithmetic, settled
from workbench.training.spread import Spread, shard
from workbench.training.start_weights import load_start
from workbench.training.state import EpochSums, TrainingState, begin_chance, read_generators
from workbench.training.steering import Steering, steered
from workbench.training.treated import freeze, resting_norms
from workbench.training.update import LEFT_OUT, Updated, Updater, grouped, make_average, make_optimizer

GPU_READBACK_STEPS = 16
"""On a GPU losses are fetched this many steps at a time, so that no step waits for the one before."""


class Plan(Record):
    """All of a training that does not change: the experiment, its parts made, its data in batches.

    Of several ranks each has a plan of its own: its device, its part of the batches.
    """

    experiment: Experiment
    heads: tuple[ResolvedHead, ...]
    classes: int | None
    schedule: Schedule
    base_rate: float
    device: torch.device
    speed: Speed
    fingerprint: str
    ranks: Ranks
    train: Batches
    val: Batches | None
    test: Batches | None

    @property
    def steps_per_epoch(self) -> int:
        """Updates in a pass, a last one of fewer pictures included."""
        return math.ceil(self.train.num_batches / self.experiment.training.accumulate)

    @property
    def num_steps(self) -> int:
        """Steps of the whole run."""
        return self.experiment.training.epochs * self.steps_per_epoch


def prepare(
    experiment: Experiment,
    dataset: Dataset,
    clock: Clock | None = None,
    *,
    fresh: bool = True,
    ranks: Ranks = ALONE,
) -> tuple[Plan, TrainingState]:
    """Make everything a training needs. ProblemsFound or SpecError where the experiment is not sound.

    What its ``speed`` leaves open is as torch has it, until ``speed.adopted`` says otherwise. Unless ``fresh``, a checkpoint is going to be loaded: the first weights are then neither drawn nor read. torch's own
    generator is left alone; training sets it when it begins.
    """
    check(experiment, dataset.columns)
    _check_shards(OPTIMIZERS.make(experiment.training.optimizer.type, experiment.training.optimizer.parameters), ranks)
    plan = _plan(experiment, dataset, ranks)
    recipe, device = experiment.training, plan.device
    module = build(experiment.architecture, classes=plan.classes, seed=experiment.seed)
    if not ranks.sharded:
        lay_out(module.to(device), plan.speed)
    freeze(module, experiment.architecture)
    variances: tuple[LayerVariance, ...] = ()
    loaded = None
    if fresh:
        initialiser = INITIALISERS.make(recipe.initialiser.type, recipe.initialiser.parameters)
        variances = initialise(module, initialiser, plan.train.whole(), experiment.seed)
        loaded = load_start(module, recipe.weights)
    if ranks.many:
        share_norms(module, device)
    average = make_average(module, recipe.average)
    if ranks.sharded:
        for network in (module, average.module) if average is not None else (module,):
            shard(network, device, ranks)
    optimizer = make_optimizer(OPTIMIZERS.make(recipe.optimizer.type, recipe.optimizer.parameters), module, experiment)
    return plan, TrainingState(
        module=module,
        optimizer=optimizer,
        average=average,
        scaler=make_scaler(plan.speed, device),
        clock=clock or Clock(),
        variances=variances,
        loaded=loaded,
    )


def _plan(experiment: Experiment, dataset: Dataset, ranks: Ranks) -> Plan:
    recipe = experiment.training
    device = ranks.device(choose_device(recipe.device))
    heads = resolve_heads(experiment, dataset.columns)
    targets = {head.target for head in heads}
    return Plan(
        experiment=experiment,
        heads=heads,
        classes=num_classes(experiment, dataset.columns),
        schedule=SCHEDULES.make(recipe.schedule.type, recipe.schedule.parameters),
        base_rate=OPTIMIZERS.make(recipe.optimizer.type, recipe.optimizer.parameters).lr,
        device=device,
        speed=_speed(recipe.speed, device, ranks),
        fingerprint=dataset.fingerprint,
        ranks=ranks,
        train=Batches(
            dataset.train,
            mean=dataset.mean,
            std=dataset.std,
            batch_size=recipe.batch_size,
            seed=experiment.seed,
            augmentation=[
                AUGMENTATIONS.make(choice.type, choice.parameters) for choice in experiment.data.augmentation
            ],
            mixing=mixing_of(experiment.data),
            num_classes={column.name: len(column.names) for column in dataset.columns if column.kind == "class"},
            corruption=dataset.corruption,
            targets=targets,
            device=device,
            part=ranks.part,
        ),
        val=_evaluation(dataset, dataset.val, experiment, targets, device, ranks),
        test=_evaluation(dataset, dataset.test, experiment, targets, device, ranks),
    )


def _speed(wish: Speed, device: torch.device, ranks: Ranks) -> Speed:
    speed = settled(wish, device)
    if ranks.sharded and speed.precision == "fp16":
        raise SpecError("training.speed.precision: fp16 does not go with shards: choose bf16, or float32")
    return speed


def _check_shards(optimizer: Optimizer, ranks: Ranks) -> None:
    if ranks.sharded and not optimizer.takes_shards:
        raise SpecError(
            f"training.optimizer: {optimizer.title()} needs whole weights, not shards: choose AdamW, or SGD"
        )


def check(experiment: Experiment, columns: Sequence[Column]) -> Analysis:
    """The network's facts. ProblemsFound where it cannot be built, or not be trained by this recipe on these columns."""
    analysis = resolve(experiment.architecture, classes=num_classes(experiment, columns)).analysis
    problems = [problem for problem in analysis.problems if problem.severity == "error"]
    problems += [] if problems else check_training(experiment, analysis, columns)
    if problems:
        raise ProblemsFound(tuple(problems))
    return analysis


def resume(plan: Plan, state: TrainingState, folder: Path) -> tuple[str, ...]:
    """Go back to the run's last checkpoint; gives what differs from then, since that makes it inexact.

    SpecError where the data has changed so much that there is no place in it to go on from.
    """
    before, now = {"devices": 1} | load_newest(folder, state, plan.ranks), surroundings(plan)
    if before["steps_per_epoch"] != now["steps_per_epoch"]:
        raise SpecError(
            f"{folder}: the data has changed: an epoch had {before['steps_per_epoch']} steps and has "
            f"{now['steps_per_epoch']}, so there is no place in it to go on from; start a new run"
        )
    changed = ("the pictures are not those it began with",) if before["data"] != now["data"] else ()
    keys = [key for key in now if key != "data" and before.get(key) != now[key]]
    return changed + tuple(f"{key} was {before.get(key)} and is {now[key]}" for key in keys)


def surroundings(plan: Plan) -> dict[str, Any]:
    """All outside the experiment that a run's numbers hang on."""
    return environment(plan.device) | {
        "devices": plan.ranks.devices(),
        "data": plan.fingerprint,
        "steps_per_epoch": plan.steps_per_epoch,
    }


def train(plan: Plan, state: TrainingState, folder: Path, control: Control) -> Iterator[AnyEvent]:
    """Run from the state's place to the end. Raises ``divergence.Diverged``, and whatever torch and the disk raise."""
    begin_chance(state.generators, plan.experiment.seed, state.step, plan.device, plan.ranks.rank)
    set_arithmetic(plan.speed, plan.device)
    run = _Run(plan, state, folder, control)
    yield RunStarted(
        at=run.now_s(),
        num_parameters=sum(parameter.numel() for parameter in state.module.parameters()),
        steps_per_epoch=plan.steps_per_epoch,
        epochs=run.epochs,
        first_step=state.step + 1,
        device=run.environment["device"],
        environment=run.environment,
        speed=plan.speed,
    )
    chosen = plan.experiment.training.weights
    if chosen is not None and state.loaded is not None and not state.step:
        words, filled = state.loaded.sentence(), len(state.loaded.matches)
        yield WeightsLoaded(at=run.now_s(), file=chosen.file, sha256=chosen.sha256, num_filled=filled, words=words)
    if state.variances and not state.step:
        method = plan.experiment.training.initialiser.type
        yield WeightsDrawn(at=run.now_s(), method=method, layers=state.variances)
    yield from run.changes()
    while state.num_validated < run.epochs and not run.is_enough():
        epoch_began_s = run.now_s()
        yield from run.epoch()
        yield from run.probe()
        measured = run.measure(plan.val, "val")
        if measured is None:
            yield from run.stop()
            return
        state.num_validated += 1
        state.metrics = state.sums.means() | measured
        yield EpochFinished(
            at=run.now_s(),
            epoch=state.num_validated,
            step=state.step,
            metrics=state.metrics,
            seconds=run.now_s() - epoch_began_s,
        )
        yield from run.checkpoints()
        yield from run.changes()
    tested = run.measure(plan.test, "test")
    if tested is None:
        yield from run.stop()
        return
    if tested:
        yield FinalTest(at=run.now_s(), metrics=tested)
    early = state.num_validated < run.epochs
    yield RunFinished(at=run.now_s(), epochs=state.num_validated, metrics=state.metrics | tested, early=early)


class _Pending(NamedTuple):
    """A step, and what is to be told of it that is still on the device."""

    number: int
    rate: float
    updated: Updated
    generators: dict[str, torch.Tensor]


class _Run:
    """The parts of the loop, and what they share."""

    def __init__(self, plan: Plan, state: TrainingState, folder: Path, control: Control) -> None:
        self.plan = plan
        self.state = state
        self.folder = folder
        self.control = control
        self.environment = surroundings(plan)
        self.now_s = state.clock.now_s
        clip_norm = plan.experiment.training.clip_norm
        sentinel = Sentinel(
            state.module, state.optimizer, plan.device, scaled=state.scaler is not None, ranks=plan.ranks
        )
        spread = Spread(state.module, plan.ranks, used=[head.output for head in plan.heads])
        self.update = Updater(state, plan.heads, clip_norm, sentinel, asking(spread.network, plan.speed), spread)
        self.readback_steps = 1 if sentinel.waits else GPU_READBACK_STEPS
        self.pending: list[_Pending] = []
        self.probe_batch: Batch | None = None
        self.resting = resting_norms(state.module, plan.experiment.architecture)
        self.base_rate = plan.base_rate
        self.steering = Steering(folder, control, state.step, plan.ranks)

    @property
    def epochs(self) -> int:
        """Passes over the data, as it stands now."""
        return self.plan.experiment.training.epochs

    def changes(self) -> Iterator[RecipeChanged]:
        """Make the changes that are due or asked for; each is on the disk before it is made."""
        while (change := self.steering.take(self.plan, self.state)) is not None:
            experiment = with_setting(self.plan.experiment, change.path, change.after)
            self.plan, self.probe_batch = steered(self.plan, self.state, experiment), None
            yield RecipeChanged(at=self.now_s(), **msgspec.structs.asdict(change))

    def epoch(self) -> Iterator[AnyEvent]:
        """The steps that are left of the current epoch; ends early where a stop was asked for."""
        last = (self.state.num_validated + 1) * self.plan.steps_per_epoch
        while self.state.step < last and not self.control.wants_stop():
            yield from self._steps(int(min(last, self.steering.next_step)))
            yield from self.changes()

    def _steps(self, last: int) -> Iterator[AnyEvent]:
        """The steps up to this one; ends early where a command came."""
        plan, state = self.plan, self.state
        done = state.step - state.num_validated * plan.steps_per_epoch
        if done == 0:
            state.sums = EpochSums()
        self.base_rate = plan.base_rate * plan.schedule.reduced(state.scores)
        state.module.train()
        for norm in self.resting:
            norm.eval()
        size, schedule = plan.experiment.training.accumulate, plan.schedule
        steps_per_epoch, num_steps = plan.steps_per_epoch, plan.num_steps
        epoch = plan.train.epoch(state.num_validated, start=done * size)
        for batches in islice(grouped(epoch, size), last - state.step):
            if self.control.wants_attention():
                break
            rate = self.base_rate * schedule.factor(state.step, steps_per_epoch, num_steps)
            self.pending.append(self._step(batches, rate))
            if len(self.pending) >= self.readback_steps or self.control.wants_each_step():
                yield from self._read_back()
            if self.control.takes_save():
                yield from self._read_back()
                yield self.checkpoint(LAST)
        yield from self._read_back()

    def _step(self, batches: Sequence[Batch], rate: float) -> _Pending:
        plan, state = self.plan, self.state
        generators = read_generators(plan.device)
        try:
            updated = self.update(batches, rate)
        except (IndexError, RuntimeError):
            refused = divergence.of_label(plan, state, self.folder, step=state.step + 1)
            if refused is None:
                raise
            raise refused from None
        state.step += 1
        return _Pending(state.step, rate, updated, generators)

    def _read_back(self) -> Iterator[StepFinished | StepLeftOut]:
        """Fetch the losses of the steps since the last time, all at once, and tell of each."""
        if not self.pending:
            return
        steps, self.pending = self.pending, []
        for step, (loss, accuracy, unsound) in zip(steps, _fetch(steps), strict=True):
            if unsound and unsound != LEFT_OUT:
                raise divergence.of_step(
                    self.plan,
                    self.state,
                    self.folder,
                    step=step.number,
                    rate=step.rate,
                    generators=step.generators,
                    stepped=unsound == 1,
                )
            self.state.sums = self.state.sums.plus(loss, accuracy, step.updated.num_pictures)
            yield StepFinished(at=self.now_s(), step=step.number, loss=loss, accuracy=accuracy, learning_rate=step.rate)
            if unsound == LEFT_OUT:
                assert self.state.scaler is not None
                yield StepLeftOut(at=self.now_s(), step=step.number, scale=2 * self.state.scaler.get_scale())

    def probe(self) -> Iterator[LayersProbed]:
        """Look into the layers, where it is time and the epoch is whole."""
        plan, state = self.plan, self.state
        if self.control.wants_stop() or not is_due(state.step, plan.steps_per_epoch):
            return
        if self.probe_batch is None:
            self.probe_batch = next(plan.train.whole().epoch(0))
        layers = probe(state.module, plan.heads, self.probe_batch, with_gradients=not plan.ranks.sharded)
        rate = self.base_rate * plan.schedule.factor(state.step - 1, plan.steps_per_epoch, plan.num_steps)
        yield LayersProbed(at=self.now_s(), epoch=state.num_validated + 1, learning_rate=rate, layers=layers)

    def measure(self, batches: Batches | None, name: str) -> dict[str, float] | None:
        """Loss and measures over a split, in eval mode; None where a stop was asked for before the end."""
        if self.control.wants_stop():
            return None
        if batches is None:
            return {}
        measures = Measures(self.plan.heads, self.plan.device, self.plan.ranks)
        ask = in_precision(self.state.learnt.eval(), self.plan.speed)
        with torch.no_grad():
            for batch in batches.in_order():
                if self.control.wants_stop():
                    return None
                outputs = ask(batch.inputs)
                if not batch.idles:
                    measures.add(outputs, batch.targets)
        metrics = measures.result(name)
        if not math.isfinite(metrics[f"{name}/loss"]):
            raise divergence.of_split(self.plan, self.state, self.folder, name, batches)
        return metrics

    def checkpoints(self) -> Iterator[CheckpointSaved]:
        """The best where this epoch is, by validation, or by training where nothing is held out; then the last.

        In this order: were the run killed between the two, the epoch is done again and the best with it.
        """
        score = self.state.metrics.get("val/loss", self.state.metrics["train/loss"])
        self.state.num_worse += 1
        self.state.scores += (score,)
        if self.state.best is None or score < self.state.best:
            self.state.best, self.state.num_worse = score, 0
            yield self.checkpoint(BEST)
        yield self.checkpoint(LAST)

    def is_enough(self) -> bool:
        """Whether no epoch was better for as long as the recipe has patience."""
        patience = self.plan.experiment.training.patience
        return patience is not None and self.state.num_worse >= patience

    def stop(self) -> Iterator[AnyEvent]:
        """End here, resumable."""
        yield self.checkpoint(LAST)
        yield RunStopped(at=self.now_s(), step=self.state.step)

    def checkpoint(self, name: str) -> CheckpointSaved:
        """Write the state to the run's folder."""
        what = self.state, self.environment, self.plan.device, self.plan.ranks
        digest = save_last(self.folder, *what) if name == LAST else save_checkpoint(self.folder / name, *what)
        return CheckpointSaved(at=self.now_s(), file=name, step=self.state.step, sha256=digest, best=name == BEST)


def _fetch(steps: Sequence[_Pending]) -> list[tuple[float, float | None, float]]:
    """Loss, accuracy (None where no class is asked for) and ``Updated.unsound`` of the steps; of several in one
    transfer.
    """
    updates = [step.updated for step in steps]
    if len(updates) == 1:
        (one,) = updates
        rows = [[one.loss.item(), 0.0 if one.num_right is None else one.num_right.item(), float(one.unsound)]]
    else:
        columns = [
            torch.stack([each.loss.float(), _number(each.num_right, each.loss), torch.as_tensor(each.unsound)])
            for each in updates
        ]
        rows = torch.stack(columns).tolist()
    return [
        (loss, None if each.num_right is None else right / each.num_pictures, unsound)
        for each, (loss, right, unsound) in zip(updates, rows, strict=True)
    ]


def _number(value: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like, dtype=torch.float32) if value is None else value.float()


def _evaluation(
    dataset: Dataset,
    split: Split | None,
    experiment: Experiment,
    targets: set[str],
    device: torch.device,
    ranks: Ranks,
) -> Batches | None:
    """A split in batches for measuring: as it lies, corrupted and normalised as in training."""
    if split is None:
        return None
    return Batches(
        split,
        mean=dataset.mean,
        std=dataset.std,
        batch_size=evaluation_batch(experiment.training.batch_size),
        seed=experiment.seed,
        corruption=dataset.corruption,
        targets=targets,
        device=device,
        part=ranks.part,
    )
