"""Edits made since a run started, and how they are offered to it."""

import pytest

from tests.training.experiments import digits, with_training
from workbench.events import RecipeChanged, RunFinished, RunStarted, StepFinished
from workbench.gui.steering.presenter import SteeringPresenter
from workbench.spec.change import with_setting
from workbench.spec.component import Component

LR, EPOCHS = "training.optimizer.lr", "training.epochs"


def test_nothing_is_offered_without_a_run_or_an_edit():
    presenter = SteeringPresenter()
    presenter.compare(None, digits())
    assert presenter.words == "" and not presenter.is_asked
    presenter.compare(digits(), digits())
    assert presenter.words == ""
    presenter.compare(digits(), with_training(digits(), batch_size=7))
    assert presenter.words == ""


def test_an_edit_is_offered_asked_for_and_taken():
    presenter, run = SteeringPresenter(), digits()
    edited = with_setting(with_setting(run, LR, 0.01), EPOCHS, 5)
    presenter.compare(run, edited)
    assert presenter.words == "Not in the run yet: epochs 2 → 5, learning rate 0.05 → 0.01"
    assert presenter.take() == {LR: 0.01, EPOCHS: 5}
    assert presenter.is_asked and presenter.take() == {}
    assert presenter.words.startswith("Applied with the next step: ")
    presenter.compare(with_setting(run, LR, 0.01), edited)  # the run has applied one of the two
    assert presenter.is_asked and presenter.words == "Applied with the next step: epochs 2 → 5"
    presenter.compare(edited, edited)
    assert presenter.words == ""


def test_an_edit_of_what_was_asked_for_is_offered_anew():
    presenter, run = SteeringPresenter(), digits()
    presenter.compare(run, with_setting(run, LR, 0.01))
    presenter.take()
    presenter.compare(run, with_setting(run, LR, 0.02))
    assert not presenter.is_asked and presenter.take() == {LR: 0.02}


def test_what_was_asked_for_and_then_undone_is_offered_back_while_the_run_waits():
    """A paused run makes changes with its next step: an edit undone until then would still be made, unsaid."""
    presenter, run = SteeringPresenter(), digits()
    presenter.compare(run, with_setting(run, LR, 0.01))
    presenter.take()
    presenter.compare(run, run)
    assert presenter.words == "Not in the run yet: learning rate 0.01 → 0.05" and not presenter.is_asked
    assert presenter.take() == {LR: 0.05}
    assert presenter.words == "", "the run has what it will have"


def test_what_was_undone_is_offered_too_once_the_run_has_made_it():
    presenter, run = SteeringPresenter(), digits()
    presenter.compare(run, with_setting(run, LR, 0.01))
    presenter.take()
    presenter.compare(run, run)
    presenter.compare(with_setting(run, LR, 0.01), run)
    assert presenter.words == "Not in the run yet: learning rate 0.01 → 0.05"
    assert presenter.take() == {LR: 0.05} and presenter.is_asked


def test_a_declined_offer_comes_again_with_the_next_edit_and_the_next_run():
    presenter, run = SteeringPresenter(), digits()
    presenter.compare(run, with_setting(run, LR, 0.01))
    presenter.decline()
    assert presenter.words == ""
    presenter.compare(run, with_setting(run, LR, 0.02))
    assert presenter.words.endswith("learning rate 0.05 → 0.02")
    presenter.compare(run, with_setting(run, LR, 0.01))
    assert presenter.words == "", "what was declined is not offered a second time"
    presenter.compare(None, run)
    presenter.compare(run, with_setting(run, LR, 0.01))
    assert presenter.words


BEGUN = RunStarted(at=0, num_parameters=1, steps_per_epoch=21, epochs=2, first_step=1, device="cpu", environment={})


def at_rate(schedule: str, rate: float) -> SteeringPresenter:
    """Follows a run whose rate is set to 0.05 and, after its first epoch, scheduled to this; the document is equal."""
    presenter, run = SteeringPresenter(), with_training(digits(), schedule=Component(type=schedule))
    presenter.begin()
    presenter.feed([BEGUN, StepFinished(at=1, step=21, loss=1.0, accuracy=None, learning_rate=rate)])
    presenter.compare(run, run)
    return presenter


