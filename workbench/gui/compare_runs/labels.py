"""Where the labels of a bubble chart are: beside their bubbles, on nothing else, within the frame. No Qt."""

import math
from collections.abc import Callable, Sequence
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

NUM_SEEN = 12
"""Points of a line to a label that are looked at."""

PART = 16.0
"""Pixels of a line that are avoided as one box."""

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Check = Callable[[Floats], Truths]
"""Says which places, [n, 4], are not good: [n]."""


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
    """Return where the labels of the first bubbles are, of the given widths and heights; None where one does not fit.

    No label covers another, or a bubble, or leaves the frame; those of the first bubbles choose first. What is
    ``avoided``, and lines that lead to labels, are covered only where there is no other room. A bubble whose middle is
    outside the frame has no label.
    """
    rings = np.array(discs, np.float64).reshape(-1, 3)
    placed, passed = _array([]), _array(avoided)
    found: list[Box | None] = []
    for disc, size in zip(discs, sizes, strict=False):
        is_seen = frame.left <= disc.x <= frame.right and frame.top <= disc.y <= frame.bottom
        places = _places(disc, size) if is_seen else _array([])
        # Each question is asked only of the places that are left, since there are many of them.
        for covers in (_leaves(frame), _covers_boxes(placed), _covers_discs(rings)):
            places = places[~covers(places)]
        best = places
        for covers in (_covers_boxes(passed), _is_led_over(disc, placed)):
            best = best[~covers(best)]
        box = next((Box(*place) for place in (*best[:1].tolist(), *places[:1].tolist())), None)
        found.append(box)
        if box is not None:
            placed = np.concatenate([placed, _array([box])])
            passed = np.concatenate([passed, _array(along(leading(disc, box)))])
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


def _array(boxes: Sequence[Box]) -> Floats:
    """Return boxes as [n, 4]."""
    return np.array(boxes, np.float64).reshape(-1, 4)


def _leaves(frame: Box) -> Check:
    """Return what finds the places that are partly outside the frame."""

    def check(places: Floats) -> Truths:
        beyond = (places[:, :2] < frame[:2]) | (places[:, 2:] > frame[2:])
        return np.asarray(np.any(beyond, axis=1))

    return check


def _covers_discs(discs: Floats) -> Check:
    """Return what finds the places that are less than nearly a gap away from a bubble."""

    def check(places: Floats) -> Truths:
        nearest = np.clip(discs[None, :, :2], places[:, None, :2], places[:, None, 2:])
        away = np.hypot(nearest[..., 0] - discs[:, 0], nearest[..., 1] - discs[:, 1])
        return np.asarray(np.any(away < discs[:, 2] + GAP - 1, axis=1))

    return check


def _covers_boxes(boxes: Floats) -> Check:
    """Return what finds the places that are less than a gap beside a box, or that touch it from above or below."""

    def check(places: Floats) -> Truths:
        begins = places[:, None, :2] < boxes[:, 2:] + (GAP, 0)
        ends = places[:, None, 2:] > boxes[:, :2] - (GAP, 0)
        return np.asarray(np.any(np.all(begins & ends, axis=2), axis=1))

    return check


def _is_led_over(disc: Disc, boxes: Floats) -> Check:
    """Return what finds the places to which the line from the bubble would cross a box."""

    def check(places: Floats) -> Truths:
        middle = np.array(disc[:2])
        ends = np.clip(middle, places[:, :2], places[:, 2:])
        seen = middle + np.linspace(0, 1, NUM_SEEN)[:, None] * (ends - middle)[:, None]
        points = seen[:, :, None]  # [places, points, 1, 2]
        within = np.all((points >= boxes[:, :2]) & (points <= boxes[:, 2:]), axis=3)
        return np.asarray(np.any(within, axis=(1, 2)))

    return check
