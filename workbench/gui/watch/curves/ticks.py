"""Where the ticks of an axis are, at round numbers, and what they say. No Qt."""

import math
from collections.abc import Sequence

Ticks = Sequence[tuple[float, str]]
"""Places along an axis, each with its words."""

MOST_DIGITS = 5
"""Numbers with more digits are written with a power of ten, if that is shorter: ``1.5e5``."""

FINEST = 4
"""The smallest distance between two numbers, in units of the last place that a computer's number has."""

LARGEST_POWER = 300
"""Powers of ten beyond it and its negative are not computed."""

IN_DECADE = (1, 2, 5)
"""The numbers between two powers of ten on a log axis with few of them."""

CLOSEST = math.log10(2)
"""The smallest distance between two of these."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def round_spacing(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least ``least``, which is positive."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(spacing for spacing in (power, 2 * power, 5 * power, 10 * power) if spacing >= least * (1 - 1e-9))


def multiples(spacing: float, low: float, high: float) -> list[float]:
    """Return the multiples of a spacing from ``low`` to ``high``."""
    slack = 1e-9 * (high - low)
    return [n * spacing for n in range(math.ceil((low - slack) / spacing), math.floor((high + slack) / spacing) + 1)]


def value_ticks(low: float, high: float, *, room: float, scale: float = 1) -> Ticks:
    """Return ticks at least ``room`` apart where the values, multiplied by ``scale``, are round numbers.

    Their words have the digits by which they differ.
    """
    low, high = low * scale, high * scale
    spacing = round_spacing(max(room * scale, FINEST * math.ulp(max(abs(low), abs(high)))))
    last_place = math.floor(math.log10(spacing * 1.001))
    numbers = multiples(spacing, low, high)
    words = [f"{number:.{max(0, -last_place)}f}" if number else "0" for number in numbers]
    if any(len(each.replace(".", "")) > MOST_DIGITS for each in words):
        others = [_with_power(number, last_place) if number else "0" for number in numbers]
        words = min(words, others, key=lambda each: max(map(len, each)))
    return [(number / scale, _spelt(each)) for number, each in zip(numbers, words, strict=True)]


def _spelt(word: str) -> str:
    """Return a number with its sign and thousands as they are written: ``−2,500``."""
    sign, digits = ("−", word[1:]) if word.startswith("-") else ("", word)
    whole, point, rest = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{rest}" if whole.isdigit() else sign + digits


def _with_power(number: float, last_place: int) -> str:
    """Return ``1.25e5``, rounded to a multiple of ten to the ``last_place``."""
    num_digits = math.floor(math.log10(abs(number))) - last_place
    mantissa, _, power = f"{number:.{max(0, num_digits)}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"


def log_ticks(low: float, high: float, *, room: float) -> Ticks:
    """Return ticks at powers of ten from one to another, at least ``room`` apart, and between them where they fit.

    Where fewer than two powers fit, numbers between them need half that distance.
    """
    low, high = max(low, -LARGEST_POWER), min(high, LARGEST_POWER)
    powers = multiples(max(1.0, round_spacing(room)), low, high)
    if room > (CLOSEST if len(powers) >= 2 else 2 * CLOSEST) or low >= high:
        return [(power, _product(1, round(power))) for power in powers]
    ticks = [
        (place, _product(digit, power))
        for power in range(math.floor(low), math.floor(high) + 1)
        for digit in IN_DECADE
        if low <= (place := power + math.log10(digit)) <= high
    ]
    if len(ticks) >= 2:
        return ticks
    ends = 10**low, 10**high
    near = value_ticks(*ends, room=room * (ends[1] - ends[0]) / (high - low))
    return [(math.log10(value), words) for value, words in near]


def _product(digit: int, power: int) -> str:
    """Return ``0.02`` or ``2·10⁻⁴``."""
    if -3 <= power < 4:
        return f"{digit * 10.0**power:g}"
    return ("" if digit == 1 else f"{digit}·") + f"10{str(power).translate(RAISED)}"


def whole_ticks(low: float, high: float, *, room: float) -> Ticks:
    """Return ticks at whole numbers, since there is no half an epoch, at least ``room`` apart."""
    return [(value, _spelt(f"{value:.0f}")) for value in multiples(max(1.0, round_spacing(room)), low, high)]


def step_ticks(low: float, high: float, *, room: float) -> Ticks:
    """Return ticks at whole numbers after 0, at least ``room`` apart; the first says that they are steps."""
    ticks = [(value, words) for value, words in whole_ticks(low, high, room=room) if value > 0]
    return [(value, f"step {words}" if place == 0 else words) for place, (value, words) in enumerate(ticks)]
