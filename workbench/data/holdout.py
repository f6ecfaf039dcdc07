"""Holds out examples, drawn by the seed alone: the same share of every class, or whole groups; or one of several
folds, which do not overlap.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from workbench.spec.folds import Fold


def random_state(seed: int, purpose: str) -> np.random.RandomState:
    """Return a separate generator for each purpose.

    RandomState rather than Generator: NumPy guarantees that its stream never changes, so splits stay the same.
    """
    digest = hashlib.sha256(f"{purpose} {seed}".encode()).digest()
    return np.random.RandomState(int.from_bytes(digest[:4], "big"))


def hold_out(labels: NDArray[np.int64], share: float, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Return which examples to hold out, bool [N]: ``share`` of each class, rounded, but at least one and never all.

    A class with a single example keeps it.
    """
    held = np.zeros(len(labels), np.bool_)
    if share == 0:
        return held
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        count = min(len(members) - 1, max(1, round(len(members) * share)))
        held[members[:count]] = True
    return held


def hold_out_groups(groups: NDArray[np.int64], share: float, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Return which examples to hold out, bool [N]: whole groups, drawn one after the other while they come nearer to
    the share.

    If every group is too large for that, it is a smallest one. Never all; none if there is only one group.
    """
    if share == 0:
        return np.zeros(len(groups), np.bool_)
    _, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    is_held, num_held = np.zeros(len(sizes), np.bool_), 0
    drawn = random.permutation(len(sizes))
    for group in drawn[:-1]:
        if num_held + sizes[group] / 2 <= len(groups) * share:
            is_held[group] = True
            num_held += sizes[group]
    if len(drawn) > 1 and not num_held:
        is_held[drawn[sizes[drawn].argmin()]] = True
    return is_held[numbers]


def fold_out(labels: NDArray[np.int64], fold: Fold, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Return which examples are in the fold, bool [N]: of each class as many as in the others, or one more.

    The folds are of equal sizes, but for one example. A class with a single one keeps it.
    """
    number = np.full(len(labels), -1, np.int64)
    dealt = 0
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        if len(members) > 1:
            # The next class goes on where this one ended, so that the larger parts are not always the first ones.
            number[members] = (dealt + np.arange(len(members))) % fold.of
            dealt += len(members)
    held: NDArray[np.bool_] = number == fold.number - 1
    return held


def fold_out_groups(groups: NDArray[np.int64], fold: Fold, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Return which examples are in the fold, bool [N]: whole groups, the largest first, each in the fold that has the
    fewest examples by then.
    """
    _, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    drawn = random.permutation(len(sizes))
    fold_of_group, filled = np.zeros(len(sizes), np.int64), np.zeros(fold.of, np.int64)
    for group in drawn[np.argsort(-sizes[drawn], kind="stable")]:
        fold_of_group[group] = filled.argmin()
        filled[fold_of_group[group]] += sizes[group]
    held: NDArray[np.bool_] = fold_of_group[numbers] == fold.number - 1
    return held
