"""The values of a setting as people type them in a sweep, and a few that suggest themselves. No Qt."""

import json
from collections.abc import Mapping

from workbench.gui.forms import form_text
from workbench.spec import override
from workbench.spec.folds import folds_like
from workbench.spec.forms import Parameter
from workbench.spec.problems import SpecError, near_names
from workbench.spec.record import Value, replace
from workbench.training.results.differing import FOLD, SEED

LEAST_SHARE = 0.05
"""A smaller number is varied by factors even if it is at most 1: it is hardly a share."""

WINDOWS = ("kernel_size", "window_size")

MOST_CHOICES = 4
"""The largest number of choices that are all suggested."""

FROM_ZERO: Mapping[str, tuple[float, ...]] = {
    "weight_decay": (0.0, 0.0001, 0.001),
    "momentum": (0.0, 0.5, 0.9),
    "label_smoothing": (0.0, 0.1, 0.2),
    "p": (0.0, 0.25, 0.5),
    "warmup_epochs": (0.0, 1.0, 3.0),
}
"""What is usual for parameters that are 0."""

TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def show(value: Value, parameter: Parameter) -> str:
    """Return a value as it is typed between commas: ``0.05``, ``yes``, ``off``, ``[1, 28, 28]``."""
    words = form_text.show(value) or parameter.nothing
    return f"[{words}]" if isinstance(value, list | tuple) else words


def read(text: str, parameter: Parameter) -> Value:
    """Return the value of a parameter that is typed between commas. Raises SpecError, in which the parameter is called
    ``it``.
    """
    parameter = replace(parameter, title="it")
    if parameter.optional and text == parameter.nothing:
        return None
    words = {str(choice): choice for choice in parameter.choices}
    if text in words:
        return words[text]
    match parameter.kind:
        case "choice":
            raise SpecError(f"there is no such choice; there is {near_names(text, list(words))}")
        case "bool":
            if text.lower() not in TRUTH:
                raise SpecError("it is yes or no")
            return TRUTH[text.lower()]
        case "pair":
            sides = form_text.read(text.strip("[]"), replace(parameter, kind="ints", lengths=(1, 2), choices=()))
            assert isinstance(sides, list)
            return sides[0] if len(sides) == 1 else sides
        case "ints" | "floats" | "texts":
            return form_text.read(text.strip("[]"), parameter)
    return form_text.read(text, parameter)


def written(value: Value) -> str:
    """Return a value as ``override`` reads it."""
    plain = isinstance(value, str) and override.read_value(value) == value
    return str(value) if plain else json.dumps(value)


def suggested(value: Value, parameter: Parameter) -> tuple[Value, ...]:
    """Return a few values around the current one; none if nothing suggests itself.

    Numbers get a tenth and ten times of themselves, whole numbers half and twice, shares the middle to either bound,
    windows of an odd size the odd sizes beside it, a fold all of its kind.
    """
    if parameter.name == FOLD:
        return folds_like(value if isinstance(value, str) else None)
    if parameter.kind == "bool":
        return (False, True)
    if parameter.kind == "choice":
        return parameter.choices if len(parameter.choices) <= MOST_CHOICES else ()
    if parameter.kind not in ("int", "float", "pair") or not isinstance(value, int | float):
        return ()
    around = _sides_around(int(value), parameter) if parameter.kind == "pair" else _around(value, parameter)
    return tuple(dict.fromkeys(each for each in around if _is_within(each, parameter)))


def _around(value: float, parameter: Parameter) -> tuple[float, ...]:
    if parameter.name == SEED:
        return (value, value + 1, value + 2)
    if value == 0:
        return (0, 1, 2) if parameter.kind == "int" else _from_zero(parameter)
    if value < 0:
        return ()
    if parameter.kind == "int":
        return (int(value) // 2, value, int(value) * 2)
    if _is_share(parameter) and value >= LEAST_SHARE:
        return (float(f"{value / 2:.3g}"), value, float(f"{(value + (parameter.maximum or 1)) / 2:.3g}"))
    return (float(f"{value / 10:.6g}"), value, float(f"{value * 10:.6g}"))


def _from_zero(parameter: Parameter) -> tuple[float, ...]:
    shares = (0.0, 0.25, 0.5) if _is_share(parameter) else ()
    return FROM_ZERO.get(parameter.name, shares)


def _is_share(parameter: Parameter) -> bool:
    return parameter.maximum is not None and parameter.maximum <= 1


def _sides_around(side: int, parameter: Parameter) -> tuple[int, ...]:
    """Return a few sizes around that of both sides of a window, a stride or a padding."""
    if parameter.name in WINDOWS and side % 2:
        return (side, side + 2, side + 4) if side == 1 else (side - 2, side, side + 2)
    if parameter.minimum == 0:
        return (0, 1, 2) if side == 0 else (side - 1, side, side + 1)
    return (1, 2) if side == 1 else (side // 2, side, side * 2)


def _is_within(value: float, parameter: Parameter) -> bool:
    try:
        form_text.read(form_text.show(value), parameter)
    except SpecError:
        return False
    return True
