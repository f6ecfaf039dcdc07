"""Time left and speed, for runs with known times."""

import pytest

from workbench.events import EpochFinished, RunPaused, RunResumed, RunStarted, StepFinished
from workbench.session.running.pace import Pace


def started(at: float = 0.0) -> RunStarted:
    return RunStarted(
        at=at, num_parameters=1, steps_per_epoch=100, epochs=10, first_step=1, device="cpu", environment={}
    )


def step(number: int, at: float) -> StepFinished:
    return StepFinished(at=at, step=number, loss=1.0, accuracy=0.5, learning_rate=0.1)


def test_a_steady_run_is_told_exactly_its_epoch_ends_included() -> None:
    pace, at = Pace(), 0.0
    pace.feed(started())
    for epoch in range(3):
        for number in range(100):
            at += 0.1
            pace.feed(step(100 * epoch + number + 1, at))
        at += 2.0
        pace.feed(EpochFinished(at=at, epoch=epoch + 1, step=100 * (epoch + 1), metrics={}, seconds=12.0))
    assert pace.seconds_per_step == pytest.approx(0.1)
    assert pace.seconds_left(700, 7) == pytest.approx(700 * 0.1 + 7 * 2.0)


def test_a_pause_is_no_step() -> None:
    pace = Pace()
    pace.feed(started())
    pace.feed(step(1, 1.0))
    pace.feed(step(2, 2.0))
    pace.feed(RunPaused(at=2.0, step=2))
    pace.feed(RunResumed(at=1000.0, step=2))
    pace.feed(step(3, 1001.0))
    pace.feed(step(4, 1002.0))
    assert pace.seconds_per_step == pytest.approx(1.0)


def test_what_was_measured_before_a_run_resumed_counts_no_longer() -> None:
    pace = Pace()
    for begun_at, seconds in ((0.0, 1.0), (100.0, 0.1)):
        pace.feed(started(begun_at))
        for number in range(4):
            pace.feed(step(number + 1, begun_at + seconds * number))
        if begun_at == 0.0:
            pace.feed(EpochFinished(at=4.0, epoch=1, step=4, metrics={}, seconds=4.0))
            pace.feed(step(5, 50.0))
    assert pace.seconds_left(10, 1) == pytest.approx(10 * 0.1)


def test_one_hour_of_suspend_moves_the_estimate_by_five_steps_and_no_more() -> None:
    pace = Pace()
    for number in range(100):
        pace.feed(step(number, number * 0.1 + (3600 if number >= 50 else 0)))
    assert pace.seconds_left(100, 0) == pytest.approx(100 * 0.1 * (98 + 5) / 99, rel=1e-3)


def test_nothing_is_said_before_it_is_known() -> None:
    pace = Pace()
    pace.feed(started())
    pace.feed(step(1, 1.0))
    assert pace.seconds_per_step is None and pace.seconds_left(10, 1) is None
