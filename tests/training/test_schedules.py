"""Schedules and optimizers against torch's own."""

import copy

import pytest
import timm.optim
import torch
from torch import nn, optim

from workbench.spec.problems import SpecError
from workbench.training import OPTIMIZERS, SCHEDULES

STEPS_PER_EPOCH = 7
NUM_STEPS = 10 * STEPS_PER_EPOCH


def torch_rates(make, per_epoch=False):
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for step in range(NUM_STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if not per_epoch or (step + 1) % STEPS_PER_EPOCH == 0:
            scheduler.step()
    return rates


SCHEDULED = [
    ("Constant", {}, lambda o: optim.lr_scheduler.ConstantLR(o, factor=1.0)),
    ("Cosine", {"final": 0.1}, lambda o: optim.lr_scheduler.CosineAnnealingLR(o, NUM_STEPS, eta_min=0.1)),
    (
        "OneCycle",
        {"climb": 0.4, "start_divisor": 10.0, "final_divisor": 100.0},
        lambda o: optim.lr_scheduler.OneCycleLR(
            o, 1.0, NUM_STEPS, pct_start=0.4, div_factor=10.0, final_div_factor=100.0, cycle_momentum=False
        ),
    ),
    ("Exponential", {"gamma": 0.5}, lambda o: optim.lr_scheduler.ExponentialLR(o, gamma=0.5 ** (1 / STEPS_PER_EPOCH))),
    (
        "CosineRestarts",
        {"first_epochs": 2, "growth": 3, "final": 0.1},
        lambda o: optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2 * STEPS_PER_EPOCH, T_mult=3, eta_min=0.1),
    ),
    ("Polynomial", {"power": 2.0}, lambda o: optim.lr_scheduler.PolynomialLR(o, total_iters=NUM_STEPS, power=2.0)),
]
BY_EPOCH = [
    ("Step", {"every_epochs": 3, "gamma": 0.5}, lambda o: optim.lr_scheduler.StepLR(o, 3, gamma=0.5)),
    (
        "MultiStep",
        {"at_epochs": [2, 3, 7], "gamma": 0.5},
        lambda o: optim.lr_scheduler.MultiStepLR(o, [2, 3, 7], gamma=0.5),
    ),
]


def our_rates(name, parameters):
    schedule = SCHEDULES.make(name, parameters)
    return [schedule.factor(step, STEPS_PER_EPOCH, NUM_STEPS) for step in range(NUM_STEPS)]


@pytest.mark.parametrize(("name", "parameters", "reference"), SCHEDULED)
def test_a_schedule_gives_torchs_rates(name, parameters, reference):
    assert our_rates(name, parameters) == pytest.approx(torch_rates(reference), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("name", "parameters", "reference"), BY_EPOCH)
def test_a_schedule_of_epochs_falls_as_torchs_does(name, parameters, reference):
    assert our_rates(name, parameters) == pytest.approx(torch_rates(reference, per_epoch=True))


def test_all_schedules_are_compared_with_torchs():
    looks_back = [name for name, cls in SCHEDULES.table.items() if cls.looks_back]
    assert sorted([name for name, *_ in SCHEDULED + BY_EPOCH] + looks_back) == sorted(SCHEDULES.table)


def test_warm_up_is_torchs():
    """A linear climb from near zero, then the schedule over the remaining steps."""
    warm, rest = 2 * STEPS_PER_EPOCH, NUM_STEPS - 2 * STEPS_PER_EPOCH

    def reference(optimizer):
        climb = optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / (warm + 1), total_iters=warm)
        fall = optim.lr_scheduler.CosineAnnealingLR(optimizer, rest)
        return optim.lr_scheduler.SequentialLR(optimizer, [climb, fall], milestones=[warm])

    assert our_rates("Cosine", {"warmup_epochs": 2}) == pytest.approx(torch_rates(reference), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("name", sorted(SCHEDULES.table))
def test_warm_up_climbs_to_where_the_schedule_begins(name):
    warm, cold = SCHEDULES.make(name, {"warmup_epochs": 2}), SCHEDULES.make(name, {})
    factors = [warm.factor(step, STEPS_PER_EPOCH, NUM_STEPS) for step in range(2 * STEPS_PER_EPOCH + 1)]
    assert factors[:-1] == sorted(factors[:-1]) and 0 < factors[0] < 0.1
    rest = NUM_STEPS - 2 * STEPS_PER_EPOCH
    assert factors[-1] == cold.factor(0, STEPS_PER_EPOCH, rest)


def test_a_warm_up_of_no_end_climbs_to_the_last_step():
    warm = SCHEDULES.make("Constant", {"warmup_epochs": 1e308})
    assert warm.factor(NUM_STEPS - 1, STEPS_PER_EPOCH, NUM_STEPS) == NUM_STEPS / (NUM_STEPS + 1)


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
    assert {name for name, *_ in STEPPING} | {"Muon"} == OPTIMIZERS.table.keys(), "Muon has a test of its own"


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


@pytest.mark.parametrize("settings", [{}, {"gamma": 0.5, "patience": 0}, {"patience": 1, "threshold": 0.1}])
def test_plateau_falls_where_torchs_does(settings):
    scores = [1.0, 0.8, 0.79, 0.79, 0.81, 0.795, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.49, 0.6, 0.7, 0.7, 0.7]
    schedule = SCHEDULES.make("Plateau", settings)
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=schedule.gamma, patience=schedule.patience, threshold=schedule.threshold, eps=0
    )
    for number, score in enumerate(scores, 1):
        reference.step(score)
        assert schedule.reduced(scores[:number]) == pytest.approx(optimizer.param_groups[0]["lr"])
    assert schedule.reduced(scores) < 1


def test_only_plateau_hangs_on_the_epochs():
    assert [name for name, cls in SCHEDULES.table.items() if cls.looks_back] == ["Plateau"]
    assert all(SCHEDULES.make(name, {}).reduced((1.0, 2.0, 3.0)) == 1 for name in SCHEDULES.table if name != "Plateau")
