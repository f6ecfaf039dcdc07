"""Measures of embeddings: how often pictures of one class are near each other, and how well pairs are told apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Written

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.distributed.ranks import Ranks

SEARCHED_TOGETHER = 1024
"""The number of examples whose nearest neighbour is searched at a time: with 10,000 examples, 40 MB of distances."""


class RecallAt1(Measure):
    """The share of examples whose nearest neighbour among the others of the split is of the same class.

    Recall@1 of Song et al. 2016, arXiv:1511.06452, by Euclidean distance.
    """

    shown_as = "Recall@1"
    takes = ("class",)
    embeds = True
    titles = {"recall1": "Recall@1"}

    def meter(self, column: Column, where: device) -> Meter:
        return _Embeddings(recall_at_1, tuple(self.titles))


class Verification(Measure):
    """How well pairs of the same class are told from pairs of different ones by their distance: the share at the best
    threshold, and the area under the ROC curve; both are 50 % for mere guessing.

    Each example is in one pair of either kind with another one, which is always the same. As on Labeled Faces in the
    Wild (Huang et al. 2007), but with the threshold that is best for these very pairs.
    """

    takes = ("class",)
    embeds = True
    titles = {"verification": "Verification", "pair_auc": "AUC of pairs"}

    def meter(self, column: Column, where: device) -> Meter:
        return _Embeddings(verification, tuple(self.titles))


class _Embeddings:
    """All embeddings and classes of a pass, kept on the device until the end, and what is measured of them."""

    def __init__(self, measured: Callable[[Tensor, Tensor], dict[str, float]], names: tuple[str, ...]) -> None:
        self.measured = measured
        self.names = names
        self.embeddings: list[Tensor] = []
        self.classes: list[Tensor] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        self.embeddings.append(outputs)
        self.classes.append(targets)

    def result(self, ranks: Ranks) -> dict[str, float]:
        import torch

        return self.measured(ranks.joined(torch.cat(self.embeddings)), ranks.joined(torch.cat(self.classes)))

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        embeddings, classes, measured = f"{own}embeddings", f"{own}classes", self.measured.__name__
        call = f"{measured}(torch.cat({embeddings}), torch.cat({classes}))"
        return Written(
            begin=(f"{embeddings}: list[Tensor] = []", f"{classes}: list[Tensor] = []"),
            update=(f"{embeddings}.append({outputs})", f"{classes}.append({targets})"),
            results={name: f"{call}[{name!r}]" for name in self.names},
            imports=(f"from {__name__} import {measured}",),
        )


def recall_at_1(embeddings: Tensor, classes: Tensor) -> dict[str, float]:
    """Return the share of examples whose nearest other one has their class, nan if there is only one: float32 [N, D]
    and int64 [N].
    """
    import torch

    if len(classes) == 1:
        return {"recall1": math.nan}
    centred = embeddings - embeddings.mean(dim=0)  # smaller numbers, and so smaller rounding errors
    squares = centred.square().sum(dim=1)
    hits = []
    for numbers in torch.arange(len(classes), device=classes.device).split(SEARCHED_TOGETHER):
        # The squared distances less the query's own square, which is the same for all.
        distances = torch.addmm(squares, centred[numbers], centred.T, alpha=-2)
        distances[torch.arange(len(numbers)), numbers] = float("inf")
        hits.append(classes[distances.argmin(dim=1)] == classes[numbers])
    return {"recall1": int(torch.cat(hits).sum()) / len(classes)}


def verification(embeddings: Tensor, classes: Tensor) -> dict[str, float]:
    """Return the share of the pairs of ``drawn_pairs`` that the best threshold tells apart, and their AUC; nan if there
    are no pairs: float32 [N, D] and int64 [N].
    """
    import torch

    from workbench.metrics import binary_auroc

    same, different = drawn_pairs(classes.cpu())
    if not len(same):
        return {"verification": math.nan, "pair_auc": math.nan}
    first, second = torch.cat([same, different]).to(embeddings.device).T
    distances = (embeddings[first] - embeddings[second]).square().sum(dim=1).sqrt().cpu()
    are_same = torch.arange(len(distances)) < len(same)
    ordered, order = distances.sort()
    # Up to each place, what is correct if all pairs up to there are said to be of one class, and no others.
    correct = len(different) + torch.where(are_same[order], 1, -1).cumsum(dim=0)
    is_end = torch.cat([ordered[:-1] < ordered[1:], torch.tensor([True])])  # no threshold lies between equal distances
    best = max(int(correct[is_end].max()), len(different))
    # By rank: torchmetrics takes numbers beyond 0 to 1 for logits, of whose sigmoids those of far pairs are all 0.
    _, ranks = distances.unique(return_inverse=True)
    area = binary_auroc(1 - ranks.double() / len(ranks), are_same.long(), validate_args=False).item()
    return {"verification": best / len(distances), "pair_auc": area}


def drawn_pairs(classes: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each example that has another of its class, and others, a pair with one of either, int64 [P, 2] twice:
    the same in each call. classes: int64 [N], on the CPU.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    shuffled = torch.randperm(len(classes), generator=generator)
    by_class = shuffled[classes[shuffled].argsort(stable=True)]
    counts = classes.bincount()[classes[by_class]]
    starts = (classes.bincount().cumsum(dim=0) - classes.bincount())[classes[by_class]]
    here = torch.arange(len(classes))
    following = starts + (here - starts + 1) % counts
    num_others = len(classes) - counts
    steps = (torch.rand(len(classes), generator=generator, dtype=torch.float64) * num_others).long()
    outside = (starts + counts + steps) % len(classes)
    paired = (counts > 1) & (num_others > 0)
    return (
        torch.stack([by_class, by_class[following]], dim=1)[paired],
        torch.stack([by_class, by_class[outside]], dim=1)[paired],
    )
