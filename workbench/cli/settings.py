"""``--set PATH=VALUE``: any setting of an experiment by its path."""

import argparse
from collections.abc import Iterable

from workbench.spec.experiment import Experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import Value

WHILE_RUNNING = "a setting that may change during a run: training.optimizer.lr=0.01; repeatable"


def add_set_option(parser: argparse.ArgumentParser, help_: str) -> None:
    """Add ``--set PATH=VALUE``, which can be repeated."""
    parser.add_argument("--set", metavar="PATH=VALUE", action="append", default=[], dest="settings", help=help_)


def settings_of(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Return path and value of each ``--set``, in order. Raises SpecError if one has no value."""
    pairs = []
    for setting in arguments.settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise SpecError(f"--set {setting}: no value: write {path}=VALUE")
        pairs.append((path, text))
    return pairs


def with_settings(experiment: Experiment, arguments: argparse.Namespace) -> Experiment:
    """Return the experiment changed by each ``--set``, in order.

    Raises a SpecError that begins with the option at fault.
    """
    for path, text in settings_of(arguments):
        experiment = with_setting(experiment, f"--set {path}={text}", path, text)
    return experiment


def with_setting(experiment: Experiment, said: str, path: str, text: str) -> Experiment:
    """Return the experiment with one setting changed. Raises a SpecError that begins with ``said``, the option."""
    try:
        return override(experiment, path, text)
    except SpecError as error:
        raise SpecError(f"{said}: {error}") from None


def changes_of(experiment: Experiment, pairs: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """Return the changes to a run's experiment, path -> value. Raises SpecError for what cannot change during a run."""
    from workbench.training.changing.changes import differences, fixed, is_one, settings

    changes: dict[str, Value] = {}
    for path, text in pairs:
        edited = override(experiment, path, text)
        old, new = settings(experiment).get(path), settings(edited).get(path)
        found = differences(experiment, edited)
        if not found and edited != experiment:
            raise fixed(path)
        changes |= {name: after for name, (_, after) in found.items()}
        if is_one(experiment, path, old, new):
            changes[path] = new
        experiment = edited
    return changes
