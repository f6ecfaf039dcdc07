"""The training loop: a generator of events, in the order that ``workbench.events`` shows.

Pause is not calling ``next``; stop is a flag looked at between two batches; failure is an exception. No
``yield`` stands inside ``torch.no_grad()``: the mode would leak to whoever reads the events.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from workbench.compiler.analysis import resolve
from workbench.compiler.module import build
from workbench.data import AUGMENTATIONS
from workbench.data.batches import Batch, Batches
from workbench.data.dataset import Dataset, Split
from workbench.events import (
    AnyEvent,
    CheckpointSaved,
    EpochFinished,
    FinalTest,
    RunFinished,
    RunStarted,
    RunStopped,
    StepFinished,
)
from workbench.runs.store import BEST, LAST
from workbench.spec.experiment import Experiment
from workbench.spec.problems import ProblemsFound, SpecError
from workbench.spec.record import Record
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.checkpoint import load_checkpoint, save_checkpoint
from workbench.training.control import Control
from workbench.training.device import choose_device, environment
from workbench.training.heads import Measures, ResolvedHead, check_heads, heads_of, resolve_heads, total_loss
from workbench.training.schedule import Schedule
from workbench.training.state import EpochSums, TrainingState

EVALUATION_BATCH = 512
GPU_READBACK_STEPS = 16
"""On a GPU losses are fetched this many steps at a time, so that no step waits for the one before."""


class Diverged(SpecError):
    """The numbers ran away; ``advice`` says what to try."""

    advice = "Try a tenth of the learning rate, or a warm-up; the last checkpoint is from before it happened."


class Plan(Record):
    """All of a training that does not change: the experiment, its parts made, its data in batches."""

    experiment: Experiment
    heads: tuple[ResolvedHead, ...]
    schedule: Schedule
    base_rate: float
    device: torch.device
    num_classes: int
    train: Batches
    val: Batches | None
    test: Batches | None

    @property
    def steps_per_epoch(self) -> int:
        """Batches in a pass, the short last one included."""
        return self.train.num_batches

    @property
    def num_steps(self) -> int:
        """Steps of the whole run."""
        return self.experiment.training.epochs * self.steps_per_epoch


def prepare(experiment: Experiment, dataset: Dataset) -> tuple[Plan, TrainingState]:
    """Make everything a training needs. ProblemsFound or SpecError where the experiment is not sound."""
    recipe = experiment.training
    device = choose_device(recipe.device)
    num_classes = len(dataset.class_names)
    check(experiment, num_classes)
    module = build(experiment.architecture, classes=num_classes, seed=experiment.seed)
    optimizer = OPTIMIZERS.make(recipe.optimizer.type, recipe.optimizer.parameters)
    schedule = SCHEDULES.make(recipe.schedule.type, recipe.schedule.parameters)
    torch.manual_seed(experiment.seed)
    module.to(device).to(memory_format=torch.channels_last)
    state = TrainingState(module=module, optimizer=optimizer.build(module.parameters()))
    plan = Plan(
        experiment=experiment,
        heads=resolve_heads(experiment),
        schedule=schedule,
        base_rate=optimizer.lr,
        device=device,
        num_classes=num_classes,
        train=Batches(
            dataset.train,
            mean=dataset.mean,
            std=dataset.std,
            batch_size=recipe.batch_size,
            seed=experiment.seed,
            augmentation=[
                AUGMENTATIONS.make(choice.type, choice.parameters) for choice in experiment.data.augmentation
            ],
            device=device,
        ),
        val=_evaluation(dataset, dataset.val, device),
        test=_evaluation(dataset, dataset.test, device),
    )
    return plan, state


def check(experiment: Experiment, num_classes: int) -> None:
    """Raise ProblemsFound where the network cannot be built or does not fit the data's classes."""
    analysis = resolve(experiment.architecture, classes=num_classes).analysis
    problems = [problem for problem in analysis.problems if problem.severity == "error"]
    problems += [] if problems else check_heads(heads_of(experiment), analysis, num_classes)
    if problems:
        raise ProblemsFound(tuple(problems))


def resume(plan: Plan, state: TrainingState, folder: Path) -> tuple[str, ...]:
    """Go back to the run's last checkpoint; gives what differs from then, since that makes it inexact."""
    before = load_checkpoint(folder / LAST, state, plan.device)
    now = environment(plan.device)
    return tuple(f"{key} was {before.get(key)} and is {now[key]}" for key in now if before.get(key) != now[key])


def train(plan: Plan, state: TrainingState, folder: Path, control: Control) -> Iterator[AnyEvent]:
    """Run from the state's place to the end. Raises Diverged, and whatever torch and the disk raise."""
    run = _Run(plan, state, folder, control)
    epochs = plan.experiment.training.epochs
    yield RunStarted(
        at=run.now_s(),
        num_parameters=sum(parameter.numel() for parameter in state.module.parameters()),
        steps_per_epoch=plan.steps_per_epoch,
        epochs=epochs,
        first_step=state.step + 1,
        device=run.environment["device"],
        environment=run.environment,
    )
    metrics: dict[str, float] = {}
    while state.num_validated < epochs:
        epoch_began_s = run.now_s()
        yield from run.epoch()
        measured = run.measure(plan.val, "val")
        if measured is None:
            yield from run.stop()
            return
        state.num_validated += 1
        metrics = state.sums.means() | measured
        yield EpochFinished(
            at=run.now_s(),
            epoch=state.num_validated,
            step=state.step,
            metrics=metrics,
            seconds=run.now_s() - epoch_began_s,
        )
        yield from run.checkpoints(metrics)
    tested = run.measure(plan.test, "test")
    if tested is None:
        yield from run.stop()
        return
    if tested:
        yield FinalTest(at=run.now_s(), metrics=tested)
    yield RunFinished(at=run.now_s(), epochs=epochs, metrics=metrics | tested)


