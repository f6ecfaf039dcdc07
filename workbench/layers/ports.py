"""Where data enters the network and where answers leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Shape

if TYPE_CHECKING:
    from torch import nn

Size = Annotated[int, Meta(ge=1)]


class Input(Layer):
    """Where the data comes in.

    In a block the shape stays open: it is that of whatever the block is connected to.
    """

    family = Family.PORTS
    input_ports = ()

    shape: Annotated[
        Annotated[tuple[Size, ...], Meta(min_length=1, max_length=3)] | None,
        Meta(
            description="channels, height, width of a picture, or the length of a vector", extra={"start": [1, 28, 28]}
        ),
    ] = None

    def build(self, *shapes: Shape) -> nn.Module:
        """The data itself."""
        from torch import nn

        return nn.Identity()


class Output(Layer):
    """An answer of the network; a head joins it to a target and a loss."""

    family = Family.PORTS
    output_ports = ()

    def build(self, x: Shape) -> nn.Module:
        """What comes in, unchanged."""
        from torch import nn

        return nn.Identity()
