"""Predicted memory of a training step against torch's peak during a real one, on the CPU."""

import torch
from torch.profiler import ProfilerActivity, profile

from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.spec.component import Component
from workbench.spec.experiment import TrainingRecipe
from workbench.spec.files import read_architecture
from workbench.training import OPTIMIZERS
from workbench.training.checking.memory import training_memory

BATCH = 64


def main() -> None:
    """Print both for a few networks and optimizers."""
    for name in ("mlp", "lenet", "resnet20", "vgg_small"):
        for kind in ("SGD", "Adam"):
            recipe = TrainingRecipe(batch_size=BATCH, optimizer=Component(type=kind))
            memory = training_memory(recipe, analyse(read_architecture(name), classes=10))
            assert memory is not None
            foretold, held = memory.total, peak_bytes(name, recipe)
            print(
                f"  {name:10} {kind:5} batch {BATCH}: foretold {foretold / 2**20:6.1f} MiB, "
                f"largest held {held / 2**20:6.1f} MiB, {foretold / held:.2f} of it",
                flush=True,
            )


def peak_bytes(name: str, recipe: TrainingRecipe) -> int:
    """Peak bytes allocated in the second step, when the optimizer's state exists."""
    architecture = read_architecture(name)
    module = build(architecture, classes=10)
    optimizer = OPTIMIZERS.of(recipe.optimizer).build(module.parameters())
    pictures = torch.randn(BATCH, *architecture.graph.inputs[0].parameters["shape"])
    labels = torch.arange(BATCH) % 10

    def step() -> None:
        optimizer.zero_grad()
        (answers,) = module(pictures).values()
        torch.nn.functional.cross_entropy(answers, labels).backward()
        optimizer.step()

    step()
    optimizer.zero_grad()
    state = [value for each in optimizer.state.values() for value in each.values() if torch.is_tensor(value)]
    there = sum(tensor.nbytes for tensor in (*module.parameters(), *module.buffers(), *state, pictures))
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        step()
    changes = [event for event in profiled.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = largest = there
    for event in sorted(changes, key=lambda event: event.start_ns()):
        held += event.nbytes()
        largest = max(largest, held)
    return largest


if __name__ == "__main__":
    main()
