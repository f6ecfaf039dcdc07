"""Cross-validation: the training split in equal parts, each the validation split of one run. No NumPy is imported."""

import re
from typing import NamedTuple

FOLD_PATH = "data.fold"

USUAL_FOLDS = 5
MOST_FOLDS = 100

_FOLD = re.compile(r"([1-9]\d{0,2})/([1-9]\d{0,2})")


class Fold(NamedTuple):
    """The part of the training split that is for validation, from 1, and the number of parts."""

    number: int
    of: int


def fold_of(text: str | None) -> Fold | None:
    """Return the fold that is written ``2/5``; None for another text, or none."""
    found = _FOLD.fullmatch(text or "")
    if found is None:
        return None
    number, of = map(int, found.groups())
    return Fold(number, of) if 2 <= of <= MOST_FOLDS and number <= of else None


def folds_like(text: str | None) -> tuple[str, ...]:
    """Return all folds of as many as the written one; of the usual number if it is none."""
    fold = fold_of(text)
    return every_fold(USUAL_FOLDS if fold is None else fold.of)


def every_fold(of: int) -> tuple[str, ...]:
    """Return all folds of as many: ``1/5``, ``2/5`` ..."""
    return tuple(f"{number}/{of}" for number in range(1, of + 1))
