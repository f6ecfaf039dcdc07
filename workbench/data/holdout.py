"""Holds out examples, drawn by the seed alone: the same share of every class, or whole groups."""

import hashlib

import numpy as np
from numpy.typing import NDArray


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
