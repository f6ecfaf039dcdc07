"""The advisor: each kind of advice is provoked by real training, and sound training gives none."""

import dataclasses
import random

import pytest
import torch

from tests.session.waiting import DEADLINE_S
from tests.training.columns import digits_with_columns, many_heads
from tests.training.experiments import LINEAR, chain, data_of, digits, sgd, with_training
from workbench.data.dataset import Split
from workbench.events import (
    AdviceGiven,
    DataPrepared,
    EpochFinished,
    LayerProbe,
    LayersProbed,
    RecipeChanged,
    StepFinished,
)
from workbench.session.in_thread import start
from workbench.spec.component import Component
from workbench.spec.experiment import Head, StartWeights
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.advisor import Advisor, diverges, outweighs, overfits, stands_still
from workbench.training.control import Control
from workbench.training.course import Course, Weighted, slower
from workbench.training.layer_signs import dies, explodes, vanishes


def advice_of(experiment, folder, data=None):
    """Train to the end; return all advice by kind."""
    plan, state = beginning.prepare(experiment, data or data_of(experiment))
    advisor = Advisor(experiment)
    given = [advice for event in loop.train(plan, state, folder, Control()) for advice in advisor.hear(event)]
    kinds = [advice.kind for advice in given]
    assert len(kinds) == len(set(kinds)), "a kind is told once a run"
    assert all(advice.what.endswith(".") and advice.advice.endswith(".") for advice in given)
    return {advice.kind: advice for advice in given}


def test_a_network_that_learns_by_heart_is_told_of(tmp_path):
    """A third of the labels are wrong."""
    data = data_of(chain())
    labels = data.train.targets["class"][:300].clone()
    labels[::3] = (labels[::3] + 1 + torch.arange(100) % 9) % 10
    wrong = Split(inputs=data.train.inputs[:300], targets={"class": labels})
    experiment = chain(
        ("Linear", {"out_features": 128}), ("ReLU", {}), epochs=20, batch_size=50, optimizer=sgd(0.1, 0.9)
    )
    found = advice_of(experiment, tmp_path, dataclasses.replace(data, train=wrong))
    assert "has been overfitting since epoch" in found["overfitting"].what and "patience" in found["overfitting"].advice


@pytest.mark.parametrize(("last_right", "is_told"), [(0.5, True), (0.61, False)])
def test_whose_answers_become_better_does_not_overfit(last_right, is_told):
    """The held-out loss rises; if accuracy improves too, the network is merely overconfident in its mistakes."""
    course = Course(
        experiment=chain(),
        start=2.5,
        losses=(1.0, 0.8, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02),
        held_out=(1.2, 1.0, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7),
        top1=(0.5, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, last_right),
        probes=(),
    )
    assert (overfits(course) is not None) == is_told


def test_a_training_that_jumps_overfits_nothing_that_it_answers_no_worse():
    """From a real run of ReLUs on the digits, rate 0.1, batches of 64; its held-out loss later fell to 0.08."""
    course = Course(
        experiment=chain(),
        start=2.3,
        losses=(2.003, 0.511, 0.166, 0.265, 0.455),
        held_out=(1.075, 0.197, 0.437, 0.336, 0.263),
        top1=(0.601, 0.944, 0.895, 0.902, 0.937),
        probes=(),
    )
    assert overfits(course) is None


def test_a_training_whose_steps_are_too_large_does_not_overfit():
    """From a real run of the LeNet preset on the digits, rate 0.02, batches of 10: in epoch 4 it lost what it knew."""
    course = Course(
        experiment=chain(),
        start=2.3,
        losses=(1.356, 0.533, 0.358, 1.593, 0.985, 0.652, 0.472, 0.708),
        held_out=(0.240, 0.455, 0.999, 1.790, 0.878, 0.564, 0.389, 0.748),
        top1=(0.930, 0.867, 0.860, 0.434, 0.762, 0.811, 0.930, 0.818),
        probes=(),
    )
    assert overfits(course) is None