class _Run:
    """The parts of the loop, and what they share."""

    def __init__(self, plan: Plan, state: TrainingState, folder: Path, control: Control) -> None:
        self.plan = plan
        self.state = state
        self.folder = folder
        self.control = control
        self.environment = environment(plan.device)
        self.began_s = time.perf_counter() - state.elapsed_s
        self.parameters = list(state.module.parameters())
        self.readback_steps = 1 if plan.device.type == "cpu" else GPU_READBACK_STEPS
        self.pending: list[tuple[int, float, Tensor, Tensor]] = []

    def now_s(self) -> float:
        """Seconds of this run, those before a resume counted in."""
        self.state.elapsed_s = time.perf_counter() - self.began_s
        return self.state.elapsed_s

    def epoch(self) -> Iterator[AnyEvent]:
        """The steps that are left of the current epoch; ends early where a stop was asked for."""
        plan, state = self.plan, self.state
        done = state.step - state.num_validated * plan.steps_per_epoch
        if done == plan.steps_per_epoch:
            return
        if done == 0:
            state.sums = EpochSums()
        state.module.train()
        for batch in plan.train.epoch(state.num_validated, start=done):
            if self.control.wants_stop():
                break
            self.pending.append(self._step(batch))
            if len(self.pending) >= self.readback_steps:
                yield from self._read_back()
            if self.control.takes_save():
                yield from self._read_back()
                yield self.checkpoint(LAST)
        yield from self._read_back()

    def _step(self, batch: Batch) -> tuple[int, float, Tensor, Tensor]:
        plan, state = self.plan, self.state
        rate = plan.base_rate * plan.schedule.factor(state.step, plan.steps_per_epoch, plan.num_steps)
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        for parameter in self.parameters:
            parameter.grad = None  # what zero_grad does, without the profiler's hook around it
        outputs = state.module.forward(batch.inputs)
        loss = total_loss(plan.heads, outputs, batch.targets)
        loss.backward()
        state.optimizer.step()
        state.step += 1
        head = plan.heads[0]
        answers = outputs[head.output].detach().argmax(dim=1)
        return (
            state.step,
            rate,
            loss.detach(),
            torch.count_nonzero(answers == batch.targets[head.target]) / len(answers),
        )

    def _read_back(self) -> Iterator[StepFinished]:
        """Fetch the losses of the steps since the last time, all at once, and tell of each."""
        if not self.pending:
            return
        steps, self.pending = self.pending, []
        numbers = (
            [(loss.item(), accuracy.item()) for _, _, loss, accuracy in steps] if len(steps) == 1 else _fetch(steps)
        )
        for (step, rate, _, _), (loss, accuracy) in zip(steps, numbers, strict=True):
            if not math.isfinite(loss):
                raise Diverged(f"The loss became {loss} in step {step}, at a learning rate of {rate:g}.")
            self.state.sums = self.state.sums.plus(loss, accuracy)
            yield StepFinished(at=self.now_s(), step=step, loss=loss, accuracy=accuracy, learning_rate=rate)

    def measure(self, batches: Batches | None, name: str) -> dict[str, float] | None:
        """Loss and measures over a split, in eval mode; None where a stop was asked for before the end."""
        if self.control.wants_stop():
            return None
        if batches is None:
            return {}
        measures = Measures(self.plan.heads, self.plan.num_classes)
        module = self.state.module.eval()
        with torch.no_grad():
            for batch in batches.in_order():
                if self.control.wants_stop():
                    return None
                measures.add(module(batch.inputs), batch.targets)
        return measures.result(name)

    def checkpoints(self, metrics: dict[str, float]) -> Iterator[CheckpointSaved]:
        """The last, and the best where this epoch is: by validation, or by training where nothing is held out."""
        score = metrics.get("val/loss", metrics.get("train/loss", math.nan))
        best = math.isfinite(score) and (self.state.best is None or score < self.state.best)
        if best:
            self.state.best = score
        yield self.checkpoint(LAST)
        if best:
            yield self.checkpoint(BEST)

    def stop(self) -> Iterator[AnyEvent]:
        """End here, resumable."""
        yield self.checkpoint(LAST)
        yield RunStopped(at=self.now_s(), step=self.state.step)

    def checkpoint(self, name: str) -> CheckpointSaved:
        """Write the state to the run's folder."""
        self.now_s()
        digest = save_checkpoint(self.folder / name, self.state, self.environment, self.plan.device)
        return CheckpointSaved(at=self.now_s(), file=name, step=self.state.step, sha256=digest, best=name == BEST)


def _fetch(steps: list[tuple[int, float, Tensor, Tensor]]) -> list[tuple[float, float]]:
    """Losses and accuracies of several steps in one transfer."""
    pairs = torch.stack([torch.stack((loss.float(), accuracy)) for _, _, loss, accuracy in steps]).tolist()
    return [(loss, accuracy) for loss, accuracy in pairs]


def _evaluation(dataset: Dataset, split: Split | None, device: torch.device) -> Batches | None:
    """A split in batches for measuring: as it lies, normalised as in training."""
    if split is None:
        return None
    return Batches(split, mean=dataset.mean, std=dataset.std, batch_size=EVALUATION_BATCH, device=device)
