"""Faults planted in a training, such as a NaN in a gradient."""

import dataclasses
import functools
from collections.abc import Callable

import pytest
import torch

from tests.training.experiments import data_of, digits
from workbench.events import StepFinished
from workbench.runs.store import LAST
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.control import Control
from workbench.training.trouble.failures import Diverged

FAULTY_STEP = 3
"""The fault is planted before this step."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """``plant(plan, state)`` is called before the faulty step; ``kind`` and ``node`` are expected to be named."""

    name: str
    kind: str
    node: str
    plant: Callable
    experiment: Callable = digits
    says: str = ""


def inputs(value, everywhere=False):
    """Points instead of pictures, since a byte cannot be NaN."""

    def plant(plan, state):
        rows = next(plan.train.epoch(0, start=FAULTY_STEP - 1)).indices
        plan.train.inputs = plan.train.inputs.float()
        place = rows if everywhere else rows[7]
        plan.train.inputs[place] = torch.full(plan.train.inputs[place].shape, value)

    return Fault(f"inputs are {value}, all {everywhere}", "input", "", plant, plain)


def label(value):
    """A label of the next batch."""

    def plant(plan, state):
        rows = next(plan.train.epoch(0, start=FAULTY_STEP - 1)).indices
        plan.train.targets["class"] = plan.train.targets["class"].clone()
        plan.train.targets["class"][rows[5]] = value

    return Fault(f"a label is {value}", "target", "", plant, says=f"class {value}")


def gradient(name, value, node, **more):
    """The gradient of the parameter ``name``, which belongs to ``node``."""

    def plant(plan, state):
        state.module.get_parameter(name).register_hook(lambda grad: torch.full_like(grad, value))

    return Fault(f"the gradient of {name} is {value}", "gradient", node, plant, **more)


def plain(**training):
    """Without augmentation, which only takes bytes."""
    experiment = digits(**training)
    return replace(experiment, data=replace(experiment.data, augmentation=()))


@functools.cache
def prepared():
    """The digits, shared; a test that changes them makes a copy."""
    return data_of(digits())


def run_until(experiment, folder, plant):
    """Train, with the fault planted after the step before ``FAULTY_STEP``; return the events and the error."""
    plan, state = beginning.prepare(experiment, prepared())
    for name, parameter in state.module.named_parameters():
        if name == "calculation.switch":
            parameter.data.zero_()
    control, events = Control(), []
    with pytest.raises(Diverged) as raised:
        for event in loop.train(plan, state, folder, control):
            events.append(event)
            if isinstance(event, StepFinished) and event.step == FAULTY_STEP - 1:
                control.save()
            if getattr(event, "file", "") == LAST and event.step == FAULTY_STEP - 1:
                plant(plan, state)
    return events, raised.value
