"""The loop's own cost per step on 784→10 against other trainers, each above a bare loop on its own batches.

The others are not dependencies of the workbench; those that are installed are measured:
``uv run --with lightning --with pytorch-ignite --with keras python -m tests.benchmarks rivals``.
"""

import logging
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import torch
from torch import nn
from torch.utils.data import DataLoader

from tests.benchmarks.loop import bare as bare_with_gather
from tests.benchmarks.loop import lenet, perceptron, steps_of
from workbench.data.dataset import Dataset
from workbench.data.preparation import prepare

OURS = "ours, with log, measures, checkpoints and safety"
ROUNDS = 5
NUM_STEPS = 300
BATCH_SIZE = 128

Batches = list[tuple[torch.Tensor, torch.Tensor]]


def main() -> None:
    """Print each trainer's own microseconds per step, in CPU time of its thread."""
    warnings.simplefilter("ignore")
    for name in ("lightning", "lightning.pytorch", "lightning.fabric", "pytorch_lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    data = fashion()
    batches = [(torch.rand(BATCH_SIZE, 1, 28, 28), torch.randint(0, 10, (BATCH_SIZE,))) for _ in range(NUM_STEPS)]
    loops = {name: make(batches) for name, (package, make) in RIVALS.items() if find_spec(package)}
    mine, bare, hand = ours(data), partial(bare_with_gather(data, BATCH_SIZE), NUM_STEPS), by_hand(batches)
    costs: dict[str, list[float]] = {OURS: []} | {name: [] for name in loops}
    for _ in range(ROUNDS + 1):
        costs[OURS].append(microseconds(mine) - microseconds(bare))
        rest = microseconds(hand)
        for name, loop in loops.items():
            costs[name].append(microseconds(loop) - rest)
    for name, values in costs.items():
        print(f"  {name}: {statistics.median(values[1:]):,.0f} us a step of its own")


def microseconds(loop: Callable[[], object]) -> float:
    """CPU microseconds per step in this thread; ``loop`` makes NUM_STEPS."""
    began_s = time.thread_time()
    loop()
    return (time.thread_time() - began_s) / NUM_STEPS * 1e6


def network() -> nn.Module:
    """A 784→10 network."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def by_hand(batches: Batches) -> Callable[[], object]:
    """The bare step."""
    module, loss_of = network(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)

    def run() -> None:
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss_of(module(inputs), labels).backward()
            optimizer.step()

    return run


def fashion() -> Dataset:
    """The embedded pictures, prepared."""
    return prepare(lenet().data, input_shape=(1, 28, 28), seed=0)


def ours(data: Dataset) -> Callable[[], object]:
    """The run of the benchmark ``loop``, which gathers and normalises its batches, as its bare loop does."""
    step = steps_of(perceptron(lenet()), data, Path(tempfile.mkdtemp()))
    return lambda: step(NUM_STEPS)


def ignite(batches: Batches) -> Callable[[], object]:
    """A supervised trainer with a running average of the loss."""
    from ignite.engine import create_supervised_trainer
    from ignite.metrics import RunningAverage

    module = network()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    trainer = create_supervised_trainer(module, optimizer, nn.CrossEntropyLoss())
    RunningAverage(output_transform=lambda loss: loss).attach(trainer, "loss")
    return lambda: trainer.run(batches, max_epochs=1)


def fabric(batches: Batches) -> Callable[[], object]:
    """The loop by hand with Fabric's wrappers."""
    from lightning.fabric import Fabric

    tool = Fabric(accelerator="cpu", devices=1)
    module = network()
    module, optimizer = tool.setup(module, torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9))
    loss_of = nn.CrossEntropyLoss()

    def run() -> None:
        for inputs, labels in batches:
            optimizer.zero_grad()
            tool.backward(loss_of(module(inputs), labels))
            optimizer.step()

    return run


def lightning(batches: Batches) -> Callable[[], object]:
    """A LightningModule and its Trainer, with its own CSV log and no progress bar."""
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.loggers import CSVLogger

    class Net(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = network()

        def training_step(self, batch, index):
            loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train/loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)

    folder = tempfile.mkdtemp()

    def run() -> None:
        trainer = Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=1,
            logger=CSVLogger(folder),
            enable_progress_bar=False,
            enable_checkpointing=False,
            enable_model_summary=False,
        )
        trainer.fit(Net(), DataLoader(batches, batch_size=None))  # a list would count as several loaders

    return run


def keras(batches: Batches) -> Callable[[], object]:
    """compile and fit, with the torch backend."""
    import keras

    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return lambda: model.fit((batch for batch in batches), steps_per_epoch=len(batches), epochs=1, verbose=0)


RIVALS = {
    "Ignite": ("ignite", ignite),
    "Fabric": ("lightning", fabric),
    "Lightning": ("lightning", lightning),
    "Keras 3 on torch": ("keras", keras),
}


if __name__ == "__main__":
    main()
