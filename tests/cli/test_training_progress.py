"""The progress line made from a run's events."""

import pytest

from workbench.cli.following import doing
from workbench.cli.training_progress import TrainingProgress, loss_in_words, measure_of
from workbench.events import AnyEvent, DataPrepared, EpochFinished, RunPaused, RunResumed, RunStarted, StepFinished


def step(number: int, at: float) -> StepFinished:
    return StepFinished(at=at, step=number, loss=0.5, accuracy=0.9, learning_rate=0.1)


PREPARED = DataPrepared(
    at=0.5, num_train=1000, num_val=100, num_test=0, class_names=("a", "b"), picture_shape=(1, 8, 8), fingerprint=""
)


def started(first_step: int = 1, at: float = 1.0) -> RunStarted:
    return RunStarted(
        at=at, num_parameters=1, steps_per_epoch=10, epochs=4, first_step=first_step, device="CPU", environment={}
    )


def epoch(number: int, at: float) -> EpochFinished:
    metrics = {"train/loss": 0.25, "val/loss": 0.5, "val/top1": 0.875, "val/top5": 1.0}
    return EpochFinished(at=at, epoch=number, step=10 * number, metrics=metrics, seconds=2.0)


def test_nothing_is_said_before_the_first_step() -> None:
    progress = TrainingProgress(4)
    assert progress.feed([PREPARED, started()]) == [] and progress.line() == ""


def test_a_second_epoch_under_way() -> None:
    """Twelve steps of 100 pictures took 2.4 s: 500 pictures a second, and 5.6 s for the remaining 28 steps."""
    progress = TrainingProgress(4)
    first: list[AnyEvent] = [step(number, 1.0 + 0.2 * number) for number in range(1, 11)]
    lines = progress.feed([PREPARED, started(), *first, epoch(1, 3.0), step(11, 3.2), step(12, 3.4)])
    assert lines == ["epoch 1/4  train loss 0.2500  val loss 0.5000  val accuracy 87.5%  2.0 s"]
    assert progress.line() == "epoch 2/4  step 2/10  6 s left  loss 0.5000  val accuracy 87.5%  500 pictures/s"
    assert progress.epochs_done == 1


def test_after_a_resume_the_time_left_is_judged_by_the_new_steps() -> None:
    progress = TrainingProgress(4)
    progress.feed(
        [PREPARED, started(), step(1, 100.0), started(first_step=31, at=100.0), step(31, 101.0), step(32, 102.0)]
    )
    assert progress.line() == "epoch 4/4  step 2/10  8 s left  loss 0.5000  100 pictures/s"


def test_a_pause_and_a_night_asleep_do_not_count_as_the_speed() -> None:
    """Steps of 0.2 s; the process was suspended for a while, then the run was paused for an hour."""
    progress = TrainingProgress(4)
    progress.feed([PREPARED, started(), *(step(number, 1.0 + 0.2 * number) for number in range(1, 11)), epoch(1, 3.0)])
    progress.feed([step(11, 3.2), step(12, 9_003.4), step(13, 9_003.6), RunPaused(at=9_003.6, step=13)])
    progress.feed([RunResumed(at=12_603.6, step=13), step(14, 12_603.8)])
    assert "  7 s left  " in progress.line() and "  367 pictures/s" in progress.line(), progress.line()


def test_where_it_goes_on_is_said_in_a_line() -> None:
    progress = TrainingProgress(4)
    progress.feed([PREPARED, started(), step(10, 2.0), epoch(1, 3.0)])
    assert progress.goes_on() == "continues after epoch 1/4  val accuracy 87.5%"
    progress.feed([step(13, 4.0)])
    assert progress.goes_on() == "continues in epoch 2/4, after step 3/10  val accuracy 87.5%"
    progress.feed([started(first_step=14, at=4.0)])
    assert progress.goes_on() == "continues in epoch 2/4, after step 3/10  val accuracy 87.5%"


def test_the_first_measure_of_each_head() -> None:
    metrics = {"val/loss": 1.0, "val/age/mae": 3.25, "val/age/cs5": 0.5, "val/kind/top1": 0.7}
    assert measure_of(metrics) == "val MAE of age 3.25, accuracy of kind 70.0%"
    assert measure_of({"val/loss": 1.0, "val/psnr": 24.317, "val/ssim": 0.7}) == "val PSNR 24.32 dB"
    assert measure_of({"test/age/cs5": 0.25}, "test") == "test within 5 of age 25.0% (last weights)"
    assert measure_of({"train/top1": 0.5}) == ""


def test_an_epochs_line_has_the_loss_of_each_of_several_heads() -> None:
    metrics = {"train/loss": 1.0, "train/age/loss": 0.5, "train/kind/loss": 5.0, "val/loss": 2.0, "val/kind/loss": 6.0}
    (line,) = TrainingProgress(4).feed(
        [PREPARED, started(), EpochFinished(at=3.0, epoch=1, step=10, metrics=metrics, seconds=2.0)]
    )
    assert line == "epoch 1/4  train loss 1.0000 (age 0.5000, kind 5.0000)  val loss 2.0000 (kind 6.0000)  2.0 s"


@pytest.mark.parametrize(
    ("loss", "words"), [(4.09e33, "4.09e+33"), (12_345.678, "12345.6780"), (2.5e-5, "2.50e-05"), (0.0, "0.0000")]
)
def test_a_loss_that_ran_away_or_is_nearly_nothing_is_said_by_its_size(loss: float, words: str) -> None:
    (line,) = TrainingProgress(4).feed(
        [PREPARED, started(), EpochFinished(at=3.0, epoch=1, step=10, metrics={"train/loss": loss}, seconds=2.0)]
    )
    assert line == f"epoch 1/4  train loss {words}  2.0 s"


def test_a_preparation_that_ends_while_it_is_told_is_told() -> None:
    class Ending:
        told = iter([("Decoding pictures", 1, 2), None])
        preparation = property(lambda self: next(self.told))

    assert doing(Ending(), TrainingProgress(1)) == "Decoding pictures 1/2"


@pytest.mark.parametrize(
    ("loss", "words"),
    [(0.49131, "0.4913"), (0.0, "0.0000"), (4e-5, "4.00e-05"), (392_123.0, "392,000"), (4.09e33, "4.09e+33")],
)
def test_a_large_loss_is_written_out_and_a_diverged_one_is_not(loss: float, words: str) -> None:
    assert loss_in_words(loss) == words
