"""A regression head's predictions on a split: its errors, and how many of them are within any given one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.session.views.mistakes.head import HeadMistakes
from workbench.spec.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

USUAL_SCORE = 5
"""The error of the cumulative score that age estimation reports, CS5 (Geng et al. 2007), in years."""


class Figures(Record):
    """What errors amount to: mean absolute error, root mean squared error, R², the median and the largest absolute
    error, and the mean signed one (``bias``). R² is NaN if all are of the same number.
    """

    mae: float
    rmse: float
    r2: float
    median: float
    bias: float
    largest: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Errors:
    """Predictions of one number: what it is (``actual``) and what is ``predicted``, float64 [N]."""

    actual: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @cached_property
    def signed(self) -> NDArray[np.float64]:
        """By how much each is predicted too large, float64 [N]; negative where it is too small."""
        return self.predicted - self.actual

    @cached_property
    def absolute(self) -> NDArray[np.float64]:
        """The absolute errors, float64 [N]."""
        return np.abs(self.signed)

    @cached_property
    def worst(self) -> NDArray[np.int64]:
        """The pictures by decreasing absolute error: indices int64 [N]; those whose prediction is NaN come first."""
        return np.argsort(-np.nan_to_num(self.absolute, nan=np.inf), kind="stable")

    @cached_property
    def figures(self) -> Figures:
        import torch

        from workbench.metrics import mean_absolute_error, mean_squared_error

        squares = float(np.square(self.actual - self.actual.mean()).sum())
        predicted, actual = torch.from_numpy(self.predicted), torch.from_numpy(self.actual)
        return Figures(
            mae=mean_absolute_error(predicted, actual).item(),
            rmse=mean_squared_error(predicted, actual, squared=False).item(),
            # torchmetrics takes sums of squares below 1e-4 for 0, whatever the unit.
            r2=1 - float(np.square(self.signed).sum()) / squares if np.ptp(self.actual) > 0 else math.nan,
            median=float(np.median(self.absolute)),
            bias=float(self.signed.mean()),
            largest=float(self.absolute.max()),
        )

    def score(self, within: float) -> float:
        """Return the cumulative score: the share of the pictures whose error is at most ``within``."""
        return float((self.absolute <= within).mean())

    @cached_property
    def marked(self) -> float:
        """The error whose cumulative score is named: 5 years for ages, and in general the largest 5 times a power of
        ten that some error exceeds, so that the score says something.
        """
        largest = self.figures.largest
        if not math.isfinite(largest) or largest == 0:
            return USUAL_SCORE
        return USUAL_SCORE * 10.0 ** (math.ceil(math.log10(largest / USUAL_SCORE)) - 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberMistakes(HeadMistakes):
    """``actual`` and ``predicted``: float32 [N, numbers], in the column's unit; of key points x and y, as
    fractions of the picture.
    """

    actual: NDArray[np.float32]
    predicted: NDArray[np.float32]

    @staticmethod
    def kept(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the arrays of a batch from what is predicted and what is actual, both float32 [B, ...]."""
        from workbench.insight.mistakes import of_numbers

        return of_numbers(outputs, targets)

    def prepare(self) -> None:
        for errors in self.errors:
            errors.figures  # noqa: B018  # it is kept

    @cached_property
    def errors(self) -> tuple[Errors, ...]:
        columns = zip(self.actual.T.astype(np.float64), self.predicted.T.astype(np.float64), strict=True)
        return tuple(Errors(actual=actual, predicted=predicted) for actual, predicted in columns)

    @property
    def number_names(self) -> tuple[str, ...]:
        """What each of the numbers is called."""
        count = self.actual.shape[1]
        if self.column.kind == "keypoints":
            return tuple(f"point {place // 2 + 1}, {'xy'[place % 2]}" for place in range(count))
        return (self.target,) if count == 1 else tuple(f"{self.target} {place + 1}" for place in range(count))
