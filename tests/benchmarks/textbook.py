"""The training loop against loops as users write them, on the same network, weights and order of pictures.

Times are CPU times of the process, in many short turns, so that other work on the machine affects both equally. Also
prints the share of a step spent in convolutions, which no loop can save, and the speed of compiled steps, which the
program tries before a long run.

In memory: the data normalised once as float32; per epoch a permutation; then gather, forward, backward, step. With PIL:
one picture at a time through torchvision's transforms and a DataLoader. The networks are written as in textbooks, with
ReLU before pooling, contiguous, and plain ``torch.optim.SGD``. There is no validation. In float64 both give the same
losses to 1e-12 (tests/training/test_textbook.py); in float32 the different order of sums has a growing effect.
"""

import dataclasses
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torchvision.transforms as T
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile
from torch.utils.data import DataLoader

from workbench.data.dataset import Dataset, Split
from workbench.data.preparation import prepare
from workbench.data.varying import draws
from workbench.runs.log import RunLog
from workbench.runs.store import EVENTS, create_run
from workbench.session.prepared import input_shape
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Speed
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.control import Control
from workbench.training.speed import set_arithmetic

ROUNDS = 20
BATCH_SIZE = 128
STEPS = {"lenet": 6, "resnet20": 1}
"""The number of steps in a turn."""

CROP = (Component(type="Shift", parameters={"max_pixels": 4}), Component(type="Mirror"))

Step = Callable[[int], list[float]]
"""Makes this many more steps; returns their losses."""


def main() -> None:
    """Print for each network the ratios of samples per second, and the differences between the first losses."""
    torch.set_num_threads(1)
    for name, module in (("lenet", LeNet), ("resnet20", ResNet20)):
        experiment = long(read_experiment(name))
        data = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
        data = dataclasses.replace(data, val=None)
        plain, varied = with_augmentation(experiment, ()), with_augmentation(experiment, CROP)
        with tempfile.TemporaryDirectory() as folder:
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder  # an empty cache
            ours, weights = our_loop(plain, data, Path(folder))
            compiled, _ = our_loop(computed(plain, Speed(compile="on")), data, Path(folder))
            hand = in_memory(module(), weights, plain, data)
            say_losses(ours(6), hand(6))
            began_s = time.perf_counter()  # wall time: compilers run in other processes
            compiled(1)
            first_s = time.perf_counter() - began_s
            compare(name, ours, {"in memory by hand": hand, "itself compiled": compiled})
            print(
                f"    the first compiled step: {first_s:.0f} s; convolutions alone: {convolutions(ours):.0%} of a step"
            )
            ours, weights = our_loop(varied, data, Path(folder))
            compare(f"{name}, crop and flip", ours, {"PIL and DataLoader": pil_loader(module(), weights, varied, data)})


def compare(what: str, ours: Step, rivals: dict[str, Step]) -> None:
    """Alternate rounds, so that drift affects all equally."""
    num_steps = STEPS[what.partition(",")[0]]
    loops = {"ours": ours, **rivals}
    for loop_of in loops.values():
        loop_of(2)
    turns = [{name: seconds(loop_of, num_steps) for name, loop_of in loops.items()} for _ in range(ROUNDS)]
    mine = statistics.median(turn["ours"] for turn in turns)
    ratios = [f"{statistics.median(turn[name] for turn in turns) / mine:.2f} times {name}" for name in rivals]
    print(f"  {what}: {num_steps * BATCH_SIZE / mine:,.0f} samples/s, {', '.join(ratios)}")


def say_losses(ours: list[float], theirs: list[float]) -> None:
    """Print the differences between the losses."""
    apart = [abs(mine - other) for mine, other in zip(ours, theirs, strict=True)]
    print(f"    losses apart: {apart[0]:.1e} in the first step, at most {max(apart):.1e} in {len(apart)}")


def seconds(step: Step, num_steps: int) -> float:
    """CPU seconds of this many steps, over all threads."""
    began_s = time.process_time()
    step(num_steps)
    return time.process_time() - began_s


