"""Training on a GPU: how busy it is, samples per second and time to an accuracy, against two other loops.

python -m tests.benchmarks.gpu                              ResNet-18 at 32×32 on the CUDA device
python -m tests.benchmarks.gpu --device cpu --size small    the same code at a size for a CPU, to see that it works

All loops train copies of one network with the same optimizer and batch size, bf16 autocast and channels last; pictures
are shifted by up to four pixels and mirrored. They take turns in one process; cuDNN benchmarks its kernels, as both
others have it, or with ``--no-autotune`` goes by its heuristics.

- *ours*: with events, log on disk, safety and checkpoints.
- *timm's*: the parts of timm as its training script composes them: ``create_loader`` with its prefetcher and worker
  processes, ``create_optimizer_v2``, ``create_scheduler_v2``, and the loss read after each step.
- *by hand*: the idea of airbench (Keller Jordan, https://github.com/KellerJordan/cifar10-airbench): all pictures padded
  and normalised on the device in 16 bits, a batch cropped and mirrored at once, and a bare loop that reads no loss.
"""

import argparse
import copy
import dataclasses
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from tests.benchmarks._gpu_loops import MAX_SHIFT, ByHand, Ours, Step, Timm, cropped
from workbench.data.dataset import Dataset, Split, mean_and_std
from workbench.data.preparation import prepare
from workbench.data.source import Examples
from workbench.places import data_dir
from workbench.spec.column import CLASS, one_class
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment, Speed, TrainingRecipe
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.speed import AMPERE
from workbench.training.speed_trial import quickest, trial

NEEDS_BF16 = "  needs a GPU that computes in bf16 (NVIDIA's from 2020 on); {} does not"

NEEDS_CUDA = (
    "  needs a CUDA device, and torch finds none here: run it where there is one; "
    "--device cpu --size small runs the same code on a few pictures"
)

FIXED = Speed(precision="bf16", memory_layout="channels_last", convolutions="benchmarked", compile="off")

TOLERANCE = 0.005
"""The largest difference between the loops' first losses that is put down to bf16, which has eight bits."""

CIFAR_GOAL = 0.94


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured. ``contrast`` is that of the synthetic pictures, ``goal`` the accuracy to reach on
    them; on CIFAR-10 it is 94 %.
    """

    preset: str
    side: int
    contrast: int
    num_train: int
    num_val: int
    batch_size: int
    lr: float
    num_workers: int
    num_steps: int
    rounds: int
    epochs: int
    goal: float


SIZES = {
    "full": Size(
        preset="resnet18",
        side=32,
        contrast=8,
        num_train=50_000,
        num_val=10_000,
        batch_size=500,
        lr=0.4,
        num_workers=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 8,
        num_steps=64,
        rounds=7,
        epochs=24,
        goal=0.90,
    ),
    "small": Size(
        preset="lenet",
        side=16,
        contrast=40,
        num_train=320,
        num_val=160,
        batch_size=32,
        lr=0.1,
        num_workers=0,
        num_steps=4,
        rounds=3,
        epochs=6,
        goal=0.50,
    ),
}


def main(arguments: list[str] | None = None) -> None:
    """Print the share of time in which the device is busy, the samples per second, and the times to the accuracy."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--size", choices=tuple(SIZES), default="full")
    parser.add_argument("--autotune", action=argparse.BooleanOptionalAction, default=True)
    chosen = parser.parse_args(arguments)
    if chosen.device == "cuda" and not torch.cuda.is_available():
        print(NEEDS_CUDA)
        return
    size, device = SIZES[chosen.size], torch.device(chosen.device)
    data, goal = pictures(size)
    speed = FIXED if chosen.autotune else replace(FIXED, convolutions="heuristic")
    experiment = recipe(size, chosen.device, speed)
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    if device.type == "cuda" and torch.cuda.get_device_capability(device) < AMPERE:
        print(NEEDS_BF16.format(named))
        return
    print(
        f"  {named}: {experiment.architecture.name} at {size.side}×{size.side}, batches of {size.batch_size}, "
        f"{speed.words()}, {data.name}"
    )
    torch.backends.cudnn.benchmark = chosen.autotune
    with tempfile.TemporaryDirectory() as folder:
        throughput(experiment, dataclasses.replace(data, val=None), size, Path(folder))
        time_to(goal, experiment, data, Path(folder))


# What is trained


