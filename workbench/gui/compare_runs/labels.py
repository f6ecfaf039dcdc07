"""Where the labels of a bubble chart are: beside their bubbles, on nothing else, within the frame. No Qt."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GAP = 3.0
"""Pixels between a label and what is beside it, at least."""

DISTANCES = (GAP, 14.0, 28.0, 46.0, 70.0)
"""Pixels between a label and its bubble that are tried, the nearest first."""

LED = 10.0
"""Pixels between a bubble and its label from which on a line leads from one to the other."""

SIDES = (0, 180, 90, 270, 45, 315, 135, 225, 22.5, 337.5, 157.5, 202.5, 67.5, 112.5, 247.5, 292.5)
"""Angles in degrees from a bubble to its label that are tried: right, left, below, above, then between them."""

NUM_SEEN = 16
"""Points of a line to a label that are looked at."""

PART = 8.0
"""Pixels of a line that are avoided as one box."""

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Box(NamedTuple):
    """A rectangle in pixels, y downward."""

    left: float
    top: float
    right: float
    bottom: float


class Disc(NamedTuple):
    """A bubble in pixels, y downward."""

    x: float
    y: float
    radius: float


def place_labels(
    discs: Sequence[Disc], sizes: Sequence[tuple[float, float]], frame: Box, avoided: Sequence[Box] = ()
) -> list[Box | None]:
    """Return where the label of each bubble is, of the given width and height; None where it does not fit.

    No label covers another, or a bubble, or leaves the frame; those of the first bubbles choose first. What is
    ``avoided``, and lines that lead to labels, are covered only where there is no other room. A bubble whose middle is
    outside the frame has no label.
    """
    rings = np.array(discs, np.float64).reshape(-1, 3)
    placed: list[Box] = []
    avoided = list(avoided)
    found: list[Box | None] = []
    for disc, size in zip(discs, sizes, strict=True):
        places = _places(disc, size)
        free = _inside(places, frame) & ~_covers_discs(places, rings) & ~_covers_boxes(places, placed)
        best = free & ~_covers_boxes(places, avoided) & ~_led_over(places, disc, placed)
        chosen = best if best.any() else free
        is_seen = frame.left <= disc.x <= frame.right and frame.top <= disc.y <= frame.bottom
        box = Box(*map(float, places[chosen.argmax()])) if is_seen and chosen.any() else None
        found.append(box)
        if box is not None:
            placed.append(box)
            avoided += along(leading(disc, box))
    return found


def leading(disc: Disc, box: Box) -> tuple[tuple[float, float], ...]:
    """Return the ends of a line from a bubble to its label; none if they are beside each other."""
    x, y = min(max(disc.x, box.left), box.right), min(max(disc.y, box.top), box.bottom)
    away = math.hypot(x - disc.x, y - disc.y)
    if away < disc.radius + LED:
        return ()
    share = disc.radius / away
    return (disc.x + share * (x - disc.x), disc.y + share * (y - disc.y)), (x, y)


def along(points: Sequence[tuple[float, float]]) -> list[Box]:
    """Return small boxes on the line through some points, to be avoided."""
    boxes = []
    for (x, y), (end_x, end_y) in pairwise(points):
        num_parts = max(math.ceil(math.hypot(end_x - x, end_y - y) / PART), 1)
        across, down = (end_x - x) / num_parts, (end_y - y) / num_parts
        corners = [(x + part * across, y + part * down) for part in range(num_parts + 1)]
        boxes += [Box(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(corners)]
    return boxes


def _places(disc: Disc, size: tuple[float, float]) -> Floats:
    """Return the places that are tried for a label, the best first: [n, 4] in the order of ``Box``."""
    width, height = size
    angles = np.tile(np.radians(SIDES), len(DISTANCES))
    reach = disc.radius + np.repeat(DISTANCES, len(SIDES))
    # The label touches the circle with the point of its edge that faces the bubble's middle.
    left = disc.x + np.cos(angles) * reach + (np.cos(angles) - 1) / 2 * width
    top = disc.y + np.sin(angles) * reach + (np.sin(angles) - 1) / 2 * height
    return np.stack([left, top, left + width, top + height], axis=1)


def _inside(places: Floats, frame: Box) -> Truths:
    left, top, right, bottom = places.T
    inside: Truths = (left >= frame.left) & (top >= frame.top) & (right <= frame.right) & (bottom <= frame.bottom)
    return inside


def _covers_discs(places: Floats, discs: Floats) -> Truths:
    """Return which places are less than nearly a gap away from a bubble."""
    middles = discs[None, :, :2]
    nearest = np.clip(middles, places[:, None, :2], places[:, None, 2:])
    away = np.linalg.norm(nearest - middles, axis=2)
    covers: Truths = np.any(away < discs[None, :, 2] + GAP - 1, axis=1)
    return covers


def _covers_boxes(places: Floats, boxes: Sequence[Box]) -> Truths:
    """Return which places are less than a gap away from a box, to the side, or touch it from above or below."""
    others = np.array(boxes, np.float64).reshape(1, -1, 4)
    begins = places[:, None, :2] < others[:, :, 2:] + (GAP, 0)
    ends = places[:, None, 2:] > others[:, :, :2] - (GAP, 0)
    covers: Truths = np.any(np.all(begins & ends, axis=2), axis=1)
    return covers


def _led_over(places: Floats, disc: Disc, boxes: Sequence[Box]) -> Truths:
    """Return for which places the line from the bubble to the label would cross a box."""
    middle = np.array([disc.x, disc.y])
    ends = np.clip(middle, places[:, :2], places[:, 2:])
    shares = np.linspace(0, 1, NUM_SEEN)[:, None]
    seen = middle + shares * (ends[:, None] - middle)  # [places, points, 2]
    others = np.array(boxes, np.float64).reshape(1, 1, -1, 4)
    points = seen[:, :, None]
    within = np.all((points >= others[..., :2]) & (points <= others[..., 2:]), axis=3)
    covers: Truths = np.any(within, axis=(1, 2))
    return covers
