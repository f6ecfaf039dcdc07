"""A sweep: one experiment with every combination of the values of some settings."""

import re
from collections.abc import Sequence
from itertools import combinations, product
from math import prod

import msgspec

from workbench.spec.experiment import Experiment
from workbench.spec.override import override, read_value
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, same
from workbench.spec.words import listed

MOST_RUNS = 200

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|.', re.DOTALL)
"""A text in quotes, or any other character."""


class Axis(Record):
    """A setting by its path and its values, both as ``override`` reads them; ``title`` is its name for users who did
    not type the path.
    """

    path: str
    values: tuple[str, ...]
    title: str = ""

    @property
    def name(self) -> str:
        """The title, or the path."""
        return self.title or self.path

    def said(self, value: str) -> str:
        """Return the setting with a value: ``learning rate 0.1``, ``training.optimizer.lr=0.1``."""
        return f"{self.title} {value}" if self.title else f"{self.path}={value}"


def read_axis(text: str) -> Axis:
    """Return the axis that is written ``PATH=VALUE,VALUE``. Raises SpecError if it has no path or no value."""
    path, equals, values = text.partition("=")
    if not (path and equals):
        raise SpecError(f"{text}: write PATH=VALUE,VALUE, such as training.optimizer.lr=0.01,0.1")
    return Axis(path=path, values=separated(values))


def separated(text: str) -> tuple[str, ...]:
    """Return the values between the commas that are not inside brackets or double quotes."""
    values, depth = [""], 0
    for token in _TOKEN.findall(text):
        depth += (token in "([{") - (token in ")]}")
        if token == "," and depth <= 0:
            values.append("")
        else:
            values[-1] += token
    return tuple(value.strip() for value in values)


def points(axes: Sequence[Axis]) -> tuple[tuple[str, ...], ...]:
    """Return the combinations of the axes' values, the last axis fastest."""
    return tuple(product(*(axis.values for axis in axes)))


def sweep(experiment: Experiment, axes: Sequence[Axis]) -> tuple[Experiment, ...]:
    """Return the experiment at each of the ``points``.

    Raises SpecError, which names the axis and the value, if one is invalid, missing or there twice, and if there are
    more than ``MOST_RUNS``. Parts are set before what is in them, and a ``type`` before its settings, which it resets.
    """
    check_axes(axes)
    order = sorted(range(len(axes)), key=lambda place: _depth(axes[place]))
    made = []
    for point in points(axes):
        run = experiment
        for place in order:
            run = _with(run, axes[place], point[place])
        made.append(run)
    if len({msgspec.json.encode(run) for run in made}) < len(made):
        names = listed([axis.name for axis in axes])
        raise SpecError(f"{names}: some of these runs are the same: give each setting once, under one name")
    return tuple(made)


def check_axes(axes: Sequence[Axis]) -> None:
    """Raise SpecError as ``sweep`` does for what is wrong with the axes alone, whatever the experiment."""
    paths = [_without_shortcuts(axis.path) for axis in axes]
    for place, axis in enumerate(axes):
        if paths[place] in paths[:place]:
            raise SpecError(f"{axis.name} is there twice: give all its values at once")
    num_runs = prod(len(axis.values) for axis in axes)
    if num_runs > MOST_RUNS:
        sizes = " × ".join(str(len(axis.values)) for axis in axes)
        size = f"{sizes} = {num_runs:,}" if len(axes) > 1 else f"{num_runs:,}"
        raise SpecError(f"a sweep has at most {MOST_RUNS} runs, but this one has {size}: give fewer values")
    for axis in axes:
        _check_values(axis)


def _check_values(axis: Axis) -> None:
    try:
        read = [read_value(value) for value in axis.values]
    except SpecError as error:
        raise SpecError(f"{axis.name}: {error}") from None
    for place, value in enumerate(axis.values):
        if not value:
            beside = f" after {axis.values[place - 1]}" if place else ""
            raise SpecError(f"{axis.name}: a value is missing{beside}: write values with commas between them")
        if any(same(read[place], earlier) for earlier in read[:place]):
            raise SpecError(f"{axis.name}: the value {value} is there twice")


def _without_shortcuts(path: str) -> str:
    return ".".join(part for part in path.split(".") if part != "parameters")


def _depth(axis: Axis) -> tuple[int, bool]:
    *way, last = _without_shortcuts(axis.path).split(".")
    return len(way), last != "type"


def _with(experiment: Experiment, axis: Axis, value: str) -> Experiment:
    try:
        return override(experiment, axis.path, value)
    except SpecError as error:
        raise SpecError(f"{axis.said(value)}: {error}") from None


def explained(axes: Sequence[Axis], refusals: Sequence[str], own: str) -> str:
    """Return why the first refused run is, after the fewest values that every run refused so has in common.

    ``refusals`` are of the ``points``, empty for those that can run; ``own`` is that of the experiment itself.
    """
    first = next(filter(None, refusals))
    if first == own:
        return first
    values = " and ".join(axis.said(value) for axis, value in _to_blame(axes, refusals, first))
    return f"{values}: {first}"


def _to_blame(axes: Sequence[Axis], refusals: Sequence[str], first: str) -> list[tuple[Axis, str]]:
    """Return the fewest values of the run first refused with which every run is refused for the same reason."""
    every = points(axes)
    refused = every[list(refusals).index(first)]
    subsets = (each for size in range(1, len(axes) + 1) for each in combinations(range(len(axes)), size))
    places = next(
        each
        for each in subsets
        if all(
            refusal == first
            for point, refusal in zip(every, refusals, strict=True)
            if all(point[place] == refused[place] for place in each)
        )
    )
    return [(axes[place], refused[place]) for place in places]
