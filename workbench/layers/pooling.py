"""Pooling: a window slides over the picture and keeps one number per channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.arithmetic import of_picture, slid
from workbench.layers.base import Family, Layer, Pair, PairOrZero, Refusal, Shape, Sum, Window, describe, pair
from workbench.layers.checks import position, said, want_picture, want_window_inside
from workbench.layers.remedies import one_or_two, setting

if TYPE_CHECKING:
    from torch import nn

Kernel = Annotated[
    Pair, Meta(description="side of the window: one number, or height and width", extra={"unit": "px", "start": 2})
]
Stride = Annotated[
    Pair | None,
    Meta(description="step between windows; empty: the window's size", extra={"unit": "px"}),
]
Padding = Annotated[
    PairOrZero, Meta(description="border added on each side, at most half the window", extra={"unit": "px"})
]
CeilMode = Annotated[bool, Meta(description="round the output size up, keeping a partial last window")]


class _Pool2d(Layer):
    """Base of the sliding pools."""

    family = Family.POOLING

    kernel_size: Kernel
    stride: Stride = None
    padding: Padding = 0
    ceil_mode: CeilMode = False

    def _spacing(self) -> tuple[int, int]:
        return (1, 1)

    def _stride(self) -> tuple[int, int]:
        return pair(self.kernel_size if self.stride is None else self.stride)

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        kernel, border = pair(self.kernel_size), pair(self.padding)
        if 2 * border[0] > kernel[0] or 2 * border[1] > kernel[1]:
            raise Refusal(
                f"padding {describe(border)} is more than half of the {describe(kernel)} window",
                "make the padding smaller or the kernel larger",
                setting({"padding": one_or_two((min(border[0], kernel[0] // 2), min(border[1], kernel[1] // 2)))}),
            )
        around = (2 * border[0], 2 * border[1])
        want_window_inside((x[1], x[2]), kernel, self._spacing(), around, {"padding": 0} if any(border) else {})

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        settings = zip(x[1:], pair(self.kernel_size), self._stride(), pair(self.padding), self._spacing(), strict=True)
        height, width = (
            slid(side, kernel, stride, (border, border), spacing, ceil=self.ceil_mode)
            for side, kernel, stride, border, spacing in settings
        )
        return of_picture(height, width)

    def window(self) -> Window:
        return Window(
            kernel=pair(self.kernel_size),
            stride=self._stride(),
            dilation=self._spacing(),
            padding=pair(self.padding),
        )


class MaxPool2d(_Pool2d):
    """Keeps the largest number in each window.

    Reduces the size, and makes the output less sensitive to small shifts. Has no weights.
    """

    dilation: Annotated[
        Pair, Meta(description="spacing between pixels in the window; 1 is an ordinary window", extra={"unit": "px"})
    ] = 1

    def _spacing(self) -> tuple[int, int]:
        return pair(self.dilation)

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H', W')."""
        from torch import nn

        return nn.MaxPool2d(
            pair(self.kernel_size), self._stride(), pair(self.padding), self._spacing(), ceil_mode=self.ceil_mode
        )


class AvgPool2d(_Pool2d):
    """Averages each window."""

    count_include_pad: Annotated[bool, Meta(description="include the padding zeros in the average")] = True

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H', W')."""
        from torch import nn

        return nn.AvgPool2d(
            pair(self.kernel_size), self._stride(), pair(self.padding), self.ceil_mode, self.count_include_pad
        )


class _AdaptivePool2d(Layer):
    """Base of the pools to a fixed size."""

    family = Family.POOLING

    output_size: Annotated[
        Pair, Meta(description="output height and width: one number, or both", extra={"unit": "px", "start": 1})
    ]

    def check(self, x: Shape) -> None:
        want_picture(self, x)

    def window(self) -> str:
        """The windows depend on the input size; with size 1, a single one sees everything."""
        return "all"


class AdaptiveAvgPool2d(_AdaptivePool2d):
    """Averages the picture down to a fixed size, whatever the input size.

    Size 1 is global average pooling: one number per channel.
    """


class AdaptiveMaxPool2d(_AdaptivePool2d):
    """Keeps the largest numbers of the picture at a fixed size, whatever the input size.

    Size 1 is global max pooling: the strongest response of each channel, wherever it is.
    """


class Mean(Layer):
    """Averages over one dimension: over the tokens (1) it leaves one vector, as at the end of many Transformers."""

    family = Family.POOLING

    dim: Annotated[int, Meta(description="dimension to average; 1 is the channels or tokens, 0 the batch")] = 1
    keepdim: Annotated[bool, Meta(description="keep the dimension, with size 1")] = False

    def check(self, x: Shape) -> None:
        position(self, self.dim, x)
        if len(x) == 1 and not self.keepdim:
            raise Refusal(
                f"the mean of {said(x)} is a number without dimensions",
                "keep the dimension",
                setting({"keepdim": True}),
            )

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.mean(dim={self.dim}{', keepdim=True' if self.keepdim else ''})"

    def window(self) -> str | None:
        """Along the channels of pictures, each pixel is separate; but tokens are the pixels."""
        return "all"
