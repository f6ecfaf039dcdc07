"""The range test: it changes nothing, its losses are those of updates, and the curve is read as published."""

import copy
import math
import random

import pytest
import torch

from tests.training.experiments import digits, with_training
from workbench.data.progress import Cancelled
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.problems import SpecError
from workbench.training import beginning
from workbench.training.lr_finder import HIGHEST, LOWEST, MEMORY, NUM_STEPS, range_test, read
from workbench.training.state import capture


def silent(rates, losses):
    pass


def test_weights_optimizer_and_generators_stay_as_they_were(data):
    plan, state = beginning.prepare(digits(), data)
    before, plain = copy.deepcopy(capture(state, plan.device))
    range_test(plan, state, silent)
    after, plain_after = capture(state, plan.device)
    assert plain == plain_after and before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert state.module.get_parameter("conv.weight").grad is None and state.seen is None


def test_rates_grow_by_one_factor_and_a_high_one_ends_it(data):
    plan, state = beginning.prepare(digits(), data)
    found = range_test(plan, state, silent)
    factor = (HIGHEST / LOWEST) ** (1 / (NUM_STEPS - 1))
    assert found.rates[0] == LOWEST
    assert all(math.isclose(b / a, factor) for a, b in zip(found.rates, found.rates[1:], strict=False))
    assert found.steepest is not None and found.valley is not None
    assert 1e-4 < found.valley < 1 and 1e-3 < found.steepest < 5
    torch.manual_seed(1)
    again = range_test(plan, state, silent)
    torch.manual_seed(2)
    assert range_test(plan, state, silent) == again == found


def test_steps_that_overflow_fp16_at_first_do_not_end_it(data):
    plan, state = beginning.prepare(with_training(digits(), speed=Speed(precision="fp16")), data)
    with torch.no_grad():  # a gradient that overflows at the scaler's first scales
        state.module.get_parameter("fc.weight").mul_(20)
    found = range_test(plan, state, silent)
    assert found.rates[0] == LOWEST and len(found.rates) > NUM_STEPS // 2


def test_it_can_be_called_off(data):
    plan, state = beginning.prepare(digits(), data)
    told = []

    def tell(rates, losses):
        told.append(rates[-1])
        if len(told) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        range_test(plan, state, tell)
    assert len(told) == 3


def test_a_loss_that_is_no_number_from_the_first_is_said(data):
    plan, state = beginning.prepare(digits(), data)
    with torch.no_grad():
        state.module.get_parameter("fc.weight").fill_(math.nan)
    with pytest.raises(SpecError, match="not finite even at the smallest"):
        range_test(plan, state, silent)


def test_a_curve_is_read_as_published():
    """A flat start, a slope that is a logistic curve in log(rate), and a steep end: the slope's middle is known."""
    exponents = [-7 + 8 * i / 99 for i in range(100)]
    losses = [2.3 - 2 / (1 + math.exp(-4 * (x + 2))) + max(0.0, x) ** 2 for x in exponents]
    found = read([10**x for x in exponents], losses)
    assert math.log10(found.steepest) == pytest.approx(-2, abs=0.1)
    falling = [x for x, loss in zip(exponents[10:95], losses[10:95], strict=True) if loss >= min(losses)]
    lowest = exponents[losses.index(min(losses))]
    assert math.log10(found.valley) == pytest.approx((falling[0] + lowest) / 2, abs=0.2)


def test_what_falls_after_the_loss_has_diverged_is_no_suggestion():
    """One huge loss, as momentum at a high rate gives, from which the smoothed loss falls back."""
    exponents = [-7 + 8 * i / 99 for i in range(100)]
    losses = [2.3 - 0.3 / (1 + math.exp(-4 * (x + 2))) + (4 * math.exp(-x - 0.2) if x > -0.2 else 0) for x in exponents]
    found = read([10**x for x in exponents], losses)
    assert math.log10(found.steepest) == pytest.approx(-2, abs=0.1)
    assert found.valley < 10**-0.2


def smoothed(noise, seed, jumps_at=math.inf):
    """The curve of a test whose true loss falls by 0.3 around a rate of 0.01, with noise of the batches.

    After a jump it stays higher than at the start.
    """
    generator = random.Random(seed)
    rates, losses, mean = [10 ** (-7 + 8 * i / 99) for i in range(100)], [], 0.0
    for number, rate in enumerate(rates):
        true = 2.3 - 0.3 / (1 + math.exp(-4 * (math.log10(rate) + 2)))
        if rate > jumps_at:
            true = 60 if rates[number - 1] <= jumps_at else 2.6
        mean = MEMORY * mean + (1 - MEMORY) * (true + generator.gauss(0, noise))
        losses.append(mean / (1 - MEMORY ** (number + 1)))
    return rates, losses


@pytest.mark.parametrize("noise", [0.15, 0.3, 0.5])
def test_an_early_dip_of_noisy_batches_does_not_hide_the_descent(noise):
    valleys = [read(*smoothed(noise, seed)).valley for seed in range(100)]
    assert all(valley is not None and valley > 1e-4 for valley in valleys)


def test_noise_from_one_batch_to_the_next_is_not_the_steepest_fall():
    steepest = [read(*smoothed(0.15, seed)).steepest for seed in range(100)]
    assert sum(rate > 1e-4 for rate in steepest) > 85


@pytest.mark.parametrize("noise", [0.05, 0.15, 0.3])
@pytest.mark.parametrize("jumps_at", [0.1, 1.0])
def test_noisy_batches_that_fall_back_from_a_jump_are_no_suggestion(noise, jumps_at):
    found = [read(*smoothed(noise, seed, jumps_at)) for seed in range(100)]
    assert all(1e-5 < each.valley <= jumps_at and each.steepest <= jumps_at for each in found)


def test_a_curve_that_only_rises_suggests_nothing():
    rates = [10**x for x in range(-20, 5)]
    found = read(rates, [float(i) for i in range(25)])
    assert found.valley is None and found.steepest is None


def test_the_recipes_optimizer_learns(data):
    experiment = with_training(digits(), optimizer=Component(type="AdamW"), accumulate=2, clip_norm=1.0)
    plan, state = beginning.prepare(experiment, data)
    assert range_test(plan, state, silent).steepest < 1
