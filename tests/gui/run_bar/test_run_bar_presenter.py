"""The states of the run bar, driven by the events of runs."""

import pytest

from tests.gui.run_bar.told import STARTED, step
from workbench.events import (
    AdviceGiven,
    CheckpointSaved,
    EpochFinished,
    FinalTest,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)
from workbench.gui.run_bar.presenter import Command, RunBarPresenter
from workbench.spec.experiment import Speed
from workbench.spec.problems import Problem
from workbench.spec.record import replace
from workbench.training.advice.course import NOTHING_LEARNT


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
    presenter.observe("preparing", ("Reading pictures", 500, 2000))
    assert presenter.appearance().what == "Reading pictures · 500 of 2,000"
    assert presenter.appearance().share == 0.25
    assert commands(presenter) == [(Command.PAUSE, False), (Command.STOP, True), (Command.STEP, False)]
    presenter.observe("preparing", ("Reading the table", 0, 1))
    assert presenter.appearance().what == "Reading the table…" and presenter.appearance().share is None
    presenter.observe("preparing", ("Downloading MNIST: 3 MB of 12 MB", 3_000_000, 12_000_000))
    assert presenter.appearance().what == "Downloading MNIST: 3 MB of 12 MB…" and presenter.appearance().share == 0.25


def test_compiling_is_told_until_the_first_step(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.observe("running", None)
    for compiled, words in (("on", "Epoch 1 of 2 · compiling…"), ("off", "Epoch 1 of 2")):
        presenter.feed((replace(STARTED, speed=Speed(compile=compiled)),))
        assert presenter.appearance().what == words
    presenter.feed((replace(STARTED, speed=Speed(compile="on")), step(1)))
    assert presenter.appearance().what == "Epoch 1 of 2"


def test_a_long_evaluation_is_told_after_an_epoch_and_at_the_end() -> None:
    now_s = 0.0
    presenter = RunBarPresenter(lambda: now_s)
    presenter.begin(32)
    presenter.feed((STARTED, *map(step, range(1, 11))))
    presenter.observe("running", None)
    assert presenter.appearance().what == "Epoch 2 of 2", "a short one would flicker"
    now_s = 1.5
    assert presenter.appearance().what == "Epoch 1 of 2 · evaluating…"
    presenter.feed((EpochFinished(at=2.0, epoch=1, step=10, metrics={}, seconds=2.0),))
    assert presenter.appearance().what == "Epoch 2 of 2", "its first step takes long as well"
    presenter.feed(map(step, range(11, 21)))
    assert " left" not in presenter.appearance().detail
    now_s = 3.0
    assert presenter.appearance().what == "Epoch 2 of 2 · evaluating…"
    presenter.feed((EpochFinished(at=4.0, epoch=2, step=20, metrics={}, seconds=2.0),))
    assert presenter.appearance().what == "Epoch 2 of 2 · evaluating…", "now on the test pictures"


def test_running_pausing_and_going_on(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((STARTED, *map(step, range(1, 6))))
    presenter.observe("running", None)
    appearance = presenter.appearance()
    assert (appearance.what, appearance.share) == ("Epoch 1 of 2", 0.25)
    assert appearance.detail == "step 5 of 20 · 320 pictures/s · 2 s left · cpu"
    presenter.feed((replace(STARTED, speed=Speed(precision="bf16")),))
    assert presenter.appearance().detail.endswith("cpu, bf16")
    presenter.observe("paused", None)
    assert commands(presenter) == [(Command.CONTINUE, True), (Command.STOP, True), (Command.STEP, True)]
    assert presenter.appearance().what == "Pausing… · Epoch 1 of 2", "the step that was begun may take long"
    presenter.feed((step(6), RunPaused(at=0.6, step=6)))
    assert presenter.appearance().what == "Paused · Epoch 1 of 2"
    presenter.feed((RunResumed(at=0.7, step=6),))
    presenter.observe("paused", None)
    assert presenter.appearance().what == "One step… · Epoch 1 of 2"
    presenter.feed((step(7), RunPaused(at=0.8, step=7)))
    presenter.observe("paused", None)
    assert presenter.appearance().what == "Paused · Epoch 1 of 2"
    presenter.feed((RunResumed(at=0.9, step=7),))
    presenter.observe("running", None)
    assert commands(presenter) == [(Command.PAUSE, True), (Command.STOP, True), (Command.STEP, False)]


def test_a_run_that_was_stopped_while_its_data_was_prepared_says_so(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((RunStopped(at=0.3, step=0),))
    presenter.observe("stopped", None)
    assert presenter.appearance().what == "Stopped before the first step"


def test_while_stopping_nothing_can_be_pressed_and_a_stopped_run_can_go_on(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((STARTED, step(1)))
    presenter.observe("stopping", None)
    assert presenter.live and not any(enabled for _, enabled in commands(presenter))
    saved = CheckpointSaved(at=0.2, file="checkpoints/last.safetensors", step=1, sha256="", best=False)
    presenter.feed((saved, RunStopped(at=0.3, step=1)))
    presenter.observe("stopped", None)
    assert commands(presenter) == [(Command.RUN, True), (Command.RESUME, True)]
    assert presenter.appearance().what == "Stopped at step 1"
    assert presenter.checkpoint_words == "last weights, step 1"
    presenter.feed((CheckpointSaved(at=0.2, file="checkpoints/best.safetensors", step=1, sha256="", best=True),))
    presenter.feed((CheckpointSaved(at=0.3, file="checkpoints/last.safetensors", step=9, sha256="", best=False),))
    assert presenter.checkpoint_words == "best weights, step 1", "which an export takes"


def test_a_run_stopped_before_its_first_checkpoint_can_start_again(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((RunStopped(at=0.3, step=0),))
    presenter.observe("stopped", None)
    assert commands(presenter) == [(Command.RUN, True), (Command.RESUME, True)]
    assert presenter.appearance().buttons[1].tip.startswith("Start this run again in its own folder")


def test_a_resumed_run_begins_where_it_stopped(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((STARTED, *map(step, range(1, 13))))
    presenter.observe("preparing", None)
    assert presenter.appearance().what == "Preparing…"
    resumed = RunStarted(
        at=0.0, num_parameters=1, steps_per_epoch=10, epochs=2, first_step=13, device="cpu", environment={}
    )
    presenter.feed((resumed,))
    presenter.observe("running", None)
    assert presenter.appearance().what == "Epoch 2 of 2"
    assert presenter.appearance().share == pytest.approx(0.6)


def test_a_failure_is_a_sentence_and_advice(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed(
        (STARTED, RunFailed(at=1.0, what="The loss became inf in step 7.", advice="Try a tenth of the rate.", step=6))
    )
    presenter.observe("failed", None)
    appearance = presenter.appearance()
    assert (appearance.what, appearance.detail) == ("Failed after step 6", ""), "a message says why, and once is enough"
    assert appearance.failed
    assert presenter.failure_words == "The loss became inf in step 7. Try a tenth of the rate."
    assert commands(presenter) == [(Command.RUN, True)]


def test_a_run_that_could_not_begin_says_so(presenter: RunBarPresenter) -> None:
    presenter.refuse("the runs folder cannot be written")
    assert presenter.appearance().what == "Not started"
    assert presenter.failure_words == "The runs folder cannot be written."


def test_a_run_of_another_document_is_named_until_the_next_one_begins(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    presenter.feed((STARTED, step(1)))
    presenter.observe("running", None)
    presenter.run_name = "lenet-3"
    assert presenter.appearance().what == "lenet-3 · Epoch 1 of 2"
    presenter.run_name = "2026-11-29-lenet-with-dropout-after-both-hidden-layers-12"
    assert presenter.appearance().what == "2026-11-29-lenet-with-dropou…n-layers-12 · Epoch 1 of 2"
    presenter.begin(32)
    assert presenter.appearance().what == "Preparing…"
    presenter.clear()
    assert presenter.appearance().what == "Ready to run" and not presenter.failure_words


def test_a_finished_run_says_how_good_it_is(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    metrics = {"val/loss": 0.4, "val/top1": 0.875}
    presenter.feed(
        (STARTED, *map(step, range(1, 21)), EpochFinished(at=3.0, epoch=2, step=20, metrics=metrics, seconds=1.0))
    )
    presenter.feed((RunFinished(at=3.1, epochs=2, metrics=metrics),))
    presenter.observe("finished", None)
    appearance = presenter.appearance()
    assert (appearance.what, appearance.detail, appearance.share) == (
        "Finished 2 epochs",
        "validation accuracy 87.5 % · cpu",
        1.0,
    )
    assert not appearance.live
    presenter.problems = (Problem(node="conv1", what="it has no input", mend="connect one"),)
    broken = presenter.appearance()
    assert broken.what == presenter.problems[0].sentence()
    assert broken.detail == "Finished 2 epochs · validation accuracy 87.5 % · cpu"
    presenter.problems = ()
    presenter.feed((FinalTest(at=3.2, metrics={"test/loss": 0.5, "test/top1": 0.8}),))
    assert presenter.appearance().detail == "test accuracy 80.0 % (last weights) · cpu"


def test_a_finished_run_that_learnt_nothing_says_so_until_it_trains_on(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    epoch = EpochFinished(at=3.0, epoch=2, step=20, metrics={"val/top1": 0.1}, seconds=1.0)
    advice = AdviceGiven(at=3.0, epoch=2, kind=NOTHING_LEARNT, what="Nothing was learnt.", advice="Try more.")
    presenter.feed((STARTED, *map(step, range(1, 21)), epoch, advice, RunFinished(at=3.1, epochs=2, metrics={})))
    presenter.observe("finished", None)
    assert presenter.appearance().what == "Finished 2 epochs, nothing learnt"
    presenter.feed((replace(epoch, epoch=3),))
    assert presenter.appearance().what == "Finished 3 epochs"


def test_a_run_that_ended_early_says_so(presenter: RunBarPresenter) -> None:
    presenter.begin(32)
    metrics = {"val/loss": 0.5}
    presenter.feed((STARTED, EpochFinished(at=1.0, epoch=1, step=10, metrics=metrics, seconds=1.0)))
    presenter.feed((RunFinished(at=1.1, epochs=1, metrics=metrics, early=True),))
    presenter.observe("finished", None)
    assert presenter.appearance().what == "Ended early, after 1 of 2 epochs"
