"""Batch normalisation over the pictures of all ranks, so that it sees the batch that one process would.

torch's SyncBatchNorm (Ioffe and Szegedy 2015, over a group of processes) does so on a GPU, and refuses the CPU; there
it is made of sums over the ranks. So it is on a GPU for a batch of fewer pictures than there are ranks, since
SyncBatchNorm would count the pictures of those that idle.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm

from workbench.data.batches import Batch


def share_norms(module: nn.Module, device: torch.device) -> None:
    """Let each batch normalisation of ``module`` look at all ranks; its weights and statistics stay what they are."""
    if device.type != "cpu":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)
    for layer in module.modules():
        if isinstance(layer, _BatchNorm):
            layer.__class__ = SharedNorm if device.type == "cpu" else SyncedNorm


def own_norms(module: nn.Module) -> None:
    """Let them look at their own rank alone, in a network that learns by itself."""
    for layer in module.modules():
        if isinstance(layer, OwnNorm):
            layer.__class__ = OwnNorm


class OwnNorm(_BatchNorm):
    """As torch's, for every number of dimensions."""

    def _check_input_dim(self, input: Tensor) -> None:
        """The layer has seen to it."""


class SharedNorm(OwnNorm):
    """In training by the mean and the variance of all ranks' values, [B, C, ...]; afterwards as any other."""

    weight: nn.Parameter | None  # type: ignore[assignment]  # None where it learns no scale
    momentum: float
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    num_counted: int | None = None
    """Of the pictures, how many are this rank's own; None where all are, on every rank."""

    def forward(self, input: Tensor) -> Tensor:  # torch's name
        """[B, C, ...], kept."""
        return self._by_sums(input) if self.training else super().forward(input)

    def _by_sums(self, input: Tensor) -> Tensor:
        dims, shape = [0, *range(2, input.dim())], [1, -1, *[1] * (input.dim() - 2)]
        own = slice(self.num_counted)
        count = _summed(input.new_tensor([input[own].numel() / input.shape[1]]))
        mean = _summed(input[own].sum(dims)) / count
        centred = input - mean.view(shape)
        variance = _summed(centred[own].square().sum(dims)) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        return normal if self.weight is None else normal * self.weight.view(shape) + self.bias.view(shape)


class SyncedNorm(SharedNorm, nn.SyncBatchNorm):
    """The same by torch's own kernels, where every rank has pictures of its own."""

    def forward(self, input: Tensor) -> Tensor:  # torch's name
        """[B, C, ...], kept."""
        if self.training and self.num_counted is not None:
            return self._by_sums(input)
        return nn.SyncBatchNorm.forward(self, input)


@contextmanager
def counting(norms: Sequence[SharedNorm], batch: Batch, num_ranks: int) -> Iterator[None]:
    """Within, the norms leave out what ranks that idle have of this batch."""
    num_counted = batch.num_own if batch.num_pictures < num_ranks else None
    for norm in norms:
        norm.num_counted = num_counted
    try:
        yield
    finally:
        for norm in norms:
            norm.num_counted = None


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
