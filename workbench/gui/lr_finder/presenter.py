"""The positions of a range test's points, and what is said about them. No Qt."""

import math
from collections.abc import Sequence

from workbench.gui.watch.curves.ticks import log_ticks
from workbench.spec.quantities import significant
from workbench.spec.record import Record

EXPLAINED = {"valley": "valley, half way along the longest descent", "steepest": "where it is steepest"}
"""What is said of each suggestion."""

LEAST_SHARE = 0.02
"""The least height of the chart as a share of the smallest loss: before the loss falls, its noise is no slope."""


class Place(Record):
    """A point in the unit square: ``x`` is the rate on a log scale, ``y`` the loss, cut off at 1."""

    x: float
    y: float


class LrFinderPresenter:
    """The curve so far, the suggestions once it is complete, and the chosen rate."""

    def __init__(self, lowest: float, highest: float) -> None:
        self._ends = math.log10(lowest), math.log10(highest)
        self.rates: Sequence[float] = ()
        self.losses: Sequence[float] = ()
        self.suggestions: tuple[tuple[str, float], ...] = ()
        self.chosen: float | None = None

    def show(self, rates: Sequence[float], losses: Sequence[float]) -> None:
        """Set the points so far."""
        self.rates, self.losses = rates, losses

    def suggest(self, valley: float | None, steepest: float | None) -> None:
        """Set the suggestions for the complete curve; the valley is chosen unless the user has chosen a rate."""
        pairs = (("valley", valley), ("steepest", steepest))
        self.suggestions = tuple((name, rate) for name, rate in pairs if rate is not None)
        if self.chosen is None and self.suggestions:
            self.choose(self.suggestions[0][1])

    def choose(self, rate: float) -> None:
        """Choose a rate, rounded to two digits."""
        self.chosen = float(f"{rate:.2g}")

    def choose_at(self, x: float) -> None:
        """Choose the rate at a position from 0 to 1."""
        low, high = self._ends
        self.choose(10 ** (low + min(max(x, 0.0), 1.0) * (high - low)))

    def x_of(self, rate: float) -> float:
        """Return the position of a rate, from 0 to 1."""
        low, high = self._ends
        return (math.log10(rate) - low) / (high - low)

    @property
    def curve(self) -> tuple[Place, ...]:
        """The points, up to where a diverging loss leaves the square at its top."""
        if not self.losses:
            return ()
        low, high = self.loss_ends
        left = next((n for n, loss in enumerate(self.losses) if loss > high), len(self.losses))
        return tuple(
            Place(x=self.x_of(rate), y=min((loss - low) / (high - low), 1.0))
            for rate, loss in zip(self.rates[: left + 1], self.losses, strict=False)
        )

    @property
    def loss_ends(self) -> tuple[float, float]:
        """The losses at the lower and upper edge: the smallest, and a little above the largest before it."""
        low = min(self.losses)
        high = max(self.losses[: self.losses.index(low) + 1])
        return low, max(high + 0.25 * (high - low), low + LEAST_SHARE * abs(low), low + 1e-6)

    @property
    def loss_words(self) -> tuple[str, str]:
        """The losses at the lower and upper edge in words."""
        low, high = self.loss_ends
        return significant(low), significant(high)

    @property
    def decades(self) -> tuple[tuple[float, str], ...]:
        """Pairs of x and label for the powers of ten."""
        return tuple((self.x_of(10.0**power), words) for power, words in log_ticks(*self._ends, room=1))

    @property
    def words(self) -> str:
        """The result as text."""
        if not self.suggestions:
            return (
                "The loss did not fall at any of these rates: look whether the examples and their answers belong "
                "together, and whether the network can learn them. A click on the curve chooses a rate all the same."
            )
        said = " or ".join(f"{rate:.2g} ({EXPLAINED[name]})" for name, rate in self.suggestions)
        return f"Suggested: {said}. Click the curve of the smoothed loss for another rate."
