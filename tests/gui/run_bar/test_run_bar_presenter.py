"""The states of the run bar, walked through by the events of runs."""

import pytest

from workbench.events import EpochFinished, RunFailed, RunFinished, RunPaused, RunResumed, RunStarted, RunStopped, StepFinished
from workbench.gui.run_bar.presenter import Command, RunBarPresenter, State
from workbench.spec.problems import Problem

STARTED = RunStarted(at=0.0, num_parameters=61_706, steps_per_epoch=10, epochs=2, first_step=1, device="cpu", environment={})


def step(number: int) -> StepFinished:
    return StepFinished(at=0.1 * number, step=number, loss=1.0, accuracy=0.5, learning_rate=0.1)


@pytest.fixture
def presenter() -> RunBarPresenter:
    return RunBarPresenter()


def commands(presenter: RunBarPresenter) -> list[tuple[Command, bool]]:
    return [(button.command, button.enabled) for button in presenter.appearance().buttons]


def test_idle_offers_run_alone(presenter: RunBarPresenter) -> None:
    assert commands(presenter) == [(Command.RUN, True)]
    assert presenter.appearance().what == "Ready to run"


def test_a_problem_forbids_run_and_says_which(presenter: RunBarPresenter) -> None:
    presenter.problems = (Problem(node="conv1", what="it has no input", mend="connect one"),)
    appearance = presenter.appearance()
    assert commands(presenter) == [(Command.RUN, False)]
    assert "conv1: it has no input: connect one" in appearance.buttons[0].tip
    assert appearance.what == "conv1: it has no input: connect one"


def test_a_warning_forbids_nothing(presenter: RunBarPresenter) -> None:
    presenter.problems = (Problem(node="fc", what="most parameters are here", severity="warning"),)
    assert commands(presenter) == [(Command.RUN, True)]


def test_preparation_is_shown_with_how_far_it_is(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    assert presenter.appearance().share is None
    presenter.preparation = ("Reading pictures", 500, 2000)
    assert presenter.appearance().what == "Reading pictures · 500 of 2,000"
    assert presenter.appearance().share == 0.25
    assert commands(presenter) == [(Command.PAUSE, False), (Command.STOP, True)]


def test_running_pausing_and_going_on(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((STARTED, *map(step, range(1, 6))))
    appearance = presenter.appearance()
    assert (presenter.state, appearance.what, appearance.share) == (State.RUNNING, "Epoch 1 of 2", 0.25)
    assert appearance.detail == "step 5 of 20 · 320 pictures/s · 2 s left · cpu"
    presenter.feed((RunPaused(at=0.6, step=5),))
    assert commands(presenter) == [(Command.CONTINUE, True), (Command.STOP, True)]
    assert presenter.appearance().what == "Paused · Epoch 1 of 2"
    presenter.feed((RunResumed(at=9.0, step=5),))
    assert presenter.state is State.RUNNING


def test_stopping_outlasts_late_events_and_a_stopped_run_can_go_on(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.stopping()
    presenter.feed((STARTED, step(1)))
    assert presenter.state is State.STOPPING
    assert not any(enabled for _, enabled in commands(presenter))
    presenter.feed((RunStopped(at=0.3, step=1),))
    presenter.resumable = True
    assert commands(presenter) == [(Command.RUN, True), (Command.RESUME, True)]
    assert presenter.appearance().what == "Stopped at step 1"


def test_a_resumed_run_begins_where_it_stopped(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    resumed = RunStarted(at=0.0, num_parameters=1, steps_per_epoch=10, epochs=2, first_step=13, device="cpu", environment={})
    presenter.feed((resumed,))
    assert presenter.appearance().what == "Epoch 2 of 2"
    assert presenter.appearance().share == pytest.approx(0.6)


def test_a_failure_is_a_sentence_and_advice(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((STARTED, RunFailed(at=1.0, what="the loss became infinite at step 7", advice="lower the learning rate", step=7)))
    appearance = presenter.appearance()
    assert (appearance.what, appearance.detail) == ("Failed: the loss became infinite at step 7", "lower the learning rate")
    assert commands(presenter) == [(Command.RUN, True)]


def test_a_finished_run_says_how_good_it_is(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    metrics = {"val_accuracy": 0.875}
    presenter.feed((STARTED, *map(step, range(1, 21)), EpochFinished(at=3.0, epoch=2, step=20, metrics=metrics, seconds=1.0)))
    presenter.feed((RunFinished(at=3.1, epochs=2, metrics=metrics),))
    appearance = presenter.appearance()
    assert (appearance.what, appearance.detail, appearance.share) == ("Finished 2 epochs", "validation accuracy 87.5 % · cpu", 1.0)
    assert not appearance.live
