"""Measures computed per class or label, then averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import ANSWERS, Answers, Measure, Meter, Metered, Written

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.ranks import Ranks


class F1(Measure):
    """The harmonic mean of precision and recall, averaged over the classes."""

    takes = ("class", "labels")
    titles = {"f1": "F1"}

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.classification import MulticlassF1Score, MultilabelF1Score

        of_labels = column.kind == "labels"
        return Metered(
            "f1",
            MultilabelF1Score if of_labels else MulticlassF1Score,
            where,
            _chances(column),
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


def _chances(column: Column) -> Answers:
    """Return the transformation into probabilities: separate ones for labels, or joint ones for classes."""
    return "outputs.sigmoid()" if column.kind == "labels" else "outputs.softmax(dim=1)"


class _Areas:
    """Predicted probabilities and true labels, kept on the device until the end, and one ROC curve per class or label.

    torchmetrics' average counts a label that no example has as 0.
    """

    def __init__(self, column: Column) -> None:
        self.of_labels = column.kind == "labels"
        self.num_names = len(column.names)
        self.answers = _chances(column)
        self.chances: list[Tensor] = []
        self.have: list[Tensor] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        import torch

        self.chances.append(ANSWERS[self.answers](outputs))
        has = targets if self.of_labels else torch.nn.functional.one_hot(targets, self.num_names)
        self.have.append(has.bool())

    def result(self, ranks: Ranks) -> dict[str, float]:
        import torch
        from torchmetrics.functional.classification import binary_auroc

        pairs = zip(ranks.joined(torch.cat(self.chances)).T, ranks.joined(torch.cat(self.have)).T, strict=True)
        areas = [binary_auroc(chance, has, validate_args=False) for chance, has in pairs if has.any() and not has.all()]
        return {"auc": torch.stack(areas).mean().item()} if areas else {}

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        chances, have = f"{own}chances", f"{own}have"
        has = targets if self.of_labels else f"nn.functional.one_hot({targets}, {self.num_names})"
        pairs = f"zip(torch.cat({chances}).T, torch.cat({have}).T, strict=True)"
        areas = f"[binary_auroc(chance, has, validate_args=False) for chance, has in {pairs} if has.any() and not has.all()]"
        return Written(
            begin=(f"{chances}: list[Tensor] = []", f"{have}: list[Tensor] = []"),
            update=(
                f"{chances}.append({self.answers.replace('outputs', outputs)})",
                f"{have}.append({has}.bool())",
            ),
            results={"auc": f"torch.tensor({areas}).mean().item()"},
            imports=("from torchmetrics.functional.classification import binary_auroc",),
        )
