"""Predictions for each pixel, a class or a colour: how good those of each picture are, and on demand the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.session.views.mistakes.head import HeadMistakes, shares
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

Order = Literal["worst", "best", "data"]
"""The order of pictures: by a measure, or as the split has them."""


class DensePrediction(Record):
    """What the network sees of a picture, uint8 [C, H, W], what is ``wanted`` of it, and what is ``given``: pictures,
    uint8 [C, H, W], or masks, uint8 [H, W], whose classes are counted from 1, with 0 where there is none.
    """

    seen: Any
    wanted: Any
    given: Any

    @property
    def errors(self) -> NDArray[np.float32]:
        """How wrong each pixel is, from 0 to 1, float32 [H, W]: the difference, averaged over the channels; of a mask
        whether another class is predicted.
        """
        if self.wanted.ndim == 2:
            return np.asarray((self.wanted != self.given) & (self.wanted > 0), np.float32)
        return np.asarray(np.abs(self.wanted.astype(np.float32) - self.given).mean(axis=0) / 255)


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseMistakes(HeadMistakes):
    """What masks and pictures have in common."""

    @property
    def measures(self) -> Mapping[str, NDArray[np.float32]]:
        """What is measured of each picture by itself, float32 [N] under the names of metrics, NaN where it has none.
        The pictures are ordered by the first one, unless another is chosen.
        """
        raise NotImplementedError

    @property
    def summary(self) -> Mapping[str, float]:
        """The same of the whole split, as a run's measures are."""
        return {name: _mean(values) for name, values in self.measures.items()}

    @property
    def num_pictures(self) -> int:
        """The number of pictures."""
        return len(next(iter(self.measures.values())))

    def pictures(self, measure: str, order: Order = "worst") -> NDArray[np.int64]:
        """Return the pictures in this order: indices int64 [N]; those without the measure come last."""
        return _ordered(measure, self.measures[measure], order)

    def predictions(self, numbers: Sequence[int]) -> tuple[DensePrediction, ...]:
        """Return the pictures with these numbers, by running the network: not for the window's thread."""
        from workbench.session.views.seen_batch import as_pictures

        assert self.again is not None
        found = self.again(numbers)
        pair = as_pictures(self.column, found.targets, found.outputs)
        rows = zip(found.seen, pair["wanted"], pair["given"], strict=True)
        return tuple(DensePrediction(seen=seen, wanted=wanted, given=given) for seen, wanted, given in rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class PictureMistakes(DenseMistakes):
    """``psnr`` in dB, a perfect one 100, ``ssim``, NaN for small pictures, and ``mae``, the mean difference of values
    from 0 to 1: float32 [N]. Values below and above count as 0 and 1, as they are shown.
    """

    psnr: NDArray[np.float32]
    ssim: NDArray[np.float32]
    mae: NDArray[np.float32]

    @staticmethod
    def kept(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the arrays of a batch from its outputs and targets, float32 [B, C, H, W] both."""
        from workbench.insight.dense import noise_ratios, similarities
        from workbench.training.measures.pictures import PERFECT_DB

        mae = (outputs.clamp(0, 1) - targets).abs().mean(dim=(1, 2, 3))
        psnr = noise_ratios(outputs, targets).clamp(max=PERFECT_DB)
        return {"psnr": psnr, "ssim": similarities(outputs, targets), "mae": mae}

    @cached_property
    def measures(self) -> Mapping[str, NDArray[np.float32]]:
        """The arrays; without the similarity where no picture has one."""
        measures = {"psnr": self.psnr, "ssim": self.ssim, "mae": self.mae}
        return {name: values for name, values in measures.items() if not np.isnan(values).all()} or measures


@dataclass(frozen=True, kw_only=True, eq=False)
class MaskMistakes(DenseMistakes):
    """Of each picture, those of its pixels that have a class: how many are correct (``hits``), are ``wanted`` to be of
    each class, and are predicted as it (``given``), int32 [N, classes]; and the cross-entropy, float32 [N].
    ``confused`` has parts whose sum is ``matrix``.
    """

    hits: NDArray[np.int32]
    wanted: NDArray[np.int32]
    given: NDArray[np.int32]
    losses: NDArray[np.float32]
    confused: NDArray[np.int64]

    @staticmethod
    def kept(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the arrays of a batch from its logits, float32 [B, classes, H, W], and classes, int64 [B, H, W]."""
        from torch.nn.functional import cross_entropy

        from workbench.insight.dense import count_pixels

        counts = count_pixels(outputs, targets)
        losses = cross_entropy(outputs, targets, reduction="none").sum(dim=(1, 2)) / counts.wanted.sum(dim=1)
        per_picture = {"hits": counts.hits, "wanted": counts.wanted, "given": counts.given}
        return {
            **{name: each.int() for name, each in per_picture.items()},
            "losses": losses,
            "confused": counts.matrix[None],
        }

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix of all pixels, int64 [classes, classes]: how many of the row's class are predicted as
        the column's.
        """
        return np.asarray(self.confused.sum(axis=0))

    @cached_property
    def ious(self) -> NDArray[np.float32]:
        """The intersection over union of each class in each picture, float32 [N, classes]: NaN where it neither occurs
        nor is predicted.
        """
        return shares(self.hits, self._unions).astype(np.float32)

    @property
    def _unions(self) -> NDArray[np.int32]:
        """How many pixels of each picture are of a class or predicted as it, int32 [N, classes]."""
        return self.wanted + self.given - self.hits

    @cached_property
    def class_ious(self) -> NDArray[np.float64]:
        """That of each class over all pixels of the split, float64 [classes]."""
        hits = self.matrix.diagonal()
        return shares(hits, self.matrix.sum(axis=0) + self.matrix.sum(axis=1) - hits)

    @cached_property
    def measures(self) -> Mapping[str, NDArray[np.float32]]:
        """The mean over a picture's classes, the share of its pixels that are correct, and the loss."""
        accuracy = shares(self.hits.sum(axis=1), self.wanted.sum(axis=1)).astype(np.float32)
        has_iou = ~np.isnan(self.ious)
        means = shares(np.where(has_iou, self.ious, 0).sum(axis=1), has_iou.sum(axis=1)).astype(np.float32)
        return {"iou": means, "pixels": accuracy, "loss": self.losses}

    @property
    def summary(self) -> Mapping[str, float]:
        """Over all pixels, not over pictures; of the classes that occur or are predicted."""
        pixels = shares(self.matrix.trace(), self.matrix.sum())
        return {**super().summary, "iou": _mean(self.class_ious), "pixels": float(pixels)}

    def pictures(self, measure: str, order: Order = "worst", label: int | None = None) -> NDArray[np.int64]:
        """Return the pictures in this order: indices int64 [n]. With a ``label``, those in which this class occurs or
        is predicted, for which ``iou`` is then its own; of equal ones those with the most such pixels come first.
        """
        if label is None:
            return super().pictures(measure, order)
        own, num_pixels = self.ious[:, label], self._unions[:, label]
        values = own if measure == "iou" else self.measures[measure]
        begin = np.arange(len(own)) if order == "data" else np.argsort(-num_pixels, kind="stable")
        ordered = begin[_ordered(measure, values[begin], order)]
        chosen: NDArray[np.int64] = ordered[~np.isnan(own[ordered])]
        return chosen


def _ordered(measure: str, values: NDArray[np.float32], order: Order) -> NDArray[np.int64]:
    from workbench.training.results.measured import title_of

    if order == "data":
        return np.arange(len(values))
    falls = title_of(measure).is_error == (order == "worst")
    return np.argsort(-values if falls else values, kind="stable")


def _mean(values: NDArray[Any]) -> float:
    """Return the mean of those that are numbers; NaN if none is."""
    values = values[~np.isnan(values)]
    return float(values.mean(dtype=np.float64)) if len(values) else np.nan
