"""Waits for a run in another thread or process."""

import threading
import time

from workbench.events import StepFinished

DEADLINE_S = 100


def wait_for(condition):
    """Wait until ``condition`` holds; fail after ``DEADLINE_S``."""
    began_s = time.monotonic()
    while not condition():
        assert time.monotonic() - began_s < DEADLINE_S, "waited too long"
        threading.Event().wait(0.002)


def steps(run):
    """The steps so far."""
    return [event for event in run.log.since(0) if isinstance(event, StepFinished)]
