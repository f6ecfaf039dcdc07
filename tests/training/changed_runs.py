"""Runs whose settings change while they train."""

from workbench.events import RecipeChanged, StepFinished
from workbench.runs.changes import read_changes, read_edited
from workbench.runs.store import LAST, create_run
from workbench.spec.change import as_of
from workbench.training import beginning, loop
from workbench.training.checkpoint import read_checkpoint
from workbench.training.control import Control


def run(experiment, data, runs, changes, stop_after=None):
    """Train a run in its own folder; ``changes`` maps a step to the (path, value), or list of them, to request after
    it, or a step and a path to what to request once that change has been made.
    """
    folder = create_run(runs, experiment)
    plan, state = beginning.prepare(experiment, data)
    return *_follow(plan, state, folder, changes, stop_after), folder


def go_on(folder, data, changes, stop_after=None):
    """Resume from the last checkpoint, as ``session.running.in_thread.resume`` does."""
    last = read_checkpoint(folder / LAST)
    plan, state = beginning.prepare(as_of(read_edited(folder), read_changes(folder), last.step), data, fresh=False)
    assert beginning.resume(plan, state, last) == ()
    return _follow(plan, state, folder, changes, stop_after)


def _follow(plan, state, folder, changes, stop_after):
    control, events = Control(), []
    for event in loop.train(plan, state, folder, control):
        events.append(event)
        if isinstance(event, StepFinished | RecipeChanged):
            asked = changes.get((event.step, event.path) if isinstance(event, RecipeChanged) else event.step, [])
            for path, value in asked if isinstance(asked, list) else [asked]:
                control.change(path, value)
        if isinstance(event, StepFinished) and event.step == stop_after:
            control.stop()
    return events, state
