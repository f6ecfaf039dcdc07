"""Losses that learn an embedding: pictures of a class come to lie close together, those of others far apart.

All compare the examples of a batch with each other. Distances are Euclidean, and their gradient is 0 where two examples
coincide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class Triplet(Loss):
    """Each example must be closer to those of its class in the batch than to those of other classes.

    FaceNet's loss (Schroff et al. 2015, arXiv:1503.03832), with its "semi-hard" triplets or with the hardest one of
    each anchor, "batch hard" (Hermans et al. 2017, arXiv:1703.07737).
    """

    takes = ("class",)
    embeds = True

    mining: Annotated[
        Literal["semi-hard", "hardest"],
        Meta(
            description="semi-hard: each of the class, with the nearest of the others that is farther away than it; "
            "hardest: the farthest of the class with the nearest of the others, from which learning is slow to start"
        ),
    ] = "semi-hard"
    hinge: Annotated[
        Literal["margin", "soft"],
        Meta(description="margin ignores triplets that hold by the margin; soft, log(1 + exp(x)), improves them all"),
    ] = "margin"
    margin: Annotated[
        float,
        Meta(ge=0, le=1e6, description="by how much other classes must be farther away; of unit vectors usually 0.2"),
    ] = 0.2

    @property
    def bytes_per_pair(self) -> int:
        """As measured."""
        return 30 if self.mining == "semi-hard" else 14

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean over the anchors that have a triplet."""
        return mean_where(*triplets(outputs, targets, self.mining, self.hinge, self.margin))

    def of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean of each anchor's triplets."""
        return triplets(outputs, targets, self.mining, self.hinge, self.margin)[0]


class SupCon(Loss):
    """Supervised contrastive loss: minus the log of the probability of choosing one of the same class among all others
    in the batch, by the cosine of the angle to it.

    Khosla et al. 2020, arXiv:2004.11362, equation 2. Embeddings are scaled to unit length here.
    """

    takes = ("class",)
    embeds = True
    bytes_per_pair = 6  # as measured

    temperature: Annotated[
        float, Meta(gt=0, le=100, description="the cosines are divided by it; smaller: the nearest count most")
    ] = 0.1

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean over the anchors that have another example of their class."""
        return mean_where(*choices(outputs, targets, self.temperature))

    def of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss of each anchor."""
        return choices(outputs, targets, self.temperature)[0]


class Contrastive(Loss):
    """Pulls two examples of a class together, and pushes two of different classes apart up to a margin.

    Half the squared distance of the first, and half the square of what the second lack to the margin; the mean over all
    pairs (Hadsell et al. 2006, Dimensionality reduction by learning an invariant mapping, equation 4).
    """

    takes = ("class",)
    embeds = True
    bytes_per_pair = 10  # as measured

    margin: Annotated[
        float, Meta(gt=0, le=1e6, description="farther apart than this, different classes count no more; usually 1")
    ] = 1.0

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean over all pairs."""
        return mean_where(*pairs(outputs, targets, self.margin))

    def of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean of each example's pairs."""
        return pairs(outputs, targets, self.margin)[0]


def triplets(outputs: Tensor, targets: Tensor, mining: str, hinge: str, margin: float) -> tuple[Tensor, Tensor]:
    """Return the mean loss of each anchor's triplets, [B], and whether it has any, bool [B]; the first is 0 where it
    has none.
    """
    from torch.nn.functional import relu, softplus

    distances, same, others = compared(outputs, targets)
    if mining == "semi-hard":
        gaps = distances - next_farther(distances, others)
    else:
        nearest = distances.masked_fill(~others, float("inf")).amin(dim=1)
        gaps = (distances.masked_fill(~same, 0).amax(dim=1) - nearest)[:, None]
        same = same.any(dim=1, keepdim=True)
    counted = same & others.any()  # who lacks another class is of the only one
    gaps = gaps.where(counted, 0)
    losses = (softplus(gaps) if hinge == "soft" else relu(gaps + margin)).where(counted, 0)
    return losses.sum(dim=1) / counted.sum(dim=1).clamp(min=1), counted.any(dim=1)


def next_farther(distances: Tensor, others: Tensor) -> Tensor:
    """Return for each anchor and example, [B, B], the distance of the nearest of other classes that is farther away
    than the example; of the farthest one where none is.
    """
    import torch

    ordered = distances.masked_fill(~others, float("inf")).sort(dim=1).values
    last = others.sum(dim=1, keepdim=True) - 1
    following = torch.searchsorted(ordered.detach(), distances.detach(), right=True)
    return ordered.gather(1, following.minimum(last.clamp(min=0)))


def choices(outputs: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Return the supervised contrastive loss of each example, [B], and whether another has its class, bool [B]; the
    first is 0 where none has.
    """
    import torch
    from torch.nn.functional import normalize

    directions = normalize(outputs, dim=1)
    cosines = directions @ directions.T / temperature
    itself = torch.eye(len(targets), dtype=torch.bool, device=targets.device)
    chances = cosines.masked_fill(itself, torch.finfo(cosines.dtype).min).log_softmax(dim=1)
    same = (targets[:, None] == targets) & ~itself
    losses = -chances.where(same, 0).sum(dim=1) / same.sum(dim=1).clamp(min=1)
    return losses, same.any(dim=1)


def pairs(outputs: Tensor, targets: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """Return the mean contrastive loss of each example's pairs, [B], and whether it has any, bool [B]."""
    from torch.nn.functional import relu

    distances, same, others = compared(outputs, targets)
    losses = distances.square().where(same, 0) + relu(margin - distances).square().where(others, 0)
    num_others = (same | others).sum(dim=1)
    return losses.sum(dim=1) / 2 / num_others.clamp(min=1), num_others > 0


def compared(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the distances of all examples, [B, B], and for which two the class is the same, and for which it is not,
    bool [B, B]; an example and itself are neither.
    """
    import torch

    # From the differences themselves: by a matrix product, small distances would be noise.
    distances = torch.cdist(outputs, outputs, compute_mode="donot_use_mm_for_euclid_dist")
    alike = targets[:, None] == targets
    itself = torch.eye(len(targets), dtype=torch.bool, device=targets.device)
    return distances, alike & ~itself, ~alike


def mean_where(values: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of those that are counted, bool [B]; 0 if none is."""
    return values.where(counted, 0).sum() / counted.sum().clamp(min=1)
