"""Parsing of typed values, for argparse."""

from argparse import ArgumentTypeError

from workbench.spec.folds import MOST_FOLDS


def shape(text: str) -> tuple[int, ...]:
    """Parse ``3,224,224``, ``3x224x224`` or ``2``. Raises ArgumentTypeError if it is not a shape."""
    try:
        sides = tuple(int(side) for side in text.replace("x", ",").replace("×", ",").split(","))
    except ValueError:
        sides = ()
    if not 1 <= len(sides) <= 3 or min(sides) < 1:
        raise ArgumentTypeError(f"{text} is not a shape: write one to three sizes, for example 3,224,224")
    return sides


def number(text: str) -> int:
    """Parse a whole number. Raises ArgumentTypeError if it is not one."""
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a whole number") from None


def count(text: str) -> int:
    """Parse a whole number above 0. Raises ArgumentTypeError if it is not one."""
    try:
        found = int(text)
    except ValueError:
        found = 0
    if found < 1:
        raise ArgumentTypeError(f"{text} is not a whole number above 0")
    return found


def folds(text: str) -> int:
    """Parse the number of folds of a cross-validation. Raises ArgumentTypeError if it is not one."""
    found = int(text) if text.isdecimal() else 0
    if not 2 <= found <= MOST_FOLDS:
        raise ArgumentTypeError(f"{text} is no number of folds: give 2 to {MOST_FOLDS}, usually 5 or 10")
    return found
