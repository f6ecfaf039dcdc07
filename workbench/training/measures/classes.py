"""Measures of classes and labels that look at each name for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Metered

if TYPE_CHECKING:
    from torch import Tensor, device


class F1(Measure):
    """The harmonic mean of precision and recall, averaged over the names."""

    takes = ("class", "labels")
    titles = {"f1": "F1"}

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.classification import MulticlassF1Score, MultilabelF1Score

        kind = MultilabelF1Score if column.kind == "labels" else MulticlassF1Score
        metric = kind(len(column.names), average="macro", validate_args=False)
        return Metered(name="f1", metric=metric.to(where), answers=_chances(column))


class AUC(Measure):
    """The area under the ROC curve, averaged over the names: 50 % for mere guessing, whatever the shares.

    The chance that one which has the name scores higher than one that has not (Hanley and McNeil 1982).
    """

    takes = ("class", "labels")
    titles = {"auc": "AUC"}

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.classification import MulticlassAUROC, MultilabelAUROC

        kind = MultilabelAUROC if column.kind == "labels" else MulticlassAUROC
        metric = kind(len(column.names), average="macro", validate_args=False)
        return Metered(name="auc", metric=metric.to(where), answers=_chances(column))


def _chances(column: Column) -> Callable[[Tensor], Tensor]:
    """What makes chances of logits: of each label for itself, or of the classes against each other."""
    import torch

    if column.kind == "labels":
        return torch.sigmoid
    return lambda outputs: torch.softmax(outputs, dim=1)
