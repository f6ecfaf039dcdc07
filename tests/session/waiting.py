"""Waits for a run in another thread or process."""

import threading
import time
from pathlib import Path

from workbench.events import StepFinished
from workbench.runs.log import each_event
from workbench.runs.store import EVENTS

DEADLINE_S = 240
"""Long enough for a busy machine."""


def wait_for(condition, *, deadline_s=DEADLINE_S):
    """Wait until ``condition`` holds; fail after ``deadline_s``."""
    began_s = time.monotonic()
    while not condition():
        assert time.monotonic() - began_s < deadline_s, "waited too long"
        threading.Event().wait(0.002)


def logged(folder):
    """All events in the log of a run's folder."""
    return tuple(each_event(folder / EVENTS))


def steps(run):
    """The steps so far."""
    return [event for event in run.log.since(0) if isinstance(event, StepFinished)]


def act_at(run, step, act):
    """Have something done as a run in a thread logs this step, or a later one; who looks from elsewhere may be too
    late.
    """
    append = run.log.append

    def append_and_act(event):
        append(event)
        if isinstance(event, StepFinished) and event.step >= step:
            run.log.append = append
            act()

    run.log.append = append_and_act


def stop_at(run, step):
    """Have a run in a thread stopped as it logs this step, or a later one."""
    act_at(run, step, run.stop)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a run's folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def patiently(condition):
    """Wait longer than ``wait_for`` does: a process takes time to start on a busy machine."""
    wait_for(condition, deadline_s=5 * DEADLINE_S)
