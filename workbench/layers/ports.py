"""The inputs and outputs of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import AtLeast1, Family, Layer, Refusal, Shape
from workbench.layers.remedies import setting

if TYPE_CHECKING:
    from torch import nn


class Input(Layer):
    """Where the data enters the network.

    In a block the shape is open: it is that of whatever the block is connected to.
    """

    family = Family.PORTS
    input_ports = ()

    shape: Annotated[
        Annotated[tuple[AtLeast1, ...], Meta(min_length=1, max_length=3)] | None,
        Meta(
            description="channels, height, width of a picture, steps and channels of series, or a vector's length",
            extra={"start": [1, 28, 28]},
        ),
    ] = None

    def check(self) -> None:
        """Reject an open shape; inside a block, this is never called."""
        if self.shape is None:
            raise Refusal(
                "this Input has no shape",
                "set its shape: channels, height and width, or the length of a vector",
                setting({"shape": [1, 28, 28]}),
            )

    def build(self) -> nn.Module:
        """Nothing -> ``shape``: zeros stand for the data while shapes are computed."""
        from workbench.layers.modules.ports import Blank

        assert self.shape is not None
        return Blank(self.shape)


class Output(Layer):
    """An output of the network; a head connects it to a target and a loss."""

    family = Family.PORTS
    output_ports = ()

    def build(self, x: Shape) -> nn.Module:
        """The input, unchanged."""
        from torch import nn

        return nn.Identity()
