"""Finds all pairs of points within a given distance; none is missed.

The points are put into the leaves of a k-d tree along their principal axes (R. F. Sproull, Refinements to
Nearest-Neighbor Searching in k-Dimensional Trees, Algorithmica 6, 1991), and only leaves whose boxes are near each
other are compared, by matrix products.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from workbench.data.progress import Progress

LEAF = 256
"""The maximum number of points in a leaf."""

ROWS = 2048
"""The number of points that a leaf is compared with at a time: with more, the product exceeds the CPU's cache."""

ROUNDING = 1e-4
"""The tolerance on the squared reach, so that rounding excludes no pair."""


class _Tree(NamedTuple):
    """``numbers``: int64 [n], leaf after leaf, each ending at one of ``ends``. ``low`` and ``high`` [leaves, D]: their
    boxes.
    """

    numbers: Tensor
    ends: list[int]
    low: Tensor
    high: Tensor


def close_pairs(points: Tensor, parts: Sequence[Tensor], reach: float, progress: Progress) -> Iterator[Tensor]:
    """Yield pairs int64 [p, 2] of points at most ``reach`` apart, or slightly more by rounding; pairs across parts come
    first.

    points: float32 [N, D], of norms about 1. parts: int64 [n] each, the indices of the points to be compared. Raises
    Cancelled from ``progress``.
    """
    points = points @ _principal_axes(points[torch.cat(list(parts))])
    trees = [_tree(points, part) for part in parts]
    tasks = [
        (one, other, leaf)
        for one, other in [*itertools.combinations(trees, 2), *((tree, tree) for tree in trees)]
        for leaf in range(len(one.ends))
    ]
    for number, task in enumerate(tasks):
        for pairs in _near_leaf(points, *task, reach):
            progress("Finding near duplicates", number, len(tasks))
            yield pairs


def _principal_axes(points: Tensor) -> Tensor:
    """Return the axes [D, D], the longest first. Along them the boxes are thinnest, and a rotation
    changes no distance.
    """
    centred = points - points.mean(dim=0)
    axes: Tensor = torch.linalg.eigh((centred.T @ centred).double())[1]
    return axes.flip(1).to(points.dtype)


def _tree(points: Tensor, numbers: Tensor) -> _Tree:
    """Halve the points along the axis of the largest variance until each leaf is small."""
    leaves, waiting = [], [numbers] if len(numbers) else []
    while waiting:
        numbers = waiting.pop()
        if len(numbers) <= LEAF:
            leaves.append(numbers)
            continue
        members = points[numbers]
        order = members[:, members.var(dim=0).argmax()].argsort()
        waiting += numbers[order].tensor_split(2)
    empty = torch.empty(0, points.shape[1])
    return _Tree(
        numbers=torch.cat([torch.empty(0, dtype=torch.int64), *leaves]),
        ends=list(itertools.accumulate(map(len, leaves))),
        low=torch.stack([points[leaf].amin(dim=0) for leaf in leaves]) if leaves else empty,
        high=torch.stack([points[leaf].amax(dim=0) for leaf in leaves]) if leaves else empty,
    )


def _near_leaf(points: Tensor, one: _Tree, other: _Tree, leaf: int, reach: float) -> Iterator[Tensor]:
    """Yield the pairs of a leaf of ``one`` with ``other``; within a tree each pair is found once."""
    apart = torch.maximum(one.low[leaf] - other.high, other.low - one.high[leaf]).clamp_min(0).square().sum(dim=1)
    near = (apart <= reach**2 + ROUNDING).tolist()
    begins = [0, *other.ends]
    places = torch.cat(
        [torch.arange(begins[k], end) for k, end in enumerate(other.ends) if near[k]] or [torch.arange(0)]
    )
    begin, end = [0, *one.ends][leaf : leaf + 2]
    if one is other:
        places = places[places >= begin]
    own = points[one.numbers[begin:end]]
    # The product of two rows is half the squared distance, so that nothing else needs memory.
    left = torch.cat([-own, own.square().sum(dim=1, keepdim=True) / 2, torch.ones(len(own), 1)], dim=1)
    for some in places.split(ROWS):
        foreign = points[other.numbers[some]]
        right = torch.cat([foreign, torch.ones(len(some), 1), foreign.square().sum(dim=1, keepdim=True) / 2], dim=1)
        rows, columns = torch.nonzero(left @ right.T <= (reach**2 + ROUNDING) / 2).unbind(1)
        if one is other:
            once = begin + rows < some[columns]
            rows, columns = rows[once], columns[once]
        pairs = torch.stack([one.numbers[begin + rows], other.numbers[some[columns]]], dim=1)
        yield pairs.sort(dim=1).values
