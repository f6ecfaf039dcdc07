"""Turns the first layer's weights into small pictures, and what is predicted in the plane into one. No Qt."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.session.views.plane import Plane
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import isolated

MOST_TILES = 1024
"""Beyond this, tiles would be too small to see; the caption says how many are not shown."""

STRENGTH = 0.5
"""How much of a class's colour a place has where the network is certain, so that the points on top can be seen."""


class Tiles(Record):
    """Filters as pictures: uint8 [N, h, w, 3]; ``lowest`` and ``highest`` are the weights at black and white."""

    pictures: NDArray[np.uint8]
    labels: tuple[str, ...]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]
    num_left_out: int
    is_colour: bool

    def caption(self, index: int) -> str:
        return f"{self.labels[index]} · weights {self.lowest[index]:+.3f} to {self.highest[index]:+.3f}"


def tiles(filters: NDArray[np.float32], *, common_contrast: bool) -> Tiles:
    """Return pictures of filters, float32 [F, C, kh, kw].

    Three channels make one colour picture; otherwise each channel makes a grey picture. Black is the smallest weight
    and white the largest, of each filter, or of all filters if ``common_contrast``. A filter with equal weights is
    mid-grey; NaN and infinite weights count as 0.
    """
    num_filters, num_channels, height, width = filters.shape
    is_colour = num_channels == 3
    if is_colour:
        planes = filters.transpose(0, 2, 3, 1)
        labels = [f"Filter {index}" for index in range(num_filters)]
    else:
        planes = filters.reshape(-1, height, width, 1)
        channel = "" if num_channels == 1 else ", channel {}"
        labels = [f"Filter {index}{channel.format(c)}" for index in range(num_filters) for c in range(num_channels)]
    shown = np.nan_to_num(planes[:MOST_TILES], posinf=0.0, neginf=0.0)
    lowest, highest = (extreme(shown, axis=(1, 2, 3)) for extreme in (np.min, np.max))
    black, white = (lowest.min(), highest.max()) if common_contrast else (lowest, highest)
    pictures = np.broadcast_to(_to_grey(shown, black, white), (*shown.shape[:3], 3))
    return Tiles(
        pictures=np.ascontiguousarray(pictures),
        labels=tuple(labels[:MOST_TILES]),
        lowest=lowest,
        highest=highest,
        num_left_out=max(len(planes) - MOST_TILES, 0),
        is_colour=is_colour,
    )


def _to_grey(planes: NDArray[np.float32], black: NDArray[np.float32], white: NDArray[np.float32]) -> NDArray[np.uint8]:
    black, white = (np.reshape(end, (-1, 1, 1, 1)) for end in (black, white))
    span = white - black
    share = np.where(span > 0, (planes - black) / np.where(span > 0, span, 1), 0.5)
    return np.round(255 * share).astype(np.uint8)


def painted_regions(
    probabilities: NDArray[np.float32], colours: Sequence[Sequence[int]], ground: Sequence[int]
) -> NDArray[np.uint8]:
    """Return the plane as a picture, uint8 [S, S, 3]: each place in its classes' ``colours`` (RGB) by probability,
    float32 [K, S, S], on the ``ground``; places with NaN are left blank.
    """
    mixed = np.einsum("kyx,kc->yxc", probabilities, np.asarray(colours, np.float32))
    blended = STRENGTH * mixed + (1 - STRENGTH) * np.asarray(ground, np.float32)
    return np.ascontiguousarray(np.where(np.isnan(blended), ground, blended).round().astype(np.uint8))


def said_at(plane: Plane, across: float, down: float) -> str:
    """Return the class predicted at a place, given as fractions of the square, and its probability."""
    side = plane.probabilities.shape[1]
    here = plane.probabilities[:, min(int(down * side), side - 1), min(int(across * side), side - 1)]
    best = int(here.argmax())
    return f"{isolated(plane.class_names[best])} · {percent(float(here[best]))}"
