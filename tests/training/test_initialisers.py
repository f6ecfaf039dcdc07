"""First weights: torch's own functions, and what LSUV promises of every layer."""

import pytest
import torch
from torch import nn

from tests.training.experiments import data_of, digits, with_training
from workbench.compiler.module import build
from workbench.data.batches import Batches
from workbench.spec.experiment import Component
from workbench.spec.files import read_experiment
from workbench.training import INITIALISERS
from workbench.training.initialisation import initialise, output_variances
from workbench.training.initialiser import mixing_layers, weight_of


@pytest.fixture(scope="module")
def batches():
    data = data_of(digits())
    return Batches(data.train, mean=data.mean, std=data.std, batch_size=256)


def network(seed=0):
    return build(digits().architecture, classes=10, seed=seed)


@pytest.mark.parametrize(
    ("name", "parameters", "reference"),
    [
        ("Xavier", {}, nn.init.xavier_uniform_),
        ("Xavier", {"distribution": "normal", "gain": 2.0}, lambda w: nn.init.xavier_normal_(w, gain=2.0)),
        ("Kaiming", {}, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
        (
            "Kaiming",
            {"distribution": "uniform", "mode": "fan_out"},
            lambda w: nn.init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
        ),
        ("Orthogonal", {"gain": 3.0}, lambda w: nn.init.orthogonal_(w, gain=3.0)),
    ],
)
def test_weights_are_drawn_as_torch_draws_them(name, parameters, reference):
    ours, theirs = network().to(memory_format=torch.channels_last), network()
    torch.manual_seed(5)
    INITIALISERS.make(name, parameters).apply(ours, torch.zeros(1, 1, 8, 8))
    torch.manual_seed(5)
    for _, layer in mixing_layers(theirs):
        reference(weight_of(layer))
        nn.init.zeros_(layer.bias)
    assert all(torch.equal(one, other) for one, other in zip(ours.parameters(), theirs.parameters(), strict=True))


@pytest.mark.parametrize("name", sorted(INITIALISERS.table))
def test_every_initialiser_hangs_on_its_seed_alone(batches, name):
    def weights(seed):
        module = network()
        initialise(module, INITIALISERS.make(name, {}), batches, seed)
        return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])

    torch.manual_seed(1)
    first = weights(3)
    torch.manual_seed(2)
    assert torch.equal(first, weights(3))
    assert torch.equal(first, weights(4)) == (name == "Default")


@pytest.mark.parametrize("preset", ["lenet", "vgg_small", "resnet20"])
def test_lsuv_gives_each_layer_variance_one_with_orthogonal_weights(preset):
    experiment = read_experiment(preset)
    shape = experiment.architecture.graph.inputs[0].parameters["shape"]
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(32, *shape, generator=generator)
    module = build(experiment.architecture, classes=10, seed=0)
    torch.manual_seed(0)
    INITIALISERS.make("LSUV", {"tolerance": 0.05}).apply(module, inputs)
    assert module.training
    variances = output_variances(module, inputs)
    assert len(variances) == len(list(mixing_layers(module)))
    assert all(variance == pytest.approx(1, abs=0.05) for variance in variances.values())
    for _, layer in mixing_layers(module):
        matrix = weight_of(layer).detach().flatten(start_dim=1).double()
        gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
        assert torch.allclose(gram / gram[0, 0], torch.eye(len(gram), dtype=torch.float64), atol=1e-4)
        assert not layer.bias.any() if layer.bias is not None else True


def test_what_was_done_is_told_by_layer(batches):
    module = network()
    before = output_variances(module, next(batches.epoch(0)).inputs)
    rows = initialise(module, INITIALISERS.make("LSUV", {}), batches, seed=0)
    assert [row.layer for row in rows] == ["conv", "fc"]
    assert [row.before for row in rows] == list(before.values())
    assert all(abs(row.after - 1) < 0.1 for row in rows)


def test_torchs_own_weights_are_left_as_they_are(batches):
    module, other = network(), network()
    assert initialise(module, INITIALISERS.make("Default", {}), batches, seed=9) == ()
    assert all(torch.equal(one, two) for one, two in zip(module.parameters(), other.parameters(), strict=True))


def test_an_experiment_names_its_initialiser():
    experiment = with_training(digits(), initialiser=Component(type="Orthogonal", parameters={"gain": 2.0}))
    assert INITIALISERS.make(experiment.training.initialiser.type, experiment.training.initialiser.parameters).gain == 2
