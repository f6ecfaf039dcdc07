"""Advice on a training loss that diverges or stands still."""

import pytest

from tests.session.waiting import DEADLINE_S
from tests.training.advised import advice_of, course, probed
from tests.training.experiments import LINEAR, chain, digits, sgd, with_training
from workbench.events import AdviceGiven
from workbench.session.running.in_thread import start
from workbench.spec.component import Component
from workbench.spec.experiment import Head
from workbench.training.advice.advisor import diverges, learns_nothing, stands_still
from workbench.training.advice.course import NOTHING_LEARNT, slower


def test_a_rate_beyond_what_the_loss_allows_lets_gradients_and_loss_grow(tmp_path):
    squared = (Head(output="output", loss=Component(type="MSE")),)
    found = advice_of(chain(epochs=3, optimizer=sgd(0.4), heads=squared), tmp_path)
    assert found["divergence"].advice.endswith("a warm-up, or clipping gradients (clip_norm).")
    assert found["exploding gradients"].node == "fc"
    assert "one step changes the weights of fc by" in found["exploding gradients"].what


@pytest.mark.parametrize(("losses", "is_told"), [((1.0, 0.9, 1.21), True), ((1.0, 0.9, 1.19), False), ((1.3,), False)])
def test_a_loss_above_that_of_the_first_epoch_diverges(losses, is_told):
    advice = diverges(course(start=1.0, losses=losses))
    assert (advice is not None) == is_told
    if advice is not None:
        assert advice.what == "Training diverges: the loss was 1 in the first epoch and is 1.21 now."


def test_what_diverges_in_spite_of_a_warm_up_and_clipping_is_advised_more_of_both():
    recipe = with_training(
        digits(), clip_norm=1.0, schedule=Component(type="Constant", parameters={"warmup_epochs": 1.0})
    ).training
    assert slower(recipe) == (
        "Try a tenth of the learning rate, a longer warm-up, or clipping gradients at a smaller norm (clip_norm)."
    )


def test_a_loss_that_runs_away_in_the_first_epoch_is_told_of_by_what_it_was_at_the_first_step(tmp_path):
    """The loss jumps up and down afterwards; nothing is said of overfitting or saturated units."""
    found = advice_of(chain(LINEAR, ("Sigmoid", {}), epochs=8, optimizer=sgd(50.0)), tmp_path)
    assert found["divergence"].epoch == 1 and "at the first step" in found["divergence"].what
    assert not {"overfitting", "vanishing gradients", "plateau"} & found.keys()


def test_a_rate_far_too_small_stands_still(tmp_path):
    found = advice_of(chain(LINEAR, ("ReLU", {}), epochs=10, optimizer=sgd(1e-7)), tmp_path)
    assert found["plateau"].epoch == 8 and "(Cosine), a different learning rate" in found["plateau"].advice


@pytest.mark.parametrize(("schedule", "is_advised"), [("Constant", True), ("Cosine", False)])
def test_a_schedule_is_advised_where_there_is_none(schedule, is_advised):
    experiment = with_training(chain(), schedule=Component(type=schedule))
    advice = stands_still(course(experiment=experiment, losses=(2.3,) * 8))
    assert advice is not None and ("a schedule" in advice.try_) is is_advised


@pytest.mark.parametrize(("held_out", "is_advised"), [((), True), (2.4, True), (9.9, False)])
def test_a_larger_network_is_advised_to_one_that_does_not_learn_by_heart(held_out, is_advised):
    results = course(losses=(2.3,) * 8, held_out=(held_out,) * 8 if held_out else ())
    advice = stands_still(results)
    assert advice is not None and ("a larger network" in advice.try_) is is_advised


@pytest.mark.parametrize(
    ("losses", "is_told"),
    [
        ([0.5 * 0.9985**epoch for epoch in range(20)], False),
        ([0.5 * 0.9985**epoch + 2e-4 * (-1) ** epoch for epoch in range(20)], False),
        ([0.5 * 0.9999**epoch for epoch in range(20)], True),
        ([0.5 - 1e-3 * (epoch % 3) for epoch in range(20)], True),
    ],
    ids=["falling slowly", "with noise", "too slowly to matter", "noise alone"],
)
def test_a_loss_that_still_falls_slowly_does_not_stand_still(losses, is_told):
    results = course(losses=tuple(losses))
    assert (stands_still(results) is not None) == is_told


@pytest.mark.parametrize(("rate", "is_told"), [(0.06, True), (0.04, False)])
def test_a_loss_may_stand_still_once_the_rate_is_less_than_half(rate, is_told):
    looks = (probed(rate=0.1), probed(rate=rate))
    assert (stands_still(course(start=4.6, losses=(2.3,) * 8, probes=looks)) is not None) == is_told


def test_a_loss_that_never_fell_stands_still_at_any_rate():
    looks = (probed(rate=0.1), probed(rate=0.04))
    assert stands_still(course(start=2.35, losses=(2.31,) * 8, probes=looks)) is not None


@pytest.mark.parametrize(("loss", "is_told"), [(0.3, True), (0.2, False)])
def test_a_loss_may_stand_still_at_a_tenth_of_the_first(loss, is_told):
    assert (stands_still(course(losses=(2.3, *[loss] * 12))) is not None) == is_told


def test_a_run_that_ends_at_chance_level_is_told_to_have_learnt_nothing(tmp_path):
    run = start(digits(epochs=2, lr=1e-7), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    (given,) = [event for event in run.log.outline() if isinstance(event, AdviceGiven)]
    assert (given.kind, given.epoch) == (NOTHING_LEARNT, 2)
    assert given.what.startswith("After 2 epochs, nothing was learnt: ")
    assert "of the held-out pictures" in given.what and given.what.endswith("among 10 classes would get 10.0 %.")


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({}, True),
        ({"losses": (2.3, 2.1)}, False),
        ({"top1": (0.1, 0.15)}, False),
        ({"top1": (0.1, 0.118)}, True),
        ({"losses": (2.3,), "top1": (0.1,)}, False),
        ({"losses": (2.3,), "top1": (0.1,), "experiment": chain(epochs=1)}, False),
        ({"top1": ()}, False),
        ({"start": None}, False),
        ({"num_classes": None}, False),
    ],
    ids=[
        "chance",
        "a lower loss",
        "better",
        "by chance",
        "not the end",
        "one epoch",
        "nothing held out",
        "no start",
        "no classes",
    ],
)
def test_nothing_is_learnt_where_neither_loss_nor_accuracy_say_so(given, is_told):
    chances = {"top1": (0.1, 0.1), "num_held_out": 1000, "num_classes": 10, "experiment": chain(epochs=2)}
    assert (learns_nothing(course(**chances | given)) is not None) == is_told
