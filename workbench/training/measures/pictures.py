"""Measures of picture similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Metered, Written

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.distributed.ranks import Ranks


PERFECT_DB = 100
"""What a picture counts at most: a single perfect one, such as an all-black one, would make the mean infinite."""


class PSNR(Measure):
    """Peak signal-to-noise ratio in decibels, averaged over the pictures (a perfect one is 100); above 30 they look
    alike.
    """

    takes = ("picture",)
    titles = {"psnr": "PSNR"}
    is_share = False
    unit = "dB"

    def meter(self, column: Column, where: device) -> Meter:
        return _Ratios()


class _Ratios:
    """Each picture's ratio, kept on the device until the end."""

    def __init__(self) -> None:
        self.ratios: list[Tensor] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        from workbench.metrics import peak_signal_noise_ratio

        ratios = peak_signal_noise_ratio(outputs, targets, data_range=(0.0, 1.0), dim=(1, 2, 3), reduction="none")
        self.ratios.append(ratios)

    def result(self, ranks: Ranks) -> dict[str, float]:
        import torch

        return {"psnr": ranks.joined(torch.cat(self.ratios)).clamp(max=PERFECT_DB).mean().item()}

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        settings = 'data_range=(0.0, 1.0), dim=(1, 2, 3), reduction="none"'
        return Written(
            begin=(f"{own}ratios: list[Tensor] = []",),
            update=(f"{own}ratios.append(peak_signal_noise_ratio({outputs}, {targets}, {settings}))",),
            results={"psnr": f"torch.cat({own}ratios).clamp(max={PERFECT_DB}).mean().item()"},
            imports=("from torchmetrics.functional.image import peak_signal_noise_ratio",),
        )


class SSIM(Measure):
    """Structural similarity in windows of 11×11 pixels: 1 for identical pictures.

    Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, https://doi.org/10.1109/TIP.2003.819861).
    """

    takes = ("picture",)
    titles = {"ssim": "SSIM"}

    def meter(self, column: Column, where: device) -> Meter:
        from workbench.metrics import StructuralSimilarityIndexMeasure

        return Metered("ssim", StructuralSimilarityIndexMeasure, where, "outputs", data_range=(0.0, 1.0))
