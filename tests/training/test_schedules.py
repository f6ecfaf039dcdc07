"""Schedules against torch's own."""

import pytest
import torch
from torch import nn, optim

from workbench.training import SCHEDULES

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
    ("Cosine", {}, lambda o: optim.lr_scheduler.CosineAnnealingLR(o, NUM_STEPS)),
    ("Cosine", {"final": 0.1}, lambda o: optim.lr_scheduler.CosineAnnealingLR(o, NUM_STEPS, eta_min=0.1)),
    ("OneCycle", {}, lambda o: optim.lr_scheduler.OneCycleLR(o, 1.0, NUM_STEPS, cycle_momentum=False)),
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
        {},
        lambda o: optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 5 * STEPS_PER_EPOCH, T_mult=2),
    ),
    (
        "CosineRestarts",
        {"first_epochs": 2, "growth": 3, "final": 0.1},
        lambda o: optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2 * STEPS_PER_EPOCH, T_mult=3, eta_min=0.1),
    ),
    (
        "CosineRestarts",
        {"first_epochs": 2, "growth": 1, "final": 0.1},
        lambda o: optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2 * STEPS_PER_EPOCH, T_mult=1, eta_min=0.1),
    ),
    ("Polynomial", {}, lambda o: optim.lr_scheduler.PolynomialLR(o, total_iters=NUM_STEPS)),
    ("Polynomial", {"power": 2.0}, lambda o: optim.lr_scheduler.PolynomialLR(o, total_iters=NUM_STEPS, power=2.0)),
]
BY_EPOCH = [
    ("Step", {}, lambda o: optim.lr_scheduler.StepLR(o, 5)),
    ("Step", {"every_epochs": 3, "gamma": 0.5}, lambda o: optim.lr_scheduler.StepLR(o, 3, gamma=0.5)),
    ("MultiStep", {}, lambda o: optim.lr_scheduler.MultiStepLR(o, [5, 8])),
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
    assert sorted({name for name, *_ in SCHEDULED + BY_EPOCH} | set(looks_back)) == sorted(SCHEDULES.table)


def test_a_rate_takes_no_longer_to_compute_the_longer_the_run_is():
    schedule = SCHEDULES.make("CosineRestarts", {"first_epochs": 1, "growth": 1})
    assert schedule.factor(10**15 + 3, 10, 10**16) == schedule.factor(3, 10, 10**16)


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


@pytest.mark.parametrize("warmup_epochs", [0, 1, 2])
@pytest.mark.parametrize("name", sorted(SCHEDULES.table))
def test_the_shortest_runs_have_a_rate_at_every_step(name, warmup_epochs):
    schedule = SCHEDULES.make(name, {"warmup_epochs": warmup_epochs} | ({"climb": 0.5} if name == "OneCycle" else {}))
    for num_steps in range(1, 5):
        factors = [schedule.factor(step, 1, num_steps) for step in range(num_steps)]
        assert all(0 < factor <= 1 for factor in factors), factors


def test_a_warm_up_of_no_end_climbs_to_the_last_step():
    warm = SCHEDULES.make("Constant", {"warmup_epochs": 1e308})
    assert warm.factor(NUM_STEPS - 1, STEPS_PER_EPOCH, NUM_STEPS) == NUM_STEPS / (NUM_STEPS + 1)


@pytest.mark.parametrize("settings", [{}, {"gamma": 0.5, "patience": 0}, {"patience": 1, "threshold": 0.1}])
def test_plateau_falls_where_torchs_does(settings):
    scores = [1.0, 0.8, 0.79, 0.79, 0.81, 0.795, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.49, 0.6, 0.7, 0.7, 0.7]
    schedule = SCHEDULES.make("Plateau", settings)
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    given = {"factor" if name == "gamma" else name: value for name, value in settings.items()}
    reference = optim.lr_scheduler.ReduceLROnPlateau(optimizer, **{"patience": 3, **given}, eps=0)
    for number, score in enumerate(scores, 1):
        reference.step(score)
        assert schedule.reduced(scores[:number]) == pytest.approx(optimizer.param_groups[0]["lr"])
    assert schedule.reduced(scores) < 1


def test_only_plateau_hangs_on_the_epochs():
    assert [name for name, cls in SCHEDULES.table.items() if cls.looks_back] == ["Plateau"]
    assert all(SCHEDULES.make(name, {}).reduced((1.0, 2.0, 3.0)) == 1 for name in SCHEDULES.table if name != "Plateau")
