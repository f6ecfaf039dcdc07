"""What is said of an activation's curve. No Qt."""

from collections.abc import Sequence

from workbench.compiler.facts import Curve
from workbench.spec.words import upper_first

FLAT = 0.01
"""A derivative smaller than this passes on next to no gradient."""


def curve_words(curve: Curve) -> str:
    """Return the range of the derivative, and where a function is flat to its left or right end."""
    lowest, highest = min(curve.slopes), max(curve.slopes)
    said = f"The derivative is between {short(lowest)} and {short(highest)}"
    flat = " and ".join(_flat_ends(curve))
    if not flat:
        return f"{said}."
    return f"{said}. {upper_first(flat)} it is below {FLAT:g}: next to no gradient passes."


def _flat_ends(curve: Curve) -> list[str]:
    """Return from where on it is flat: ``left of −4.6``."""
    left = _length_of_flat(curve.slopes)
    if left == len(curve.slopes):
        return ["everywhere"]
    right = _length_of_flat(curve.slopes[::-1])
    ends = [f"left of {short(curve.inputs[left - 1])}"] if left else []
    return ends + ([f"right of {short(curve.inputs[-right])}"] if right else [])


def _length_of_flat(slopes: Sequence[float]) -> int:
    return next((place for place, slope in enumerate(slopes) if abs(slope) >= FLAT), len(slopes))


def short(number: float) -> str:
    """Return a number in two digits, at most four behind the point, with a real minus sign."""
    return f"{round(number, 4) + 0.0:.2g}".replace("-", "\N{MINUS SIGN}")
