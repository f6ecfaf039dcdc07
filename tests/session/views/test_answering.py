"""The copies of a network in training that answer questions about it."""

import threading
import time

import pytest
import torch

from tests.training.experiments import data_of, digits
from workbench.session.views.answering import COPY_AGE_S, Copies
from workbench.training import beginning


@pytest.fixture
def state():
    experiment = digits()
    return beginning.prepare(experiment, data_of(experiment))[1]


def train_on(state):
    """Make a step, of which only its number and another bias are of interest here."""
    state.step += 1
    with torch.no_grad():
        state.module.get_submodule("fc").bias.fill_(state.step)


def biases(answering):
    return set(answering.module.get_submodule("fc").bias.tolist())


def test_a_copy_answers_in_training_for_a_while_and_at_rest_until_the_next_step(state, monkeypatch):
    copies, now_s = Copies(state), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    train_on(state)
    first = copies.take(at_rest=False)
    train_on(state)
    assert copies.take(at_rest=False) is copies.newest is first
    assert (first.step, biases(first)) == (1, {1.0}), "a copy does not learn on"
    assert not first.module.training and state.module.training

    now_s += 1.01 * COPY_AGE_S
    second = copies.take(at_rest=False)
    assert (second.step, biases(second)) == (2, {2.0})
    now_s += 1.01 * COPY_AGE_S
    assert copies.take(at_rest=True) is second, "no step has been made since"
    train_on(state)
    assert copies.take(at_rest=False).step == 3
    train_on(state)
    now_s += 0.01
    assert copies.take(at_rest=True).step == 4


def test_a_network_that_cannot_be_copied_says_why_and_the_last_copy_is_kept(state, caplog):
    copies = Copies(state)
    kept = copies.take(at_rest=True)
    state.step, state.module.lock = 1, threading.Lock()
    failed = copies.take(at_rest=True)
    assert (failed.step, failed.module) == (1, None) and "lock" in failed.problem
    assert copies.newest is kept
