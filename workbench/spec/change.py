"""A change of a run's recipe in its middle: which setting, what it was, what it is, from which step on."""

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
    """The experiment with one setting at another value. SpecError names what is wrong with it."""
    return override(experiment, path, json.dumps(value))


def as_of(experiment: Experiment, changes: Iterable[Change], step: int) -> Experiment:
    """What the edited ``experiment`` was when ``step`` steps were finished: the changes from there on taken back."""
    for change in reversed([change for change in changes if change.step >= step]):
        experiment = with_setting(experiment, change.path, change.before)
    return experiment


def with_change(changes: Iterable[Change], new: Change) -> tuple[Change, ...]:
    """The changes of a run and one more. The newest word counts: later ones of the same setting are dropped.

    There are later ones where a run goes on from a checkpoint that is older than they are.
    """
    kept = [change for change in changes if change.path != new.path or change.step <= new.step]
    return tuple(sorted([*kept, new], key=lambda change: change.step))


def to_bytes(changes: Iterable[Change]) -> bytes:
    """As a file holds them."""
    return msgspec.json.format(msgspec.json.encode(tuple(changes)), indent=2)
