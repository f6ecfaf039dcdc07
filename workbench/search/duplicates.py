"""Finds duplicate pictures, exact and near.

Two pictures are near-duplicates if their small versions, normalised to mean 0 and norm 1, correlate at 0.98 or more, as
in A. Torralba, R. Fergus, W. T. Freeman, 80 Million Tiny Images (IEEE TPAMI 30(11), 2008). This tolerates changes of
brightness, contrast, compression and size. Smooth pictures (skies, walls) correlate whatever they show, so the fine
detail, the difference from a 3×3 mean, must correlate as well. For how often such pairs occur across training and test
splits of well-known sets, see B. Barz, J. Denzler, Do We Train on Test Data? (Journal of Imaging 6(6), 2020,
arXiv:1902.00423).

None is missed: a projection never increases a distance, so two pictures whose 8×8 versions are too far apart need no
closer check, nor do two whose details are too far apart along the few axes on which details vary most.
"""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from workbench.data.progress import Progress
from workbench.data.rows import Values, blocks
from workbench.search.close_pairs import ROUNDING, close_pairs

SMALL, TINY = 32, 8
"""Sides in pixels: the maximum size for comparison, and the size for ruling out pairs."""

LEAST_CORRELATION = 0.98
LEAST_DETAIL = 0.95
"""The smallest correlation of the fine detail, in grey: JPEG keeps only a quarter of the colour pixels."""

REACH = (2 - 2 * LEAST_CORRELATION) ** 0.5
"""The distance of two unit vectors with this correlation."""

DETAIL_REACH = (2 - 2 * LEAST_DETAIL) ** 0.5

NUM_AXES = 128
"""The number of principal axes of details; that many separate nearly all smooth pictures."""

SAMPLE = 4096
"""The number of pictures from which the principal axes of details are computed."""

MOST_PAIRS = 20_000
"""The search ends at this number of pairs: nobody looks at more."""

SLICE = 2048
"""The number of pairs, or pictures, processed at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NearPairs:
    """``pairs``: int64 [P, 2], the smaller index first; ``correlations``: float32 [P]. Pairs across parts come first.

    ``complete`` is False if the search ended at ``MOST_PAIRS``.
    """

    pairs: NDArray[np.int64]
    correlations: NDArray[np.float32]
    complete: bool = True


def same_as(parts: Sequence[Values], progress: Progress) -> NDArray[np.int64]:
    """Return for each picture the index of the first one with the same bytes, int64 [N]; usually its own.

    parts: uint8 [n, C, H, W] each, or float32 [n, D] of a table's rows, numbered consecutively.
    """
    total, first = sum(map(len, parts)), dict[bytes, int]()
    firsts = np.empty(total, np.int64)
    for number, picture in enumerate(itertools.chain.from_iterable(parts)):
        if number % SLICE == 0:
            progress("Finding exact duplicates", number, total)
        digest = hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest()
        firsts[number] = first.setdefault(digest, number)
    return firsts


def near_pairs(parts: Sequence[Values], firsts: NDArray[np.int64], progress: Progress, side: int = SMALL) -> NearPairs:
    """Return the near-duplicate pairs, excluding exact ones. ``firsts`` is the result of ``same_as``; equal pictures
    count once.

    parts: uint8 [n, C, H, W] each. They are compared at ``side`` pixels or less: enlarged pictures have no detail
    beyond their original size. Raises Cancelled from ``progress``.
    """
    small = torch.cat([_small(part, min(side, SMALL), progress) for part in parts])
    tiny, details = _coordinates(small, progress)
    single = torch.from_numpy(firsts) == torch.arange(len(tiny))
    ends = itertools.accumulate(map(len, parts), initial=0)
    numbers = [begin + torch.nonzero(single[begin:end])[:, 0] for begin, end in itertools.pairwise(ends)]
    found: list[tuple[Tensor, Tensor]] = []
    num_found = 0
    for close in close_pairs(tiny, numbers, REACH, progress):
        alike = torch.cat([pairs[_within(details, pairs, DETAIL_REACH)] for pairs in close.split(SLICE)])
        if not len(alike):
            continue
        new = [_checked(small, pairs) for pairs in alike.split(SLICE)]
        num_found += sum(len(pairs) for pairs, _ in new)
        found += new
        if num_found >= MOST_PAIRS:
            break
    pairs = torch.cat([torch.empty(0, 2, dtype=torch.int64), *(pairs for pairs, _ in found)])[:MOST_PAIRS]
    correlations = torch.cat([torch.empty(0), *(values for _, values in found)])[:MOST_PAIRS]
    return NearPairs(pairs=pairs.numpy(), correlations=correlations.numpy(), complete=len(pairs) < MOST_PAIRS)


def _small(pictures: Values, longest: int, progress: Progress) -> Tensor:
    """Shrink pictures by averaging so that no side exceeds ``longest``: uint8 [n, C, h, w]."""
    size = tuple(min(side, longest) for side in pictures.shape[2:])
    chunks = [torch.empty(0, pictures.shape[1], *size, dtype=torch.uint8)]
    done = 0
    for block in blocks(pictures):
        progress("Shrinking pictures", done, len(pictures))
        done += len(block)
        chunk = torch.from_numpy(np.array(block))
        if chunk.shape[2:] != size:
            chunk = F.interpolate(chunk.float(), size=size, mode="area").round_().to(torch.uint8)
        chunks.append(chunk)
    return torch.cat(chunks)


def _normalised(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Normalise pictures to mean 0 and norm 1, float [n, C, h, w]; also return which have a non-zero norm, bool [n]."""
    centred = pictures - pictures.mean(dim=(1, 2, 3), keepdim=True)
    lengths = centred.flatten(1).norm(dim=1)
    return centred / lengths.clamp_min(1e-6)[:, None, None, None], lengths > 1e-3


