"""Random changes of colour and brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.augmentation import Augmentation, Chance

if TYPE_CHECKING:
    from torch import Tensor

Most = Annotated[float, Meta(ge=0, le=1, description="maximum change; 0.4 gives factors from 0.6 to 1.4")]


class ColorJitter(Augmentation):
    """Changes brightness, contrast, saturation and hue by random amounts; of grey pictures only the first two."""

    num_draws = 5

    brightness: Most = 0.4
    contrast: Most = 0.4
    saturation: Most = 0.4
    hue: Annotated[float, Meta(ge=0, le=0.5, description="maximum hue shift; 0.5 is the opposite hue")] = 0.1
    chance: Chance = 1.0

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Random draws: whether to apply, brightness, contrast, saturation, hue."""
        import torch

        from workbench.data.varying.tones import brightened, contrasted, hue_turned, saturated

        limits = (self.brightness, self.contrast, self.saturation, self.hue)
        changes = torch.where(draws[:, :1] < self.chance, 2 * draws[:, 1:] - 1, 0.0).unbind(1)
        brightness, contrast, saturation, hue = (most * change for most, change in zip(limits, changes, strict=True))
        varied = contrasted(brightened(pictures.float(), 1 + brightness), 1 + contrast)
        varied = hue_turned(saturated(varied, 1 + saturation), hue)
        return varied.round().to(torch.uint8)
