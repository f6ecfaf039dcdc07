"""Runs that another window or command trains: watched from here by their folders."""

import numpy as np
import pytest

from tests.session.waiting import DEADLINE_S, patiently, steps
from tests.training.experiments import digits, endless
from workbench.runs.mailbox import Command
from workbench.runs.store import LAST, open_run
from workbench.session.running.in_thread import resume, start
from workbench.session.running.replay import Replay
from workbench.session.running.watched import ELSEWHERE, NOTE, WatchedRun, follow, opened
from workbench.spec.problems import SpecError


@pytest.fixture
def elsewhere(tmp_path):
    """A long run in a thread, as another window would train it; ended after the test."""
    run = start(endless(), tmp_path)
    yield run
    run.stop()
    assert run.join(DEADLINE_S)


def test_it_is_seen_from_its_preparation_to_its_end(elsewhere):
    watched = opened(elsewhere.folder)
    assert isinstance(watched, WatchedRun) and watched.found_note == NOTE and watched.take_note() == ""
    patiently(lambda: watched.state == "running" and len(steps(watched)) > 3 and watched.preparation is None)
    elsewhere.pause()
    patiently(lambda: watched.state == "paused")
    elsewhere.unpause()
    patiently(lambda: watched.state == "running")
    elsewhere.change("training.optimizer.lr", 0.001)
    patiently(lambda: watched.experiment.training.optimizer.parameters["lr"] == 0.001)
    elsewhere.stop()
    assert elsewhere.join(DEADLINE_S) and watched.join(DEADLINE_S)
    assert watched.state == "stopped" and tuple(watched.log.since(0)) == tuple(elsewhere.log.since(0))
    again = opened(elsewhere.folder)
    assert isinstance(again, Replay) and again.join(DEADLINE_S)


def test_its_filters_are_those_of_its_last_checkpoint(elsewhere):
    patiently((elsewhere.folder / LAST).is_file)
    watched = follow(elsewhere.folder)
    watched.insight.watches_filters = True
    patiently(lambda: watched.insight.filters.newest() is not None)
    _, before = watched.insight.filters.newest()
    elsewhere.save_checkpoint()
    patiently(lambda: not np.array_equal(watched.insight.filters.newest()[1], before))
    assert watched.insight.filters.newest()[1].shape == before.shape
    watched.leave()
    assert watched.join(DEADLINE_S) and watched.state == "running"


def test_it_is_commanded_where_it_runs_and_a_stop_ends_the_watching_alone(elsewhere):
    patiently(lambda: len(steps(elsewhere)) > 3)
    watched = follow(elsewhere.folder)
    patiently(lambda: watched.state == "running")
    watched.save_checkpoint()
    watched.do(Command(do="look"))
    assert watched.take_note() == "", "panels ask for these by themselves"
    watched.pause()
    assert watched.take_note() == ELSEWHERE and elsewhere.state == "running"
    watched.stop()
    assert watched.join(DEADLINE_S)
    num_steps = len(steps(elsewhere))
    patiently(lambda: len(steps(elsewhere)) > num_steps)
    assert open_run(elsewhere.folder).state == "running"


def test_one_that_resumes_is_seen_going_on(tmp_path):
    first = start(digits(epochs=2), tmp_path)
    assert first.join(DEADLINE_S)
    with pytest.raises(SpecError, match="is finished: resume"):
        follow(first.folder)
    again = resume(first.folder, {"training.epochs": 5000})
    watched = follow(first.folder)
    patiently(lambda: len(steps(watched)) > len(steps(first)) + 3 and watched.state == "running")
    assert watched.num_earlier == len(first.log)
    assert [event.loss for event in steps(watched)][: len(steps(first))] == [event.loss for event in steps(first)]
    again.stop()
    assert again.join(DEADLINE_S) and watched.join(DEADLINE_S) and watched.state == "stopped"
