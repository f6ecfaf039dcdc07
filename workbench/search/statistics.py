"""Global statistics of a picture, which describe it without a network. Compared by Euclidean distance, like all
descriptors.

- ``pixels``: the picture itself, small. A. Torralba, R. Fergus, W. T. Freeman: 80 Million Tiny Images. IEEE TPAMI
  30(11), 2008.
- ``colours``: its colour histogram. M. J. Swain, D. H. Ballard: Color Indexing. IJCV 7(1), 1991; compared by the
  Hellinger distance as in R. Arandjelović, A. Zisserman: Three Things Everyone Should Know to Improve Object
  Retrieval. CVPR 2012.
- ``gradients``: histograms of oriented gradients. N. Dalal, B. Triggs: Histograms of Oriented Gradients for Human
  Detection. CVPR 2005.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.data.progress import Progress
from workbench.data.rows import Values, blocks

Pictures = NDArray[np.uint8]
Descriptors = NDArray[np.float32]

SMALL = 32
"""The largest side in pixels for comparing pixels."""

COLOUR_BINS, GREY_BINS = 8, 64
"""The bins of each of three channels, counted together, and of a channel that is counted alone."""

GRID = 4
"""A picture is divided into as many cells along each side, so that descriptors of large ones are no longer."""

ORIENTATIONS = 9
LARGEST, EPSILON = 0.2, 1e-5
"""Where a block's histogram is clipped, and what keeps its norm from 0."""


def pixels(pictures: Pictures) -> Descriptors:
    """Return the values, 0 to 1, of pictures uint8 [N, C, H, W], which are averaged down to at most 32×32: float32
    [N, D].
    """
    small: Descriptors = pictures.astype(np.float32) / np.float32(255)
    for axis in (2, 3):
        side = small.shape[axis]
        starts = np.arange(min(side, SMALL)) * side // min(side, SMALL)
        counts = np.diff(starts, append=side).astype(np.float32)
        small = np.add.reduceat(small, starts, axis=axis)
        small /= counts[:, None] if axis == 2 else counts
    return small.reshape(len(small), -1)


def colours(pictures: Pictures) -> Descriptors:
    """Return the root of the halved colour histogram of pictures uint8 [N, C, H, W], of sum 1: float32 [N, D].

    Three channels are counted together, as 8×8×8 colours; otherwise each has a histogram of 64 values. The Euclidean
    distance of such roots is the Hellinger distance of the histograms.
    """
    num, num_channels = pictures.shape[:2]
    values = pictures.reshape(num, num_channels, -1).astype(np.int64)
    if num_channels == 3:
        binned = values * COLOUR_BINS // 256
        counted, num_bins = (binned[:, 0] * COLOUR_BINS + binned[:, 1]) * COLOUR_BINS + binned[:, 2], COLOUR_BINS**3
    else:
        offsets = GREY_BINS * np.arange(num_channels)[:, None]
        counted, num_bins = (values * GREY_BINS // 256 + offsets).reshape(num, -1), GREY_BINS * num_channels
    of_picture = num_bins * np.arange(num)[:, None]
    counts = np.bincount((counted + of_picture).ravel(), minlength=num * num_bins).reshape(num, num_bins)
    roots: Descriptors = np.sqrt(counts / (2 * counted.shape[1])).astype(np.float32)
    return roots


def gradients(pictures: Pictures) -> Descriptors:
    """Return the histograms of oriented gradients of pictures uint8 [N, C, H, W], whose sides are at least 4: float32
    [N, D].

    Nine orientations in 4×4 cells (more where a side is no multiple of 4); each 2×2 cells are a block, normalised,
    clipped and normalised again. Each pixel counts with the channel of the strongest gradient.
    """
    rows, columns = _differences(pictures)
    strengths = np.hypot(rows, columns)
    turned = np.floor(np.arctan2(rows, columns) * (ORIENTATIONS / np.pi)).astype(np.int64) % ORIENTATIONS
    num, (height, width) = len(pictures), pictures.shape[2:]
    down, across = height // GRID, width // GRID
    num_down, num_across = height // down, width // across
    cells = np.arange(num_down * down)[:, None] // down * num_across + np.arange(num_across * across) // across
    cells = cells + num_down * num_across * np.arange(num)[:, None, None]
    inside = np.s_[:, : num_down * down, : num_across * across]
    sums = np.bincount(
        (cells * ORIENTATIONS + turned[inside]).ravel(),
        weights=strengths[inside].ravel(),
        minlength=num * num_down * num_across * ORIENTATIONS,
    )
    means = sums.reshape(num, num_down, num_across, ORIENTATIONS) / (down * across)
    windows = np.lib.stride_tricks.sliding_window_view(means, (2, 2), axis=(1, 2))
    blocked = windows.transpose(0, 1, 2, 4, 5, 3).reshape(num, -1, 4 * ORIENTATIONS)
    clipped = np.minimum(blocked / _norms(blocked), LARGEST)
    described: Descriptors = (clipped / _norms(clipped)).reshape(num, -1).astype(np.float32)
    return described


def _differences(pictures: Pictures) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the differences across each pixel, downwards and to the right, of the channel where they are the largest:
    [N, H, W].
    """
    values = pictures.astype(np.float32)
    rows, columns = np.zeros_like(values), np.zeros_like(values)
    rows[:, :, 1:-1] = values[:, :, 2:] - values[:, :, :-2]
    columns[..., 1:-1] = values[..., 2:] - values[..., :-2]
    strongest = (rows * rows + columns * columns).argmax(axis=1)[:, None]
    return np.take_along_axis(rows, strongest, axis=1)[:, 0], np.take_along_axis(columns, strongest, axis=1)[:, 0]


def _norms(blocked: NDArray[np.float64]) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.sqrt(np.square(blocked).sum(axis=-1, keepdims=True) + EPSILON**2)
    return norms


STATISTICS: dict[str, Callable[[Pictures], Descriptors]] = {
    "pixels": pixels,
    "colours": colours,
    "gradients": gradients,
}


def statistics_of(pictures: Values, statistic: str, progress: Progress) -> Descriptors:
    """Return the ``statistic`` of all pictures, uint8 [N, C, H, W], some megabytes at a time: float32 [N, D].

    ``progress`` may cancel before each block.
    """
    of = STATISTICS[statistic]
    described = np.empty((len(pictures), of(pictures[:1]).shape[1]), np.float32)
    done = 0
    for block in blocks(pictures):
        progress("Describing pictures", done, len(pictures))
        described[done : done + len(block)] = of(block)
        done += len(block)
    return described
