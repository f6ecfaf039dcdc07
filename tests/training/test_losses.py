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
        ("L1", {}, nn.L1Loss()(OUTPUTS, ONE_HOT)),
    ],
)
def test_a_loss_is_torchs(name, parameters, expected):
    assert torch.equal(LOSSES.make(name, parameters)(OUTPUTS, CLASSES), expected)
