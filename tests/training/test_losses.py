"""Losses against torch's modules."""

import pytest
import torch
from torch import nn

from workbench.training import LOSSES

OUTPUTS = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
CLASSES = torch.arange(16) % 5
ONE_HOT = torch.eye(5)[CLASSES]
NUMBERS = OUTPUTS.flip(0)

COMPARED = [
    ("CrossEntropy", {}, CLASSES, nn.CrossEntropyLoss()(OUTPUTS, CLASSES)),
    ("CrossEntropy", {"label_smoothing": 0.1}, CLASSES, nn.CrossEntropyLoss(label_smoothing=0.1)(OUTPUTS, CLASSES)),
    ("BCEWithLogits", {}, ONE_HOT, nn.BCEWithLogitsLoss()(OUTPUTS, ONE_HOT)),
    ("MSE", {}, CLASSES, nn.MSELoss()(OUTPUTS, ONE_HOT)),
    ("MSE", {}, NUMBERS, nn.MSELoss()(OUTPUTS, NUMBERS)),
    ("L1", {}, NUMBERS, nn.L1Loss()(OUTPUTS, NUMBERS)),
    ("Huber", {}, NUMBERS, nn.HuberLoss()(OUTPUTS, NUMBERS)),
    ("Huber", {"delta": 0.5}, NUMBERS, nn.HuberLoss(delta=0.5)(OUTPUTS, NUMBERS)),
    ("SmoothL1", {}, NUMBERS, nn.SmoothL1Loss()(OUTPUTS, NUMBERS)),
    ("SmoothL1", {"beta": 0.5}, NUMBERS, nn.SmoothL1Loss(beta=0.5)(OUTPUTS, NUMBERS)),
]


@pytest.mark.parametrize(("name", "parameters", "targets", "expected"), COMPARED)
def test_a_loss_is_torchs(name, parameters, targets, expected):
    assert torch.equal(LOSSES.make(name, parameters)(OUTPUTS, targets), expected)


@pytest.mark.parametrize("shape", [(16, 12), (4, 6, 2, 2)])
def test_the_divergence_of_a_code_is_torchs(shape):
    outputs = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    mean, log_variance = outputs[:, : shape[1] // 2], outputs[:, shape[1] // 2 :]
    normal, prior = torch.distributions.Normal(mean, (log_variance / 2).exp()), torch.distributions.Normal(0, 1)
    each = torch.distributions.kl_divergence(normal, prior).flatten(1).sum(dim=1)
    torch.testing.assert_close(LOSSES.make("KLDivergence", {}).alone(outputs), each.mean())


def test_all_losses_are_compared_with_torchs():
    """Those of embeddings are in test_pair_losses."""
    alone = {name for name, loss in LOSSES.table.items() if loss.takes == ("prior",)}
    assert alone == {"KLDivergence"}
    assert {name for name, *_ in COMPARED} == {name for name, loss in LOSSES.table.items() if not loss.embeds} - alone


def test_a_class_is_offered_what_it_can_be_learnt_by():
    assert {name for name, loss in LOSSES.table.items() if "class" in loss.takes} == {
        *("CrossEntropy", "MSE"),
        *("Triplet", "SupCon", "Contrastive"),
    }
    assert {name for name, loss in LOSSES.table.items() if "labels" in loss.takes} == {"BCEWithLogits", "MSE"}
