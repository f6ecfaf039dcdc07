"""A fixed scale and shift, between numbers near 1 and those in some unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Shape

if TYPE_CHECKING:
    from torch import nn


class Rescaling(Layer):
    """Multiplies by a scale and adds an offset, which are not learned; Keras' layer of this name.

    Before an Output, it turns answers near 0 into those in the unit of what is predicted: prices, years. The layers
    before it, and the learning rate, need not know the unit. It is computed in 32 bits, also where the rest is in 16.
    """

    family = Family.NORMALISATION

    scale: Annotated[
        float,
        Meta(description="multiplies each number; usually the deviation of what is predicted", extra={"start": 1}),
    ]
    offset: Annotated[float, Meta(description="is added then; usually the mean of what is predicted")] = 0.0

    def build(self, x: Shape) -> nn.Module:
        """Any shape, kept."""
        from workbench.layers.modules.normalisation import Rescaling

        return Rescaling(self.scale, self.offset)

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.float() * {{scale}} + {{offset}}"
