"""The advisor within a run: what it hears, what it says once, and that it is silent on sound training."""

import random

import pytest

from tests.session.waiting import DEADLINE_S
from tests.training.advised import advice_of, probed
from tests.training.experiments import LINEAR, chain, digits, sgd, with_training
from workbench.events import (
    AdviceGiven,
    DataPrepared,
    EpochFinished,
    LayerProbe,
    RecipeChanged,
    StepFinished,
)
from workbench.session.running.in_thread import start
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training.advice.advisor import Advisor


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


@pytest.mark.parametrize(("batch_size", "accumulate", "is_told"), [(15, 1, False), (16, 1, True), (8, 2, True)])
def test_the_first_loss_of_a_few_pictures_is_no_start(batch_size, accumulate, is_told):
    advisor = Advisor(chain(batch_size=batch_size, accumulate=accumulate))
    advisor.hear(StepFinished(at=0.0, step=1, loss=1.0, accuracy=None, learning_rate=0.1))
    ended = EpochFinished(at=0.0, epoch=1, step=9, metrics={"train/loss": 2.1}, seconds=1.0)
    assert [advice.kind for advice in advisor.hear(ended)] == (["divergence"] if is_told else [])


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
    look = probed(LayerProbe(layer="fc", gradient=10.0, weight=1.0), rate=1.0)
    ended = EpochFinished(at=0.0, epoch=1, step=100, metrics={"train/loss": 1.0}, seconds=1.0)
    clipped = RecipeChanged(at=0.0, step=50, path="training.clip_norm", before=None, after=1.0)
    unclipped = RecipeChanged(at=0.0, step=60, path="training.clip_norm", before=1.0, after=None)

    def kinds(*events):
        advisor = Advisor(chain(optimizer=sgd(1.0)))
        return [advice.kind for event in events for advice in advisor.hear(event)]

    assert kinds(look, ended) == kinds(clipped, unclipped, look, ended) == ["exploding gradients"]
    assert kinds(clipped, look, ended) == []


def test_it_is_in_the_log_once_also_after_a_stop(tmp_path):
    experiment = chain(LINEAR, ("ReLU", {}), epochs=10, optimizer=sgd(1e-7))
    whole = start(experiment, tmp_path)
    assert whole.join(DEADLINE_S)
    given = [event for event in whole.log.since(0) if isinstance(event, AdviceGiven)]
    assert "plateau" in [advice.kind for advice in given]
    told = Advisor(experiment, whole.log.since(0))
    last = [event for event in whole.log.since(0) if isinstance(event, EpochFinished)][-1]
    assert told.hear(last) == ()


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
@pytest.mark.parametrize("number", range(100))
def test_nothing_is_said_of_a_hundred_sound_trainings(number, tmp_path):
    assert advice_of(sound(random.Random(100 + number)), tmp_path) == {}
