"""Batch normalisation over the pictures of all ranks, so that it sees the batch that one process would.

torch's SyncBatchNorm (Ioffe and Szegedy 2015, over a group of processes) does so on a GPU, and refuses the CPU; there
it is made of sums over the ranks.
"""

from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm


def share_norms(module: nn.Module, device: torch.device) -> None:
    """Let each batch normalisation of ``module`` look at all ranks; its weights and statistics stay what they are."""
    if device.type != "cpu":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)
        return
    for layer in module.modules():
        if isinstance(layer, _BatchNorm):
            layer.__class__ = SharedNorm


class SharedNorm(_BatchNorm):
    """In training by the mean and the variance of all ranks' values, [B, C, ...]; afterwards as any other."""

    weight: nn.Parameter | None  # type: ignore[assignment]  # None where it learns no scale
    momentum: float
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def forward(self, input: Tensor) -> Tensor:  # torch's name
        """[B, C, ...], kept."""
        if not self.training:
            return super().forward(input)
        dims, shape = [0, *range(2, input.dim())], [1, -1, *[1] * (input.dim() - 2)]
        count = _summed(input.new_tensor([input.numel() / input.shape[1]]))
        mean = _summed(input.sum(dims)) / count
        centred = input - mean.view(shape)
        variance = _summed(centred.square().sum(dims)) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        return normal if self.weight is None else normal * self.weight.view(shape) + self.bias.view(shape)

    def _check_input_dim(self, input: Tensor) -> None:
        """The layer has seen to it."""


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:  # torch passes it
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Each rank's values are in the sum of each rank: what all of them want of it adds up."""
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


def _summed(values: Tensor) -> Tensor:
    """The sum over the ranks, through which gradients flow."""
    found: Tensor = _Summed.apply(values)
    return found
