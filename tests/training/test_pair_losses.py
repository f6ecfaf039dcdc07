"""Losses of embeddings against torch's triplet loss, scikit-learn's distances and the papers' formulas."""

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances
from torch import nn

from workbench.training import LOSSES

EMBEDDINGS = torch.randn(24, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 5
CLASSES = torch.tensor([0] * 7 + [1] * 6 + [2] * 8 + [3] * 2 + [4])
"""The last one is alone in its class."""

PAIRING = {name for name, loss in LOSSES.table.items() if loss.embeds}


def hardest_triplets():
    """Anchors, the farthest of their class, and the nearest of another one, by scikit-learn's distances."""
    distances, classes = euclidean_distances(EMBEDDINGS), CLASSES.numpy()
    found = []
    for anchor, own in enumerate(classes):
        same = [each for each in np.flatnonzero(classes == own) if each != anchor]
        others = np.flatnonzero(classes != own)
        if same:
            found.append(
                (anchor, max(same, key=distances[anchor].__getitem__), min(others, key=distances[anchor].__getitem__))
            )
    return found


def triplet_margin(margin):
    anchors, positives, negatives = (EMBEDDINGS[list(each)] for each in zip(*hardest_triplets(), strict=True))
    return nn.TripletMarginLoss(margin=margin, eps=0)(anchors, positives, negatives).item()


def soft_margin():
    """Hermans et al. 2017, section 2: ln(1 + exp(D(a, p) - D(a, n)))."""
    distances = euclidean_distances(EMBEDDINGS)
    return np.mean([np.log1p(np.exp(distances[a, p] - distances[a, n])) for a, p, n in hardest_triplets()])


def semi_hard(margin):
    """Schroff et al. 2015, section 3.2: of each anchor and positive, the nearest negative that is farther away; the
    farthest where there is none. The mean of the anchors' means.
    """
    distances, classes = euclidean_distances(EMBEDDINGS), CLASSES.numpy()
    of_anchors = []
    for anchor, own in enumerate(classes):
        negatives = distances[anchor][classes != own]
        same = [distances[anchor][each] for each in np.flatnonzero(classes == own) if each != anchor]
        found = [min(negatives[negatives > positive], default=max(negatives)) for positive in same]
        if same:
            of_anchors.append(np.mean([max(0, a - b + margin) for a, b in zip(same, found, strict=True)]))
    return np.mean(of_anchors)


def supervised_contrastive(temperature):
    """Khosla et al. 2020, equation 2."""
    cosines, classes = cosine_similarity(EMBEDDINGS), CLASSES.numpy()
    of_anchors = []
    for anchor, own in enumerate(classes):
        others = [each for each in range(len(classes)) if each != anchor]
        same = [each for each in others if classes[each] == own]
        total = sum(np.exp(cosines[anchor, each] / temperature) for each in others)
        if same:
            of_anchors.append(-np.mean([np.log(np.exp(cosines[anchor, each] / temperature) / total) for each in same]))
    return np.mean(of_anchors)


def contrastive(margin):
    """Hadsell et al. 2006, equation 4, whose Y is 1 for different classes."""
    distances, classes = euclidean_distances(EMBEDDINGS), CLASSES.numpy()
    first, second = np.triu_indices(len(classes), 1)
    far, differ = distances[first, second], classes[first] != classes[second]
    return np.mean((1 - differ) * far**2 / 2 + differ * np.maximum(0, margin - far) ** 2 / 2)


COMPARED = [
    ("Triplet", {"mining": "hardest"}, triplet_margin(0.2)),
    ("Triplet", {"mining": "hardest", "margin": 1.5}, triplet_margin(1.5)),
    ("Triplet", {"mining": "hardest", "hinge": "soft"}, soft_margin()),
    ("Triplet", {}, semi_hard(0.2)),
    ("Triplet", {"margin": 1.5}, semi_hard(1.5)),
    ("SupCon", {}, supervised_contrastive(0.1)),
    ("SupCon", {"temperature": 0.5}, supervised_contrastive(0.5)),
    ("Contrastive", {}, contrastive(1.0)),
    ("Contrastive", {"margin": 0.3}, contrastive(0.3)),
]


@pytest.mark.parametrize(("name", "parameters", "expected"), COMPARED)
def test_a_loss_is_its_papers(name, parameters, expected):
    loss = LOSSES.make(name, parameters)
    assert loss(EMBEDDINGS, CLASSES).item() == pytest.approx(expected, rel=1e-6)


def test_a_negative_as_far_as_the_positive_is_no_semi_hard_one_and_the_farthest_stands_in_for_a_missing_one():
    """In the plane's first row: an anchor, its positive and negatives."""
    loss = LOSSES.make("Triplet", {})
    tied = torch.tensor([[0.0], [1.0], [-1.0], [3.0]])
    assert loss.of_each(tied, torch.tensor([0, 0, 1, 2]))[0].item() == 0
    assert loss.of_each(torch.tensor([[0.0], [2.0], [1.0]]), torch.tensor([0, 0, 1]))[0].item() == pytest.approx(1.2)


def test_two_alone_are_one_pair():
    pair = torch.tensor([[0.0], [3.0]])
    assert LOSSES.make("Contrastive", {})(pair, torch.tensor([1, 1])).item() == 4.5


def test_small_distances_far_from_the_origin_are_exact():
    apart = 1 + EMBEDDINGS.repeat(2, 1)[:40] / 1000
    classes = torch.arange(40) % 4
    loss = LOSSES.make("Contrastive", {})
    assert loss.of_each(apart.float(), classes).numpy() == pytest.approx(loss.of_each(apart, classes).numpy(), rel=1e-5)


def test_all_losses_of_embeddings_are_compared():
    assert {name for name, *_ in COMPARED} == PAIRING


@pytest.mark.parametrize(("name", "parameters", "_"), COMPARED)
def test_the_losses_of_each_anchor_have_the_batchs_as_their_mean(name, parameters, _):
    loss = LOSSES.make(name, parameters)
    of_each = loss.of_each(EMBEDDINGS, CLASSES)
    are_anchors = torch.ones(24, dtype=torch.bool)
    are_anchors[-1] = name == "Contrastive"  # which also counts pairs of one that is alone in its class
    assert of_each[are_anchors].mean().item() == pytest.approx(loss(EMBEDDINGS, CLASSES).item())
    assert not of_each[~are_anchors].any()


@pytest.mark.parametrize(("name", "parameters", "_"), COMPARED)
def test_the_gradient_is_right_and_finite_where_examples_coincide(name, parameters, _):
    loss = LOSSES.make(name, parameters)
    apart = EMBEDDINGS[:8].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda each: loss(each, CLASSES[4:12]), apart)
    together = torch.ones(8, 6, requires_grad=True)
    loss(together, CLASSES[4:12]).backward()
    assert together.grad.isfinite().all()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Triplet", {}),
        ("Triplet", {"mining": "hardest"}),
        ("Triplet", {"hinge": "soft"}),
        ("SupCon", {}),
        ("Contrastive", {}),
    ],
)
@pytest.mark.parametrize("classes", [[0], [0, 1, 2], [1, 1, 1]])
def test_a_batch_without_pairs_teaches_nothing_and_breaks_nothing(name, parameters, classes):
    outputs = EMBEDDINGS[: len(classes)].div(10).requires_grad_()
    loss = LOSSES.make(name, parameters)(outputs, torch.tensor(classes))
    loss.backward()
    assert outputs.grad.isfinite().all()
    has_pairs = len(classes) > 1 and (name == "Contrastive" or (name == "SupCon" and classes[0] == classes[1]))
    assert bool(loss) == has_pairs
