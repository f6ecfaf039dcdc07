"""Batches: shuffled, augmented, normalised, on the device.

The order of the pictures is a function of (seed, epoch), the augmentation of a picture one of (seed, epoch, picture).
Nothing else is remembered, and no generator of anybody else is touched: an epoch begun at batch k is the tail of the
whole one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.data import draws
from workbench.data.augment import Augmentation
from workbench.data.dataset import Split


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Batch:
    """``indices``: int64 [B] into the split. ``inputs``: float32 [B, ...]. ``targets``: column -> tensor [B, ...]."""

    indices: Tensor
    inputs: Tensor
    targets: dict[str, Tensor]


class Batches:
    """One split, given out in batches. Its pictures live as uint8 on the device, and are varied and normalised there.

    ``mean`` and ``std`` (a channel each, of values 0..1) are the training split's; empty for points, which are
    handed out as they are. The last batch of an epoch may be short; were it a single picture it is left out, another
    one each epoch, since batch normalisation finds no variance in one.
    """

    def __init__(
        self,
        split: Split,
        *,
        mean: Sequence[float] = (),
        std: Sequence[float] = (),
        batch_size: int,
        seed: int = 0,
        augmentation: Sequence[Augmentation] = (),
        device: torch.device | str = "cpu",
    ) -> None:
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.seed = seed
        self.augmentation = tuple(augmentation)
        self.inputs = split.inputs.to(self.device)
        self.targets = {column: values.to(self.device) for column, values in split.targets.items()}
        # (x/255 - mean) / std, as x - 255 mean, times 1 / (255 std).
        self._zero = 255 * torch.tensor(mean, dtype=torch.float32, device=self.device).reshape(-1, 1, 1)
        self._scale = 1 / (255 * torch.tensor(std, dtype=torch.float32, device=self.device).reshape(-1, 1, 1))

    @property
    def num_batches(self) -> int:
        """Batches in an epoch, the short last one included."""
        whole, rest = divmod(len(self.inputs), self.batch_size)
        return whole + (rest > 1 or whole == 0)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of one pass in its own order, from batch number ``start`` on."""
        start_key = draws.key(self.seed, epoch)
        generator = torch.Generator().manual_seed(start_key)
        order = torch.randperm(len(self.inputs), generator=generator).to(self.device)
        num_draws = sum(augmentation.num_draws for augmentation in self.augmentation)
        chance = torch.from_numpy(draws.uniforms(start_key, len(self.inputs), num_draws)).to(self.device)
        for indices in order.split(self.batch_size)[start : self.num_batches]:
            yield self._batch(indices, varied(self.inputs.index_select(0, indices), self.augmentation, chance[indices]))

    def in_order(self) -> Iterator[Batch]:
        """All of the split as it lies, unvaried: for measuring."""
        for indices in torch.arange(len(self.inputs), device=self.device).split(self.batch_size):
            yield self._batch(indices, self.inputs[indices[0] : indices[-1] + 1])

    def pictures(self, inputs: Tensor) -> Tensor:
        """What a batch's ``inputs`` were before they were normalised: uint8 [B, C, H, W]; points as they are."""
        if self.inputs.dtype != torch.uint8:
            return inputs
        return inputs.div(self._scale).add_(self._zero).round_().clamp_(0, 255).to(torch.uint8)

    def _batch(self, indices: Tensor, inputs: Tensor) -> Batch:
        if inputs.dtype == torch.uint8:
            inputs = inputs.float().sub_(self._zero).mul_(self._scale)
        targets = {column: values.index_select(0, indices) for column, values in self.targets.items()}
        return Batch(indices=indices, inputs=inputs, targets=targets)


def varied(pictures: Tensor, augmentations: Sequence[Augmentation], chance: Tensor) -> Tensor:
    """Pictures (uint8 [B, C, H, W]) after all augmentations, each of which takes its columns of ``chance`` in turn."""
    used = 0
    for augmentation in augmentations:
        pictures = augmentation.apply(pictures, chance[:, used : used + augmentation.num_draws])
        used += augmentation.num_draws
    return pictures
