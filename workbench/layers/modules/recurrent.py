"""torch's recurrent layers with one tensor as their answer, over tokens [N, T, D]."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import Tensor, nn
from torch.backends import cudnn

Output = Literal["sequence", "last"]


class LSTM(nn.LSTM):
    """``nn.LSTM`` that returns the outputs of all steps, or the last output of each direction."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        output: Output = "sequence",
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, True, batch_first, dropout, bidirectional)
        self.output = output

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, T, D] -> [N, T, directions·H], or [N, directions·H]."""
        with _differentiable(self, x):
            sequence, (hidden, _) = super().forward(x)
        return sequence if self.output == "sequence" else _last(hidden, self.bidirectional)


class GRU(nn.GRU):
    """``nn.GRU`` that returns the outputs of all steps, or the last output of each direction."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        output: Output = "sequence",
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, True, batch_first, dropout, bidirectional)
        self.output = output

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, T, D] -> [N, T, directions·H], or [N, directions·H]."""
        with _differentiable(self, x):
            sequence, hidden = super().forward(x)
        return sequence if self.output == "sequence" else _last(hidden, self.bidirectional)


def _differentiable(layer: nn.RNNBase, x: Tensor) -> AbstractContextManager[None]:
    """Compute without cuDNN where a backward pass may follow in eval mode, which cuDNN does not support."""
    eval_with_gradients = x.is_cuda and not layer.training and torch.is_grad_enabled()
    return cudnn.flags(enabled=False) if eval_with_gradients else nullcontext()


def _last(hidden: Tensor, bidirectional: bool) -> Tensor:
    """hidden: [layers·directions, N, H] -> the last layer's, [N, directions·H]."""
    return torch.cat((hidden[-2], hidden[-1]), dim=1) if bidirectional else hidden[-1]
