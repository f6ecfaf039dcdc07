"""The training loop against loops as users write them: samples per second, and its own cost per step."""

import dataclasses
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

import torch
import torchvision.transforms as T
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from workbench.data.preparation import prepare as prepare_data
from workbench.runs.log import RunLog
from workbench.runs.store import EVENTS, create_run
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.files import read_experiment
from workbench.spec.graph import Graph, Node
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.control import Control

ROUNDS = 5
NUM_SAMPLES = 4096
NUM_STEPS, NUM_TURNS = 100, 60


def main() -> None:
    """Print both comparisons."""
    torch.set_num_threads(1)
    experiment = lenet()
    data = prepare_data(experiment.data, input_shape=(1, 28, 28), seed=0, progress=lambda *_: None)
    compare_with_dataloader(experiment, data)
    step_cost(experiment, data)


def lenet() -> Experiment:
    """LeNet on Fashion-MNIST, shifted by up to two pixels and mirrored."""
    experiment = read_experiment("lenet")
    augmentation = (
        Component(type="Shift", parameters={"max_pixels": 2}),
        Component(type="Mirror"),
    )
    recipe = replace(experiment.data, augmentation=augmentation)
    return replace(experiment, data=recipe)


class Pictures(Dataset):
    """A typical data set: PIL pictures through torchvision's transforms, one at a time."""

    def __init__(self, split, mean, std) -> None:
        self.images = [Image.fromarray(image[0].numpy()) for image in split.inputs]
        self.labels = split.targets["class"].tolist()
        self.transform = T.Compose(
            [T.RandomCrop(28, padding=2), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(mean, std)]
        )

    def __len__(self) -> int:
        return NUM_SAMPLES

    def __getitem__(self, index):
        return self.transform(self.images[index]), self.labels[index]


def by_hand(data, num_workers: int):
    """A function that trains LeNet on NUM_SAMPLES pictures as in tutorials; it returns samples per second."""
    loader = DataLoader(
        Pictures(data.train, data.mean, data.std), batch_size=128, shuffle=True, num_workers=num_workers
    )
    module = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    loss_of = nn.CrossEntropyLoss()

    def run() -> float:
        began_s = time.perf_counter()
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = loss_of(module(inputs), labels)
            loss.backward()
            optimizer.step()
            loss.item()
        return NUM_SAMPLES / (time.perf_counter() - began_s)

    return run


def ours(experiment: Experiment, data, folder: Path):
    """The same with our loop, including events, the log on disk and checkpoints."""
    long = replace(experiment, training=replace(experiment.training, epochs=1000, batch_size=128))
    plan, state = beginning.prepare(long, data)
    run_folder = create_run(folder, long)
    log = RunLog(run_folder / EVENTS)
    events = loop.train(plan, state, run_folder, Control())

    def run() -> float:
        began_s, begun = time.perf_counter(), state.step
        while state.step < begun + NUM_SAMPLES // 128:
            log.append(next(events))
        return NUM_SAMPLES / (time.perf_counter() - began_s)

    return run


def compare_with_dataloader(experiment: Experiment, data) -> None:
    """Alternate rounds, so that drift affects all equally."""
    with tempfile.TemporaryDirectory() as folder:
        runs = {
            "ours": ours(experiment, data, Path(folder)),
            "DataLoader, 0 workers": by_hand(data, 0),
            "DataLoader, 2 workers": by_hand(data, 2),
        }
        rates = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                rates[name].append(run())
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, rate in medians.items():
        print(f"  LeNet, {name}: {rate:,.0f} samples/s; ours is {medians['ours'] / rate:.2f} times that")


def step_cost(experiment: Experiment, data) -> None:
    """Print our loop's own time per step on 784 -> 10, with everything on, above a bare loop with the data in memory.

    Measured in many short turns, because single steps vary by more than the cost. With batches of 128, the time that
    the bare loop takes to gather floats offsets part of the cost.
    """
    for batch_size in (128, 32):
        with tempfile.TemporaryDirectory() as folder:
            ours = steps_of(perceptron(experiment, batch_size), data, Path(folder))
            hand = bare(data, batch_size)
            pairs = [(_microseconds(ours), _microseconds(hand)) for _ in range(NUM_TURNS)]
        costs = [ours_us - hand_us for ours_us, hand_us in pairs]
        error = statistics.stdev(costs) / len(costs) ** 0.5
        medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
        print(
            f"  784->10, batches of {batch_size}: {medians[0]:.0f} us a step, by hand {medians[1]:.0f}; "
            f"the loop's own cost {statistics.median(costs):.0f} us, mean {statistics.mean(costs):.0f} ± {error:.0f}"
        )


def perceptron(experiment: Experiment, batch_size: int = 128) -> Experiment:
    """A 784 -> 10 network on the experiment's data, without augmentation."""
    layers = (
        Node(name="input", type="Input", parameters={"shape": [1, 28, 28]}),
        Node(name="flatten", type="Flatten", inputs=("input",)),
        Node(name="fc", type="Linear", inputs=("flatten",), parameters={"out_features": 10}),
        Node(name="output", type="Output", inputs=("fc",)),
    )
    return replace(
        experiment,
        architecture=Architecture(name="784->10", graph=Graph(nodes=layers)),
        data=replace(experiment.data, augmentation=()),
        training=replace(experiment.training, epochs=1000, batch_size=batch_size),
    )


def steps_of(experiment: Experiment, data, folder: Path):
    """A function that makes steps of a run, with everything on, including ends of epochs but no validation."""
    run_folder = create_run(folder, experiment)
    plan, state = beginning.prepare(experiment, dataclasses.replace(data, val=None))
    log, events = RunLog(run_folder / EVENTS), loop.train(plan, state, run_folder, Control())

    def step(num_steps: int) -> None:
        begun = state.step
        while state.step < begun + num_steps:
            log.append(next(events))

    return step


def _microseconds(step) -> float:
    """CPU microseconds per step, including checkpoints at the ends of epochs."""
    began_s = time.thread_time()
    step(NUM_STEPS)
    return (time.thread_time() - began_s) / NUM_STEPS * 1e6


def bare(data, batch_size: int):
    """A minimal loop: permutation, gather, forward, backward, step."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    loss_of = nn.CrossEntropyLoss()
    inputs = (data.train.inputs.float() / 255 - data.mean[0]) / data.std[0]
    labels = data.train.targets["class"]

    def batches():
        while True:
            yield from torch.randperm(len(inputs)).split(batch_size)

    chosen_ones = batches()

    def step(num_steps: int) -> None:
        for chosen in islice(chosen_ones, num_steps):
            optimizer.zero_grad()
            loss = loss_of(module(inputs[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()

    return step


if __name__ == "__main__":
    main()
