"""A classification head's predictions on a split: the confusion matrix, and the pictures in each of its cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.session.views.mistakes.binary import Curves, curves_of
from workbench.session.views.mistakes.calibration import Calibration, calibration_of
from workbench.session.views.mistakes.head import HeadMistakes, shares
from workbench.spec.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class Confusion(Record):
    """The number of pictures of one class that are predicted as another."""

    label: int
    predicted: int
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassMistakes(HeadMistakes):
    """``labels``, ``predicted``: int64 [N]; ``confidence``, the probability of the predicted class, and ``losses``, the
    cross-entropy: float32 [N]. ``probabilities`` are those of all classes, float32 [N, classes]; None if these are too
    many to keep.
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float32]
    losses: NDArray[np.float32]
    probabilities: NDArray[np.float32] | None = None

    @staticmethod
    def kept(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the arrays of a batch from its logits, float32 [B, classes], and classes, int64 [B]."""
        from workbench.insight.mistakes import of_classes

        return of_classes(outputs, targets)

    def prepare(self) -> None:
        self.calibration  # noqa: B018  # it is kept

    @cached_property
    def calibration(self) -> Calibration:
        """How often it is correct, by confidence."""
        return calibration_of(self.confidence, self.labels == self.predicted)

    def curves(self, label: int) -> Curves | None:
        """Return the curves of a class against all others; None if its probabilities are not kept."""
        if self.probabilities is None:
            return None
        return curves_of(self.probabilities[:, label], self.labels == label)

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix [classes, classes]: how many pictures of the row's class are
        predicted as the column's.
        """
        size = len(self.class_names)
        return np.bincount(self.labels * size + self.predicted, minlength=size * size).reshape(size, size)

    @property
    def num_correct(self) -> int:
        return int(self.matrix.trace())

    @cached_property
    def recall(self) -> NDArray[np.float64]:
        """The recall of each class [classes]; NaN for a class without pictures."""
        return shares(self.matrix.diagonal(), self.matrix.sum(axis=1))

    @cached_property
    def precision(self) -> NDArray[np.float64]:
        """The precision of each class [classes]; NaN for a class that is never predicted."""
        return shares(self.matrix.diagonal(), self.matrix.sum(axis=0))

    @cached_property
    def confusions(self) -> tuple[Confusion, ...]:
        """Each pair of confused classes, the most frequent first."""
        wrong = self.matrix - np.diag(self.matrix.diagonal())
        order = np.argsort(-wrong, axis=None, kind="stable")[: np.count_nonzero(wrong)]
        pairs = zip(*np.unravel_index(order, wrong.shape), strict=True)
        return tuple(
            Confusion(label=int(label), predicted=int(predicted), count=int(wrong[label, predicted]))
            for label, predicted in pairs
        )

    @cached_property
    def worst(self) -> NDArray[np.int64]:
        """The pictures by decreasing loss: indices int64 [N]. Where labels are wrong, they come first."""
        return np.argsort(-self.losses, kind="stable")

    @cached_property
    def surest(self) -> NDArray[np.int64]:
        """The pictures by decreasing confidence: indices int64 [N]. Where they are right, ``worst`` backwards."""
        return np.argsort(-self.confidence, kind="stable")

    def pictures(
        self, label: int | None = None, predicted: int | None = None, *, surest_first: bool = False
    ) -> NDArray[np.int64]:
        """Return the pictures of a cell, of a row or column without its diagonal, or all mistakes: indices int64 [n].

        They are in the order of ``worst``, or of ``surest``.
        """
        is_right = self.labels == self.predicted
        chosen = is_right if label is not None and label == predicted else ~is_right
        if label is not None:
            chosen = chosen & (self.labels == label)
        if predicted is not None:
            chosen = chosen & (self.predicted == predicted)
        order = self.surest if surest_first else self.worst
        indices: NDArray[np.int64] = order[chosen[order]]
        return indices
