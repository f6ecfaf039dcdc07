"""The estimated memory of a training step, against what torch keeps in a real one."""

import subprocess
import sys
from collections.abc import Callable, Collection
from typing import Any

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

from tests.compiler.networks import network, node
from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, Head, TrainingRecipe
from workbench.spec.files import read_architecture
from workbench.training import LOSSES, OPTIMIZERS
from workbench.training.checking.memory import TrainingMemory, training_memory
from workbench.training.checking.memory_limit import LIBRARIES, largest_batch, memory_problem

BATCH = 16


def needed(architecture: Architecture, recipe: TrainingRecipe) -> TrainingMemory:
    memory = training_memory(recipe, analyse(architecture, classes=10))
    assert memory is not None
    return memory


def kept_by_torch(architecture: Architecture) -> int:
    """Bytes that autograd keeps for one batch, without weights and buffers."""
    module = build(architecture, classes=10).train()
    shape = architecture.graph.inputs[0].parameters["shape"]
    own = [tensor.untyped_storage().data_ptr() for tensor in (*module.parameters(), *module.buffers())]
    return saved_by(lambda: module(torch.randn(BATCH, *shape)), own)


def saved_by(forward: Callable[[], object], own: Collection[int] = ()) -> int:
    """Bytes that autograd keeps of a forward pass, each storage once, without those at the addresses ``own``."""
    saved: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        answers = forward()
    assert answers is not None  # they hold on to what was saved
    return sum(storage.nbytes() for address, storage in saved.items() if address not in own)


@pytest.mark.parametrize("name", ["mlp", "lenet", "resnet20", "vgg_small"])
def test_what_a_forward_pass_keeps_is_torchs_to_half_a_percent(name: str) -> None:
    architecture = read_architecture(name)
    memory = needed(architecture, TrainingRecipe(batch_size=BATCH))
    assert memory.kept == pytest.approx(kept_by_torch(architecture), rel=0.005)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("Triplet", {}), ("Triplet", {"mining": "hardest"}), ("SupCon", {}), ("Contrastive", {})],
)
def test_what_a_loss_keeps_of_the_pairs_of_a_batch_is_torchs(name: str, settings: dict[str, Any]) -> None:
    num = 400
    loss = LOSSES.make(name, settings)
    outputs, targets = torch.randn(num, 8, requires_grad=True), torch.arange(num) % 10
    kept = saved_by(lambda: loss(outputs, targets), [outputs.untyped_storage().data_ptr()])
    lenet = read_architecture("lenet")
    head = Head(output="output", loss=Component(type=name, parameters=settings))
    with_pairs = needed(lenet, TrainingRecipe(batch_size=num, heads=(head,)))
    assert with_pairs.kept - needed(lenet, TrainingRecipe(batch_size=num)).kept == pytest.approx(kept, rel=0.06)


def test_the_largest_batch_leaves_room_for_its_pairs() -> None:
    analysis = analyse(read_architecture("mlp"), classes=10)
    heads = (Head(output="output", loss=Component(type="Triplet")),)

    def total(batch_size: int) -> int:
        memory = training_memory(TrainingRecipe(batch_size=batch_size, heads=heads), analysis)
        assert memory is not None
        return memory.total

    recipe = TrainingRecipe(batch_size=60_000, heads=heads)
    assert total(60_000) > 100 << 30
    size = largest_batch(recipe, analysis, 1 << 30)
    assert size is not None and total(size) <= 1 << 30 < total(size + 1)
    assert largest_batch(recipe, analysis, 1000) == 0


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.table))
@pytest.mark.parametrize("settings", [{}, {"momentum": 0.0}, {"momentum": 0.5}])
def test_what_an_optimizer_keeps_is_torchs(name: str, settings: dict[str, float]) -> None:
    if settings and "momentum" not in OPTIMIZERS[name].__struct_fields__:
        return
    architecture = read_architecture("lenet")
    module = build(architecture, classes=10)
    optimizer = OPTIMIZERS.make(name, settings).build(module.parameters())
    (answers,) = module(torch.randn(2, 1, 28, 28)).values()
    answers.sum().backward()
    optimizer.step()
    tensors = [value for state in optimizer.state.values() for value in state.values() if torch.is_tensor(value)]
    kept = sum(tensor.numel() for tensor in tensors if tensor.dim() > 0)
    recipe = TrainingRecipe(optimizer=Component(type=name, parameters=settings))
    assert needed(architecture, recipe).optimizer == 4 * kept


def test_it_follows_the_batch_and_the_optimizer() -> None:
    lenet = read_architecture("lenet")
    sgd = needed(lenet, TrainingRecipe(batch_size=32))
    adam = needed(lenet, TrainingRecipe(batch_size=64, optimizer=Component(type="Adam")))
    assert adam.kept == 2 * sgd.kept
    assert adam.optimizer == 2 * sgd.optimizer == 2 * adam.weights
    assert adam.total == adam.weights + adam.gradients + adam.optimizer + adam.kept


def test_of_an_optimizer_that_is_none_nothing_is_said() -> None:
    analysis = analyse(read_architecture("lenet"), classes=10)
    assert training_memory(TrainingRecipe(optimizer=Component(type="Sorcery")), analysis) is None


STEP = """
from pathlib import Path

import torch
from workbench.layers.recurrent import LSTM

def num_bytes(line):
    status = dict(each.split(":") for each in Path("/proc/self/status").read_text().splitlines())
    return 1024 * int(status[line].split()[0])

torch.set_num_threads(1)
layer = LSTM(hidden_size=128).build((250, 32))
layer(torch.randn(2, 250, 32)).sum().backward()
inputs, before = torch.randn(128, 250, 32, requires_grad=True), num_bytes("VmRSS")
layer(inputs).square().mean().backward()
print(num_bytes("VmHWM") - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel that tells of a peak is Linux")
def test_an_lstm_that_a_cpu_lacks_memory_for_is_warned_of() -> None:
    """Its step takes more than twice what it keeps."""
    done = subprocess.run([sys.executable, "-c", STEP], check=True, capture_output=True, text=True)
    lstm = network(
        node("input", "Input", shape=[250, 32]),
        node("lstm", "LSTM", "input", hidden_size=128),
        node("output", "Output", "lstm"),
    )
    free = LIBRARIES + int(0.95 * int(done.stdout))
    assert memory_problem(TrainingRecipe(batch_size=128), analyse(lstm), "cpu", free) is not None
