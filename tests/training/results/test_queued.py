"""What distinguishes the runs of a queue, in words."""

from workbench.runs.queue import Queued
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training.results.queued import settings_of


def test_a_run_that_is_in_the_queue_twice_says_so() -> None:
    lenet = read_experiment("lenet")
    queued = [Queued(experiment=each) for each in (lenet, replace(lenet, seed=1), lenet, replace(lenet, seed=1))]
    first, second, third, fourth = settings_of(queued)
    assert first.endswith("seed 0") and second.endswith("seed 1")
    assert third == f"{first} (the same as number 1)" and fourth == f"{second} (the same as number 2)"