def test_what_is_as_good_as_learnt_wavers_and_does_not_overfit():
    """From a real run of the LeNet preset on the digits."""
    course = Course(
        experiment=chain(),
        start=2.3,
        losses=(2.2913, 0.9323, 0.1779, 0.0464, 0.0164, 0.0079, 0.0056, 0.0051, 0.0046),
        held_out=(2.2608, 0.3472, 0.1411, 0.0662, 0.0505, 0.04, 0.0516, 0.0544, 0.0542),
        top1=(0.3636, 0.8322, 0.951, 0.979, 0.979, 0.979, 0.972, 0.972, 0.972),
        probes=(),
    )
    assert overfits(course) is None


@pytest.mark.parametrize("unit", [1.0, 100.0])
@pytest.mark.parametrize(("num_held_out", "is_told"), [(1000, True), (100, True), (36, False), (None, True)])
def test_a_rise_on_few_pictures_is_chance_in_whatever_unit_the_loss_is(num_held_out, is_told, unit):
    course = Course(
        experiment=chain(),
        start=2.3 * unit,
        losses=tuple(unit * loss for loss in (1.5, 1.0, 0.9, 0.8, 0.7, 0.6)),
        held_out=tuple(unit * loss for loss in (1.6, 1.0, 1.1, 1.15, 1.2, 1.25)),
        top1=(0.5, 0.7, 0.7, 0.7, 0.7, 0.7),
        probes=(),
        num_held_out=num_held_out,
    )
    assert (overfits(course) is not None) == is_told


def test_a_run_tells_the_advisor_how_many_pictures_are_held_out(tmp_path):
    run = start(chain(LINEAR, epochs=1), tmp_path)
    assert run.join(DEADLINE_S)
    (prepared,) = [event for event in run.log.outline() if isinstance(event, DataPrepared)]
    few = replace(prepared, num_val=36)
    losses, held_out = (1.5, 1.0, 0.9, 0.8, 0.7, 0.6), (1.6, 1.0, 1.1, 1.15, 1.2, 1.25)

    def kinds(*before):
        advisor = Advisor(chain(), before)
        epochs = [
            EpochFinished(at=0.0, epoch=1, step=9, metrics={"train/loss": train, "val/loss": val}, seconds=1.0)
            for train, val in zip(losses, held_out, strict=True)
        ]
        return [advice.kind for epoch in epochs for advice in advisor.hear(epoch)]

    assert kinds(prepared) == ["overfitting"] and kinds(few) == []


@pytest.mark.parametrize(("held_out", "is_advised"), [((), True), (2.4, True), (9.9, False)])
def test_a_larger_network_is_advised_to_one_that_does_not_learn_by_heart(held_out, is_advised):
    course = Course(
        experiment=chain(),
        start=2.3,
        losses=(2.3,) * 8,
        held_out=(held_out,) * 8 if held_out else (),
        top1=(),
        probes=(),
    )
    advice = stands_still(course)
    assert advice is not None and ("a larger network" in advice.try_) is is_advised


def test_deep_sigmoids_let_no_gradient_through(tmp_path):
    """The constant loss is a consequence; the usual advice against a plateau, a larger network, would make it worse."""
    found = advice_of(chain(*[LINEAR, ("Sigmoid", {})] * 8, epochs=10, optimizer=sgd(0.01)), tmp_path)
    assert "plateau" not in found
    assert found["vanishing gradients"].node == "linear0"
    assert "ReLU instead" in found["vanishing gradients"].advice


def test_a_first_step_far_too_long_kills_units(tmp_path):
    deep = chain(*[("Linear", {"out_features": 64}), ("ReLU", {})] * 8, epochs=10, optimizer=sgd(0.5))
    found = advice_of(deep, tmp_path)
    assert found["dead units"].node.startswith("relu") and "LeakyReLU" in found["dead units"].advice
    assert "plateau" not in found


def test_black_pictures_let_no_gradient_reach_the_first_layer(tmp_path):
    """A network with ReLU and BatchNorm is not advised either."""
    data = data_of(digits())
    black = Split(inputs=torch.zeros_like(data.train.inputs), targets=data.train.targets)
    data = dataclasses.replace(data, train=black, mean=(0.0,), std=(1.0,))
    found = advice_of(replace(digits(epochs=6, lr=0.001), data=replace(digits().data, augmentation=())), tmp_path, data)
    told = found["vanishing gradients"]
    assert told.node == "conv" and told.what == "No gradient reaches conv, so it does not learn."
    assert "Look at the pictures" in told.advice and "BatchNorm" not in told.advice


