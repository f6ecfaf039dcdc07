"""What the advisor says of a real training, and the results of an imagined one."""

from tests.training.experiments import chain, data_of
from workbench.events import LayersProbed
from workbench.training import beginning, loop
from workbench.training.advice.advisor import Advisor
from workbench.training.advice.course import Course
from workbench.training.control import Control


def advice_of(experiment, folder, data=None):
    """Train to the end; return all advice by kind."""
    plan, state = beginning.prepare(experiment, data or data_of(experiment))
    advisor = Advisor(experiment)
    given = [advice for event in loop.train(plan, state, folder, Control()) for advice in advisor.hear(event)]
    kinds = [advice.kind for advice in given]
    assert len(kinds) == len(set(kinds)), "a kind is told once a run"
    assert all(advice.what.endswith(".") and advice.advice.endswith(".") for advice in given)
    return {advice.kind: advice for advice in given}


def course(**given):
    """A training by SGD whose loss has not moved, but for what is ``given``."""
    plain = {"experiment": chain(), "start": 2.3, "losses": (2.3, 2.3), "held_out": (), "top1": (), "probes": ()}
    return Course(**plain | given)


def probed(*layers, rate=0.1):
    """A look at these layers."""
    return LayersProbed(at=0.0, epoch=1, learning_rate=rate, layers=layers)
