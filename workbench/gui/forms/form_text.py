"""Values as people read and type them: ``5×3``, ``0.001``, ``1, 28, 28``. No Qt."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.spec.files import read_integer
from workbench.spec.forms import Parameter
from workbench.spec.graph import bound_to
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value, same
from workbench.spec.words import upper_first


class Mixed(Record):
    """The value of a field for several things at once whose values differ."""

    values: tuple[Any, ...]

    def words(self, nothing: str) -> str:
        """Return ``16, 32, 64``; lists are separated by semicolons."""
        apart = "; " if any(isinstance(value, list | tuple) for value in self.values) else ", "
        return apart.join(show(value) or nothing for value in self.values)


def common(values: Sequence[Value]) -> Value | Mixed:
    """Return the value that all of several things have, or that they differ."""
    different: list[Value] = []
    for value in values:
        if not any(same(value, other) for other in different):
            different.append(value)
    return different[0] if len(different) == 1 else Mixed(values=tuple(different))


def label(parameter: Parameter) -> str:
    """Return the label of the field: its title, or its name in words (``kernel_size`` -> ``kernel size``)."""
    return parameter.title or parameter.name.replace("_", " ")


def show(value: Value) -> str:
    """Return a value as the shortest text that reads back as the same value."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return (
                repr(int(value))
                if value.is_integer() and abs(value) < 1e6
                else re.sub(r"e([+-])0+", r"e\1", repr(value))
            )
        case list():
            return ", ".join(show(item) for item in value)
    return str(value)


def help_of(parameter: Parameter) -> str:
    """Return what the parameter is, and its bounds: ``Momentum (from 0 to 1)``."""
    bounds = _bounds(parameter)
    return upper_first(f"{parameter.help} ({bounds})" if bounds and parameter.help else parameter.help or bounds)


def _bounds(parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    unit = f" {parameter.unit}" if parameter.unit else ""
    if low is not None and high is not None and not (parameter.minimum_excluded or parameter.maximum_excluded):
        return f"from {_bound(low)} to {_bound(high)}{unit}"
    parts = []
    if low is not None:
        parts.append(f"more than {_bound(low)}{unit}" if parameter.minimum_excluded else f"{_bound(low)} or more{unit}")
    if high is not None:
        parts.append(f"{'less than' if parameter.maximum_excluded else 'at most'} {_bound(high)}{unit}")
    return ", ".join(parts)


def _bound(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else show(value)


def fits(value: Value, parameter: Parameter) -> bool:
    """Whether the parameter's editor can show the value, which may be of any kind if it comes from a file."""

    def is_number(one: Value) -> bool:
        kinds = int | float if parameter.kind in ("float", "floats") else int
        return isinstance(one, kinds) and not isinstance(one, bool)

    if value is None:
        return parameter.optional
    if parameter.kind == "choice" or (isinstance(value, str) and value in parameter.choices):
        return value in parameter.choices
    match parameter.kind:
        case "bool":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str)
        case "int" | "float":
            return is_number(value)
        case "pair":
            return is_number(value) or (
                isinstance(value, list | tuple) and len(value) == 2 and all(map(is_number, value))
            )
        case "texts":
            return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        case "ints" | "floats":
            return isinstance(value, list | tuple) and all(map(is_number, value))


def is_bound(value: Value) -> bool:
    """Whether the value is bound to a parameter of the graph (``$classes``)."""
    return bound_to(value) is not None


def read(text: str, parameter: Parameter) -> Value:
    """Parse typed text as a value of the parameter. Raises SpecError if it is invalid."""
    text = text.strip()
    if not text and parameter.optional:
        return None
    match parameter.kind:
        case "float":
            return _float(text, parameter)
        case "int":
            return _int(text, parameter)
        case "ints":
            return _counted([_int(item, parameter) for item in _items(text)], parameter)
        case "floats":
            return _counted([_float(item, parameter) for item in _items(text)], parameter)
        case "texts":
            return _counted([item for item in re.split(r"[,;]\s*", text) if item], parameter)
    if parameter.is_path and text and text[0] != "~":
        return os.path.normpath(Path.cwd() / text)  # once saved, a relative path would be beside the experiment's file
    return text


def _items(text: str) -> Sequence[str]:
    return [item for item in re.split(r"[\s,;×x]+", text) if item]


def _int(text: str, parameter: Parameter) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise SpecError(f"{label(parameter)}: “{text}” is not a whole number")
    return int(_bounded(read_integer(text), parameter))


def _float(text: str, parameter: Parameter) -> float:
    try:
        value = float(text)
    except ValueError:
        raise SpecError(f"{label(parameter)}: “{text}” is not a number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise SpecError(f"{label(parameter)}: “{text}” is not a finite number")
    return _bounded(value, parameter)


def _bounded(value: float, parameter: Parameter) -> float:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and (value < low or (parameter.minimum_excluded and value == low)):
        raise SpecError(
            f"{label(parameter)} must be {'more than' if parameter.minimum_excluded else 'at least'} {_bound(low)}"
        )
    if high is not None and (value > high or (parameter.maximum_excluded and value == high)):
        raise SpecError(
            f"{label(parameter)} must be {'less than' if parameter.maximum_excluded else 'at most'} {_bound(high)}"
        )
    return value


def _counted(items: list[Value], parameter: Parameter) -> list[Value]:
    least, most = parameter.lengths
    if len(items) < least or (most is not None and len(items) > most):
        wanted = str(least) if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        raise SpecError(f"{label(parameter)} takes {wanted} values, separated by commas; got {len(items)}")
    return items
