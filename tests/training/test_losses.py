"""Losses against torch's modules."""

import pytest
import torch
from torch import nn

from workbench.training import LOSSES

OUTPUTS = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
CLASSES = torch.arange(16) % 5
ONE_HOT = torch.eye(5)[CLASSES]


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("CrossEntropy", {}, nn.CrossEntropyLoss()(OUTPUTS, CLASSES)),
        ("CrossEntropy", {"label_smoothing": 0.1}, nn.CrossEntropyLoss(label_smoothing=0.1)(OUTPUTS, CLASSES)),
        ("MSE", {}, nn.MSELoss()(OUTPUTS, ONE_HOT)),
    ],
)
def test_a_loss_is_torchs(name, parameters, expected):
    assert torch.equal(LOSSES.make(name, parameters)(OUTPUTS, CLASSES), expected)


@pytest.mark.parametrize(
    ("name", "parameters", "reference"),
    [
        ("MSE", {}, nn.MSELoss()),
        ("L1", {}, nn.L1Loss()),
        ("Huber", {"delta": 0.5}, nn.HuberLoss(delta=0.5)),
        ("SmoothL1", {"beta": 0.5}, nn.SmoothL1Loss(beta=0.5)),
    ],
)
def test_a_loss_of_numbers_is_torchs(name, parameters, reference):
    numbers = OUTPUTS.flip(0)
    assert torch.equal(LOSSES.make(name, parameters)(OUTPUTS, numbers), reference(OUTPUTS, numbers))


def test_a_class_is_offered_what_it_can_be_learnt_by():
    assert {name for name, loss in LOSSES.table.items() if "class" in loss.takes} == {"CrossEntropy", "MSE"}
    assert {name for name, loss in LOSSES.table.items() if "labels" in loss.takes} == {"BCEWithLogits", "MSE"}
