"""The predictions of a head of labels, of which a picture has any number: one yes or no for each label."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.session.views.mistakes.binary import Counts, Curves, counts_at, curves_of
from workbench.session.views.mistakes.head import HeadMistakes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

USUAL_THRESHOLD = 0.5
"""The probability from which on a picture is said to have a label."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelMistakes(HeadMistakes):
    """Which pictures have which labels (``actual``, bool [N, labels]), and the ``probabilities`` that they do,
    float32 [N, labels].
    """

    actual: NDArray[np.bool_]
    probabilities: NDArray[np.float32]

    @staticmethod
    def kept(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the arrays of a batch from logits and labels, both float32 [B, labels]."""
        from workbench.insight.mistakes import of_labels

        return of_labels(outputs, targets)

    def prepare(self) -> None:
        self.curves  # noqa: B018  # they are kept

    @property
    def label_names(self) -> tuple[str, ...]:
        return self.column.names

    @cached_property
    def curves(self) -> tuple[Curves, ...]:
        return tuple(curves_of(*pair) for pair in zip(self.probabilities.T, self.actual.T, strict=True))

    @property
    def mean_average_precision(self) -> float:
        """The mean of the labels' average precisions (mAP), without those that no or every picture has."""
        found = [each.average_precision for each in self.curves if not np.isnan(each.average_precision)]
        return float(np.mean(found)) if found else float("nan")

    def counts(self, label: int, threshold: float = USUAL_THRESHOLD) -> Counts:
        """Return a label's counts at a threshold."""
        return counts_at(self.probabilities[:, label], self.actual[:, label], threshold)

    def shares(self, label: int) -> dict[str, float]:
        """Return how well a label is told, by the names of the measures."""
        counts, curves = self.counts(label), self.curves[label]
        shares = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
        return shares | {"auc": curves.auc, "average_precision": curves.average_precision}

    def sureness(self, label: int, threshold: float) -> NDArray[np.float32]:
        """Return the probability of what is answered at a threshold, yes or no: float32 [N]."""
        yes = self.probabilities[:, label]
        return np.where(yes >= threshold, yes, 1 - yes)

    def worst(self, number: int) -> tuple[tuple[int, int], ...]:
        """Return the most confident mistakes of all labels: a picture, and the label that it wrongly has or lacks."""
        says_yes = self.probabilities >= USUAL_THRESHOLD
        pictures, labels = np.nonzero(says_yes != self.actual)
        sureness = np.where(says_yes, self.probabilities, 1 - self.probabilities)[pictures, labels]
        order = np.argsort(-sureness, kind="stable")[:number]
        return tuple(zip(pictures[order].tolist(), labels[order].tolist(), strict=True))
