"""Moving between cards by keyboard: along connections first, or else by position. No Qt."""

from collections.abc import Collection, Mapping
from typing import Literal

from workbench.gui.canvas.geometry import Point

Way = Literal["up", "down", "left", "right"]

SIDEWAYS = 3.0
"""Weight of sideways distance relative to distance straight ahead, where no connection leads."""


def step(
    name: str | None, way: Way, positions: Mapping[str, Point], connections: Collection[tuple[str, str]]
) -> str | None:
    """Return the card that ``way`` leads to from ``name``, or None.

    Down goes to the nearest node that this one feeds, and up to the nearest that feeds it; left and right go to a node
    beside it that shares a source or a target. ``connections`` are (source, target). Without a current card, any way
    leads to the first card.
    """
    if name is None or name not in positions:
        return min(positions, key=lambda other: (positions[other][1], positions[other][0], other), default=None)
    linked = _linked(name, way, connections) & positions.keys()
    if way in ("left", "right"):
        linked = {other for other in linked if _ahead(positions[name], positions[other], way)}
    if linked:
        return min(linked, key=lambda other: (_distance(positions[name], positions[other]), other))
    return _across(name, way, positions)


def _linked(name: str, way: Way, connections: Collection[tuple[str, str]]) -> set[str]:
    targets = {target for source, target in connections if source == name}
    sources = {source for source, target in connections if target == name}
    if way == "down":
        return targets
    if way == "up":
        return sources
    beside = {target for source, target in connections if source in sources}
    beside |= {source for source, target in connections if target in targets}
    return beside - {name} - sources - targets


def _across(name: str, way: Way, positions: Mapping[str, Point]) -> str | None:
    here = positions[name]
    ahead = [other for other, place in positions.items() if other != name and _ahead(here, place, way)]

    def cost(other: str) -> tuple[float, str]:
        dx, dy = abs(positions[other][0] - here[0]), abs(positions[other][1] - here[1])
        straight, aside = (dx, dy) if way in ("left", "right") else (dy, dx)
        return (straight + SIDEWAYS * aside, other)

    return min(ahead, key=cost, default=None)


def _ahead(here: Point, there: Point, way: Way) -> bool:
    dx, dy = there[0] - here[0], there[1] - here[1]
    return {"left": dx < 0, "right": dx > 0, "up": dy < 0, "down": dy > 0}[way]


def _distance(first: Point, second: Point) -> float:
    return abs(first[0] - second[0]) + abs(first[1] - second[1])
