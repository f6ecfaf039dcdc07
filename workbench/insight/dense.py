"""How well a network predicts a class for each pixel, or a picture: measures of each picture of a batch by itself."""

from functools import partial
from typing import cast

import torch
from torch import Tensor

from workbench.spec.record import Record

SSIM_WINDOW = 11
"""Sides in pixels: of smaller pictures there is no structural similarity."""

SSIM_BATCH = 64
"""Pictures compared at a time: the comparison takes ten times the memory of the pictures."""


class PixelCounts(Record):
    """Of B pictures with pixels of K classes, those that have a class: in ``matrix``, int64 [K, K], how many of the
    row's class are predicted as the column's; in ``hits``, ``wanted`` and ``given``, int64 [B, K], how many of each
    picture are predicted correctly, are of the class, and are predicted to be.
    """

    matrix: Tensor
    hits: Tensor
    wanted: Tensor
    given: Tensor

    @property
    def ious(self) -> Tensor:
        """Each class's intersection of prediction and truth over their union (Jaccard 1901) in each picture: float32
        [B, K], NaN where the class neither occurs nor is predicted.
        """
        return self.hits / (self.wanted + self.given - self.hits)

    @property
    def accuracy(self) -> Tensor:
        """The share of each picture's pixels that are predicted correctly: float32 [B], NaN where none has a class."""
        return self.hits.sum(dim=1) / self.wanted.sum(dim=1)


def count_pixels(logits: Tensor, targets: Tensor) -> PixelCounts:
    """Compare predictions, ``logits`` [B, K, H, W], with the classes of pixels, int64 [B, H, W], negative for none."""
    num_pictures, num_classes = logits.shape[:2]
    has_class = targets >= 0
    wanted, given = targets[has_class], logits.argmax(dim=1)[has_class]
    picture = torch.arange(num_pictures, device=targets.device).view(-1, 1, 1).expand_as(targets)[has_class]
    is_hit = wanted == given

    def counted(classes: Tensor, pictures: Tensor) -> Tensor:
        places = pictures * num_classes + classes
        return places.bincount(minlength=num_pictures * num_classes).view(num_pictures, num_classes)

    pairs = (wanted * num_classes + given).bincount(minlength=num_classes**2)
    return PixelCounts(
        matrix=pairs.view(num_classes, num_classes),
        hits=counted(wanted[is_hit], picture[is_hit]),
        wanted=counted(wanted, picture),
        given=counted(given, picture),
    )


def pixel_shares(logits: Tensor) -> Tensor:
    """Return the share of each picture's pixels that are predicted as each class, from ``logits`` [B, K, H, W]: float32
    [B, K], NaN of a picture where one is NaN.
    """
    height, width = logits.shape[2:]
    everywhere = torch.zeros(len(logits), height, width, dtype=torch.int64, device=logits.device)
    shares = count_pixels(logits, everywhere).given / (height * width)
    return shares.masked_fill(logits.isnan().flatten(start_dim=1).any(dim=1, keepdim=True), torch.nan)


def noise_ratios(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the peak signal-to-noise ratio of each picture, [B, C, H, W] with values from 0 to 1: float32 [B], in dB;
    infinite for a perfect one.
    """
    from workbench.metrics import peak_signal_noise_ratio

    return peak_signal_noise_ratio(outputs, targets, data_range=(0.0, 1.0), dim=(1, 2, 3), reduction="none")


def similarities(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the structural similarity of each picture, as ``noise_ratios``: float32 [B], NaN if they are too small."""
    from workbench.metrics import structural_similarity_index_measure

    if min(targets.shape[2:]) < SSIM_WINDOW:
        return outputs.new_full((len(outputs),), torch.nan)
    pairs = zip(outputs.split(SSIM_BATCH), targets.split(SSIM_BATCH), strict=True)
    compare = partial(structural_similarity_index_measure, data_range=(0.0, 1.0), reduction="none")
    return torch.cat([cast("Tensor", compare(*pair)).view(-1) for pair in pairs])