def recipe(size: Size, device: str, speed: Speed = FIXED) -> Experiment:
    """The experiment that all loops train."""
    read = read_experiment(size.preset)
    data = DataRecipe(
        source=Component(type="CIFAR10"),
        augmentation=(Component(type="Shift", parameters={"max_pixels": MAX_SHIFT}), Component(type="Mirror")),
        validation_share=0.0,
    )
    sgd = {"lr": size.lr, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
    training = TrainingRecipe(
        epochs=size.epochs,
        batch_size=size.batch_size,
        optimizer=Component(type="SGD", parameters=sgd),
        schedule=Component(type="OneCycle"),
        device=device,
        speed=speed,
    )
    return replace(read, architecture=for_small(read.architecture, size.side), data=data, training=training)


def for_small(architecture: Architecture, side: int) -> Architecture:
    """The network as is usual for small pictures: a first convolution of 3×3 that keeps their size, and no pooling."""
    nodes = []
    for node in architecture.graph.nodes:
        if node.type == "Input":
            nodes.append(replace(node, parameters={"shape": [3, side, side]}))
        elif node.name == "conv1":
            nodes.append(replace(node, parameters=node.parameters | {"kernel_size": 3, "stride": 1, "padding": 1}))
        elif node.name != "maxpool":
            inputs = tuple("relu" if source == "maxpool" else source for source in node.inputs)
            nodes.append(replace(node, inputs=inputs))
    return replace(architecture, graph=replace(architecture.graph, nodes=tuple(nodes)))


def pictures(size: Size) -> tuple[Dataset, float]:
    """CIFAR-10, with its test pictures for validation, if the program has downloaded it; else synthetic pictures of the
    same size. And the accuracy to reach.
    """
    if size.side == 32 and (data_dir() / "cifar10").is_dir():
        source = DataRecipe(source=Component(type="CIFAR10"), validation_share=0.0)
        data = prepare(source, input_shape=(3, 32, 32), seed=0)
        return dataclasses.replace(data, val=data.test, test=None), CIFAR_GOAL
    return synthetic(size), size.goal


def synthetic(size: Size) -> Dataset:
    """Ten classes: each a pattern of large patches, which is shifted, faint, and covered with noise.

    Whoever knows the patterns can tell 99.9 % of them apart at full size.
    """
    generator = torch.Generator().manual_seed(0)
    wide = size.side + 2 * MAX_SHIFT
    coarse = torch.randn(10, 3, 4, 4, generator=generator)
    patterns = F.interpolate(coarse, size=(wide, wide), mode="bilinear", align_corners=False)

    def split(number: int) -> Split:
        labels = torch.randint(10, (number,), generator=generator)
        seen = cropped(patterns, labels, torch.randint(2 * MAX_SHIFT + 1, (number, 2), generator=generator))
        noise = torch.randn(seen.shape, generator=generator)
        values = (128 + size.contrast * seen + 50 * noise).clamp(0, 255).to(torch.uint8)
        return Split(inputs=values, targets={CLASS: labels})

    train, val = split(size.num_train), split(size.num_val)
    assert isinstance(train.inputs, Tensor)
    mean, std = mean_and_std(Examples(inputs=train.inputs.numpy(), targets={}))
    return Dataset(
        name="synthetic pictures",
        licence="",
        columns=one_class([str(digit) for digit in range(10)]),
        train=train,
        val=val,
        test=None,
        mean=mean,
        std=std,
        fingerprint="synthetic",
    )


# What is measured


def throughput(experiment: Experiment, data: Dataset, size: Size, folder: Path) -> None:
    """Print the first losses, samples per second in turns, and how busy the device is."""
    long = replace(experiment, training=replace(experiment.training, epochs=1000))
    alike = Speed(convolutions=experiment.training.speed.convolutions)  # of the whole process, so of all loops
    speed = quickest(trial(*beginning.prepare(computed(long, alike), data), lambda _: True)).speed
    with closing(Ours(long, data, folder)) as ours, closing(Ours(computed(long, speed), data, folder)) as tried:
        device, as_tried = ours.plan.device, f"ours as tried ({speed.words()})"
        timm = Timm(copy.deepcopy(ours.first_module), ours.plan, size.num_workers)
        by_hand = ByHand(copy.deepcopy(ours.first_module), ours.plan)
        check_first(first_losses(ours, timm, by_hand, data))
        loops = {
            "ours": ours.step,
            as_tried: tried.step,
            "timm's": timm.steps(data),
            "by hand": by_hand.steps(data),
        }
        rates = in_turns(loops, size, device)
        for name, each in rates.items():
            ratio = statistics.median(own / other for own, other in zip(rates["ours"], each, strict=True))
            print(f"  {name}: {statistics.median(each):,.0f} samples/s; ours is {ratio:.2f} times that", flush=True)
        for name in ("ours", as_tried):
            step_s = size.batch_size / statistics.median(rates[name])
            print(f"  {name}: {said_busy(kernels(loops[name], size.num_steps, device), step_s)}", flush=True)


def computed(experiment: Experiment, speed: Speed) -> Experiment:
    """The experiment with these speed settings."""
    return replace(experiment, training=replace(experiment.training, speed=speed))


def first_losses(ours: Ours, timm: Timm, by_hand: ByHand, data: Dataset) -> dict[str, float]:
    """Each loop's loss in its first step, on the program's first batch."""
    batches = ours.plan.train
    batch = next(batches.epoch(0))
    first = Split(inputs=batches.pictures(batch.inputs).cpu(), targets={CLASS: batch.targets[CLASS].cpu()})
    ((inputs, labels),) = timm.batches(first, data, varied=False)
    return {
        "ours": ours.first_loss(),
        "timm's": timm.step(inputs, labels),
        "by hand": by_hand.step(by_hand.ready(first.inputs, data), labels).item(),
    }


def check_first(losses: dict[str, float]) -> None:
    """Print the first losses; ends the benchmark if they differ by more than rounding."""
    said = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
    print(f"  losses of the first step: {said}; up to {TOLERANCE} apart is rounding", flush=True)
    if not all(abs(loss - losses["ours"]) <= TOLERANCE for loss in losses.values()):
        raise SystemExit("  the loops do not compute the same: their times cannot be compared")


def in_turns(loops: dict[str, Step], size: Size, device: torch.device) -> dict[str, list[float]]:
    """Samples per second of each loop in each round, without a first one to warm up."""
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(size.rounds + 1):
        for name, step in loops.items():
            num_steps, spent_s = timed(step, size.num_steps, device)
            if number:
                rates[name].append(num_steps * size.batch_size / spent_s)
    return rates


def timed(step: Step, num_steps: int, device: torch.device) -> tuple[int, float]:
    """The number of steps made, and the seconds until the device has finished them; by CUDA's clock if it has one."""
    if device.type != "cuda":
        began_s = time.perf_counter()
        return step(num_steps), time.perf_counter() - began_s
    torch.cuda.synchronize()
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    made = step(num_steps)
    end.record()
    end.synchronize()
    return made, begin.elapsed_time(end) / 1000


Spans = list[tuple[float, float]]
"""When things began and ended, in microseconds."""


def kernels(step: Step, num_steps: int, device: torch.device) -> tuple[int, Spans]:
    """Make steps; return how many were made, and when each kernel ran. On a CPU, operators stand for kernels."""
    is_cuda = device.type == "cuda"
    with profile(activities=[ProfilerActivity.CUDA if is_cuda else ProfilerActivity.CPU]) as profiled:
        made = step(num_steps)
        if is_cuda:
            torch.cuda.synchronize()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        profiled.export_chrome_trace(str(file))
        events = json.loads(file.read_text())["traceEvents"]
    kind = "kernel" if is_cuda else "cpu_op"  # neither copies, nor the ranges that some code marks around kernels
    return made, [(event["ts"], event["ts"] + event["dur"]) for event in events if event.get("cat") == kind]


def said_busy(ran: tuple[int, Spans], step_s: float) -> str:
    """In words: the share of the time, from the first kernel to the last, in which at least one runs; and a step's
    kernel time as a share of ``step_s``, the time of a step that no profiler slows.
    """
    made, spans = ran
    if not spans:  # as where a container or the driver keeps CUPTI from it
        return "how busy the device is cannot be measured: torch's profiler sees no kernel here"
    spent = united(spans)
    profiled = spent / (max(end for _, end in spans) - min(begin for begin, _ in spans))
    return (
        f"a kernel runs {profiled:.1%} of the time while profiled, {spent / 1e6 / made / step_s:.1%} of a step as timed"
    )


def united(spans: Iterable[tuple[float, float]]) -> float:
    """The length of the union of spans (begin, end): kernels on several streams overlap."""
    total, reached = 0.0, -math.inf
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def time_to(goal: float, experiment: Experiment, data: Dataset, folder: Path) -> None:
    """Print the times that our loop and the bare one take to an accuracy, each epoch validated."""
    with closing(Ours(experiment, data, folder)) as ours:
        by_hand = ByHand(copy.deepcopy(ours.first_module), ours.plan)
        found = {"ours": reached(ours.epochs(), goal), "by hand": reached(by_hand.epochs(data), goal)}
    for name, result in found.items():
        print(f"  {name}: {result.said(goal)}")
    mine, theirs = found.values()
    print(f"  ours takes {mine.epoch_s / theirs.epoch_s:.2f} times as long an epoch", end="")
    print(f", {mine.goal_s / theirs.goal_s:.2f} times to {goal:.0%}" if mine.goal_s and theirs.goal_s else "")


@dataclass(frozen=True, kw_only=True)
class Reached:
    """How far a run came; ``goal_s`` is None if not to its goal."""

    best: float
    num_epochs: int
    epoch_s: float
    goal_s: float | None

    def said(self, goal: float) -> str:
        """The result in words."""
        if self.goal_s is None:
            return f"{goal:.0%} not reached in {self.num_epochs} epochs (best {self.best:.1%})"
        return f"{goal:.0%} after {self.goal_s:.1f} s, in epoch {self.num_epochs}"


def reached(accuracies: Iterator[float], goal: float) -> Reached:
    """Train until an epoch's accuracy is at least ``goal``, or to the end."""
    began_s, best, num_epochs, spent_s = time.perf_counter(), 0.0, 0, 0.0
    for num_epochs, accuracy in enumerate(accuracies, 1):  # noqa: B007
        spent_s = time.perf_counter() - began_s
        best = max(best, accuracy)
        if accuracy >= goal:
            break
    return Reached(
        best=best, num_epochs=num_epochs, epoch_s=spent_s / num_epochs, goal_s=spent_s if best >= goal else None
    )


if __name__ == "__main__":
    main()
