"""Optimizers against torch's own, and timm's for what torch lacks."""

import copy

import pytest
import timm.optim
import torch
from torch import nn, optim

from workbench.spec.problems import SpecError
from workbench.training import OPTIMIZERS

MOMENTS = {"lr": 0.01, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4, "weight_decay": 0.1}
IN_TORCHS_WORDS = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}
"""The same settings under our names and torch's, none at its default."""

STEPPING = [
    ("SGD", {"lr": 0.1, "momentum": 0.0}, lambda p: optim.SGD(p, lr=0.1)),
    (
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    ),
    ("Adam", MOMENTS, lambda p: optim.Adam(p, **IN_TORCHS_WORDS)),
    ("AdamW", MOMENTS, lambda p: optim.AdamW(p, **IN_TORCHS_WORDS)),
    ("Adamax", MOMENTS, lambda p: optim.Adamax(p, **IN_TORCHS_WORDS)),
    ("NAdam", MOMENTS, lambda p: optim.NAdam(p, **IN_TORCHS_WORDS)),
    ("RAdam", MOMENTS, lambda p: optim.RAdam(p, **IN_TORCHS_WORDS, decoupled_weight_decay=True)),
    (
        "RMSprop",
        {"lr": 0.01, "alpha": 0.8, "momentum": 0.5, "eps": 1e-4, "weight_decay": 0.1},
        lambda p: optim.RMSprop(p, lr=0.01, alpha=0.8, momentum=0.5, eps=1e-4, weight_decay=0.1),
    ),
    (
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.1},
        lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.01, weight_decay=0.1),
    ),
    (
        "Adadelta",
        {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1},
        lambda p: optim.Adadelta(p, lr=0.5, rho=0.8, weight_decay=0.1),
    ),
    (
        "Adafactor",
        {"lr": 0.05, "clip": 2.0, "weight_decay": 0.1},
        lambda p: optim.Adafactor(p, lr=0.05, d=2.0, weight_decay=0.1),
    ),
    ("LAMB", MOMENTS, lambda p: timm.optim.Lamb(p, **IN_TORCHS_WORDS, max_grad_norm=None, always_adapt=True)),
    (
        "LAMB",
        {"weight_decay": 0.0},
        lambda p: timm.optim.Lamb(p, lr=0.01, weight_decay=0.0, max_grad_norm=None, always_adapt=True),
    ),
]


@pytest.mark.parametrize(("name", "parameters", "reference"), STEPPING)
def test_an_optimizer_steps_as_torchs_does(name, parameters, reference):
    torch.manual_seed(0)
    ours, theirs = nn.Linear(5, 3), nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    optimizers = OPTIMIZERS.make(name, parameters).build(ours.parameters()), reference(theirs.parameters())
    inputs = torch.randn(20, 5)
    for _ in range(5):
        for module, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            module(inputs).square().mean().backward()
            optimizer.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-7)


def test_all_optimizers_are_compared_with_torchs():
    have_own_tests = {"Muon"}
    assert {name for name, *_ in STEPPING} | have_own_tests == OPTIMIZERS.table.keys(), "each has a row in STEPPING"


OWN_DEFAULTS = {
    "LAMB": {"lr": 0.01},
    "RAdam": {"lr": 0.003, "decoupled_weight_decay": True},
    "RMSprop": {"lr": 0.001},
    "SGD": {"lr": 0.05, "momentum": 0.9},
}
"""Where ours are not torch's, or timm's."""


