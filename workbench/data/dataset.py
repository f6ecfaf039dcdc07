"""Data ready for a network: tensors by split, what normalises them, and the fingerprint of their bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from workbench.data.rows import Rows, Values, blocks
from workbench.data.source import BrokenFile, Examples
from workbench.spec.column import Column, class_names, one_class

if TYPE_CHECKING:
    from torch import Tensor

    from workbench.data.corruption import Corruption


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """``inputs``: uint8 [N, C, H, W] for pictures, float32 [N, D] for points. ``targets``: column -> tensor [N, ...] as
    ``Examples`` has them. What is mapped from a file is ``Rows``, of which batches copy their own.
    """

    inputs: Tensor | Rows
    targets: dict[str, Tensor | Rows]

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """What a training run reads.

    ``mean`` and ``std`` are the training split's, a channel each, of values scaled to 0..1; empty for points.
    ``columns`` are what heads may aim at; ``picture`` among them is the input itself, as it was before the
    ``corruption``. ``fingerprint`` is the SHA-256 over columns, shapes and bytes of all splits. ``broken`` lists the
    files left out, ``notes`` holds sentences worth showing.
    """

    name: str
    licence: str
    columns: tuple[Column, ...]
    train: Split
    val: Split | None
    test: Split | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fingerprint: str
    broken: tuple[BrokenFile, ...] = ()
    notes: tuple[str, ...] = ()
    corruption: Corruption | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the first column of classes; none where there is no such column."""
        return class_names(self.columns)


def to_split(examples: Examples) -> Split:
    """Arrays as tensors over the same memory."""
    import torch

    def kept(values: Values) -> Tensor | Rows:
        return values if isinstance(values, Rows) else torch.from_numpy(values)

    return Split(
        inputs=kept(examples.inputs), targets={column: kept(values) for column, values in examples.targets.items()}
    )


def mean_and_std(examples: Examples) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of uint8 pictures, a channel each, scaled to 0..1; a channel of one value only has std 1.

    Counted exactly from histograms, so that neither order nor threads change a bit of it.
    """
    pictures = examples.inputs
    counts = np.zeros((pictures.shape[1], 256), np.int64)
    for block in blocks(pictures):
        for channel in range(pictures.shape[1]):
            counts[channel] += np.bincount(block[:, channel].ravel(), minlength=256)
    values = np.arange(256) / 255
    means = (counts @ values) / counts.sum(axis=1)
    variances = (counts * (values - means[:, None]) ** 2).sum(axis=1) / counts.sum(axis=1)
    stds = np.where(variances > 0, np.sqrt(variances), 1.0)
    return tuple(means.tolist()), tuple(stds.tolist())


def fingerprint(columns: tuple[Column, ...], splits: tuple[Examples | None, ...]) -> str:
    """SHA-256, in hex, of everything that training sees of the data."""
    names = class_names(columns)
    digest = hashlib.sha256("\0".join(names).encode())
    if columns != one_class(names):  # one class alone was all that there was at first, and keeps its fingerprint
        digest.update(msgspec.json.encode(columns))
    for examples in splits:
        if examples is None:
            digest.update(b"none")
            continue
        digest.update(f"{examples.inputs.dtype.str}{examples.inputs.shape}".encode())
        for values in (examples.inputs, *(examples.targets[column.name] for column in columns)):
            for block in blocks(values):
                digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()
