"""A yes or no by a probability: how good it is at every threshold, and what is wrong at one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.spec.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """The ROC curve (``false_positive_rate``, ``true_positive_rate``) and the precision–recall curve (``recall``,
    ``precision``), float64 each, with the areas under them: AUC and average precision.

    The curves are empty and the areas NaN unless some pictures are positive and others negative.
    """

    false_positive_rate: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    auc: float
    average_precision: float


def curves_of(probabilities: NDArray[np.float32], is_positive: NDArray[np.bool_]) -> Curves:
    """Return the curves of N pictures, from the probability of yes and whether it is: float32 [N], bool [N]."""
    if not is_positive.any() or is_positive.all():
        none = np.empty(0)
        return Curves(
            false_positive_rate=none,
            true_positive_rate=none,
            recall=none,
            precision=none,
            auc=math.nan,
            average_precision=math.nan,
        )
    found = np.nan_to_num(probabilities)
    falling = np.argsort(-found, kind="stable")
    found, is_hit = found[falling], is_positive[falling]
    ends = np.append(np.flatnonzero(np.diff(found)), len(found) - 1)  # no threshold lies between equal ones
    hits = np.append(0, is_hit.cumsum()[ends])
    answers = np.append(0, ends + 1)
    true_positive, false_positive = hits / hits[-1], (answers - hits) / (answers - hits)[-1]
    precision = np.append(1.0, hits[1:] / answers[1:])
    return Curves(
        false_positive_rate=false_positive,
        true_positive_rate=true_positive,
        recall=true_positive[::-1],
        precision=precision[::-1],
        auc=float(np.trapezoid(true_positive, false_positive)),
        average_precision=float((np.diff(true_positive) * precision[1:]).sum()),
    )


class Counts(Record):
    """How many are true or false positives or negatives at a threshold."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def precision(self) -> float:
        """The share of the positive answers that are right; NaN without any."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """The share of the positives that are found, the true positive rate; NaN without any."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> float:
        """The share of the negatives that are wrongly answered yes; NaN without any."""
        return _share(self.false_positives, self.false_positives + self.true_negatives)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; NaN without any positive, actual or predicted."""
        wrong = self.false_positives + self.false_negatives
        return _share(2 * self.true_positives, 2 * self.true_positives + wrong)


def counts_at(probabilities: NDArray[np.float32], is_positive: NDArray[np.bool_], threshold: float) -> Counts:
    """Return the counts where yes is answered from this probability on: float32 [N], bool [N]."""
    says_yes = probabilities >= threshold
    return Counts(
        true_positives=int((says_yes & is_positive).sum()),
        false_positives=int((says_yes & ~is_positive).sum()),
        false_negatives=int((~says_yes & is_positive).sum()),
        true_negatives=int((~says_yes & ~is_positive).sum()),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
