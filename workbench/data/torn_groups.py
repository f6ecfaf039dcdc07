"""Groups whose pictures are on both sides of a split."""

from collections.abc import Iterator, Mapping

import numpy as np

from workbench.data.source import UNKNOWN_GROUP, Examples
from workbench.spec.words import plural


def torn_groups(train: Examples, held_out: Mapping[str, Examples | None]) -> Iterator[str]:
    """Yield a sentence for each other split, by its title, that has pictures of a group that training has too."""
    for title, examples in held_out.items():
        if train.groups is None or examples is None or examples.groups is None:
            continue
        shared = np.setdiff1d(np.intersect1d(train.groups, examples.groups), [UNKNOWN_GROUP])
        if len(shared):
            yield (
                f"Pictures of {plural(len(shared), 'group')} are in training and in {title}, so results there may be too "
                "good: keep the pictures of a group in one split."
            )