def _tiny(pictures: Tensor) -> Tensor:
    """Return the coordinates of pictures [n, C, h, w] along the cells of an 8×8 grid, grey: [n, 64].

    This is an orthogonal projection, which never increases a distance: a cell's vector is 1 over the root of its number
    of pixels there and 0 elsewhere, so it has norm 1, and cells do not overlap.
    """
    rows, columns = (torch.arange(side) * min(TINY, side) // side for side in pictures.shape[2:])
    blocks = (rows[:, None] * TINY + columns).flatten()
    grey = pictures.sum(dim=1).flatten(1)
    sums = torch.zeros(len(pictures), TINY * TINY).index_add_(1, blocks, grey)
    sizes = torch.bincount(blocks, minlength=TINY * TINY) * pictures.shape[1]
    return sums / sizes.clamp_min(1).sqrt()


def _coordinates(small: Tensor, progress: Progress) -> tuple[Tensor, Tensor]:
    """Return the tiny versions, [n, 64], and the details' directions along their principal axes, [n, axes]."""
    sample = _directions(small[:: -(-len(small) // SAMPLE)])
    axes = torch.linalg.eigh(sample.T @ sample)[1][:, -NUM_AXES:]
    tiny, details = [], []
    for number, chunk in enumerate(small.split(SLICE)):
        progress("Measuring pictures", number * SLICE, len(small))
        tiny.append(_tiny(_normalised(chunk.float())[0]))
        details.append(_directions(chunk) @ axes)
    return torch.cat(tiny), torch.cat(details)


def _directions(pictures: Tensor) -> Tensor:
    """Return the details as vectors of norm 1: [n, h·w]."""
    return _normalised(_detail(pictures.float()))[0].flatten(1)


def _within(points: Tensor, pairs: Tensor, reach: float) -> Tensor:
    """Return which pairs are at most ``reach`` apart, up to rounding: bool [p]."""
    one, other = (points[pairs[:, side]] for side in (0, 1))
    return (one - other).square().sum(dim=1) <= reach**2 + ROUNDING


def _checked(small: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the pairs that are near-duplicates, [p, 2], and their correlations, [p]."""
    one, other = (small[pairs[:, side]].float() for side in (0, 1))
    correlations, structured = _correlations(one, other)
    details, detailed = _correlations(_detail(one), _detail(other))
    near = structured & detailed & (correlations >= LEAST_CORRELATION) & (details >= LEAST_DETAIL)
    return pairs[near], correlations[near]


def _correlations(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    (first, has_first), (second, has_second) = _normalised(one), _normalised(other)
    return (first * second).flatten(1).sum(dim=1), has_first & has_second


def _detail(pictures: Tensor) -> Tensor:
    """Return the fine detail, the difference from a 3×3 mean, in grey: [n, 1, h, w]."""
    pictures = pictures.mean(dim=1, keepdim=True)
    return pictures - F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
