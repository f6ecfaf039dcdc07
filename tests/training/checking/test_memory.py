"""The estimated memory of a training step, against what torch keeps in a real one."""

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, TrainingRecipe
from workbench.spec.files import read_architecture
from workbench.training import OPTIMIZERS
from workbench.training.checking.memory import TrainingMemory, training_memory

BATCH = 16


def needed(architecture: Architecture, recipe: TrainingRecipe) -> TrainingMemory:
    memory = training_memory(recipe, analyse(architecture, classes=10))
    assert memory is not None
    return memory


def kept_by_torch(architecture: Architecture) -> int:
    """Bytes that autograd keeps for one batch, without weights and buffers, each storage once."""
    module = build(architecture, classes=10).train()
    shape = architecture.graph.inputs[0].parameters["shape"]
    saved: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        answers = module(torch.randn(BATCH, *shape))
    assert answers  # they hold on to what was saved
    own = {tensor.untyped_storage().data_ptr() for tensor in (*module.parameters(), *module.buffers())}
    return sum(storage.nbytes() for address, storage in saved.items() if address not in own)


@pytest.mark.parametrize("name", ["mlp", "lenet", "resnet20", "vgg_small"])
def test_what_a_forward_pass_keeps_is_torchs_to_half_a_percent(name: str) -> None:
    architecture = read_architecture(name)
    memory = needed(architecture, TrainingRecipe(batch_size=BATCH))
    assert memory.kept == pytest.approx(kept_by_torch(architecture), rel=0.005)


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