def convolutions(step: Step) -> float:
    """The share of a step spent in convolutions, forward and backward."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        step(4)
    rows = profiled.key_averages()
    spent = sum(
        row.cpu_time_total for row in rows if row.key in ("aten::mkldnn_convolution", "aten::convolution_backward")
    )
    return spent / sum(row.self_cpu_time_total for row in rows)


def long(experiment: Experiment) -> Experiment:
    """The experiment with too many epochs to end, and the same optimizer for both networks."""
    optimizer = Component(type="SGD", parameters={"lr": 0.01, "momentum": 0.9})
    recipe = replace(
        experiment.training,
        epochs=1000,
        batch_size=BATCH_SIZE,
        optimizer=optimizer,
        schedule=Component(type="Constant"),
        average=None,
        clip_norm=None,
    )
    return replace(experiment, training=recipe)


def with_augmentation(experiment: Experiment, steps: tuple[Component, ...]) -> Experiment:
    """The experiment with this augmentation."""
    return replace(experiment, data=replace(experiment.data, augmentation=steps))


def computed(experiment: Experiment, speed: Speed) -> Experiment:
    """The experiment with these speed settings."""
    return replace(experiment, training=replace(experiment.training, speed=speed))


def our_loop(experiment: Experiment, data: Dataset, folder: Path) -> tuple[Step, dict[str, Tensor]]:
    """Our loop with events, the log on disk and checkpoints; and the initial weights by name."""
    plan, state = beginning.prepare(experiment, data)
    weights = {name: value.clone().contiguous() for name, value in state.module.state_dict().items()}
    run_folder = create_run(folder, experiment)
    log = RunLog(run_folder / EVENTS)
    events = loop.train(plan, state, run_folder, Control())

    def step(num_steps: int) -> list[float]:
        begun, losses = state.step, []
        while state.step < begun + num_steps:
            event = next(events)
            log.append(event)
            if type(event).__name__ == "StepFinished":
                losses.append(event.loss)
        return losses

    return step, weights


def update_alone(experiment: Experiment, data: Dataset) -> Step:
    """Our network and optimizer in a plain loop over a single batch."""
    plan, state = beginning.prepare(experiment, data)
    set_arithmetic(plan.speed, plan.device)
    batch, head = next(plan.train.epoch(0)), plan.heads[0].output

    def step(num_steps: int) -> list[float]:
        losses = []
        for _ in range(num_steps):
            state.optimizer.zero_grad()
            loss = F.cross_entropy(state.module(batch.inputs)[head], batch.targets["class"])
            loss.backward()
            state.optimizer.step()
            losses.append(loss.item())
        return losses

    return step


def by_hand(module: nn.Module, weights: dict[str, Tensor], batches: Iterator[tuple[Tensor, Tensor]]) -> Step:
    """A plain loop: forward, backward, step."""
    module.load_state_dict(weights)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9)
    loss_of = nn.CrossEntropyLoss()

    def step(num_steps: int) -> list[float]:
        losses = []
        for _ in range(num_steps):
            inputs, labels = next(batches)
            optimizer.zero_grad()
            loss = loss_of(module(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return step


def in_memory(module: nn.Module, weights: dict[str, Tensor], experiment: Experiment, data: Dataset) -> Step:
    """The plain loop on the whole split as normalised floats, in the program's order of pictures."""
    split = data.train
    mean, std = (torch.tensor(each).reshape(-1, 1, 1) for each in (data.mean, data.std))
    inputs, labels = (split.inputs.float() / 255 - mean) / std, split.targets["class"]

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for epoch in range(1000):
            generator = torch.Generator().manual_seed(draws.key(experiment.seed, epoch))
            for chosen in torch.randperm(len(inputs), generator=generator).split(BATCH_SIZE):
                yield inputs[chosen], labels[chosen]

    return by_hand(module, weights, batches())


class Pictures(torch.utils.data.Dataset):
    """A typical data set: PIL pictures through torchvision's transforms, one at a time."""

    def __init__(self, split: Split, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        self.images = [T.functional.to_pil_image(picture) for picture in split.inputs]
        self.labels = split.targets["class"].tolist()
        crop = T.RandomCrop(tuple(split.inputs.shape[-2:]), padding=4)
        self.transform = T.Compose([crop, T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(mean, std)])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image: Image.Image = self.images[index]
        return self.transform(image), self.labels[index]


def pil_loader(module: nn.Module, weights: dict[str, Tensor], experiment: Experiment, data: Dataset) -> Step:
    """The plain loop on a DataLoader without workers, since on two cores they would compete with the training."""
    loader = DataLoader(Pictures(data.train, data.mean, data.std), batch_size=BATCH_SIZE, shuffle=True)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from loader

    return by_hand(module, weights, batches())


class LeNet(nn.Module):
    """LeNet as in tutorials."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Basic(nn.Module):
    """Two convolutions with a skip, which is projected where the size changes (He et al. 2016, option B)."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        stride = channels // channels_in
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = nn.Identity()
        if stride > 1:
            projection = nn.Conv2d(channels_in, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class ResNet20(nn.Module):
    """ResNet-20 for 32×32 pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Basic(16, 16), Basic(16, 16), Basic(16, 16))
        self.layer2 = nn.Sequential(Basic(16, 32), Basic(32, 32), Basic(32, 32))
        self.layer3 = nn.Sequential(Basic(32, 64), Basic(64, 64), Basic(64, 64))
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


if __name__ == "__main__":
    main()
