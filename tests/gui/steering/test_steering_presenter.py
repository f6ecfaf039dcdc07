"""What a run is offered of what was edited since it began."""

from tests.training.experiments import digits, with_training
from workbench.gui.steering.presenter import SteeringPresenter
from workbench.spec.change import with_setting

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
    presenter.compare(with_setting(run, LR, 0.01), edited)  # it came to one of the two
    assert presenter.is_asked and presenter.words == "Applied with the next step: epochs 2 → 5"
    presenter.compare(edited, edited)
    assert presenter.words == ""


def test_an_edit_of_what_was_asked_for_is_offered_anew():
    presenter, run = SteeringPresenter(), digits()
    presenter.compare(run, with_setting(run, LR, 0.01))
    presenter.take()
    presenter.compare(run, with_setting(run, LR, 0.02))
    assert not presenter.is_asked and presenter.take() == {LR: 0.02}


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