@pytest.mark.parametrize(
    ("experiment", "ways"),
    [
        (chain(("Sigmoid", {})), "ReLU instead of a saturating activation, skip connections, BatchNorm, or Kaiming"),
        (digits(), "skip connections or Kaiming initialisation."),
        (digits(initialiser=Component(type="Kaiming")), "skip connections."),
    ],
    ids=["sigmoid", "normalised", "initialised"],
)
def test_only_what_a_network_lacks_is_advised_against_vanishing_gradients(experiment, ways):
    layers = (LayerProbe(layer="conv", gradient=1e-9, weight=0.1), LayerProbe(layer="fc", gradient=1e-2, weight=0.1))
    probed = LayersProbed(at=0.0, epoch=2, learning_rate=0.1, layers=layers)
    course = Course(experiment=experiment, start=2.3, losses=(2.3, 2.3), held_out=(), top1=(), probes=(probed,))
    advice = vanishes(course)
    assert advice is not None and f"Try {ways}" in advice.try_


def test_dead_units_behind_a_norm_are_not_advised_to_have_one():
    def advised(experiment, layer):
        probed = LayersProbed(at=0.0, epoch=1, learning_rate=0.1, layers=(LayerProbe(layer=layer, dead=0.9),))
        course = Course(experiment=experiment, start=2.3, losses=(2.3,), held_out=(), top1=(), probes=(probed, probed))
        return dies(course).try_

    assert "or put BatchNorm before it." in advised(chain(LINEAR, ("ReLU", {})), "relu1")
    warmed = Component(type="Cosine", parameters={"warmup_epochs": 1.0})
    said = advised(with_training(digits(), schedule=warmed), "relu")
    assert said.endswith("Begin again at a lower learning rate or with a longer warm-up, or take LeakyReLU or GELU.")


def test_a_rate_beyond_what_the_loss_allows_lets_gradients_and_loss_grow(tmp_path):
    squared = (Head(output="output", loss=Component(type="MSE")),)
    found = advice_of(chain(epochs=3, optimizer=sgd(0.4), heads=squared), tmp_path)
    assert found["divergence"].advice.endswith("a warm-up, or clipping gradients (clip_norm).")
    assert found["exploding gradients"].node == "fc"
    assert "one step changes the weights of fc by" in found["exploding gradients"].what


@pytest.mark.parametrize(("losses", "is_told"), [((1.0, 0.9, 1.21), True), ((1.0, 0.9, 1.19), False), ((1.3,), False)])
def test_a_loss_above_that_of_the_first_epoch_diverges(losses, is_told):
    advice = diverges(Course(experiment=chain(), start=1.0, losses=losses, held_out=(), top1=(), probes=()))
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


@pytest.mark.parametrize(("unit", "is_told"), [(1, False), (1e-4, True)])
def test_a_head_of_large_numbers_is_told_of_and_nothing_is_said_to_vanish(unit, is_told, tmp_path):
    """The digits' class, and how dark they are, up to 1 or to ten thousand: MSE is near 10^7, cross-entropy near 2."""
    data = digits_with_columns()
    data.train.targets["ink"] /= 100 * unit
    data.val.targets["ink"] /= 100 * unit
    heads = (Head(output="digit"), Head(output="ink", target="ink", loss=Component(type="MSE"), weight=0.5))
    experiment = with_training(
        many_heads(epochs=4), heads=heads, optimizer=Component(type="Adam"), schedule=Component(type="Constant")
    )
    found = advice_of(experiment, tmp_path, data)
    assert ("unbalanced heads" in found) == is_told
    if is_told:
        told = found["unbalanced heads"]
        assert told.epoch == 1 and "The loss of ink outweighs that of digit" in told.what
        assert "larger unit" in told.advice and "smaller weight (" in told.advice
    assert "vanishing gradients" not in found and "plateau" not in found


