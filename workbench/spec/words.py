"""Words for sentences that users read, and the order in which people expect names."""

import re
from collections.abc import Sequence
from unicodedata import bidirectional

RIGHT_TO_LEFT = {"R", "AL"}
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def plural(number: int, noun: str) -> str:
    """Return a count with its noun: ``1 epoch``, ``1,024 epochs``, ``3 series``."""
    return f"{number:,} {noun if number == 1 else several(noun)}"


def several(noun: str) -> str:
    """Return the plural of a noun that has one in s: ``rows``, ``series``."""
    return noun if noun == "series" else f"{noun}s"


def thing(shape: Sequence[int], vector: str = "row") -> str:
    """Return what an example of this shape is called: ``picture``, ``series``, or of numbers in no order as its source
    calls a ``vector``.
    """
    return {1: vector, 2: "series"}.get(len(shape), "picture")


def size_words(shape: Sequence[int]) -> str:
    """Return the size of an example of numbers: ``4 numbers`` of (D,), ``128 steps with 6 channels`` of (T, D)."""
    if len(shape) == 1:
        return plural(shape[0], "number")
    return f"{plural(shape[0], 'step')} with {plural(shape[1], 'channel')}"


def signed(number: int, zero: str = "0") -> str:
    """Return a difference with its sign: ``+1,024``, ``−64``; ``zero`` if there is none."""
    return f"{number:+,}".replace("-", "−") if number else zero


def upper_first(words: str) -> str:
    """Return the words with a capital letter at their beginning."""
    return words[:1].upper() + words[1:]


def ended(words: str) -> str:
    """Return the sentence with a full stop, unless it is empty or has its end."""
    return f"{words}." if words and not words.endswith((".", "?", "!", "…")) else words


def first_few(names: Sequence[str], most: int) -> list[str]:
    """Return the names; of more than ``most`` the first, and ``1,024 more``."""
    num_more = len(names) - most
    return [*names[:most], f"{num_more:,} more"] if num_more > 0 else list(names)


def listed(names: Sequence[str]) -> str:
    """Return names as people list them: ``Shift``, ``Shift and Mirror``, ``Shift, Mirror and Rotation``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def isolated(name: str) -> str:
    """Return a name for use within words: an Arabic or Hebrew one would otherwise turn those around it about (Unicode
    Standard Annex 9).
    """
    is_turned = any(bidirectional(letter) in RIGHT_TO_LEFT for letter in name)
    return f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}" if is_turned else name


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts names by the numbers in them: ``layer2`` before ``layer10``."""
    parts = re.split(r"([0-9]+)", text)
    words = [(0, word) for word in parts[::2]]
    numbers = [(1 + len(digits), digits) for digits in (number.lstrip("0") for number in parts[1::2])]
    return (*(part for pair in zip(words, numbers, strict=False) for part in pair), words[-1], (0, text))
