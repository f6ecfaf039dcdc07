"""Measures computed per class or label, then averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import ANSWERS, Answers, Measure, Meter, Metered, Written

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.distributed.ranks import Ranks


class F1(Measure):
    """The harmonic mean of precision and recall, averaged over the classes."""

    takes = ("class", "labels")
    titles = {"f1": "F1"}

    def meter(self, column: Column, where: device) -> Meter:
        from workbench.metrics import MulticlassF1Score, MultilabelF1Score

        of_labels = column.kind == "labels"
        return Metered(
            "f1",
            MultilabelF1Score if of_labels else MulticlassF1Score,
            where,
            _probabilities(column),
            **{"num_labels" if of_labels else "num_classes": len(column.names)},
            average="macro",
            validate_args=False,
        )


class AUC(Measure):
    """The area under the ROC curve, averaged over the classes or labels that some examples have and others have not: 50
    % for mere guessing, whatever the shares.

    The probability that an example with the label scores higher than one without it (Hanley and McNeil 1982).
    """

    takes = ("class", "labels")
    titles = {"auc": "AUC"}

    def meter(self, column: Column, where: device) -> Meter:
        return _Areas(column)


def _probabilities(column: Column) -> Answers:
    """Return the transformation into probabilities: separate ones for labels, or joint ones for classes."""
    return "outputs.sigmoid()" if column.kind == "labels" else "outputs.softmax(dim=1)"


class _Areas:
    """Predicted probabilities and true labels, kept on the device until the end, and one ROC curve per class or label.

    torchmetrics' average counts a label that no example has as 0.
    """

    def __init__(self, column: Column) -> None:
        self.of_labels = column.kind == "labels"
        self.num_names = len(column.names)
        self.answers = _probabilities(column)
        self.probabilities: list[Tensor] = []
        self.labels: list[Tensor] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        import torch

        self.probabilities.append(ANSWERS[self.answers](outputs))
        has = targets if self.of_labels else torch.nn.functional.one_hot(targets, self.num_names)
        self.labels.append(has.bool())

    def result(self, ranks: Ranks) -> dict[str, float]:
        import torch

        from workbench.metrics import binary_auroc

        pairs = zip(ranks.joined(torch.cat(self.probabilities)).T, ranks.joined(torch.cat(self.labels)).T, strict=True)
        areas = [binary_auroc(each, has, validate_args=False) for each, has in pairs if has.any() and not has.all()]
        return {"auc": torch.stack(areas).mean().item()} if areas else {}

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        probabilities, labels = f"{own}probabilities", f"{own}labels"
        has = targets if self.of_labels else f"nn.functional.one_hot({targets}, {self.num_names})"
        pairs = f"zip(torch.cat({probabilities}).T, torch.cat({labels}).T, strict=True)"
        areas = (
            f"[binary_auroc(each, has, validate_args=False) for each, has in {pairs} if has.any() and not has.all()]"
        )
        return Written(
            begin=(f"{probabilities}: list[Tensor] = []", f"{labels}: list[Tensor] = []"),
            update=(
                f"{probabilities}.append({self.answers.replace('outputs', outputs)})",
                f"{labels}.append({has}.bool())",
            ),
            results={"auc": f"torch.tensor({areas}).mean().item()"},
            imports=("from torchmetrics.functional.classification import binary_auroc",),
        )