def test_a_head_that_its_weight_makes_small_is_told_a_larger_one(tmp_path):
    heads = (Head(output="digit"), Head(output="ink", target="ink", loss=Component(type="MSE"), weight=1e-9))
    told = advice_of(with_training(many_heads(), heads=heads), tmp_path, digits_with_columns())["unbalanced heads"]
    assert "The loss of digit outweighs that of ink" in told.what
    assert told.advice.startswith("If ink predicts numbers, use a smaller unit") and "a larger weight (" in told.advice


@pytest.mark.parametrize(
    ("small", "large", "advised"),
    [
        (2.0, 1e7, "If new predicts numbers, use a larger unit (thousands or millions), so that they are near 1; or give it a "
         "smaller weight (1e-07)."),
        (1e-5, 1.2, "If old predicts numbers, use a smaller unit (thousandths or millionths), so that they are near 1; or "
         "give it a larger weight (6e+04)."),
        (1.1e-4, 1.0, None),
    ],
)  # fmt: skip
def test_the_head_whose_loss_is_the_odd_one_is_advised_to_change(small, large, advised):
    weighted = (Weighted(head="old", loss=small, weight=0.5), Weighted(head="new", loss=large, weight=0.5))
    course = Course(experiment=chain(), start=2.3, losses=(1.2,), held_out=(), top1=(), probes=(), weighted=weighted)
    advice = outweighs(course)
    assert advised == (advice and advice.try_)
    weights = StartWeights(file="/runs/lenet-1/checkpoints/best.safetensors")
    continued = replace(course, experiment=with_training(course.experiment, weights=weights))
    assert outweighs(continued) is None, "the small one may be learnt already"


def test_nothing_is_said_to_vanish_in_a_head_that_is_learnt_already():
    def told(small):
        layers = (LayerProbe(layer="old", gradient=1e-9, weight=1.0), LayerProbe(layer="new", gradient=1.0, weight=1.0))
        weighted = (Weighted(head="old", loss=small, weight=1.0), Weighted(head="new", loss=1.2, weight=1.0))
        probes = (LayersProbed(at=0.0, epoch=2, learning_rate=0.1, layers=layers),)
        losses = (1.2, 1.2)
        return vanishes(
            Course(experiment=chain(), start=1.2, losses=losses, held_out=(), top1=(), probes=probes, weighted=weighted)
        )

    assert told(2e-5) is None and told(1.0) is not None


def test_a_rate_far_too_small_stands_still(tmp_path):
    found = advice_of(chain(LINEAR, ("ReLU", {}), epochs=10, optimizer=sgd(1e-7)), tmp_path)
    assert found["plateau"].epoch == 8 and "(Cosine), a different learning rate" in found["plateau"].advice


@pytest.mark.parametrize(("schedule", "is_advised"), [("Constant", True), ("Cosine", False)])
def test_a_schedule_is_advised_where_there_is_none(schedule, is_advised):
    experiment = with_training(chain(), schedule=Component(type=schedule))
    advice = stands_still(Course(experiment=experiment, start=2.3, losses=(2.3,) * 8, held_out=(), top1=(), probes=()))
    assert advice is not None and ("a schedule" in advice.try_) is is_advised


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
    course = Course(experiment=chain(), start=2.3, losses=tuple(losses), held_out=(), top1=(), probes=())
    assert (stands_still(course) is not None) == is_told


def test_what_a_recipe_has_already_is_advised_as_more_of_it():
    def advised(experiment):
        losses, held_out = (1.5, 1.0, 0.9, 0.8, 0.7, 0.6), (1.6, 1.0, 1.2, 1.25, 1.3, 1.35)
        return overfits(
            Course(experiment=experiment, start=2.3, losses=losses, held_out=held_out, top1=(), probes=())
        ).try_

    bare = "augmentation, more pictures, dropout, weight decay, a smaller network, or early stopping (patience)."
    assert advised(chain(("Dropout", {"p": 0.0}))).endswith(f"Try {bare}")
    optimizer = Component(type="AdamW", parameters={"lr": 0.01, "weight_decay": 0.1})
    full = chain(("Dropout", {"p": 0.5}), optimizer=optimizer, patience=9)
    full = replace(full, data=replace(full.data, augmentation=(Component(type="Shift"),)))
    more = "stronger augmentation, more pictures, more dropout, more weight decay, or a smaller network."
    assert advised(full).endswith(f"Try {more}")


