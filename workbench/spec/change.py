"""A change of a run's recipe during the run: the setting, its values before and after, and the step."""

import json
from collections.abc import Iterable

import msgspec

from workbench.spec.experiment import Experiment
from workbench.spec.override import override
from workbench.spec.record import Record, Value


class Change(Record):
    """After ``step`` finished steps the setting at ``path``, as ``--set`` names it, becomes ``after``."""

    step: int
    path: str
    before: Value
    after: Value


def with_setting(experiment: Experiment, path: str, value: Value) -> Experiment:
    """Return the experiment with one setting changed. Raises SpecError that says what is wrong with it."""
    return override(experiment, path, json.dumps(value))


def as_of(experiment: Experiment, changes: Iterable[Change], step: int) -> Experiment:
    """Return the edited ``experiment`` as it was after ``step`` steps, with the changes from there on undone."""
    for change in reversed([change for change in changes if change.step >= step]):
        experiment = with_setting(experiment, change.path, change.before)
    return experiment


def with_change(changes: Iterable[Change], new: Change) -> tuple[Change, ...]:
    """Return the changes of a run with one more. Later changes of the same setting are dropped.

    There are later ones if a run resumes from a checkpoint older than they are.
    """
    kept = [change for change in changes if change.path != new.path or change.step <= new.step]
    return tuple(sorted([*kept, new], key=lambda change: change.step))


def to_bytes(changes: Iterable[Change]) -> bytes:
    """Return the changes as the content of a file."""
    return msgspec.json.format(msgspec.json.encode(tuple(changes)), indent=2)
