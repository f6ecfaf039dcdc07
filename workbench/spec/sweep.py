"""A sweep: one experiment with every combination of the values of some settings."""

import re
from collections.abc import Callable, Sequence
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


Places = tuple[int, ...]
"""Which ones of the axes."""


class Axis(Record):
    """A setting by its path and its values, both as ``override`` reads them; ``title`` is its name for users who did
    not type the path.
    """

    path: str
    values: tuple[str, ...]
    title: str = ""

    @property
    def name(self) -> str:
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
    places = tuple(range(len(axes)))
    made = [_at(experiment, axes, point, places) for point in points(axes)]
    if len({msgspec.json.encode(run) for run in made}) < len(made):
        names = listed([axis.name for axis in axes])
        raise SpecError(f"{names}: some of these runs are the same: give each setting once, under one name")
    return tuple(made)


def with_only(experiment: Experiment, axes: Sequence[Axis], number: int, places: Places) -> Experiment:
    """Return the experiment with the values of some axes, by their ``places``, at the numbered of the ``points``.

    Raises SpecError if it cannot have them without the others.
    """
    return _at(experiment, axes, points(axes)[number], places)


def _at(experiment: Experiment, axes: Sequence[Axis], point: Sequence[str], places: Places) -> Experiment:
    for place in sorted(places, key=lambda place: _depth(axes[place])):
        experiment = _with(experiment, axes[place], point[place])
    return experiment


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


def explained(axes: Sequence[Axis], refusals: Sequence[str], alone: Callable[[int, Places], str]) -> str:
    """Return why the first refused run is, after the fewest of its values that are refused so by themselves, and with
    which every run is refused.

    ``refusals`` are of the ``points``, empty for those that can run; ``alone`` returns that of the experiment
    ``with_only`` some values of a point, or raises SpecError.
    """
    first = next(filter(None, refusals))
    number = list(refusals).index(first)
    every = points(axes)
    subsets = (each for size in range(len(axes)) for each in combinations(range(len(axes)), size))
    blamed = (each for each in subsets if _are_refused(every, refusals, number, each))
    places = next((each for each in blamed if _refusal(alone, number, each) == first), tuple(range(len(axes))))
    values = " and ".join(axes[place].said(every[number][place]) for place in places)
    return f"{values}: {first}" if values else first


def _are_refused(every: Sequence[Sequence[str]], refusals: Sequence[str], number: int, places: Places) -> bool:
    """Return whether all points that have the numbered one's values in these places are refused."""
    return all(
        refusal
        for point, refusal in zip(every, refusals, strict=True)
        if all(point[place] == every[number][place] for place in places)
    )


def _refusal(alone: Callable[[int, Places], str], number: int, places: Places) -> str:
    try:
        return alone(number, places)
    except SpecError as error:
        return str(error)
