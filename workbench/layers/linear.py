"""Linear layers and biases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape, describe
from workbench.layers.checks import PICTURE
from workbench.layers.remedies import inserting
from workbench.spec.remedy import NewLayer

if TYPE_CHECKING:
    from torch import nn


class Bias(Layer):
    """Adds a learned number to each input, initially zero.

    LeNet of 1989 shares the weights of a feature map among its pixels, and gives each pixel its own bias.
    """

    family = Family.LINEAR

    def build(self, x: Shape) -> nn.Module:
        """Any shape, kept."""
        from workbench.layers.modules.linear import Bias

        return Bias(x)


class Linear(Layer):
    """Each output is a weighted sum of all inputs: y = Wx + b.

    Applied to each of the tokens (T, D) separately, with the same weights.
    """

    family = Family.LINEAR

    out_features: Annotated[int, Meta(ge=1, description="number of output features", extra={"start": 128})]
    bias: Annotated[bool, Meta(description="add a learned bias to each output")] = True
    channels_last: Annotated[bool, Meta(description="apply to each pixel of a height×width×channels picture")] = False

    def check(self, x: Shape) -> None:
        if len(x) == PICTURE and not self.channels_last:
            raise Refusal(
                f"Linear expects a vector, but gets {describe(x)}",
                "add Flatten before it",
                inserting(NewLayer(type="Flatten")),
            )

    def build(self, x: Shape) -> nn.Module:
        """(..., D) -> (..., out_features)."""
        from torch import nn

        return nn.Linear(x[-1], self.out_features, bias=self.bias)

    def window(self) -> str | None:
        """Everything, except if each pixel is separate."""
        return None if self.channels_last else "all"
