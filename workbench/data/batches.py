"""Batches: shuffled, augmented, corrupted, normalised, on the device.

The order of the pictures is a function of (seed, epoch), and the changes to a picture one of (seed, epoch, picture). No
other state exists, and no global generator is used: an epoch started at batch k is the tail of the whole epoch.
"""

import copy
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import torch
from torch import Tensor

from workbench.data.augmentation import Augmentation
from workbench.data.class_groups import classes_together
from workbench.data.corruption import Corruption
from workbench.data.dataset import Split
from workbench.data.lending import Lender
from workbench.data.mixing import Mixing, mixed_targets
from workbench.data.placing import Indices, gathered, placed, sent, stretch
from workbench.data.rows import Rows
from workbench.data.varying import draws
from workbench.data.varying.noise import picture_keys
from workbench.data.varying.warp import carried
from workbench.spec.column import NO_CLASS, PICTURE

WHOLE = (0, 1)
"""The part of a batch that is all of it."""

BLOCK_BYTES = 2**20
"""The bytes of pictures that a core takes through all augmentations at once, so that they stay in its cache."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Batch:
    """``indices``: int64 [B] into the split. ``inputs``: float32 [B, ...]. ``targets``: column -> tensor [B, ...].

    Where several ranks share a batch, these are one's own of its ``num_pictures``. One for which none were left
    ``idles``: it has another's picture, so that it goes the same way as all, and counts it for nothing.
    """

    indices: Tensor
    inputs: Tensor
    targets: dict[str, Tensor]
    num_pictures: int
    idles: bool = False

    @property
    def num_own(self) -> int:
        """The number of pictures that count."""
        return 0 if self.idles else len(self.inputs)


class Batches:
    """One split, given out in batches. Its pictures live as uint8 on the device, and are varied and normalised there.

    Pictures for which the device has no room stay where they are, as those in a memory-mapped file do if the device is
    the CPU, and each batch copies its own.
    ``mean`` and ``std`` are the training split's: per channel of values 0..1, per number of points, or per channel of
    series; empty for those that are not standardised. ``targets`` are the wanted columns, by default all of the split;
    ``picture`` is the picture itself. ``num_classes``, of the columns of classes, is needed for a ``mixing``;
    ``points`` are the columns of key points, as fractions of the pictures' width and height. The last batch of an epoch
    may be smaller.
    If it were a single picture, it is omitted, a different one each epoch, since batch normalisation may find no
    variance in it. ``part`` (rank, size) is the slice of each batch to return. With ``per_class``, pictures of a class,
    which is the column ``grouped``, come in groups of so many.
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
        mixing: Mixing | None = None,
        num_classes: Mapping[str, int] | None = None,
        corruption: Corruption | None = None,
        targets: Collection[str] | None = None,
        points: Collection[str] = (),
        device: torch.device | str = "cpu",
        part: tuple[int, int] = WHOLE,
        per_class: int = 1,
        grouped: str = "",
    ) -> None:
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.seed = seed
        self.augmentation = tuple(augmentation)
        self.mixing = mixing
        self.num_classes = num_classes or {}
        self.corruption = corruption
        self.part = part
        self._per_class = per_class
        self._classes = torch.from_numpy(np.asarray(split.targets[grouped])) if grouped else None
        self.inputs = placed(split.inputs, self.device)
        wanted = split.targets.keys() if targets is None else targets
        self.targets = {name: placed(values, self.device) for name, values in split.targets.items() if name in wanted}
        self._points = [name for name in points if name in self.targets]
        self._wants_itself = PICTURE in wanted and PICTURE not in self.targets
        blocks_bytes = torch.get_num_threads() * BLOCK_BYTES if self.device.type == "cpu" else sys.maxsize
        self._block = max(1, blocks_bytes // max(1, self.inputs[:1].nbytes))
        self._floats, self._bytes = Lender(torch.float32), Lender(torch.uint8)
        # (x/255 - mean) / std, computed as (x - 255 mean) / (255 std); points and series are not divided by 255.
        white, sides = (255, (-1, 1, 1)) if self.inputs.ndim == 4 else (1, (-1,))
        self._zero = white * torch.tensor(mean, dtype=torch.float32, device=self.device).reshape(sides)
        self._scale = 1 / (white * torch.tensor(std, dtype=torch.float32, device=self.device).reshape(sides))

    def varied_by(self, augmentation: Sequence[Augmentation]) -> "Batches":
        """Return the same split with other augmentations; the tensors are shared."""
        other = copy.copy(self)
        other.augmentation = tuple(augmentation)
        return other

    def whole(self) -> "Batches":
        """Return the same batches as a whole rather than a part; the tensors are shared."""
        other = copy.copy(self)
        other.part = WHOLE
        return other

    @property
    def num_batches(self) -> int:
        """The number of batches in an epoch, including a smaller last one."""
        whole, rest = divmod(len(self.inputs), self.batch_size)
        return whole + (rest > 1 or whole == 0)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch in its own order, from batch number ``start`` on."""
        start_key = draws.key(self.seed, epoch)
        generator = torch.Generator().manual_seed(start_key)
        order = torch.randperm(len(self.inputs), generator=generator)
        if self._classes is not None:
            order = classes_together(order, self._classes, self._per_class)
        used = sum(augmentation.num_draws for augmentation in self.augmentation)
        num_draws = used + (self.mixing.num_draws if self.mixing else 0)
        chance = torch.from_numpy(draws.uniforms(start_key, len(self.inputs), num_draws))
        chosen = order.split(self.batch_size)[start : self.num_batches]
        # A mixing also needs the picture before the first one: it is prepended, and dropped at the end.
        before = int(self.mixing is not None and self.part != WHOLE)
        for batch, following in zip_longest(chosen, chosen[1:]):
            indices = self._indices(self._read(batch, before))
            pictures, targets = self._drawn(indices, chance)
            if self.mixing is not None:
                pictures, shares = self.mixing.mix(pictures, chance[indices.here, used:])
                targets = mixed_targets(targets, shares, self.num_classes)
            if before:
                pictures = pictures[1:]
                targets = {name: values[1:] for name, values in targets.items()}
            if following is not None and isinstance(self.inputs, Rows):
                self.inputs.announce(self._read(following, before).numpy())
            yield self._batch(indices.there[before:], pictures, targets, start_key, len(batch))

    def in_order(self) -> Iterator[Batch]:
        """Yield all of the split in order and without variation, for evaluation."""
        start_key = draws.key(self.seed)
        for number, batch in enumerate(torch.arange(len(self.inputs)).split(self.batch_size)):
            own = self._own(len(batch))
            indices = self._indices(batch[own])
            pictures = stretch(self.inputs, number * self.batch_size + own.start, indices)
            pictures, targets = self._taken(indices, pictures)
            yield self._batch(indices.there, pictures, targets, start_key, len(batch))

    def chosen(self, indices: Tensor) -> Batch:
        """Return the pictures with these ``indices``, int64 [B], as ``in_order`` yields them, in one batch."""
        there = self._indices(indices)
        pictures, targets = self._taken(there, gathered(self.inputs, there))
        return self._batch(there.there, pictures, targets, draws.key(self.seed), len(indices))

    def shuffled(self) -> Iterator[Batch]:
        """Yield all of the split as ``in_order`` does, but in an order drawn by the seed, so that a batch has several
        classes even if the split is stored by class.
        """
        generator = torch.Generator().manual_seed(draws.key(self.seed))
        return map(self.chosen, torch.randperm(len(self.inputs), generator=generator).split(self.batch_size))

    def pictures(self, inputs: Tensor) -> Tensor:
        """Return a batch's ``inputs`` before normalisation: uint8 [B, C, H, W], or of points or series, float32 [B, D]
        or [B, T, D].
        """
        if isinstance(self.inputs, Tensor) and self.inputs.dtype != torch.uint8:
            return inputs.div(self._scale).add_(self._zero) if len(self._scale) else inputs
        return inputs.div(self._scale).add_(self._zero).round_().clamp_(0, 255).to(torch.uint8)

    def _indices(self, chosen: Tensor) -> Indices:
        return Indices(chosen, sent(chosen, self.device))

    def _read(self, batch: Tensor, before: int) -> Tensor:
        """Return this part of a batch of indices, after so many that come before it."""
        own = self._own(len(batch))
        first = own.start - before
        return batch[first : own.stop] if first >= 0 else torch.cat([batch[first:], batch[: own.stop]])

    def _own(self, size: int) -> slice:
        """Return this part's slice of a batch of ``size``; the first picture if none are left for this part."""
        share = self._share(size)
        return slice(share.start, share.stop) if share else slice(0, 1)

    def _share(self, size: int) -> range:
        number, count = self.part
        return range(number * size // count, (number + 1) * size // count)

    def _drawn(self, indices: Indices, chance: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the pictures and their targets, varied a block at a time; each picture is varied independently."""
        if not self.augmentation:
            return self._taken(indices, gathered(self.inputs, indices))
        blocks = []
        for some in map(Indices, *(each.split(self._block) for each in indices)):
            pictures, targets = self._taken(some, gathered(self.inputs, some))
            blocks.append((varied(pictures, self.augmentation, chance[some.here], targets, self._points), targets))
        if len(blocks) == 1:
            return blocks[0]
        pictures = self._bytes.empty((len(indices.here), *blocks[0][0].shape[1:]))
        for part, (block, _) in zip(pictures.split(self._block), blocks, strict=True):
            part.copy_(block)
        return pictures, {name: torch.cat([targets[name] for _, targets in blocks]) for name in blocks[0][1]}

    def _taken(self, indices: Indices, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        targets = {name: gathered(values, indices) for name, values in self.targets.items()}
        if self._wants_itself:
            targets[PICTURE] = pictures
        return pictures, targets

    def _batch(self, indices: Tensor, pictures: Tensor, targets: dict[str, Tensor], start_key: int, size: int) -> Batch:
        inputs = pictures
        if self.corruption is not None:
            inputs = self.corruption.apply(pictures, picture_keys(start_key, indices))
        if inputs.dtype == torch.uint8:
            inputs = self._normalised(inputs)
        elif len(self._scale):
            inputs = inputs.sub(self._zero).mul_(self._scale)
        return Batch(
            indices=indices,
            inputs=inputs,
            targets={name: _ready(values) for name, values in targets.items()},
            num_pictures=size,
            idles=not self._share(size),
        )

    def _normalised(self, pictures: Tensor) -> Tensor:
        """Normalise uint8 [B, C, H, W] to float32 by the channels' means and standard deviations."""
        if len(pictures) <= self._block:
            return pictures.float().sub_(self._zero).mul_(self._scale)
        normalised = self._floats.empty(pictures.shape)
        for block, values in zip(pictures.split(self._block), normalised.split(self._block), strict=True):
            values.copy_(block).sub_(self._zero).mul_(self._scale)
        return normalised


def varied(
    pictures: Tensor,
    augmentations: Sequence[Augmentation],
    chance: Tensor,
    targets: dict[str, Tensor] | None = None,
    points: Collection[str] = (),
) -> Tensor:
    """Return pictures (uint8 [B, C, H, W]) after all augmentations, each using its columns of ``chance`` in turn, which
    is on the CPU.

    If an augmentation moves pixels, those of target pictures and masks are moved along, and so are the columns
    ``points`` of key points.
    """
    used, there = 0, sent(chance, pictures.device)
    for augmentation in augmentations:
        own = slice(used, used + augmentation.num_draws)
        drawn = (chance if augmentation.chooses_pictures else there)[:, own]
        used = own.stop
        pictures = augmentation.apply(pictures, drawn)
        if augmentation.moves_pixels and targets:
            _move_along(targets, augmentation, drawn)
        if augmentation.moves_pixels and targets and points:
            maps = augmentation.maps(there[:, own], pictures.shape[-2:])
            targets |= {name: carried(targets[name], maps, pictures.shape[-2:]) for name in points}
    return pictures


def _move_along(targets: dict[str, Tensor], augmentation: Augmentation, drawn: Tensor) -> None:
    for name, values in targets.items():
        if values.dtype == torch.uint8:
            is_mask = values.dim() == 3
            seen = values[:, None] if is_mask else values
            targets[name] = augmentation.move(seen, drawn, is_mask=is_mask).view(values.shape)


def _ready(values: Tensor) -> Tensor:
    """Return pictures as values 0..1 and masks as classes; other targets unchanged."""
    if values.dtype != torch.uint8:
        return values
    return values.float().div_(255) if values.dim() == 4 else values.long().sub_(1).masked_fill_(values == 0, NO_CLASS)
