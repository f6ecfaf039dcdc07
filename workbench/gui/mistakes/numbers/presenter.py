"""The errors of a regression head as shown, and the pictures of the choice. No Qt."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.gui.mistakes.page_presenter import PagePresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.mistakes.numbers import Errors, NumberMistakes
from workbench.spec.quantities import numeral, percent
from workbench.spec.record import Record
from workbench.spec.words import several

LEAST_BARS, MOST_BARS = 10, 40
"""Bars of the distribution."""

AROUND = 0.5
"""Half of what an axis shows around a single value."""

ALL_WHOLE = 2**24
"""From here on, every number of single precision is whole."""


ORDERS: dict[str, Callable[[Errors], NDArray[np.int64]]] = {
    "Largest errors first": lambda errors: errors.worst,
    "Most overestimated first": lambda errors: np.argsort(-errors.signed, kind="stable"),
    "Most underestimated first": lambda errors: np.argsort(errors.signed, kind="stable"),
    "Smallest errors first": lambda errors: errors.worst[::-1],
}
"""What the orders of the pictures are called, and the pictures in them."""


class Between(Record):
    """The pictures whose signed error is at least ``low`` and less than ``high``; infinity for the last bar."""

    low: float
    high: float


class NumbersPresenter(PagePresenter[NumberMistakes]):
    """One of the head's numbers, and the errors that are chosen in their distribution."""

    everything = "All errors"
    everything_tip = "Show the errors of every {thing}"

    def __init__(self, window: MistakesPresenter) -> None:
        super().__init__(window)
        self.number = 0
        self.chosen: Between | None = None

    @property
    def errors(self) -> Errors:
        return self.found.errors[min(self.number, len(self.found.errors) - 1)]

    def choose_number(self, number: int) -> None:
        """Choose another of the head's numbers, and all of its errors."""
        self.number = number
        self.choose_all()

    # In words

    def said(self, value: float, sign: str = "") -> str:
        """Return a value in the column's unit; ``sign`` is ``+`` if it is to have one."""
        if math.isnan(value):
            return "NaN"
        return f"{numeral(value, f'{sign}.4g')} {self.found.column.unit}".rstrip()

    @property
    def words(self) -> str:
        figures = self.errors.figures
        return f"MAE {self.said(figures.mae)} · RMSE {self.said(figures.rmse)} · R² {_share_explained(figures.r2, 3)}"

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """All figures, names and values."""
        figures, errors = self.errors.figures, self.errors
        return (
            ("Mean absolute error (MAE)", self.said(figures.mae)),
            ("Root mean squared error (RMSE)", self.said(figures.rmse)),
            ("R²", _share_explained(figures.r2, 4)),
            ("Median error", self.said(figures.median)),
            ("Mean signed error (bias)", self.said(figures.bias, "+")),
            ("Largest error", self.said(figures.largest)),
            (self.score_words(errors.marked), percent(errors.score(errors.marked))),
        )

    def score_words(self, within: float) -> str:
        """Return how a cumulative score is called, with the error that it allows: ``Error at most 5 years (CS5)``."""
        return f"Error at most {self.said(within)} (CS{within:g})"

    def score_tip(self, within: float) -> str:
        """Return the share of the pictures whose error is at most this one."""
        return f"Error at most {self.said(within)}: {percent(self.errors.score(within))} of the {several(self.found.thing)}"

    def prediction(self, index: int) -> list[str]:
        errors = self.errors
        values = f"{self.said(errors.actual[index])}, predicted as {self.said(errors.predicted[index])}"
        return [values, f"error {self.said(errors.signed[index], '+')}"]

    def row_words(self, index: int) -> str:
        """Return the description of a table's row, the error before the values."""
        assert self.found.names is not None
        values, error = self.prediction(index)
        return " · ".join([str(self.found.names[index]), *self.changes(index), error, values])

    def badge(self, index: int) -> str:
        error = self.errors.signed[index]
        return "NaN" if math.isnan(error) else numeral(error, "+.3g")

    # The choice

    def choose_all(self) -> None:
        self.chosen = None

    def choose_bar(self, error: float) -> bool:
        """Choose the pictures of the bar over a signed error; return whether there is one."""
        counts, edges = self.distribution
        place = self._bar_at(error)
        if place is None or not counts[place]:
            return False
        high = math.inf if place == len(counts) - 1 else float(edges[place + 1])
        self.chosen = Between(low=float(edges[place]), high=high)
        return True

    def is_chosen(self, low: float, high: float) -> bool:
        """Return whether a bar has part in the choice, which may be that of a bar of an earlier answer."""
        return self.chosen is None or (low < self.chosen.high and self.chosen.low < high)

    @property
    def all_chosen(self) -> NDArray[np.int64]:
        errors = self.errors
        order = ORDERS[self.orders[self.order]](errors)
        if self.chosen is None:
            return order
        is_in = (errors.signed >= self.chosen.low) & (errors.signed < self.chosen.high)
        return order[is_in[order]]

    @property
    def orders(self) -> tuple[str, ...]:
        return tuple(ORDERS)

    @property
    def chosen_words(self) -> str:
        if self.chosen is None:
            return f"All errors · {self.count_words}"
        high = min(self.chosen.high, float(self.distribution[1][-1]))
        return f"Errors from {self._between(self.chosen.low, high)} · {self.count_words}"

    def _between(self, low: float, high: float) -> str:
        return f"{numeral(low, '+.3g')} to {self.said(high, '+')}"

    # The charts

    @property
    def value_range(self) -> tuple[float, float]:
        """The range of all numbers, actual and predicted."""
        values = np.concatenate([self.errors.actual, self.errors.predicted])
        return _range(values[np.isfinite(values)])

    @property
    def _finite_errors(self) -> NDArray[np.float64]:
        return self.errors.signed[np.isfinite(self.errors.signed)]

    @property
    def has_whole_errors(self) -> bool:
        """Whether all errors are whole numbers, as those of a network that counts may be."""
        finite = self._finite_errors
        return len(finite) > 0 and bool(np.all((finite == np.rint(finite)) & (np.abs(finite) < ALL_WHOLE)))

    @property
    def distribution(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """How many signed errors are in each bar, and the ends of the bars: int64 [bars], float64 [bars + 1].

        Bars are as wide as Freedman and Diaconis (1981) recommend, within limits; around whole numbers, if there are no
        others.
        """
        finite = self._finite_errors
        low, high = _range(finite)
        if self.has_whole_errors:
            low, high = math.ceil(low), math.floor(high)
            width = math.ceil((high - low + 1) / MOST_BARS)
            num_bars = math.ceil((high - low + 1) / width)
            return np.histogram(finite, low - 0.5 + width * np.arange(num_bars + 1))
        edges = np.histogram_bin_edges(finite, "fd", (low, high)) if len(finite) else np.array([low, high])
        num_bars = int(np.clip(len(edges) - 1, LEAST_BARS, MOST_BARS))
        return np.histogram(finite, num_bars, (low, high))

    def _bar_at(self, error: float) -> int | None:
        counts, edges = self.distribution
        place = int(np.searchsorted(edges, error, side="right")) - 1
        return place if 0 <= place < len(counts) else None

    def bar_tip(self, error: float) -> str:
        """Return the description of the bar over a signed error; empty beside them."""
        counts, edges = self.distribution
        place = self._bar_at(error)
        if place is None:
            return ""
        return f"Errors from {self._between(edges[place], edges[place + 1])}: {counts[place]:,}"

    @property
    def cumulative(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The cumulative score curve: errors in increasing order, and the share of pictures with at most that error."""
        errors = np.sort(self.errors.absolute[np.isfinite(self.errors.absolute)])
        shares = np.arange(1, len(errors) + 1) / len(self.errors.absolute)
        return np.concatenate([[0.0], errors]), np.concatenate([[0.0], shares])


def _share_explained(r2: float, num_digits: int) -> str:
    return "–" if math.isnan(r2) else numeral(r2, f".{num_digits}f")


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    return (low - AROUND, high + AROUND) if math.isclose(low, high) else (low, high)