@pytest.mark.parametrize("name", sorted({name for name, *_ in STEPPING}))
def test_a_setting_that_is_not_given_is_torchs(name):
    weights = [nn.Parameter(torch.ones(2))]
    theirs = getattr(optim, name, timm.optim.Lamb)(weights).defaults
    ours = OPTIMIZERS.make(name, {}).build(weights).defaults
    differing = {setting: value for setting, value in ours.items() if value != theirs[setting]}
    differing.pop("fused", None)
    assert differing == OWN_DEFAULTS.get(name, {})


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.table.keys() - {"LAMB"}))  # of its norms, torch adds up the shards
def test_what_takes_shards_steps_on_halves_of_a_weight_as_on_the_whole(name):
    torch.manual_seed(0)
    weight, gradients = torch.randn(6, 4), torch.randn(3, 6, 4)

    def stepped(slices):
        parts = [nn.Parameter(weight[rows].clone()) for rows in slices]
        optimizer = OPTIMIZERS.make(name, {}).build(parts)
        for gradient in gradients:
            for part, rows in zip(parts, slices, strict=True):
                part.grad = gradient[rows].clone()
            optimizer.step()
        return torch.cat([part.detach() for part in parts])

    alike = torch.allclose(stepped([slice(6)]), stepped([slice(3), slice(3, 6)]), atol=1e-7)
    assert alike == OPTIMIZERS[name].takes_shards


SETTINGS = [(name, field) for name, cls in sorted(OPTIMIZERS.table.items()) for field in cls.__struct_fields__]


@pytest.mark.parametrize(("name", "field"), SETTINGS)
def test_every_setting_of_an_optimizer_counts(name, field):
    def steps(settings):
        torch.manual_seed(0)
        layer, inputs = nn.Linear(5, 3), torch.randn(20, 5)
        optimizer = OPTIMIZERS.make(name, settings).build(layer.parameters())
        for _ in range(10):  # RAdam's first steps are plain gradient descent
            optimizer.zero_grad()
            layer(inputs).square().mean().backward()
            optimizer.step()
        return layer.weight

    before = getattr(OPTIMIZERS.make(name, {}), field)
    other = not before if isinstance(before, bool) else 2.0 if field == "clip" else 0.3
    assert not torch.equal(steps({}), steps({field: other}))


def test_muon_is_torchs_for_matrices_and_adamw_for_the_rest():
    """For filters and norms too, with separate groups for weights without decay."""
    torch.manual_seed(0)
    ours = nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 6), nn.Linear(6, 3)
    )
    theirs = copy.deepcopy(ours)
    spared = [each for each in ours.parameters() if each.dim() == 1]
    groups = [
        {"params": [each for each in ours.parameters() if each.dim() > 1]},
        {"params": spared, "weight_decay": 0.0},
    ]
    settings = {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.1}
    optimizer = OPTIMIZERS.make("Muon", settings).build(groups)
    by_size = {size: [each for each in theirs.parameters() if each.dim() == size] for size in (1, 2, 4)}
    muon = optim.Muon(by_size[2], **settings, adjust_lr_fn="match_rms_adamw")
    adamw = optim.AdamW(
        [{"params": by_size[4]}, {"params": by_size[1], "weight_decay": 0.0}], lr=0.01, weight_decay=0.1
    )
    inputs = torch.randn(8, 1, 4, 4)
    for _ in range(5):
        for module, steppers in ((ours, [optimizer]), (theirs, [muon, adamw])):
            module.zero_grad()
            module(inputs).square().mean().backward()
            for stepper in steppers:
                stepper.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("shapes", [[(3, 4)], [(3,)], [(3,), (2, 2), (2, 2, 1, 1)]])
def test_muon_takes_any_weights(shapes):
    weights = [nn.Parameter(torch.ones(shape)) for shape in shapes]
    optimizer = OPTIMIZERS.make("Muon", {}).build(weights)
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    optimizer.step()
    assert all((weight < 1).all() for weight in weights)


def test_nesterov_without_momentum_says_what_to_do():
    with pytest.raises(SpecError, match="Nesterov needs a momentum"):
        OPTIMIZERS.make("SGD", {"momentum": 0.0, "nesterov": True}).build([nn.Parameter(torch.zeros(1))])


def test_a_setting_out_of_range_is_named():
    with pytest.raises(SpecError, match="Adam: beta1"):
        OPTIMIZERS.make("Adam", {"beta1": 1.5})
