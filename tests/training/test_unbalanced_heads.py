"""Advice on heads, one of whose losses outweighs the other."""

import pytest

from tests.training.advised import advice_of, course
from tests.training.columns import digits_with_columns, many_heads
from tests.training.experiments import with_training
from workbench.spec.component import Component
from workbench.spec.experiment import Head, StartWeights
from workbench.spec.record import replace
from workbench.training.advice.advisor import outweighs
from workbench.training.advice.course import Weighted


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
    results = course(losses=(1.2,), weighted=weighted)
    advice = outweighs(results)
    assert advised == (advice and advice.try_)
    weights = StartWeights(file="/runs/lenet-1/checkpoints/best.safetensors")
    continued = replace(results, experiment=with_training(results.experiment, weights=weights))
    assert outweighs(continued) is None, "the small one may be learnt already"