def test_a_loss_that_a_change_has_raised_does_not_stand_still():
    """Adding dropout or augmentation during a run is no plateau; a loss that stays constant afterwards is."""
    advisor, told = Advisor(chain()), []

    def epochs(*losses):
        for loss in losses:
            event = EpochFinished(at=0.0, epoch=1, step=100, metrics={"train/loss": loss}, seconds=1.0)
            told.extend(advice.kind for advice in advisor.hear(event))

    epochs(2.3, 1.2, 0.5)
    advisor.hear(RecipeChanged(at=0.0, step=300, path="data.augmentation", before=[], after=[{"type": "Rotation"}]))
    epochs(1.1, 1.0, 0.95, 0.9, 0.85, 0.8, 0.75)
    assert not told
    epochs(0.75, 0.76, 0.75, 0.75, 0.76, 0.75)
    assert told == ["plateau"]


def test_a_gradient_that_is_clipped_since_a_change_does_not_explode():
    probed = LayersProbed(
        at=0.0, epoch=1, learning_rate=1.0, layers=(LayerProbe(layer="fc", gradient=10.0, weight=1.0),)
    )
    ended = EpochFinished(at=0.0, epoch=1, step=100, metrics={"train/loss": 1.0}, seconds=1.0)
    clipped = RecipeChanged(at=0.0, step=50, path="training.clip_norm", before=None, after=1.0)
    unclipped = RecipeChanged(at=0.0, step=60, path="training.clip_norm", before=1.0, after=None)

    def kinds(*events):
        advisor = Advisor(chain(optimizer=sgd(1.0)))
        return [advice.kind for event in events for advice in advisor.hear(event)]

    assert kinds(probed, ended) == kinds(clipped, unclipped, probed, ended) == ["exploding gradients"]
    assert kinds(clipped, probed, ended) == []


def test_it_is_in_the_log_once_also_after_a_stop(tmp_path):
    experiment = chain(LINEAR, ("ReLU", {}), epochs=10, optimizer=sgd(1e-7))
    whole = start(experiment, tmp_path)
    assert whole.join(DEADLINE_S)
    given = [event for event in whole.log.since(0) if isinstance(event, AdviceGiven)]
    assert "plateau" in [advice.kind for advice in given]
    told = Advisor(experiment, whole.log.since(0))
    last = [event for event in whole.log.since(0) if isinstance(event, EpochFinished)][-1]
    assert told.hear(last) == ()


def course(losses=(2.3, 2.3), held_out=(), probes=()):
    """A run with these results, whose optimizer is SGD."""
    return Course(experiment=chain(), start=2.3, losses=losses, held_out=held_out, top1=(), probes=probes)


def probed(*layers, rate=0.1):
    return LayersProbed(at=0.0, epoch=1, learning_rate=rate, layers=layers)


@pytest.mark.parametrize(("before", "now", "is_told"), [(0.5, 0.5, True), (0.9, 0.49, False), (0.49, 0.9, False)])
def test_half_of_the_units_are_dead_in_two_looks_in_a_row(before, now, is_told):
    looks = tuple(probed(LayerProbe(layer="relu1", dead=share)) for share in (before, now))
    deep = chain(LINEAR, ("ReLU", {}))
    found = dies(Course(experiment=deep, start=2.3, losses=(2.3,), held_out=(), top1=(), probes=looks))
    assert (found is not None) == is_told


@pytest.mark.parametrize(("gradient", "is_told"), [(9.9, False), (10.1, True)])
def test_a_gradient_explodes_if_its_step_is_longer_than_the_weights(gradient, is_told):
    look = probed(LayerProbe(layer="fc", gradient=gradient, weight=1.0))
    assert (explodes(course(probes=(look,))) is not None) == is_told


