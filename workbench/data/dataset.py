"""Data ready for a network: tensors by split, their normalisation, and the fingerprint of their bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from workbench.data.rows import Rows, Values, blocks
from workbench.data.source import BrokenFile, Examples
from workbench.spec.column import Column, class_names, names_of_features, one_class

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from workbench.data.corruption import Corruption
    from workbench.data.decoding.pictures import Tone


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """``inputs``: uint8 [N, C, H, W] for pictures, float32 [N, D] for points, [N, T, D] for series. ``targets``:
    column -> tensor [N, ...] as in ``Examples``. Memory-mapped data is ``Rows``, of which batches copy their own.
    ``names``: the examples' names in ``leave_out``, str [N]; None for points.
    """

    inputs: Tensor | Rows
    targets: dict[str, Tensor | Rows]
    names: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """The data of a training run.

    ``mean`` and ``std`` are the training split's, per channel, of values scaled to 0..1; for points per number and
    for series per channel, empty if they are not standardised. ``feature_columns`` are those of these numbers, if they
    have names. ``columns`` are the possible targets of heads; ``picture`` among them is the input before the
    ``corruption``. ``fingerprint`` is the SHA-256 of columns, shapes and bytes of all splits. ``broken`` lists the
    excluded files, ``notes`` has sentences for the user, in which an example is called a ``thing``.
    ``own_labels`` has the classes before the recipe corrected them: column -> name of a picture -> class. ``tone`` is
    what became black and white in pictures of more than 8 bits; None if there are none.
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
    feature_columns: tuple[Column, ...] = ()
    broken: tuple[BrokenFile, ...] = ()
    notes: tuple[str, ...] = ()
    thing: str = "picture"
    corruption: Corruption | None = None
    own_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tone: Tone | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers of points; empty if they have none."""
        return names_of_features(self.feature_columns)

    @property
    def splits(self) -> dict[str, Split]:
        """The splits that there are, by name: training, validation, test."""
        splits = (("train", self.train), ("val", self.val), ("test", self.test))
        return {name: split for name, split in splits if split is not None}

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the first column of classes; empty if there is none."""
        return class_names(self.columns)


def to_split(examples: Examples) -> Split:
    """Return arrays as tensors that share their memory."""
    import torch

    def kept(values: Values) -> Tensor | Rows:
        return values if isinstance(values, Rows) else torch.from_numpy(values)

    return Split(
        inputs=kept(examples.inputs),
        targets={column: kept(values) for column, values in examples.targets.items()},
        names=examples.names,
    )


def mean_and_std(examples: Examples) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of uint8 pictures per channel, scaled to 0..1, of points per number, or of
    series per channel; what is constant has std 1.

    Those of pictures are computed exactly from histograms, so that neither order nor threads change a bit.
    """
    pictures = examples.inputs
    if pictures.ndim < 4:
        return mean_and_std_of_points(np.asarray(pictures).reshape(-1, pictures.shape[-1]))
    counts = np.zeros((pictures.shape[1], 256), np.int64)
    for block in blocks(pictures):
        for channel in range(pictures.shape[1]):
            counts[channel] += np.bincount(block[:, channel].ravel(), minlength=256)
    values = np.arange(256) / 255
    means = (counts @ values) / counts.sum(axis=1)
    variances = (counts * (values - means[:, None]) ** 2).sum(axis=1) / counts.sum(axis=1)
    stds = np.where(variances > 0, np.sqrt(variances), 1.0)
    return tuple(means.tolist()), tuple(stds.tolist())


def standardised(series: NDArray[Any], mean: Sequence[float], std: Sequence[float]) -> NDArray[np.float32]:
    """Return series [..., T, D] with each channel standardised, float32."""
    made: NDArray[np.float32] = ((series - np.asarray(mean)) / np.asarray(std)).astype(np.float32)
    return made


def mean_and_std_of_points(points: NDArray[np.float32]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of each number of points, float32 [N, D], in double precision."""
    means, stds = points.mean(axis=0, dtype=np.float64), points.std(axis=0, dtype=np.float64)
    constant = (points == points[:1]).all(axis=0)  # whose std is 0 but for rounding
    means[constant], stds[constant] = points[0, constant], 1.0
    return tuple(means.tolist()), tuple(stds.tolist())


def fingerprint(columns: tuple[Column, ...], splits: tuple[Examples | None, ...]) -> str:
    """Return the SHA-256, in hex, of everything that training sees of the data."""
    names = class_names(columns)
    digest = hashlib.sha256("\0".join(names).encode())
    if columns != one_class(names):  # data sets with one class per example came first, and keep their fingerprints
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
