"""The loop and its networks against a textbook's, in float64: the difference in float32 is rounding alone."""

import copy
import dataclasses
from itertools import islice

import pytest
import torch

from tests.benchmarks.textbook import LeNet, ResNet20, by_hand, long
from workbench.data.preparation import prepare
from workbench.events import StepFinished
from workbench.session.prepared import input_shape
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.control import Control

NUM_STEPS = 6


def in_double(batches):
    """The same batches with float64 inputs."""
    doubled = copy.copy(batches)
    doubled.epoch = lambda epoch, start=0: (
        dataclasses.replace(batch, inputs=batch.inputs.double()) for batch in batches.epoch(epoch, start)
    )
    return doubled


@pytest.mark.parametrize(("name", "textbook"), [("lenet", LeNet), ("resnet20", ResNet20)])
def test_losses_and_weights_are_the_textbooks_but_for_rounding(tmp_path, name, textbook):
    experiment = long(read_experiment(name))
    experiment = replace(experiment, training=replace(experiment.training, batch_size=8))
    data = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    plan, state = beginning.prepare(experiment, data)
    state.module.double()
    weights = {key: value.clone() for key, value in state.module.state_dict().items()}
    plan = replace(plan, train=in_double(plan.train))

    steps = (event for event in loop.train(plan, state, tmp_path, Control()) if isinstance(event, StepFinished))
    losses = [event.loss for event in islice(steps, NUM_STEPS)]

    module = textbook().double()
    batches = ((batch.inputs, batch.targets["class"]) for batch in plan.train.epoch(0))
    by_the_book = by_hand(module, weights, batches)(NUM_STEPS)
    assert losses == pytest.approx(by_the_book, abs=1e-12, rel=0) and losses[0] != losses[-1]
    learnt = state.module.state_dict()
    for key, value in module.state_dict().items():
        torch.testing.assert_close(learnt[key].contiguous(), value, rtol=0, atol=1e-12)
