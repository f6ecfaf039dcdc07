"""Trains a real network in this thread, and compares what came out."""

import torch

from workbench.events import LayersProbed, StepFinished
from workbench.training import beginning, loop
from workbench.training.checkpoint import newest
from workbench.training.control import Control
from workbench.training.trouble.soundness import Sentinel


class NeverWaiting(Sentinel):
    """The one of a GPU, on a CPU: what is found is read by the optimizer's fused kernel, and later by the loop."""

    waits = property(lambda self: False, lambda self, value: None)


def run(experiment, data, folder, control=None, resuming=False, on_event=lambda event, control: None):
    """Train to the end and return the events and the state; ``on_event`` may give commands between events."""
    control = control or Control()
    folder.mkdir(exist_ok=True)
    plan, state = beginning.prepare(experiment, data)
    if resuming:
        assert beginning.resume(plan, state, newest(folder)[0]) == ()
    events = []
    for event in loop.train(plan, state, folder, control):
        events.append(event)
        on_event(event, control)
    return events, state


def stopping_at(step):
    """For ``on_event``: stop the run after this step."""

    def stop(event, control):
        if isinstance(event, StepFinished) and event.step == step:
            control.stop()

    return stop


def kinds(events):
    """Event names, with consecutive steps as one: ``StepFinished*18``."""
    names = []
    for event in events:
        name = type(event).__name__
        if names and names[-1][0] == name == "StepFinished":
            names[-1] = (name, names[-1][1] + 1)
        else:
            names.append((name, 1))
    return [name if count == 1 else f"{name}*{count}" for name, count in names]


def losses(events):
    return [(event.step, event.loss) for event in events if isinstance(event, StepFinished)]


def equal_weights(one, other):
    """Whether they agree to the last bit, buffers included."""
    ours, theirs = one.module.state_dict(), other.module.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def without_sometimes(events):
    """Drop the events that only some epochs have."""
    return [event for event in events if not (getattr(event, "best", False) or isinstance(event, LayersProbed))]
