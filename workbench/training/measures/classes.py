"""Measures of classes and labels that look at each name for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Metered

if TYPE_CHECKING:
    from torch import device
    from torchmetrics import Metric


class F1(Measure):
    """The harmonic mean of precision and recall, averaged over the names."""

    takes = ("class", "labels")
    titles = {"f1": "F1"}

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.classification import MulticlassF1Score, MultilabelF1Score

        kind = MultilabelF1Score if column.kind == "labels" else MulticlassF1Score
        return _macro("f1", kind, column, where)


class AUC(Measure):
    """The area under the ROC curve, averaged over the names: 50 % for mere guessing, whatever the shares.

    The chance that one which has the name scores higher than one that has not (Hanley and McNeil 1982).
    """

    takes = ("class", "labels")
    titles = {"auc": "AUC"}

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.classification import MulticlassAUROC, MultilabelAUROC

        kind = MultilabelAUROC if column.kind == "labels" else MulticlassAUROC
        return _macro("auc", kind, column, where)


def _macro(name: str, kind: type[Metric], column: Column, where: device) -> Metered:
    """Averaged over the names. It looks at chances: of each label for itself, or of the classes against each other."""
    of_labels = column.kind == "labels"
    return Metered(
        name,
        kind,
        where,
        "outputs.sigmoid()" if of_labels else "outputs.softmax(dim=1)",
        **{"num_labels" if of_labels else "num_classes": len(column.names)},
        average="macro",
        validate_args=False,
    )