@pytest.mark.parametrize(("gradient", "is_told"), [(2e-6, False), (0.5e-6, True)])
def test_a_gradient_vanishes_at_a_ten_thousandth_of_the_largest(gradient, is_told):
    layers = (LayerProbe(layer=name, gradient=size, weight=1.0) for name, size in (("a", gradient), ("b", 1e-2)))
    assert (vanishes(course(probes=(probed(*layers),))) is not None) == is_told


@pytest.mark.parametrize(("rate", "is_told"), [(0.06, True), (0.04, False)])
def test_a_loss_may_stand_still_once_the_rate_is_less_than_half(rate, is_told):
    looks = (probed(rate=0.1), probed(rate=rate))
    assert (stands_still(course((2.3,) * 8, probes=looks)) is not None) == is_told


@pytest.mark.parametrize(("loss", "is_told"), [(0.3, True), (0.2, False)])
def test_a_loss_may_stand_still_at_a_tenth_of_the_first(loss, is_told):
    assert (stands_still(course((2.3, *[loss] * 12))) is not None) == is_told


@pytest.mark.parametrize(
    ("losses", "held_out", "is_told"),
    [
        ((1.5, 1.0, 0.8, 0.7), (1.6, 1.0, 1.2, 1.25), False),
        ((1.5, 1.0, 0.8, 0.7, 0.6), (1.6, 1.0, 1.2, 1.25, 1.3), True),
        ((1.5, 1.0, 0.95, 0.95, 0.95), (1.6, 1.0, 1.2, 1.25, 1.3), False),
        ((1.5, 1.0, 1.001, 0.8, 0.6, 0.4, 0.2), (1.6, 1.0, 1.1, 1.3, 1.6, 2.0, 2.5), True),
        ((1.5, 1.0, 1.11, 0.8, 0.6, 0.4, 0.2), (1.6, 1.0, 1.1, 1.3, 1.6, 2.0, 2.5), False),
    ],
    ids=[
        "for two epochs",
        "for three",
        "while the training loss stays",
        "after the training loss wavered",
        "after it jumped",
    ],
)
def test_a_network_overfits_if_the_losses_part_for_three_epochs(losses, held_out, is_told):
    assert (overfits(course(losses, held_out)) is not None) == is_told


@pytest.mark.parametrize(("batch_size", "accumulate", "is_told"), [(15, 1, False), (16, 1, True), (8, 2, True)])
def test_the_first_loss_of_a_few_pictures_is_no_start(batch_size, accumulate, is_told):
    advisor = Advisor(chain(batch_size=batch_size, accumulate=accumulate))
    advisor.hear(StepFinished(at=0.0, step=1, loss=1.0, accuracy=None, learning_rate=0.1))
    ended = EpochFinished(at=0.0, epoch=1, step=9, metrics={"train/loss": 2.1}, seconds=1.0)
    assert [advice.kind for advice in advisor.hear(ended)] == (["divergence"] if is_told else [])


def sound(dice):
    """A random but sensible network, optimizer and schedule."""
    activation = dice.choice(["ReLU", "GELU", "Tanh", "LeakyReLU"])
    width = dice.choice([16, 32, 64])
    layers = [("Linear", {"out_features": width}), (activation, {})] * dice.choice([1, 2, 3])
    optimizer, rates = dice.choice(
        [("SGD", [0.02, 0.05, 0.1]), ("Adam", [1e-3, 3e-3]), ("AdamW", [1e-3, 3e-3]), ("RMSprop", [1e-3])]
    )
    experiment = chain(*layers) if dice.random() < 0.5 else digits()
    return with_training(
        replace(experiment, seed=dice.randrange(10**6)),
        epochs=dice.choice([4, 8, 12]),
        batch_size=dice.choice([32, 64, 128]),
        optimizer=Component(type=optimizer, parameters={"lr": dice.choice(rates)}),
        schedule=Component(type=dice.choice(["Constant", "Cosine"])),
    )


@pytest.mark.parametrize("number", range(2))
def test_nothing_is_said_of_a_sound_training(number, tmp_path):
    assert advice_of(sound(random.Random(number)), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", range(100))
def test_nothing_is_said_of_a_hundred_sound_trainings(number, tmp_path):
    assert advice_of(sound(random.Random(100 + number)), tmp_path) == {}
