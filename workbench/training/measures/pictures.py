"""Measures of picture similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Metered

if TYPE_CHECKING:
    from torch import device


class PSNR(Measure):
    """Peak signal-to-noise ratio in decibels, averaged over the pictures; above 30 dB they look alike."""

    takes = ("picture",)
    titles = {"psnr": "PSNR"}
    is_share = False
    unit = "dB"

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.image import PeakSignalNoiseRatio

        return Metered("psnr", PeakSignalNoiseRatio, where, "outputs", data_range=(0.0, 1.0), dim=(1, 2, 3))


class SSIM(Measure):
    """Structural similarity in windows of 11×11 pixels: 1 for identical pictures.

    Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, https://doi.org/10.1109/TIP.2003.819861).
    """

    takes = ("picture",)
    titles = {"ssim": "SSIM"}

    def meter(self, column: Column, where: device) -> Meter:
        from torchmetrics.image import StructuralSimilarityIndexMeasure

        return Metered("ssim", StructuralSimilarityIndexMeasure, where, "outputs", data_range=(0.0, 1.0))