def test_a_rate_that_plateau_has_reduced_is_offered_once_it_is_typed_again():
    presenter = at_rate("Plateau", 0.005)
    assert presenter.words == ""
    presenter.confirm_rate()
    assert presenter.words == "Not in the run yet: learning rate 0.05 → 0.05 (with Plateau: 0.005 → 0.05)"
    presenter.decline()
    assert presenter.words == ""
    presenter.confirm_rate()
    assert presenter.take() == {LR: 0.05} and presenter.words.startswith("Applied with the next step")
    presenter.feed([RecipeChanged(at=2, step=21, path=LR, before=0.05, after=0.05)])
    assert presenter.words == "" and not presenter.is_asked
    presenter.feed([StepFinished(at=3, step=42, loss=1.0, accuracy=None, learning_rate=0.005)])
    presenter.confirm_rate()
    assert presenter.take() == {LR: 0.05}, "reduced once more, it can be set once more"


@pytest.mark.parametrize(("schedule", "rate"), [("Plateau", 0.05), ("Cosine", 0.0252)])
def test_a_rate_typed_again_is_not_offered_where_it_would_change_nothing(schedule, rate):
    presenter = at_rate(schedule, rate)
    presenter.confirm_rate()
    assert presenter.words == ""


def test_another_rate_replaces_the_one_typed_again():
    presenter = at_rate("Plateau", 0.005)
    presenter.confirm_rate()
    run = with_training(digits(), schedule=Component(type="Plateau"))
    edited = with_setting(run, LR, 0.01)
    presenter.compare(run, edited)
    assert presenter.take() == {LR: 0.01}
    presenter.compare(edited, edited)
    assert presenter.words == ""


def test_fewer_epochs_than_have_begun_are_offered_as_those_that_the_run_can_make():
    presenter, run = SteeringPresenter(), digits(epochs=5)
    begun = RunStarted(at=0, num_parameters=1, steps_per_epoch=10, epochs=5, first_step=1, device="cpu", environment={})
    presenter.begin()
    presenter.feed([begun, StepFinished(at=1, step=21, loss=1.0, accuracy=None, learning_rate=0.1)])
    edited = with_setting(run, EPOCHS, 1)
    presenter.compare(run, edited)
    assert presenter.words == "Not in the run yet: epochs 5 → 3 (not 1: epoch 3 has begun)"
    assert presenter.take() == {EPOCHS: 1}
    presenter.compare(with_setting(run, EPOCHS, 3), edited)
    assert presenter.words == "" and not presenter.is_asked, "the run has as few as it can have"


@pytest.mark.parametrize("early", [True, False])
def test_a_run_that_ended_early_can_be_resumed_with_more_patience(early):
    presenter, run = SteeringPresenter(), with_training(digits(), patience=2)
    presenter.begin()
    presenter.feed([RunFinished(at=1, epochs=1, metrics={}, early=early)])
    for patience, is_more in ((5, True), (None, True), (1, False)):
        presenter.compare(run, with_training(run, patience=patience), has_finished=True)
        assert bool(presenter.words) == (early and is_more)


@pytest.mark.parametrize(
    ("schedule", "now", "said"),
    [
        (Component(type="Constant"), 0.05, ""),
        (Component(type="Cosine"), 0.0252, " (with Cosine: 0.0252 → 0.005)"),
        (Component(type="Plateau"), 0.005, " (with Plateau: 0.005 → 0.01)"),
    ],
    ids=["constant", "cosine", "plateau"],
)
def test_a_rate_that_is_scaled_is_offered_with_what_it_becomes(schedule, now, said):
    """Half of the run is over: Cosine is at half of the rate, and Plateau has reduced it once."""
    presenter, run = SteeringPresenter(), with_training(digits(epochs=2), schedule=schedule)
    begun = RunStarted(at=0, num_parameters=1, steps_per_epoch=21, epochs=2, first_step=1, device="cpu", environment={})
    presenter.begin()
    presenter.feed([begun, StepFinished(at=1, step=21, loss=1.0, accuracy=None, learning_rate=now)])
    presenter.compare(run, with_setting(run, LR, 0.01))
    assert presenter.words == f"Not in the run yet: learning rate 0.05 → 0.01{said}"
    presenter.begin()
    assert presenter.words == "Not in the run yet: learning rate 0.05 → 0.01", "another run has made no step yet"
