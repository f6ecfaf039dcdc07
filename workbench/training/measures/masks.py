"""Segmentation measures; unlabelled pixels do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import NO_CLASS, Column
from workbench.training.measure import Measure, Meter, Metered

if TYPE_CHECKING:
    from torch import device


class MeanIoU(Measure):
    """Intersection of prediction and ground truth over their union (Jaccard 1901), averaged over the classes."""

    shown_as = "Mean IoU"
    takes = ("mask",)
    titles = {"iou": "Mean IoU"}

    def meter(self, column: Column, where: device) -> Meter:
        from workbench.metrics import MulticlassJaccardIndex

        return Metered(
            "iou",
            MulticlassJaccardIndex,
            where,
            "outputs.argmax(dim=1)",
            num_classes=len(column.names),
            ignore_index=NO_CLASS,
            validate_args=False,
        )


class PixelAccuracy(Measure):
    """The share of pixels classified correctly."""

    shown_as = "Pixel accuracy"
    takes = ("mask",)
    titles = {"pixels": "Pixel accuracy"}

    def meter(self, column: Column, where: device) -> Meter:
        from workbench.metrics import MulticlassAccuracy

        return Metered(
            "pixels",
            MulticlassAccuracy,
            where,
            "outputs.argmax(dim=1)",
            num_classes=len(column.names),
            average="micro",
            ignore_index=NO_CLASS,
            validate_args=False,
        )
