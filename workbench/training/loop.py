"""The training loop: a generator of events, in the order shown in ``workbench.events``.

To pause, the caller does not call ``next``; a stop is a flag checked between two batches; a failure is an exception. No
``yield`` is inside ``torch.no_grad()``, or the mode would leak into the code that reads the events.
"""

import math
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import torch
from torch import Tensor

from workbench.data.batches import Batch, Batches
from workbench.events import (
    AnyEvent,
    CheckpointSaved,
    EpochFinished,
    FinalTest,
    LayersProbed,
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
from workbench.training.changing.changes import judged_from, patience_from
from workbench.training.changing.steering import Steering, steered
from workbench.training.checkpoint import save_checkpoint
from workbench.training.control import Control
from workbench.training.distributed.spread import Spread
from workbench.training.heads import Measures, names_of
from workbench.training.plan import Plan, surroundings
from workbench.training.probe import is_due, probe
from workbench.training.speed import asking, set_arithmetic
from workbench.training.state import EpochSums, TrainingState, begin_chance, read_generators
from workbench.training.treated import set_training
from workbench.training.trouble import divergence
from workbench.training.trouble.soundness import Sentinel
from workbench.training.update import LEFT_OUT, Updated, Updater, grouped

GPU_READBACK_STEPS = 16
"""On a GPU, losses are fetched once in this many steps, so that a step need not wait for the one before."""


def train(plan: Plan, state: TrainingState, folder: Path, control: Control) -> Iterator[AnyEvent]:
    """Train from the state's position to the end. Raises ``failures.Diverged``, and whatever torch and the disk
    raise.
    """
    begin_chance(state.generators, plan.experiment.seed, state.step, plan.device, plan.ranks.rank)
    set_arithmetic(plan.speed, plan.device)
    run = _Run(plan, state, folder, control)
    yield from run.begin()
    yield from run.commands()
    tested: dict[str, float] | None = None
    while tested is None or run.has_more():  # a change during the test may add epochs
        while run.has_more():
            epoch_began_s = state.clock.worked_s()
            yield from run.epoch()
            yield from run.probe()
            measured = run.measure(plan.val, "val")
            if measured is None:
                yield from run.stop()
                return
            state.num_validated += 1
            state.metrics = state.sums.means(run.head_names) | measured
            yield EpochFinished(
                at=run.now_s(),
                epoch=state.num_validated,
                step=state.step,
                metrics=state.metrics,
                seconds=state.clock.worked_s() - epoch_began_s,
            )
            yield from run.checkpoints()
            yield from run.commands()
        tested = run.measure(plan.test, "test")
        if tested is None:
            yield from run.stop()
            return
        yield from run.commands()
    if tested:
        yield FinalTest(at=run.now_s(), metrics=tested)
    early = state.num_validated < run.epochs
    yield RunFinished(at=run.now_s(), epochs=state.num_validated, metrics=state.metrics | tested, early=early)


class _Pending(NamedTuple):
    """A step whose results are still on the device."""

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
        self.head_names = names_of(plan.heads)
        self.steering = Steering(folder, control, state.step, plan.ranks)

    @property
    def epochs(self) -> int:
        """The current number of epochs; it may change during the run."""
        return self.plan.experiment.training.epochs

    @property
    def base_rate(self) -> float:
        """The current learning rate before the schedule's factor: reduced by a schedule that looks back."""
        begun = judged_from(self.steering.made) // self.plan.steps_per_epoch
        return self.plan.optimizer.lr * self.plan.schedule.reduced(self.state.scores[begun:])

    def begin(self) -> Iterator[AnyEvent]:
        """Report the run's environment and where its initial weights are from, before the first step."""
        plan, state = self.plan, self.state
        yield RunStarted(
            at=self.now_s(),
            num_parameters=sum(parameter.numel() for parameter in state.module.parameters()),
            steps_per_epoch=plan.steps_per_epoch,
            epochs=self.epochs,
            first_step=state.step + 1,
            device=self.environment["device"],
            environment=self.environment,
            speed=plan.speed,
            macs=plan.macs,
            began_s=time.time() - self.now_s(),
        )
        if state.step:
            return
        recipe = plan.experiment.training
        if recipe.weights is not None and state.loaded is not None:
            yield WeightsLoaded(
                at=self.now_s(),
                file=recipe.weights.file,
                sha256=recipe.weights.sha256,
                num_filled=len(state.loaded.matches),
                words=state.loaded.sentence(),
            )
        if state.variances:
            yield WeightsDrawn(at=self.now_s(), method=recipe.initialiser.type, layers=state.variances)

    def commands(self) -> Iterator[CheckpointSaved | RecipeChanged]:
        """Write a requested checkpoint, and make the changes that are due or requested; between an epoch's last step
        and its validation, changes wait.
        """
        if self.control.wants_save():
            yield self.checkpoint(LAST)
        if self.state.step < (self.state.num_validated + 1) * self.plan.steps_per_epoch:
            yield from self._changes()

    def _changes(self) -> Iterator[RecipeChanged]:
        """Write each change to disk before making it."""
        while (change := self.steering.take(self.plan, self.state)) is not None:
            experiment = with_setting(self.plan.experiment, change.path, change.after)
            self.plan, self.probe_batch = steered(self.plan, self.state, experiment), None
            self.update.clip_norm = experiment.training.clip_norm
            yield RecipeChanged(at=self.now_s(), **msgspec.structs.asdict(change))

    def epoch(self) -> Iterator[AnyEvent]:
        """Compute the remaining steps of the current epoch; ends early if a stop is requested."""
        last = (self.state.num_validated + 1) * self.plan.steps_per_epoch
        while self.state.step < last and not self.control.wants_stop():
            yield from self._steps(int(min(last, self.steering.next_step)))
            yield from self.commands()

    def _steps(self, last: int) -> Iterator[AnyEvent]:
        """Compute the steps up to ``last``; ends early if a command arrives."""
        plan, state = self.plan, self.state
        done = state.step - state.num_validated * plan.steps_per_epoch
        if done == 0:
            state.sums = EpochSums(losses=(0.0,) * len(self.head_names))
        base_rate = self.base_rate
        set_training(state.module, plan.experiment.architecture)
        size, schedule = plan.experiment.training.accumulate, plan.schedule
        steps_per_epoch, num_steps = plan.steps_per_epoch, plan.num_steps
        epoch = plan.train.epoch(state.num_validated, start=done * size)
        for batches in islice(grouped(epoch, size), last - state.step):
            if self.control.wants_attention():
                break
            rate = base_rate * schedule.factor(state.step, steps_per_epoch, num_steps)
            self.pending.append(self._step(batches, rate))
            if len(self.pending) >= self.readback_steps or self.control.wants_each_step():
                yield from self._read_back()
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
        """Fetch the losses of the steps since the last call, all at once, and report each step."""
        if not self.pending:
            return
        steps, self.pending = self.pending, []
        for step, (loss, accuracy, unsound, scale, losses) in zip(steps, _fetch(steps), strict=True):
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
            self.state.sums = self.state.sums.plus(loss, accuracy, step.updated.num_pictures, losses)
            yield StepFinished(at=self.now_s(), step=step.number, loss=loss, accuracy=accuracy, learning_rate=step.rate)
            if unsound == LEFT_OUT:
                yield StepLeftOut(at=self.now_s(), step=step.number, scale=scale)

    def probe(self) -> Iterator[LayersProbed]:
        """Probe the layers if it is due and the epoch is complete."""
        plan, state = self.plan, self.state
        if self.control.wants_stop() or not is_due(state.step, plan.steps_per_epoch):
            return
        if self.probe_batch is None:
            self.probe_batch = next(plan.train.whole().epoch(0))
        layers = probe(state.module, plan.heads, self.probe_batch, with_gradients=not plan.ranks.sharded)
        rate = self.base_rate * plan.schedule.factor(state.step - 1, plan.steps_per_epoch, plan.num_steps)
        yield LayersProbed(at=self.now_s(), epoch=state.num_validated + 1, learning_rate=rate, layers=layers)

    def measure(self, batches: Batches | None, name: str) -> dict[str, float] | None:
        """Return the loss and measures of a split, computed in eval mode and float32; None if a stop is requested."""
        if self.control.wants_stop():
            return None
        if batches is None:
            return {}
        measures = Measures(self.plan.heads, self.plan.device, self.plan.ranks)
        network = self.state.learnt.eval()
        with torch.no_grad():
            for batch in batches.shuffled() if self.plan.embedding else batches.in_order():
                if self.control.wants_stop():
                    return None
                measures.add(network(batch.inputs), batch.targets, batch.num_own)
        metrics = measures.result(name)
        if not math.isfinite(metrics[f"{name}/loss"]):
            raise divergence.of_split(self.plan, self.state, self.folder, name, batches)
        return metrics

    def checkpoints(self) -> Iterator[CheckpointSaved]:
        """Save the best checkpoint if this epoch is the best, by validation loss or else training loss; then the last
        one.

        In this order: if the run is killed between the two, the epoch is repeated, and with it the best checkpoint.
        """
        score = self.state.metrics.get("val/loss", self.state.metrics["train/loss"])
        self.state.num_worse += 1
        self.state.scores += (score,)
        if self.state.best is None or score < self.state.best:
            self.state.best, self.state.num_worse = score, 0
            yield self.checkpoint(BEST)
        yield self.checkpoint(LAST)

    def has_more(self) -> bool:
        """Return whether an epoch is left, and patience has not run out: no better epoch for that long, nor a change of
        the epochs.
        """
        if self.state.num_validated >= self.epochs:
            return False
        patience = self.plan.experiment.training.patience
        num_since = self.state.num_validated - patience_from(self.steering.made) // self.plan.steps_per_epoch
        return patience is None or min(self.state.num_worse, num_since) < patience

    def stop(self) -> Iterator[AnyEvent]:
        """Make the changes requested so far and stop, with a checkpoint to resume from."""
        yield from self._changes()
        yield self.checkpoint(LAST)
        yield RunStopped(at=self.now_s(), step=self.state.step)

    def checkpoint(self, name: str) -> CheckpointSaved:
        """Write the state to the run's folder, if it is finite."""
        self.update.sentinel.look_at_memory()
        if self.update.sentinel.found():
            raise divergence.of_memory(self.plan, self.state)
        if name == LAST:
            self.control.forget_save()  # before it is written: a command that arrives meanwhile is a new request
        environment = self.environment | {"experiment": msgspec.to_builtins(self.plan.experiment)}
        digest = save_checkpoint(self.folder, name, self.state, environment, self.plan.device, self.plan.ranks)
        return CheckpointSaved(at=self.now_s(), file=name, step=self.state.step, sha256=digest, best=name == BEST)


class _Fetched(NamedTuple):
    """A step's results as numbers; ``accuracy`` is None without a class head, ``losses`` are empty for a single one,
    and ``scale`` is 0 if the loss is not scaled.
    """

    loss: float
    accuracy: float | None
    unsound: float
    scale: float
    losses: Sequence[float]


def _fetch(steps: Sequence[_Pending]) -> list[_Fetched]:
    """Return each step's results, in one transfer if there are several steps."""
    updates = [step.updated for step in steps]
    if len(updates) == 1:
        (one,) = updates
        loss, num_correct, losses = one.learnt
        accuracy = None if num_correct is None else num_correct.item() / one.num_pictures
        scale = 0.0 if one.scale is None else one.scale.item()
        return [_Fetched(loss.item(), accuracy, float(one.unsound), scale, [] if losses is None else losses.tolist())]
    rows = torch.stack([_row(each) for each in updates]).tolist()
    return [
        _Fetched(
            loss, None if each.learnt.num_correct is None else num_correct / each.num_pictures, unsound, scale, losses
        )
        for each, (loss, num_correct, unsound, scale, *losses) in zip(updates, rows, strict=True)
    ]


def _row(updated: Updated) -> Tensor:
    loss, num_correct, losses = updated.learnt
    numbers = [loss, _number(num_correct, loss), torch.as_tensor(updated.unsound), _number(updated.scale, loss)]
    row = torch.stack(numbers)
    return row if losses is None else torch.cat([row, losses])


def _number(value: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like) if value is None else value.float()
