"""Convolution: a small filter slides over the whole picture (LeCun et al. 1989)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.layers.arithmetic import of_picture, painted, slid
from workbench.layers.base import Family, Layer, Pair, PairOrZero, Refusal, Shape, Sum, Window, describe, pair
from workbench.layers.checks import want_division, want_picture, want_window_inside
from workbench.layers.remedies import one_or_two, setting

if TYPE_CHECKING:
    from torch import nn

Filters = Annotated[int, Meta(ge=1, description="number of filters, and so of output channels", extra={"start": 16})]
Kernel = Annotated[
    Pair, Meta(description="side of each filter: one number, or height and width", extra={"unit": "px", "start": 3})
]
Stride = Annotated[Pair, Meta(description="step between filter positions", extra={"unit": "px"})]
Dilation = Annotated[
    Pair, Meta(description="spacing between filter taps; 1 is an ordinary convolution", extra={"unit": "px"})
]
Groups = Annotated[int, Meta(ge=1, description="number of groups the channels are split into, convolved separately")]
Bias = Annotated[bool, Meta(description="add a learned bias to each channel; not needed right before BatchNorm")]


class Conv2d(Layer):
    """Slides a bank of learned filters over the picture.

    Each filter is K×K×channels and gives one channel: K·K·channels·out_channels weights. With ``groups``
    equal to the channels it is the depthwise convolution of MobileNet (Howard et al. 2017).
    """

    family = Family.CONVOLUTION

    out_channels: Filters
    kernel_size: Kernel
    stride: Stride = 1
    padding: Annotated[
        PairOrZero | Literal["same"],
        Meta(description="border added on each side; 'same' keeps height and width at stride 1", extra={"unit": "px"}),
    ] = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    padding_mode: Annotated[
        Literal["zeros", "reflect", "replicate", "circular"], Meta(description="how the border is filled")
    ] = "zeros"

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        want_division(x[0], self.groups, "input channels", "groups", also=self.out_channels)
        want_division(self.out_channels, self.groups, "filters", "groups", also=x[0])
        if self.padding == "same" and pair(self.stride) != (1, 1):
            raise Refusal(
                f"padding 'same' keeps the size, but stride {describe(pair(self.stride))} shrinks it",
                "set padding to half of kernel_size, or stride to 1",
                setting({"padding": one_or_two(self._border()[0])}),
            )
        self._check_border(x)
        before, after = self._border()
        border = (before[0] + after[0], before[1] + after[1])
        want_window_inside((x[1], x[2]), pair(self.kernel_size), pair(self.dilation), border)

    def _border(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the pixels added (top, left) and (bottom, right)."""
        if self.padding != "same":
            return pair(self.padding), pair(self.padding)
        total = [
            dilation * (kernel - 1)
            for dilation, kernel in zip(pair(self.dilation), pair(self.kernel_size), strict=True)
        ]
        return (total[0] // 2, total[1] // 2), (total[0] - total[0] // 2, total[1] - total[1] // 2)

    def _check_border(self, x: Shape) -> None:
        """Reject a mirrored border that is larger than the picture it is taken from."""
        spare = {"zeros": None, "replicate": None, "reflect": 1, "circular": 0}[self.padding_mode]
        _, border = self._border()
        if spare is not None and (border[0] > x[1] - spare or border[1] > x[2] - spare):
            raise Refusal(
                f"padding_mode '{self.padding_mode}' cannot make a border of {describe(border)} from a "
                f"{describe(x[1:])} picture",
                "make padding smaller, or set padding_mode to 'zeros'",
                setting({"padding_mode": "zeros"}),
            )

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (out_channels, H', W')."""
        from torch import nn

        return nn.Conv2d(
            x[0],
            self.out_channels,
            pair(self.kernel_size),
            stride=pair(self.stride),
            padding="same" if self.padding == "same" else pair(self.padding),
            dilation=pair(self.dilation),
            groups=self.groups,
            bias=self.bias,
            padding_mode=self.padding_mode,
        )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        (top, left), (bottom, right) = self._border()
        return _places(x, self.kernel_size, self.stride, self.dilation, ((top, bottom), (left, right)))

    def window(self) -> Window:
        is_plain = self.padding_mode in ("zeros", "replicate")
        return Window(
            kernel=pair(self.kernel_size),
            stride=pair(self.stride),
            dilation=pair(self.dilation),
            padding=self._border()[0] if is_plain else None,
        )


class DepthwiseConv2d(Layer):
    """Slides a separate filter over each channel; channels are not mixed.

    K·K·channels weights, while Conv2d has that many per filter. A 1×1 Conv2d after it mixes the channels: together they
    are MobileNet's substitute for a convolution (Howard et al. 2017).
    """

    family = Family.CONVOLUTION

    kernel_size: Kernel
    stride: Stride = 1
    padding: Annotated[PairOrZero, Meta(description="border of zeros added on each side", extra={"unit": "px"})] = 0
    dilation: Dilation = 1
    bias: Bias = True

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        border = pair(self.padding)
        want_window_inside((x[1], x[2]), pair(self.kernel_size), pair(self.dilation), (2 * border[0], 2 * border[1]))

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H', W')."""
        from torch import nn

        return nn.Conv2d(
            x[0],
            x[0],
            pair(self.kernel_size),
            stride=pair(self.stride),
            padding=pair(self.padding),
            dilation=pair(self.dilation),
            groups=x[0],
            bias=self.bias,
        )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        high, wide = pair(self.padding)
        return _places(x, self.kernel_size, self.stride, self.dilation, ((high, high), (wide, wide)))

    def window(self) -> Window:
        return Window(
            kernel=pair(self.kernel_size),
            stride=pair(self.stride),
            dilation=pair(self.dilation),
            padding=pair(self.padding),
        )


def _places(
    x: Shape, kernel: Pair, stride: Pair, dilation: Pair, borders: tuple[tuple[int, int], ...]
) -> tuple[Sum, ...]:
    settings = zip(x[1:], pair(kernel), pair(stride), borders, pair(dilation), strict=True)
    height, width = (slid(*each) for each in settings)
    return of_picture(height, width)


class ConvTranspose2d(Layer):
    """Spreads each pixel through a learned filter, enlarging the picture.

    The transpose of Conv2d: with stride S, height and width grow S times.
    """

    family = Family.CONVOLUTION

    out_channels: Filters
    kernel_size: Annotated[
        Pair, Meta(description="side of each filter: one number, or height and width", extra={"unit": "px", "start": 2})
    ]
    stride: Annotated[Pair, Meta(description="upscaling factor", extra={"start": 2})] = 1
    padding: Annotated[PairOrZero, Meta(description="border removed on each side", extra={"unit": "px"})] = 0
    output_padding: Annotated[
        PairOrZero, Meta(description="pixels added on the right and at the bottom", extra={"unit": "px"})
    ] = 0
    groups: Groups = 1
    bias: Bias = True
    dilation: Dilation = 1

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        want_division(x[0], self.groups, "input channels", "groups", also=self.out_channels)
        want_division(self.out_channels, self.groups, "filters", "groups", also=x[0])
        strides, dilations, extras = pair(self.stride), pair(self.dilation), pair(self.output_padding)
        if any(
            extra >= max(stride, dilation) for extra, stride, dilation in zip(extras, strides, dilations, strict=True)
        ):
            raise Refusal(
                f"output_padding {describe(extras)} must be smaller than the stride {describe(strides)} or the "
                "dilation",
                "make output_padding smaller",
                setting({"output_padding": 0}),
            )
        sides = tuple(
            (side - 1) * stride - 2 * border + dilation * (kernel - 1) + extra + 1
            for side, stride, border, dilation, kernel, extra in zip(
                x[1:], strides, pair(self.padding), dilations, pair(self.kernel_size), extras, strict=True
            )
        )
        if min(sides) < 1:
            raise Refusal(
                f"padding {describe(pair(self.padding))} removes the whole picture",
                "make padding smaller",
                setting({"padding": 0}),
            )

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (out_channels, H', W')."""
        from torch import nn

        return nn.ConvTranspose2d(
            x[0],
            self.out_channels,
            pair(self.kernel_size),
            stride=pair(self.stride),
            padding=pair(self.padding),
            output_padding=pair(self.output_padding),
            groups=self.groups,
            bias=self.bias,
            dilation=pair(self.dilation),
        )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        settings = (self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding)
        height, width = (painted(*each) for each in zip(x[1:], *map(pair, settings), strict=True))
        return of_picture(height, width)

    def window(self) -> Window:
        """The input pixels that affect one output pixel."""
        strides = pair(self.stride)
        kernel = tuple(
            -(-(dilation * (size - 1) + 1) // stride)
            for size, dilation, stride in zip(pair(self.kernel_size), pair(self.dilation), strides, strict=True)
        )
        settings = (self.kernel_size, self.stride, self.padding, self.dilation)
        high, wide = (
            (dilation * (size - 1) - border) / stride
            for size, stride, border, dilation in zip(*map(pair, settings), strict=True)
        )
        return Window(kernel=pair(kernel), stride=(1 / strides[0], 1 / strides[1]), padding=(high, wide))
