"""Curves as lines in a chart: where its points, ticks and marks lie, for the template that draws them as SVG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.spec.quantities import numeral, significant
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 10, 34
LETTER = 8
"""The width of a digit in the ticks, whatever the reader's font."""

MOST_BUCKETS = 600
"""Of a longer line, the lowest and the highest point in each of so many equal parts are drawn: peaks stay."""

MOST_TICKS = 6
MARGIN = 0.03
"""Room above and below the curves, as a share of their range."""

ROUNDING = 1e-9
"""Numbers that differ by less than this share are drawn as the same: between them, no ticks could be told apart."""

SMALLEST = 1e-300
FEWEST_TICKS = 3

NUM_COLOURS = 8


class Line(Record):
    """A curve: its name for the legend, and its points ``x``, ``y``: float64 [n], with NaN where it is interrupted.

    ``colour`` counts the style sheet's; a ``faint`` line lies behind the others, without dots.
    """

    name: str
    x: Any
    y: Any
    colour: int = 0
    faint: bool = False


class Drawn(Record):
    """A line as drawn: its unbroken ``pieces``, each the points of a polyline, and its ``dots``."""

    name: str
    colour: int
    faint: bool
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


class Chart(Record):
    """A chart, with the places of its ticks and ``marks`` (changes, by number) in the picture's units."""

    title: str
    lines: tuple[Drawn, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...]
    words: str
    """The chart in a sentence, for those who do not see it."""

    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def chart(
    title: str,
    lines: Sequence[Line],
    marks: Sequence[tuple[float, str]] = (),
    *,
    is_share: bool = False,
    is_log: bool = False,
) -> Chart | None:
    """Return the chart of these lines over epochs; None without a finite point. ``marks`` are (epoch, number). A share
    is shown in percent. On a logarithmic scale, which needs a positive point, a line is interrupted where it is not.
    """
    shown = [line for line in lines if np.isfinite(line.y).any()]
    if not shown:
        return None
    is_log = is_log and any((line.y[np.isfinite(line.y)] > 0).any() for line in shown)
    placed = _logarithm if is_log else np.asarray
    first, last = _range(np.concatenate([line.x for line in shown]))
    low, high = _range(np.concatenate([placed(line.y) for line in shown]))
    first, room = min(first, 0.0), MARGIN * (high - low)
    low, high = (max(low - room, 0.0) if low >= 0 and not is_log else low - room), high + room
    named = log_ticks(low, high) if is_log else ticks(low, high)
    levels = [(float(placed(np.array(tick))), _named(tick, is_share=is_share)) for tick in named]
    left = max([LEFT, *(LETTER * len(words) + 10 for _, words in levels)])

    def across(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return left + (x - first) / (last - first) * (WIDTH - left - RIGHT)

    def down(y: NDArray[np.float64]) -> NDArray[np.float64]:
        return TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM)

    drawn = []
    for line in sorted(shown, key=lambda line: not line.faint):
        x, y = thinned(line.x, line.y)
        points = np.stack([across(x), down(placed(y))], axis=1).round(2)
        drawn.append(
            Drawn(
                name=line.name,
                colour=line.colour % NUM_COLOURS,
                faint=line.faint,
                pieces=tuple(_polyline(piece) for piece in _unbroken(points)),
                dots=() if line.faint else tuple(map(tuple, points[np.isfinite(points[:, 1])].tolist())),
            )
        )
    return Chart(
        title=f"{title}, logarithmic" if is_log else title,
        lines=tuple(drawn),
        x_ticks=tuple((float(across(np.array(tick)).round(2)), f"{tick:g}") for tick in ticks(first, last, least=1)),
        y_ticks=tuple((float(down(np.array(tick)).round(2)), words) for tick, words in levels),
        marks=tuple((float(across(np.array(place)).round(2)), words) for place, words in marks),
        left=left,
        words=f"{title} over epochs. {' '.join(_in_words(line) for line in shown)}",
    )


def _logarithm(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the decadic logarithm; NaN of what has none."""
    return np.log10(np.where(y > 0, y, np.nan))


def _named(tick: float, *, is_share: bool) -> str:
    return f"{numeral(100 * tick, 'g')} %" if is_share else numeral(tick, "g")


def _in_words(line: Line) -> str:
    there = np.isfinite(line.y)
    y = line.y[there]
    first, last, lowest, highest = map(significant, (y[0], y[-1], y.min(), y.max()))
    return f"{line.name}: from {first} to {last}, lowest {lowest}, highest {highest}."


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the lowest and the highest finite value, apart even if they are equal but for rounding."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    largest = max(-low, high)
    if high - low > max(ROUNDING * largest, SMALLEST):
        return low, high
    room = max(0.5, ROUNDING * largest)
    return low - room, high + room


def thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points of a line, float64 [n]; of one with too many, the lowest and the highest of each bucket, and a
    NaN of each bucket that has one.
    """
    if len(x) <= 2 * MOST_BUCKETS:
        return x, y
    kept: list[int] = []
    for bucket in np.array_split(np.arange(len(x)), MOST_BUCKETS):
        finite, missing = bucket[np.isfinite(y[bucket])], bucket[~np.isfinite(y[bucket])]
        ends = {int(finite[y[finite].argmin()]), int(finite[y[finite].argmax()])} if len(finite) else set()
        kept += sorted(ends | set(missing[:1].tolist()))
    return x[kept], y[kept]


def _unbroken(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the runs of finite points, float64 [n, 2] each."""
    finite: NDArray[np.bool_] = np.isfinite(points[:, 1])
    pieces = np.split(np.arange(len(points)), np.flatnonzero(np.diff(finite)) + 1)
    return [points[piece] for piece in pieces if len(piece) and finite[piece[0]]]


def _polyline(points: NDArray[np.float64]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points.tolist())


def ticks(low: float, high: float, least: float = 0.0) -> list[float]:
    """Return round numbers from ``low`` to ``high``, at most ``MOST_TICKS``, evenly spaced by 1, 2 or 5 times a power
    of ten, at ``least`` so far apart.
    """
    rough = max((high - low) / (MOST_TICKS - 1), least)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers from 10^``low`` to 10^``high``: powers of ten; where these are few, 2 and 5 times them too,
    or else evenly spaced numbers.
    """
    powers = [10.0**power for power in range(math.ceil(low), math.floor(high) + 1)]
    if len(powers) >= FEWEST_TICKS:
        return powers[:: math.ceil(len(powers) / MOST_TICKS)]
    numbers = [digit * 10.0**power for power in range(math.floor(low), math.ceil(high)) for digit in (1, 2, 5)]
    shown = [number for number in (*numbers, 10.0 ** math.ceil(high)) if low <= math.log10(number) <= high]
    return shown if len(shown) >= FEWEST_TICKS else ticks(10**low, 10**high)
