"""Batch normalisation over the pictures of all ranks, equal to that of one process with the whole batch.

On a GPU this is torch's SyncBatchNorm (Ioffe and Szegedy 2015, over a group of processes). It refuses the CPU, where
sums over the ranks are used instead. The same sums serve on a GPU for a batch of fewer pictures than ranks, since
SyncBatchNorm would count the pictures of idle ranks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm

from workbench.data.batches import Batch


def share_norms(module: nn.Module, device: torch.device) -> None:
    """Make each batch normalisation of ``module`` use all ranks; its weights and statistics stay the same."""
    if device.type != "cpu":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)
    for layer in module.modules():
        if isinstance(layer, _BatchNorm):
            layer.__class__ = SharedNorm if device.type == "cpu" else SyncedNorm


def own_norms(module: nn.Module) -> None:
    """Make them use their own rank only, in a network that one rank trains by itself."""
    for layer in module.modules():
        if isinstance(layer, OwnNorm):
            layer.__class__ = OwnNorm


class OwnNorm(_BatchNorm):
    """torch's batch normalisation for any number of dimensions."""

    def _check_input_dim(self, input: Tensor) -> None:
        """Skip the check, which the layer has made."""


class SharedNorm(OwnNorm):
    """In training, normalises [B, C, ...] by the mean and variance over all ranks; in evaluation, like any other."""

    weight: nn.Parameter | None  # type: ignore[assignment]  # None without a learnt scale
    momentum: float
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    num_counted: int | None = None
    """The number of pictures that are this rank's own; None if all are, on every rank."""

    def forward(self, input: Tensor) -> Tensor:  # torch's name
        """Normalise [B, C, ...]."""
        return self._by_sums(input) if self.training else super().forward(input)

    def _by_sums(self, given: Tensor) -> Tensor:
        """Compute in float32, also what comes in 16 bits, as torch does."""
        values = given.float()
        dims, shape = [0, *range(2, values.dim())], [1, -1, *[1] * (values.dim() - 2)]
        own = slice(self.num_counted)
        count = _summed(values.new_tensor([values[own].numel() / values.shape[1]]))
        mean = _summed(values[own].sum(dims)) / count
        centred = values - mean.view(shape)
        variance = _summed(centred[own].square().sum(dims)) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        if self.weight is not None:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(given.dtype)


class SyncedNorm(SharedNorm, nn.SyncBatchNorm):
    """The same by torch's own kernels, if every rank has pictures of its own."""

    def forward(self, input: Tensor) -> Tensor:  # torch's name
        """Normalise [B, C, ...]."""
        if self.training and self.num_counted is not None:
            return self._by_sums(input)
        return nn.SyncBatchNorm.forward(self, input)


@contextmanager
def counting(norms: Sequence[SharedNorm], batch: Batch, num_ranks: int) -> Iterator[None]:
    """Make the norms ignore, within, the pictures of ranks that idle on this batch."""
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
        """Sum the gradients: each rank's values are in every rank's sum."""
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


def _summed(values: Tensor) -> Tensor:
    """Return the sum over the ranks; gradients flow through it."""
    found: Tensor = _Summed.apply(values)
    return found
